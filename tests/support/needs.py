"""Skips tests that lack something, and shortens long failures."""

import os
import re
from pathlib import Path

from tools.environment import PROGRAMS, ROOT

import pytest

NEEDS = {
    "terraform": (PROGRAMS / "terraform",),
    "deployment": (PROGRAMS / "terraform", ROOT / "node_modules/.synced"),
    "gateway": (ROOT / "tests/gateway/.venv/.synced", ROOT / "tests/gateway/node_modules/.synced"),
    "scanners": (ROOT / "policy/.venv/.synced",),
    "cdktn": (ROOT / "tests/cdktn/.venv/.synced",),
}
"""What must be installed for a test with a marker."""
FIRST_LINES, LAST_LINES = 30, 60
"""The number of lines of a failure that are printed."""


def lacking(markers: set[str]) -> str | None:
    """How to install what a test with these markers lacks; None if nothing is missing."""
    missing = sorted(
        str(path.relative_to(ROOT)) for marker in markers & set(NEEDS) for path in NEEDS[marker] if not path.exists()
    )
    return f"needs {', '.join(missing)}: run `make {' '.join(missing)}`" if missing else None


def require(item: pytest.Item) -> None:
    """Skip a test that lacks something and print the command that installs it. In CI the test fails instead."""
    problem = lacking({marker.name for marker in item.iter_markers()})
    if problem and os.environ.get("CI"):
        pytest.fail(problem, pytrace=False)
    if problem:
        pytest.skip(problem)


def shortened(text: str, name: str, folder: Path) -> str:
    """A long failure without its middle. The whole failure is written to a file that the result names."""
    lines = text.splitlines()
    if len(lines) <= FIRST_LINES + LAST_LINES:
        return text
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', name)[-150:]}.txt"
    path.write_text(text, encoding="utf-8")
    left_out = len(lines) - FIRST_LINES - LAST_LINES
    middle = f"[… {left_out:,} lines left out, all of it is in {path}]"
    return "\n".join([*lines[:FIRST_LINES], middle, *lines[-LAST_LINES:]])
