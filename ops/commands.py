"""The operators' commands: `python -m ops`, the Makefile and `make help` read their names, options and help here.

Imports the standard library only, since make reads it before anything is installed.
"""

import re
import sys
from typing import NamedTuple

ONE, NAMED, ALL, NONE = "one", "named", "all", "none"
"""How many environments a command takes: exactly one; one or more; any number (default: all); none."""


class Option(NamedTuple):
    """An option. Its make variable is its name in capitals, e.g. LOCK_TIMEOUT for `--lock-timeout`."""

    name: str
    help: str
    metavar: str = ""
    """The value's placeholder in the help; empty for a flag."""
    default: "str | None" = None
    kind: str = "str"
    """How the value is parsed: `str`, `int`, `path`, `duration` or `sha256`."""
    parameter: str = ""
    """The function's parameter; empty where it has the option's name."""
    is_acting: bool = False
    """Whether it skips a prompt or a safeguard: the Makefile ignores such a variable where the shell exports it."""

    @property
    def variable(self) -> str:
        """The make variable."""
        return self.name.upper().replace("-", "_")


class Command(NamedTuple):
    """A command. `does` is the function that runs it, as `module:function`.

    The function's first parameter is the environment's name, or its `Aws` if it is annotated so. The others are the
    options.
    """

    name: str
    help: str
    does: str
    environments: str = ONE
    options: "tuple[Option, ...]" = ()


def _flag(name: str, help_: str, parameter: str = "") -> Option:
    return Option(name, help_, parameter=parameter, is_acting=True)


