"""The whole synthesized JSON of dev and prod, so that a pull request shows what it does to the infrastructure."""

from typing import Any

from envs.schema import Environment
from tests.conftest import Synthesize

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_stack_is_as_reviewed(
    name: str, synthesize: Synthesize, environments: dict[str, Environment], snapshot: SnapshotAssertion
) -> None:
    """A change to the infrastructure changes the snapshot; `make snapshots` accepts it."""
    document: dict[str, Any] = synthesize(environments[name]).document
    assert document == snapshot(extension_class=JSONSnapshotExtension)
