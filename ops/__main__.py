"""`python -m ops COMMAND …`: what `make bootstrap`, `make deploy` and the like run."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from envs import EnvironmentsError, load_environments
from ops.account.describe import describe
from ops.account.pipeline import pipeline
from ops.account.quotas import quotas
from ops.aws import Aws, OperatorError, in_one_line, one_environment
from ops.deploy import deploy, destroy, diff
from ops.gateway.clients import access_token, credentials_of
from ops.gateway.images import images
from ops.gateway.secrets import secrets
from ops.gateway.smoke import smoke
from ops.gateway.usage import FORMATS, usage
from ops.migrate.adopt import adopt
from ops.migrate.import_settings import import_settings
from ops.migrate.way_back import way_back
from ops.state.bootstrap import bootstrap
from ops.state.recover import recover
from ops.terraform import cdktf
from tools.command_line import Parser, duration, tolerate_encoding
from tools.environment import ignored

from botocore.exceptions import BotoCoreError, ClientError


def _aws(options: argparse.Namespace) -> Aws:
    return Aws.of(one_environment(options.environment))


def _token(options: argparse.Namespace) -> int:
    print(access_token(credentials_of(_aws(options), options.client)))
    return 0


def _lock(options: argparse.Namespace) -> dict[str, str]:
    """The lock timeout where one is given; each command has its own default."""
    return {"lock_timeout": options.lock_timeout} if options.lock_timeout else {}


def _smoke(options: argparse.Namespace) -> int:
    return smoke(
        _aws(options),
        url=options.url,
        model=options.model,
        provider=options.provider,
        stream_seconds=options.stream_seconds,
        yes=options.yes,
    )


def _on_all(command: str) -> Callable[[argparse.Namespace], int]:
    """A cdktf command on every environment, or those of GATEWAY_ENVIRONMENTS, once their settings are sound."""

    def run(_: argparse.Namespace) -> int:
        load_environments()  # cdktf would print what is wrong twice, among its own words
        return cdktf(command)

    return run


def _import_settings(options: argparse.Namespace) -> int:
    return import_settings(options.source, name=options.name, force=options.force)


COMMANDS: dict[str, tuple[str, Callable[[argparse.Namespace], int]]] = {
    "synth": ("write the Terraform JSON of the environments to cdktf.out/", _on_all("synth")),
    "list": ("list the environments' stacks", _on_all("list")),
    "bootstrap": (
        "create the state bucket and the lock table",
        lambda given: 0 if bootstrap(_aws(given), yes=given.yes, fix=given.fix) else 1,
    ),
    "deploy": (
        "bootstrap if needed, then cdktf deploy; or apply a stored plan",
        lambda given: deploy(given.environment, **_lock(given), yes=given.yes, plan=given.plan),
    ),
    "diff": (
        "show what a deployment would change: exit 2 for changes, 0 for none, 1 for errors",
        lambda given: diff(
            given.environment, **_lock(given), exit_zero=given.exit_zero, summary=given.summary, store=given.store
        ),
    ),
    "destroy": (
        "delete everything but the state",
        lambda given: destroy(given.environment, **_lock(given), yes=given.yes),
    ),
    "describe": ("show what exists on AWS", lambda given: describe(_aws(given))),
    "secrets": (
        "write the values of the secrets that Terraform only makes",
        lambda given: secrets(_aws(given), source=given.source, rotate=given.rotate, yes=given.yes),
    ),
    "token": ("print an access token", _token),
    "smoke": ("ask the deployed gateway whether it does its job", _smoke),
    "usage": (
        "print what each team used of which model in a month, what it cost and what is left of its budget",
        lambda given: usage(_aws(given), month=given.month, form=given.form),
    ),
    "pipeline": (
        "deploy the roles with which GitHub's workflows plan and deploy",
        lambda given: pipeline(given.environment, yes=given.yes, destroy=given.destroy),
    ),
    "quotas": (
        "compare the account's service quotas with what the environments of a region need: exit 1 for too small",
        lambda given: quotas(_aws(given), load_environments(choice=""), more=given.more, yes=given.yes),
    ),
    "images": (
        "copy the container images into the environment's repository and pin them by digest",
        lambda given: images(_aws(given), yes=given.yes),
    ),
    "recover": (
        "repair state and lock after a deployment that died",
        lambda given: recover(given.environment, yes=given.yes),
    ),
    "import-settings": ("write envs/<name>.py from a .tfvars file or a Terragrunt environment", _import_settings),
    "adopt": (
        "take over what an older Terraform or Terragrunt project deployed",
        lambda given: (
            way_back(given.environment, yes=given.yes)
            if given.back
            else adopt(
                given.environment,
                source=given.source,
                yes=given.yes,
                allow_replace=given.allow_replace,
                allow_weaker=given.allow_weaker,
            )
        ),
    ),
}


def _option(*flags: str, **settings: Any) -> Callable[[argparse.ArgumentParser], object]:
    return lambda command: command.add_argument(*flags, **settings)


ENVIRONMENT = _option("environment", help="name of a file in envs/")
LOCK_TIMEOUT = _option(
    "--lock-timeout", metavar="DURATION", type=duration, help="how long to wait for the state's lock, e.g. 15m"
)
YES = _option("--yes", action="store_true", help="answer every question with yes")
OPTIONS = {
    "adopt": (
        _option("--from", dest="source", metavar="FILE", help="terraform show -json of what is there"),
        _option("--allow-replace", action="store_true", help="also where something that holds data is created again"),
        _option("--allow-weaker", action="store_true", help="also where a protection is lowered"),
        _option("--back", action="store_true", help="give the older project its state back"),
        YES,
    ),
    "bootstrap": (_option("--fix", action="store_true", help="mend what differs and can be mended"), YES),
    "deploy": (
        YES,
        LOCK_TIMEOUT,
        _option("--plan", metavar="SHA256", default="", help="apply the stored plan of this commit with this SHA-256"),
    ),
    "destroy": (YES, LOCK_TIMEOUT),
    "diff": (
        LOCK_TIMEOUT,
        _option("--exit-zero", action="store_true", help="exit 0 for changes too"),
        _option("--summary", type=Path, metavar="FILE", help="append the plan to it, as Markdown"),
        _option("--store", type=Path, metavar="FILE", help="store the plan under the commit; append plan=SHA256 to it"),
    ),
    "import-settings": (
        _option("--from", dest="source", metavar="PATH", required=True, help="file or folder to read"),
        _option("--name", help="environment to write, where the file does not say"),
        _option("--force", action="store_true", help="write over a file that is there"),
    ),
    "pipeline": (_option("--destroy", action="store_true", help="delete them"), YES),
    "quotas": (_option("--raise", dest="more", action="store_true", help="ask AWS for what is missing"), YES),
    "images": (YES,),
    "recover": (YES,),
    "secrets": (
        _option("--from", dest="source", metavar="FILE", help="name=value lines or JSON; - for stdin"),
        _option("--rotate", action="store_true", help="write over values that are there"),
        YES,
    ),
    "smoke": (
        _option("--url", help="instead of the load balancer's address"),
        _option("--model", default="gpt-4o-mini", help="what to ask for (default %(default)s)"),
        _option("--provider", help="whose key PROVIDER_API_KEY is, where there are no routes"),
        _option("--stream-seconds", type=int, default=60, help="how long a stream must last"),
        YES,
    ),
    "usage": (
        _option("--month", metavar="YYYY-MM", help="a month in UTC instead of the present one"),
        _option("--format", dest="form", metavar="FORMAT", help=f"{', '.join(FORMATS)} (default table)"),
    ),
    "token": (_option("--client", metavar="TEAM", help="a team's client instead of the first one"),),
}
"""What a command takes in addition to the environment."""
WITHOUT_ENVIRONMENT = frozenset({"synth", "list", "import-settings"})


def parser() -> Parser:
    """The command line."""
    made = Parser(prog="python -m ops", description="Work on one environment.")
    commands = made.add_subparsers(dest="command", required=True)
    for name, (says, handler) in COMMANDS.items():
        command = commands.add_parser(name, help=says, description=says)
        command.set_defaults(handler=handler)
        if name not in WITHOUT_ENVIRONMENT:
            ENVIRONMENT(command)
        for add in OPTIONS.get(name, ()):
            add(command)
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; whatever an operator can put right is one line on stderr and exit code 1."""
    tolerate_encoding()
    try:
        options = parser().parse_args(arguments)
        return int(options.handler(options))
    except (OperatorError, EnvironmentsError) as error:
        print(error, file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(in_one_line(error), file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    for line in ignored():
        print(line, file=sys.stderr)
    sys.exit(main())
