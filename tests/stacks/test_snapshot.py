"""The whole synthesized JSON of dev and prod, so that a pull request shows its effect on the infrastructure."""

import difflib
import json
from pathlib import Path
from typing import Any

from envs.schema import Environment
from tests.conftest import Synthesize

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

SNAPSHOTS = Path(__file__).parent / "__snapshots__" / "test_snapshot"
MEANT = "If this is meant: make snapshots"
LONGEST = 200
"""Characters shown per line: the task definition has the packed gateway runtime in one line."""


def readable(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """JSON in which strings that contain JSON, e.g. policies and container definitions, are parsed."""
    if isinstance(value, dict):
        return {name: readable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [readable(one) for one in value]
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return readable(json.loads(value))
        except ValueError:
            return value
    return value


def difference(reviewed: Any, document: Any) -> str:  # noqa: ANN401 (JSON)
    """The lines that differ between two documents, as `git diff` shows them, and the command that accepts them."""
    before, after = (json.dumps(readable(one), indent=2, sort_keys=True).splitlines() for one in (reviewed, document))
    lines = [line[:LONGEST] for line in difflib.unified_diff(before, after, "reviewed", "now", lineterm="")]
    return "\n".join([*lines, MEANT])


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_stack_is_as_reviewed(
    name: str, synthesize: Synthesize, environments: dict[str, Environment], snapshot: SnapshotAssertion
) -> None:
    """The synthesized JSON equals the snapshot. `make snapshots` accepts a change."""
    document = synthesize(environments[name]).document
    is_reviewed = document == snapshot(extension_class=JSONSnapshotExtension)
    if not is_reviewed:
        path = SNAPSHOTS / f"test_the_stack_is_as_reviewed[{name}].json"
        reviewed = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        pytest.fail(difference(reviewed, document), pytrace=False)


def test_a_difference_is_readable() -> None:
    """Only the changed lines are shown, also inside JSON in a string, with the command that accepts them."""
    before, after = ({"policy": json.dumps({"Action": action, "Effect": "Allow"})} for action in ("s3:Get", "s3:Put"))
    assert difference(before, after).splitlines() == [
        "--- reviewed",
        "+++ now",
        "@@ -1,6 +1,6 @@",
        " {",
        '   "policy": {',
        '-    "Action": "s3:Get",',
        '+    "Action": "s3:Put",',
        '     "Effect": "Allow"',
        "   }",
        " }",
        MEANT,
    ]
