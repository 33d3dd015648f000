"""docs/provider-releases.md lists every resource type, and tests that exist."""

import json
import re
from pathlib import Path

from tests.terraform.schemas import FOLDER, RELEASES, UNCHECKED

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "provider-releases.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(aws_\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)


def test_every_type_has_a_row() -> None:
    """The page lists the resource types of all stacks, in order, once each."""
    known = json.loads((FOLDER / f"{RELEASES[-1]}.json").read_text(encoding="utf-8"))
    types = {name.removeprefix("resource.") for name in known if name.startswith("resource.")} | UNCHECKED
    assert [row[0] for row in ROWS] == sorted(types)


def test_its_tests_exist() -> None:
    """The tests that the page names for each type exist in tests/emulator."""
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "emulator").glob("test_*.py"))
    for type_, _, beyond, named in ROWS:
        tests = re.findall(r"`(test_\w+)`", named)
        assert tests, type_
        assert "not looked up" not in beyond, type_
        assert [test for test in tests if f"def {test}(" not in written] == [], type_


def test_its_releases_are_those_of_the_schemas() -> None:
    """The page lists the releases whose schemas are in tests/terraform/schemas."""
    assert ", ".join(RELEASES[:-1]) + f" and {RELEASES[-1]}" in PAGE
