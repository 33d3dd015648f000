"""The commands for operators, each described once: `python -m ops`, `make` and `make help` read them here.

Standard library only, and nothing of this project: `make help` runs before anything is installed.
"""

import re
import sys
from typing import NamedTuple

NAME, AWS = "name", "aws"
"""What a command's function takes: an environment's name, or its account."""
ONE, NAMED, ALL, NONE = "one", "named", "all", "none"
"""How many environments a command takes: one; one or more; any number, and none means every one; none at all."""


class Option(NamedTuple):
    """An option. Its make variable is its name in capitals: `--lock-timeout` is LOCK_TIMEOUT."""

    name: str
    help: str
    metavar: str = ""
    """What stands for its value; empty for an option without one."""
    default: "str | None" = None
    kind: str = "str"
    """How its value is read: `str`, `int`, `path`, `duration` or `sha256`."""
    parameter: str = ""
    """The parameter of the function; empty where it is called as the option is."""
    is_acting: bool = False
    """Whether it removes a question or a safeguard: as a make variable it counts on the command line alone."""

    @property
    def variable(self) -> str:
        """The make variable."""
        return self.name.upper().replace("-", "_")


class Command(NamedTuple):
    """A command, the function that does it as `module:function`, and what that takes."""

    name: str
    help: str
    does: str
    takes: str = NAME
    environments: str = ONE
    options: "tuple[Option, ...]" = ()


def _flag(name: str, help_: str, parameter: str = "") -> Option:
    return Option(name, help_, parameter=parameter, is_acting=True)


YES = _flag("yes", "ask nothing")
LOCK_TIMEOUT = Option("lock-timeout", "how long to wait for the state's lock, e.g. 15m", "DURATION", kind="duration")
COMMANDS = (
    Command("synth", "write the environments' Terraform JSON to cdktf.out/", "ops.programs:on_all", environments=ALL),
    Command("list", "list the environments and their stacks", "ops.programs:on_all", environments=ALL),
    Command(
        "bootstrap", "create the state bucket and the lock table", "ops.state.bootstrap:command", AWS, ALL,
        (_flag("fix", "repair what differs"), YES),
    ),
    Command(
        "deploy", "bootstrap where needed, then terraform apply; several in the order given, up to the first failure",
        "ops.deploy:deploy", environments=NAMED,
        options=(
            YES,
            LOCK_TIMEOUT,
            Option("plan", "apply the stored plan of this commit with this SHA-256", "SHA256", kind="sha256",
                   is_acting=True),
        ),
    ),
    Command(
        "diff", "show what a deployment would change: exit 2 for changes, 0 for none, 1 for errors; several at once",
        "ops.deploy:diff", environments=ALL,
        options=(
            LOCK_TIMEOUT,
            _flag("exit-zero", "exit 0 for changes too"),
            Option("summary", "append the plan to a file, as Markdown", "FILE", kind="path"),
            Option("store", "store the plan under the commit, and append plan=SHA256 to a file", "FILE", kind="path",
                   is_acting=True),
        ),
    ),
    Command(
        "destroy", "delete everything but the state; several in the order given, with a question for each",
        "ops.deploy:destroy", environments=NAMED, options=(YES, LOCK_TIMEOUT),
    ),
    Command("describe", "show what exists on AWS", "ops.account.describe:describe", AWS, ALL),
    Command(
        "secrets", "write the values of the secrets that Terraform only creates", "ops.gateway.secrets:secrets", AWS,
        options=(
            Option("from", "name=value lines or JSON; - for stdin; without it the values are asked for", "FILE",
                   parameter="source"),
            _flag("rotate", "overwrite values that exist"),
            YES,
        ),
    ),
    Command(
        "token", "print an access token", "ops.gateway.clients:token", AWS,
        options=(Option("client", "a team's client instead of the first one", "TEAM", parameter="team"),),
    ),
    Command(
        "smoke", "ask the deployed gateway whether it works (PROVIDER_API_KEY holds the key of PROVIDER)",
        "ops.gateway.smoke:smoke", AWS,
        options=(
            Option("url", "instead of the load balancer's address", "URL"),
            Option("model", "what to ask for", "MODEL", default="gpt-4o-mini"),
            Option("provider", "whose key PROVIDER_API_KEY is, where there are no routes", "NAME"),
            Option("stream-seconds", "how long a stream must last", "SECONDS", default="60", kind="int"),
            YES,
        ),
    ),
    Command(
        "usage", "print what each team used of which model in a month, what it cost and what is left of its budget",
        "ops.gateway.usage:usage", AWS,
        options=(
            Option("month", "a month in UTC instead of the present one", "YYYY-MM"),
            Option("format", "table, csv or json", "FORMAT", parameter="form"),
        ),
    ),
    Command(
        "quotas", "compare AWS's quotas with what the environments of a region need: exit 1 for too small",
        "ops.account.quotas:command", AWS, options=(_flag("raise", "request what is missing", "more"), YES),
    ),
    Command(
        "preflight", "look for what a first deployment needs of an account: names, roles, models, quotas",
        "ops.account.preflight:command", AWS,
    ),
    Command(
        "pipeline", "deploy the roles with which GitHub's workflows plan and deploy", "ops.account.pipeline:pipeline",
        options=(_flag("destroy", "delete them"), YES),
    ),
    Command(
        "images", "copy the container images into the environment's own repository and pin them by digest",
        "ops.gateway.images:images", AWS, options=(YES,),
    ),
    Command("recover", "repair the state after a deployment that died", "ops.state.recover:recover", options=(YES,)),
    Command(
        "import-settings", "write envs/<name>.py from .tfvars files or a Terragrunt environment",
        "ops.migrate.import_settings:import_settings", environments=NONE,
        options=(
            Option("from", "file or folder to read", "PATH", parameter="source"),
            Option("name", "environment to write, where the file does not set it", "NAME"),
            _flag("force", "overwrite a file that exists; settings that only it has stay"),
        ),
    ),
    Command(
        "adopt", "take over what an older Terraform or Terragrunt project deployed", "ops.migrate.way_back:command",
        options=(
            Option("from", "terraform show -json of what exists", "FILE", parameter="source"),
            _flag("allow-replace", "also where something that holds data is replaced"),
            _flag("allow-weaker", "also where a protection is lowered"),
            _flag("back", "give the older project its state back"),
            YES,
        ),
    ),
)  # fmt: skip


