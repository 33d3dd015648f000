"""`python -m ops COMMAND …`: what `make bootstrap`, `make deploy` and the like run."""

import argparse
import sys
from collections.abc import Callable

from envs import EnvironmentsError, load_environments
from ops.adopt import adopt
from ops.aws import Aws, OperatorError, in_one_line, one_environment
from ops.bootstrap import bootstrap
from ops.clients import access_token, credentials_of
from ops.deploy import deploy, destroy, diff
from ops.describe import describe
from ops.import_settings import import_settings
from ops.quotas import quotas
from ops.recover import recover
from ops.secrets import secrets
from ops.smoke import smoke

from botocore.exceptions import BotoCoreError, ClientError


def _aws(options: argparse.Namespace) -> Aws:
    return Aws.of(one_environment(options.environment))


def _token(options: argparse.Namespace) -> int:
    print(access_token(credentials_of(_aws(options), options.client)))
    return 0


def _smoke(options: argparse.Namespace) -> int:
    return smoke(
        _aws(options),
        url=options.url,
        model=options.model,
        provider=options.provider,
        stream_seconds=options.stream_seconds,
    )


def _import_settings(options: argparse.Namespace) -> int:
    return import_settings(options.source, name=options.name, force=options.force)


COMMANDS: dict[str, tuple[str, Callable[[argparse.Namespace], int]]] = {
    "bootstrap": (
        "make the state bucket and the lock table",
        lambda given: 0 if bootstrap(_aws(given), yes=given.yes, fix=given.fix) else 1,
    ),
    "deploy": ("bootstrap if needed, then cdktf deploy", lambda given: deploy(given.environment, yes=given.yes)),
    "diff": (
        "show what a deployment would change: exit 2 for changes, 0 for none, 1 for errors",
        lambda given: diff(given.environment),
    ),
    "destroy": ("delete everything but the state", lambda given: destroy(given.environment, yes=given.yes)),
    "describe": ("show what exists on AWS", lambda given: describe(_aws(given))),
    "secrets": (
        "write the values of the secrets that Terraform only makes",
        lambda given: secrets(_aws(given), source=given.source, rotate=given.rotate, yes=given.yes),
    ),
    "token": ("print an access token", _token),
    "smoke": ("ask the deployed gateway whether it does its job", _smoke),
    "quotas": (
        "compare the account's service quotas with what the environments of a region need: exit 1 for too small",
        lambda given: quotas(_aws(given), load_environments(choice=""), more=given.more, yes=given.yes),
    ),
    "recover": (
        "repair state and lock after a deployment that died",
        lambda given: recover(given.environment, yes=given.yes),
    ),
    "import-settings": ("write envs/<name>.py from a .tfvars file or a Terragrunt environment", _import_settings),
    "adopt": (
        "take over what an older Terraform or Terragrunt project deployed",
        lambda given: adopt(given.environment, source=given.source, yes=given.yes, allow_replace=given.allow_replace),
    ),
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m ops", description="Work on one environment.")
    commands = made.add_subparsers(dest="command", required=True)
    for name, (says, handler) in COMMANDS.items():
        command = commands.add_parser(name, help=says, description=says)
        command.set_defaults(handler=handler)
        if name == "import-settings":
            command.add_argument("--from", dest="source", metavar="PATH", required=True, help="file or folder to read")
            command.add_argument("--name", help="environment to write, where the file does not say")
            command.add_argument("--force", action="store_true", help="write over a file that is there")
            continue
        command.add_argument("environment", help="name of a file in envs/")
        if name in {"adopt", "bootstrap", "deploy", "destroy", "quotas", "recover", "secrets"}:
            command.add_argument("--yes", action="store_true", help="answer every question with yes")
        if name == "secrets":
            command.add_argument("--from", dest="source", metavar="FILE", help="name=value lines or JSON; - for stdin")
            command.add_argument("--rotate", action="store_true", help="write over values that are there")
        if name == "token":
            command.add_argument("--client", metavar="TEAM", help="a team's client instead of the first one")
        if name == "smoke":
            command.add_argument("--url", help="instead of the load balancer's address")
            command.add_argument("--model", default="gpt-4o-mini", help="what to ask for (default %(default)s)")
            command.add_argument("--provider", help="whose key PROVIDER_API_KEY is, where there are no routes")
            command.add_argument("--stream-seconds", type=int, default=60, help="how long a stream must last")
        if name == "adopt":
            command.add_argument("--from", dest="source", metavar="FILE", help="terraform show -json of what is there")
            command.add_argument(
                "--allow-replace", action="store_true", help="also where something that holds data is made anew"
            )
        if name == "quotas":
            command.add_argument("--raise", dest="more", action="store_true", help="ask AWS for what is missing")
        if name == "bootstrap":
            command.add_argument("--fix", action="store_true", help="mend what differs and can be mended")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; whatever an operator can put right is one line on stderr and exit code 1."""
    try:
        options = parser().parse_args(arguments)
        return int(options.handler(options))
    except (OperatorError, EnvironmentsError) as error:
        print(error, file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(in_one_line(error), file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
