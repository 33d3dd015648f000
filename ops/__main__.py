"""`python -m ops COMMAND …`: what `make bootstrap`, `make deploy` and the like run."""

import argparse
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from ops.commands import ALL, COMMANDS, NAMED, NONE, ONE, Command, Option, VariableError, expanded, of, words
from tools.command_line import Parser, duration, sha256, tolerate_encoding
from tools.environment import ignored

KINDS: dict[str, Callable[[str], object]] = {
    "str": str,
    "int": int,
    "path": Path,
    "duration": duration,
    "sha256": sha256,
}
VARIABLE, EXPORTED = "--variable", "--exported"
"""How make passes its variables: those of its command line, and those that the shell exports."""
ENVIRONMENTS = {
    ONE: "name of a file in envs/, e.g. dev",
    NAMED: "comma-separated names of files in envs/, in the order to work on them",
    ALL: "comma-separated names of files in envs/ (default: all)",
}


def _add(command: argparse.ArgumentParser, option: Option) -> None:
    flag, parameter = f"--{option.name}", option.parameter or option.name.replace("-", "_")
    if not option.metavar:
        command.add_argument(flag, dest=parameter, action="store_true", help=option.help)
        return
    command.add_argument(
        flag,
        dest=parameter,
        metavar=option.metavar,
        type=KINDS[option.kind],
        default=option.default,
        help=option.help + (f" (default {option.default})" if option.default else ""),
    )


def parser() -> Parser:
    """The command line."""
    made = Parser(prog="python -m ops", description="Deploy and operate the gateway's environments.")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for one in COMMANDS:
        command = commands.add_parser(one.name, help=one.help, description=one.help)
        if one.environments in ENVIRONMENTS:
            # Optional for argparse: without ENV, the command itself prints what to add.
            command.add_argument("environment", nargs="?", default="", help=ENVIRONMENTS[one.environments])
        for option in one.options:
            _add(command, option)
    return made


def _of_make(arguments: list[str]) -> list[str]:
    """The arguments, with make's variables turned into options. Raises VariableError as `expanded` does."""
    name, *rest = arguments or [""]
    pairs = [(rest[at], rest[at + 1]) for at in range(len(rest) - 1) if rest[at] in {VARIABLE, EXPORTED}]
    if not pairs or 2 * len(pairs) != len(rest):
        return arguments
    given = {kind: [word for flag, word in pairs if flag == kind] for kind in (VARIABLE, EXPORTED)}
    return [name, *expanded(of(name), given[VARIABLE], given[EXPORTED])]


def run(command: Command, environment: str, options: dict[str, object]) -> int:
    """Run a command on one environment or several; returns its exit code."""
    from ops.several import on_several  # noqa: PLC0415 (only what a command needs is loaded)

    # Without the option, each command's own default applies.
    given = {name: value for name, value in options.items() if name != "lock_timeout" or value is not None}
    module, _, name = command.does.partition(":")
    function = getattr(import_module(module), name)
    if command.environments == NONE:
        return int(function(**given))
    return on_several(command, words(environment), given, function)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code.

    An error that an operator can correct is printed to stderr without a traceback, with exit code 1. Ctrl-C gives 130.
    """
    tolerate_encoding()
    try:
        options = vars(parser().parse_args(_of_make(sys.argv[1:] if arguments is None else arguments)))
        command = of(options.pop("command"))
        return run(command, options.pop("environment", ""), options)
    except VariableError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        from ops.console import explained  # noqa: PLC0415 (only what a command needs is loaded)

        if (said := explained(error)) is None:
            raise
        print(said, file=sys.stderr)
    return 1


if __name__ == "__main__":
    for line in ignored():
        print(line, file=sys.stderr)
    sys.exit(main())