class VariableError(ValueError):
    """A make variable that a command does not take; the message says which it does."""


def expanded(command: Command, variables: "list[str]", exported: "list[str]") -> "list[str]":
    """The arguments that make's variables are. Raises VariableError for one that the command does not take.

    `variables` are those of make's command line as NAME=value, `exported` those of the shell, of which the ones that
    the command does not take are not meant for it.
    """
    options = {option.variable: option for option in command.options}
    arguments, first = [], []
    for word, is_meant in [*((word, False) for word in exported), *((word, True) for word in variables)]:
        name, _, value = word.partition("=")
        if name == "ENV" and command.environments != NONE:
            first = [value]
        elif name in options:
            option = options[name]
            arguments += [f"--{option.name}={value}"] if option.metavar else [f"--{option.name}"]
        elif is_meant:
            takes = [*(["ENV"] if command.environments != NONE else []), *options]
            raise VariableError(f"make {command.name} takes no {name}; it takes {', '.join(takes) or 'no variables'}")
    return first + arguments


def _usage(option: Option) -> str:
    return f"{option.variable}={option.metavar.lower() or 1}"


def help_lines() -> "list[str]":
    """`make help`: each command with its variables."""
    lines = []
    for command in COMMANDS:
        variables = [_usage(option) for option in command.options]
        if command.environments != NONE:
            plural = {ONE: "ENV=name", NAMED: "ENV=name,…", ALL: "[ENV=name,…]"}
            variables.insert(0, plural[command.environments])
        lines.append(f"  make {command.name:<16} {command.help[:1].upper()}{command.help[1:]}")
        if variables:
            lines.append(f"{'':24}{' '.join(variables)}")
    return lines


def of(name: str) -> Command:
    """The command of this name."""
    return next(command for command in COMMANDS if command.name == name)


def words(text: str) -> "list[str]":
    """The names in a comma-separated list, in their order and each once."""
    return list(dict.fromkeys(filter(None, re.split(r"[,\s]+", text))))


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in help_lines()))
