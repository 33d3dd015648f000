"""Each command is described once, and make variables become its options."""

import inspect
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module

from ops.commands import ALL, COMMANDS, NONE, Command, VariableError, expanded, of, words
from ops.several import takes_aws
from tests.ops.conftest import Answer
from tools.environment import ROOT

import pytest


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_takes_its_options(command: Command) -> None:
    """Each command's function exists, and its parameters are exactly the environment and the options."""
    module, _, name = command.does.partition(":")
    try:
        function = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        pytest.fail(f"ops/commands.py: {command.name}: does={command.does!r}: {error}", pytrace=False)
    first = {NONE: [], ALL: ["command", "names"] if command.name in {"synth", "list"} else ["name"]}.get(
        command.environments, ["name"]
    )
    if takes_aws(function):
        first = ["aws"]
    expected = [*first, *(option.parameter or option.name.replace("-", "_") for option in command.options)]
    assert sorted(set(inspect.signature(function).parameters) - {"folder"}) == sorted(expected), (
        f"the parameters of {command.does} are not the options of {command.name} in ops/commands.py"
    )


@pytest.mark.parametrize(
    ("name", "variables", "exported", "arguments"),
    [
        ("deploy", ["ENV=dev,prod", "LOCK_TIMEOUT=15m", "YES=1"], [], ["dev,prod", "--lock-timeout=15m", "--yes"]),
        ("deploy", ["ENV=dev"], ["FROM=x", "LOCK_TIMEOUT=1m"], ["dev", "--lock-timeout=1m"]),
        ("import-settings", ["FROM=-x y", "NAME=qa", "FORCE=1"], ["ENV=dev"], ["--from=-x y", "--name=qa", "--force"]),
        ("diff", [], [], []),
    ],
)
def test_make_variables_are_options(name: str, variables: list[str], exported: list[str], arguments: list[str]) -> None:
    """Values are passed unchanged, and variables exported by the shell for other programs are ignored."""
    assert expanded(of(name), variables, exported) == arguments


@pytest.mark.parametrize(
    ("name", "variable", "says"),
    [
        ("deploy", "ROTATE=1", "make deploy takes no ROTATE; it takes ENV, YES, LOCK_TIMEOUT, PLAN"),
        ("import-settings", "ENV=dev", "make import-settings takes no ENV; it takes FROM, NAME, FORCE"),
        ("list", "FROM=x", "make list takes no FROM; it takes ENV"),
    ],
)
def test_a_variable_that_a_command_does_not_take_is_refused(
    ops: Callable[..., Answer], name: str, variable: str, says: str
) -> None:
    """A variable that the command does not take is refused instead of ignored."""
    with pytest.raises(VariableError, match=says):
        expanded(of(name), [variable], [])
    assert ops(name, "--variable", variable) == Answer(1, "", f"{says}\n")


def test_names_keep_their_order() -> None:
    """Names keep their order without duplicates, with any separator."""
    assert words(" prod,dev, prod staging,") == ["prod", "dev", "staging"]


def test_a_command_loads_only_what_it_needs() -> None:
    """Loading the command line does not load the AWS SDK or the settings."""
    code = "import sys, ops.__main__ as m; m.parser(); print([n for n in ('boto3', 'rich', 'attrs', 'envs') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
