"""make passes values to programs unchanged, without running anything in them."""

import os
import shlex
import subprocess
from pathlib import Path

from ops.commands import COMMANDS, NONE, Command
from tools.environment import ROOT

import pytest

ACTING = {
    option.variable: command.name
    for command in COMMANDS
    for option in command.options
    if option.is_acting and not option.metavar
}
"""Each variable that skips a prompt or a safeguard, with a target that takes it."""


def make(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run `make -n`, which prints a target's commands instead of running them."""
    return subprocess.run(
        ["make", "-n", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def last_command(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the words of the last command as the shell splits them."""
    assert done.returncode == 0, done.stderr
    return shlex.split(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "value", ["dev'; touch {}; '", '"$(touch {})"', "`touch {}`", "$(shell touch {})", "$$(touch {})", "a b", "it's"]
)
@pytest.mark.parametrize("where", ["command line", "environment"])
def test_a_value_is_passed_as_it_is_written(tmp_path: Path, value: str, where: str) -> None:
    """A value is passed unchanged, and neither make nor the shell runs anything in it."""
    written = value.format(tmp_path / "ran")
    done = make("deploy", f"ENV={written}") if where == "command line" else make("deploy", ENV=written)
    assert f"ENV={written}" in last_command(done)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ACTING)
def test_what_removes_a_question_counts_on_the_command_line(name: str) -> None:
    """The variable counts only as 1 on the command line; an exported one is ignored with a message."""
    target = ACTING[name]
    assert last_command(make(target, "ENV=dev", f"{name}=1"))[-2:] == ["--variable", f"{name}=1"]
    exported = make(target, "ENV=dev", **{name: "1"})
    assert f"{name}=1" not in last_command(exported)
    assert (
        f"{name} is set in your environment and ignored: pass it on the command line, make … {name}=1\n"
        in exported.stderr
    )
    refused = make(target, "ENV=dev", f"{name}=0")
    assert refused.returncode == 2
    assert f"{name}=0: write {name}=1, or leave it out." in refused.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_make_passes_every_variable_of_a_command(command: Command) -> None:
    """make passes each variable that ops/commands.py lists for a command."""
    variables = [f"{option.variable}=1" for option in command.options] + ["ENV=dev"] * (command.environments != NONE)
    words = last_command(make(command.name, *variables))
    assert words[words.index("ops") + 1] == command.name
    assert sorted(words[words.index("ops") + 2 :]) == sorted(["--variable"] * len(variables) + variables)


def test_help_needs_no_setup(tmp_path: Path) -> None:
    """`make help` lists the commands with their variables, without setup."""
    done = subprocess.run(
        ["make", "help"],
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "  make setup " in done.stdout
    for command in COMMANDS:
        assert f"  make {command.name} " in done.stdout
    assert "                        ENV=name,… YES=1 LOCK_TIMEOUT=duration\n" in done.stdout
