"""What the resources of a stack are: one record for each type, and the synthesized JSON as values."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from resource_types.record import Loss, ResourceType


def read(folder: Path) -> Iterator[ResourceType]:
    """The records of a folder. Raises ValueError that names the file and the type of a record that is none."""
    for path in sorted(folder.glob("*.toml")):
        for type_, fields in tomllib.loads(path.read_text(encoding="utf-8")).items():
            try:
                yield ResourceType(type=type_, **fields)
            except (TypeError, ValueError) as error:
                raise ValueError(f"resource_types/{path.name}: [{type_}]: {error}") from None


RECORDS = {record.type: record for record in read(Path(__file__).parent)}
"""Every type that a stack of this project has."""

KNOWN = {record.type: record for record in read(Path(__file__).parent / "older")} | RECORDS
"""Those too that an older project may have: how what is left of it is removed."""


def record_of(type_: str) -> ResourceType:
    """The record of a type. One that is not known promises nothing but its id."""
    return KNOWN.get(type_) or ResourceType(type=type_, lookup="not known here")


def losing(type_: str, *losses: Loss) -> bool:
    """Whether replacing a resource of a type loses one of these."""
    return record_of(type_).loses in losses
