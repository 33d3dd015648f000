"""A test run prints how to install what is missing, and shortens long failures."""

from pathlib import Path

from tests.support import needs
from tests.support.needs import FIRST_LINES, LAST_LINES, lacking, shortened
from tools.environment import ROOT

import pytest


def test_a_long_failure_is_cut_and_kept(tmp_path: Path) -> None:
    """At most a hundred lines are printed. They include the path of a file with the whole failure."""
    text = "\n".join(f"line {number}" for number in range(3000))
    found = shortened(text, "tests/a.py::test_b[c d]", tmp_path / "kept")
    (kept,) = (tmp_path / "kept").iterdir()
    assert len(found.splitlines()) == FIRST_LINES + LAST_LINES + 1 <= 100
    assert str(kept) in found
    assert kept.read_text(encoding="utf-8") == text
    assert (found.splitlines()[0], found.splitlines()[-1]) == ("line 0", "line 2999")


def test_a_short_failure_is_left_alone(tmp_path: Path) -> None:
    """A short failure is printed whole, and no file is written."""
    assert shortened("one\ntwo", "name", tmp_path / "kept") == "one\ntwo"
    assert not (tmp_path / "kept").exists()


def test_what_is_missing_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the Makefile target that installs what is missing."""
    monkeypatch.setitem(needs.NEEDS, "scanners", (ROOT / "policy/no-such/.synced",))
    assert lacking({"scanners"}) == "needs policy/no-such/.synced: run `make policy/no-such/.synced`"
    assert lacking({"xdist_group"}) is None
