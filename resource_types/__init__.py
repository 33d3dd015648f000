"""Resource types: one record of facts for each, and the synthesized JSON as Python values."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from resource_types.record import Loss, ResourceType


def read(folder: Path) -> Iterator[ResourceType]:
    """The records in a folder's TOML files. Raises ValueError with file and type for an invalid record."""
    for path in sorted(folder.glob("*.toml")):
        for type_, fields in tomllib.loads(path.read_text(encoding="utf-8")).items():
            try:
                yield ResourceType(type=type_, **fields)
            except (TypeError, ValueError) as error:
                raise ValueError(f"resource_types/{path.name}: [{type_}]: {error}") from None


RECORDS = {record.type: record for record in read(Path(__file__).parent)}
"""The types in the stacks of this project."""

KNOWN = {record.type: record for record in read(Path(__file__).parent / "older")} | RECORDS
"""RECORDS, and the types that an older project may have: their records say how to remove what a takeover leaves."""


def record_of(type_: str) -> ResourceType:
    """The record of a type; for an unknown type a record with defaults only."""
    return KNOWN.get(type_) or ResourceType(type=type_, lookup="not known here")


def losing(type_: str, *losses: Loss) -> bool:
    """Whether replacing a resource of a type loses one of `losses`."""
    return record_of(type_).loses in losses
