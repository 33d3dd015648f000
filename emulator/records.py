"""Records about AWS's calls in TOML files: what they share, how they are read, and which ones are about a call."""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from emulator.wire.calls import Call

import attrs

Record = TypeVar("Record")
ByCall = Mapping[str, Sequence[Record]]
"""Records by `service:Operation`, or by `service:*` for every operation of a service."""


@attrs.frozen(kw_only=True)
class CallRecord:
    """A record about some calls."""

    calls: tuple[str, ...] = attrs.field(converter=tuple)
    """`service:Operation` each, by botocore's names; `service:*` for every operation of the service."""


@attrs.frozen(kw_only=True)
class ElementRecord(CallRecord):
    """A record about elements of some calls' requests. Conditions are expressions (emulator/expressions.py)."""

    when: str = ""
    """A condition on the request; empty: always."""
    each: str = ""
    """An expression for the element or the list of elements; empty: the whole request is the element."""


def read(path: Path, table: str, kind: type[Record]) -> Iterator[Record]:
    """The tables `[[table]]` of a file. Raises ValueError with the file and the number of a record that is invalid."""
    for number, fields in enumerate(tomllib.loads(path.read_text(encoding="utf-8"))[table]):
        try:
            yield kind(**fields)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: {table} {number}: {error}") from None


def by_call(records: Iterable[Any]) -> ByCall[Any]:
    """Index records by each of their `calls`."""
    found: dict[str, list[Any]] = defaultdict(list)
    for record in records:
        for call in record.calls:
            found[call].append(record)
    return dict(found)


def about(records: ByCall[Record], call: Call) -> list[Record]:
    """The records about a call: first those about every operation of its service, then those about its operation."""
    return [*records.get(f"{call.service}:*", ()), *records.get(call.name, ())]
