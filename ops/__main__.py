"""`python -m ops COMMAND ENVIRONMENT`: what `make bootstrap`, `make deploy` and the like run."""

import argparse
import sys

from envs import EnvironmentsError
from ops.aws import Aws, OperatorError, in_one_line, one_environment
from ops.bootstrap import bootstrap
from ops.deploy import deploy, destroy, diff
from ops.describe import describe
from ops.recover import recover

from botocore.exceptions import BotoCoreError, ClientError

COMMANDS = {
    "bootstrap": "make the state bucket and lock table",
    "deploy": "bootstrap where needed, then cdktf deploy",
    "diff": "show what a deployment would change: exit 2 for changes, 0 for none, 1 for errors",
    "destroy": "delete everything but the state",
    "describe": "show what exists on AWS",
    "recover": "repair state and lock after a deployment that died",
}


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m ops", description="Work on one environment.")
    commands = made.add_subparsers(dest="command", required=True)
    for name, says in COMMANDS.items():
        command = commands.add_parser(name, help=says, description=says)
        command.add_argument("environment", help="name of a file in envs/")
        if name in {"bootstrap", "deploy", "destroy", "recover"}:
            command.add_argument("--yes", action="store_true", help="answer every question with yes")
        if name == "bootstrap":
            command.add_argument("--fix", action="store_true", help="mend what differs and can be mended")
    return made


def run(options: argparse.Namespace) -> int:
    """Run one command; its exit code."""
    name: str = options.environment
    match options.command:
        case "bootstrap":
            return 0 if bootstrap(Aws.of(one_environment(name)), yes=options.yes, fix=options.fix) else 1
        case "deploy":
            return deploy(name, yes=options.yes)
        case "diff":
            return diff(name)
        case "destroy":
            return destroy(name, yes=options.yes)
        case "describe":
            return describe(Aws.of(one_environment(name)))
        case _:
            return recover(name, yes=options.yes)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; whatever an operator can put right is one line on stderr and exit code 1."""
    try:
        return run(parser().parse_args(arguments))
    except (OperatorError, EnvironmentsError) as error:
        print(error, file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(in_one_line(error), file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
