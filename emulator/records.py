"""Records about calls of AWS in TOML files: how they are read, and which ones are about a call."""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from emulator.wire.calls import Call

Record = TypeVar("Record")
ByCall = Mapping[str, Sequence[Record]]
"""Records by `service:Operation`, or by `service:*` for every operation of a service."""


def read(path: Path, table: str, kind: type[Record]) -> Iterator[Record]:
    """The tables `[[table]]` of a file. Raises ValueError with the file and the number of a record that is none."""
    for number, fields in enumerate(tomllib.loads(path.read_text(encoding="utf-8"))[table]):
        try:
            yield kind(**fields)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: {table} {number}: {error}") from None


def by_call(records: Iterable[Any]) -> ByCall[Any]:
    """Records by the calls that each names in `calls`."""
    found: dict[str, list[Any]] = defaultdict(list)
    for record in records:
        for call in record.calls:
            found[call].append(record)
    return dict(found)


def about(records: ByCall[Record], call: Call) -> list[Record]:
    """The records about a call: those about every operation of its service, then those about its own."""
    return [*records.get(f"{call.service}:*", ()), *records.get(call.name, ())]