YES = _flag("yes", "answer yes to every prompt")
LOCK_TIMEOUT = Option("lock-timeout", "how long to wait for the state lock, e.g. 15m", "DURATION", kind="duration")
COMMANDS = (
    Command("synth", "write the environments' Terraform JSON to cdktf.out/", "ops.programs:on_all", environments=ALL),
    Command("list", "list the environments and their stacks", "ops.programs:on_all", environments=ALL),
    Command(
        "bootstrap", "create the state bucket and the lock table", "ops.state.bootstrap:command", ALL,
        (_flag("fix", "repair settings that differ"), YES),
    ),
    Command(
        "deploy", "create the state where it is missing, then deploy; several in the order given, stops at a failure",
        "ops.deploy:deploy", environments=NAMED,
        options=(
            YES,
            LOCK_TIMEOUT,
            Option("plan", "apply this commit's stored plan, which must have this SHA-256", "SHA256", kind="sha256",
                   is_acting=True),
        ),
    ),
    Command(
        "diff", "show what a deployment would change: exit 0 without changes, 2 with changes, 1 for an error",
        "ops.deploy:diff", environments=ALL,
        options=(
            LOCK_TIMEOUT,
            _flag("exit-zero", "exit 0 with changes too"),
            Option("summary", "append the plan to a file, as Markdown", "FILE", kind="path"),
            Option("store", "store the plan for this commit, and append plan=SHA256 to a file", "FILE", kind="path",
                   is_acting=True),
        ),
    ),
    Command(
        "destroy", "delete everything except the state; several in the order given, with a prompt for each",
        "ops.deploy:destroy", environments=NAMED, options=(YES, LOCK_TIMEOUT),
    ),
    Command("describe", "show what exists on AWS", "ops.account.describe:describe", ALL),
    Command(
        "secrets", "write the secrets' values, which Terraform never sees", "ops.gateway.secrets:secrets",
        options=(
            Option("from", "name=value lines or JSON; - for stdin (default: a prompt for each value)", "FILE",
                   parameter="source"),
            _flag("rotate", "overwrite existing values"),
            YES,
        ),
    ),
    Command(
        "token", "print an access token", "ops.gateway.clients:token",
        options=(Option("client", "a team's client (default: the environment's first client)", "TEAM",
                        parameter="team"),),
    ),
    Command(
        "smoke", "test the deployed gateway (without routes, PROVIDER_API_KEY holds the key of PROVIDER)",
        "ops.gateway.smoke:smoke",
        options=(
            Option("url", "the gateway's URL (default: domain_name, else the load balancer's address)", "URL"),
            Option("model", "the model to request", "MODEL", default="gpt-4o-mini"),
            Option("provider", "the provider that PROVIDER_API_KEY is for, in an environment without routes", "NAME"),
            Option("stream-seconds", "how long the stream must last", "SECONDS", default="60", kind="int"),
            YES,
        ),
    ),
    Command(
        "usage", "print each team's requests, tokens and cost by model in a month, and what is left of its budget",
        "ops.gateway.usage:usage",
        options=(
            Option("month", "a month in UTC (default: the current one)", "YYYY-MM"),
            Option("format", "table, csv or json", "FORMAT", parameter="form"),
        ),
    ),
    Command(
        "quotas", "compare AWS quotas with what the region's environments need: exit 1 if one is too small",
        "ops.account.quotas:command", options=(_flag("raise", "request the missing quota from AWS", "more"), YES),
    ),
    Command(
        "preflight", "check the account before a first deployment: names, roles, models, quotas",
        "ops.account.preflight:command",
    ),
    Command(
        "pipeline", "deploy the IAM roles of the GitHub workflows", "ops.account.pipeline:pipeline",
        options=(_flag("destroy", "delete them"), YES),
    ),
    Command(
        "images", "copy the container images into the environment's ECR repository and pin them by digest",
        "ops.gateway.images:images", options=(YES,),
    ),
    Command("recover", "repair the state after an interrupted deployment", "ops.state.recover:recover", options=(YES,)),
    Command(
        "import-settings", "write envs/<name>.py from .tfvars files or a Terragrunt environment",
        "ops.migrate.import_settings:import_settings", environments=NONE,
        options=(
            Option("from", "file or folder to read", "PATH", parameter="source"),
            Option("name", "name of the environment, where PATH does not set it", "NAME"),
            _flag("force", "overwrite an existing file; settings that only that file has are kept"),
        ),
    ),
    Command(
        "adopt", "take over the resources of an older Terraform or Terragrunt project", "ops.migrate.way_back:command",
        options=(
            Option("from", "output of terraform show -json in the older project", "FILE", parameter="source"),
            _flag("allow-replace", "continue although a resource that holds data is replaced"),
            _flag("allow-weaker", "continue although a protection becomes weaker"),
            _flag("back", "give the state back to the older project"),
            YES,
        ),
    ),
)  # fmt: skip


class VariableError(ValueError):
    """A make variable that a command does not take; the message lists those that it takes."""


def expanded(command: Command, variables: "list[str]", exported: "list[str]") -> "list[str]":
    """Make's variables as command-line arguments.

    `variables` are those of make's command line, as NAME=value; `exported` are those of the shell. Raises VariableError
    for one on make's command line that the command does not take; an exported one is ignored.
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


def lists() -> "list[str]":
    """The Makefile's lists, as LIST=name for each name of a command and of a variable."""
    names = {("OPERATIONS", command.name) for command in COMMANDS} | {("VALUES", "ENV")}
    for option in (option for command in COMMANDS for option in command.options):
        acting = "COMMAND_LINE_VALUES" if option.metavar else "SAFETY_FLAGS"
        names.add((acting if option.is_acting else "VALUES", option.variable))
    return [f"{list_}={name}" for list_, name in sorted(names)]


def of(name: str) -> Command:
    """The command of this name."""
    return next(command for command in COMMANDS if command.name == name)


def words(text: str) -> "list[str]":
    """The names in a list separated by commas or spaces, in their order, without duplicates."""
    return list(dict.fromkeys(filter(None, re.split(r"[,\s]+", text))))


if __name__ == "__main__":
    sys.stdout.write("".join(f"{line}\n" for line in (lists() if sys.argv[1:] == ["--lists"] else help_lines())))
