"""What the test run itself does: it names what a test lacks, and keeps the output of a failed one short."""

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
"""What a test with a marker needs to have been installed."""
FIRST_LINES, LAST_LINES = 30, 60
"""How much of a failure is printed."""


def lacking(markers: set[str]) -> str | None:
    """How to get what a test with these markers lacks; None where everything is there."""
    missing = sorted(
        str(path.relative_to(ROOT)) for marker in markers & set(NEEDS) for path in NEEDS[marker] if not path.exists()
    )
    return f"needs {', '.join(missing)}: run `make {' '.join(missing)}`" if missing else None


def require(item: pytest.Item) -> None:
    """Skip a test that lacks something, with the command that gets it; in CI it fails."""
    problem = lacking({marker.name for marker in item.iter_markers()})
    if problem and os.environ.get("CI"):
        pytest.fail(problem, pytrace=False)
    if problem:
        pytest.skip(problem)


def shortened(text: str, name: str, folder: Path) -> str:
    """A long failure without its middle, which is written to a file that the text names."""
    lines = text.splitlines()
    if len(lines) <= FIRST_LINES + LAST_LINES:
        return text
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', name)[-150:]}.txt"
    path.write_text(text, encoding="utf-8")
    left_out = len(lines) - FIRST_LINES - LAST_LINES
    middle = f"[… {left_out:,} lines left out, all of it is in {path}]"
    return "\n".join([*lines[:FIRST_LINES], middle, *lines[-LAST_LINES:]])
