"""What people give to make reaches the programs as it was written, and does nothing else."""

import os
import shlex
import subprocess
from pathlib import Path

from tools.environment import ROOT

import pytest

ACTING = {
    "ALLOW_REPLACE": ("adopt", "--allow-replace"),
    "ALLOW_WEAKER": ("adopt", "--allow-weaker"),
    "BACK": ("adopt", "--back"),
    "DESTROY": ("pipeline", "--destroy"),
    "EXIT_ZERO": ("diff", "--exit-zero"),
    "FIX": ("bootstrap", "--fix"),
    "FORCE": ("import-settings", "--force"),
    "RAISE": ("quotas", "--raise"),
    "ROTATE": ("secrets", "--rotate"),
    "YES": ("destroy", "--yes"),
}
"""Each variable that removes a question or a safeguard: a target that takes it, and the option it becomes."""


def make(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """`make -n`: print the commands of a target instead of running them."""
    return subprocess.run(
        ["make", "-n", *arguments],
        cwd=ROOT,
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def last_command(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The words that the shell makes of the last command."""
    assert done.returncode == 0, done.stderr
    return shlex.split(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "value", ["dev'; touch {}; '", '"$(touch {})"', "`touch {}`", "$(shell touch {})", "$$(touch {})", "a b", "it's"]
)
@pytest.mark.parametrize("where", ["command line", "environment"])
def test_a_value_is_passed_as_it_is_written(tmp_path: Path, value: str, where: str) -> None:
    """Neither make nor the shell runs anything in it."""
    written = value.format(tmp_path / "ran")
    done = make("deploy", f"ENV={written}") if where == "command line" else make("deploy", ENV=written)
    assert last_command(done)[-1] == written
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ACTING)
def test_what_removes_a_question_counts_on_the_command_line(name: str) -> None:
    """There with 1 alone; a variable that somebody exported once is ignored, and make prints that."""
    target, option = ACTING[name]
    assert option in last_command(make(target, "ENV=dev", f"{name}=1"))
    exported = make(target, "ENV=dev", **{name: "1"})
    assert option not in last_command(exported)
    assert (
        f"{name} is set in your environment and ignored: it counts on the command line, make … {name}=1\n"
        in exported.stderr
    )
    refused = make(target, "ENV=dev", f"{name}=0")
    assert refused.returncode == 2
    assert f"{name}=0: write {name}=1, or leave it out." in refused.stderr


def test_every_such_variable_is_tested() -> None:
    """The Makefile's own list."""
    (line,) = [
        line for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if line.startswith("ACTING")
    ]
    assert sorted(ACTING) == line.partition(" := ")[2].split()
