"""What a takeover would weaken, lose or make more expensive: old and new values, and how to keep the old one."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from resource_types import RECORDS, record_of
from resource_types.expressions import type_of
from resource_types.record import Values, Weakening

import attrs

_FOREVER = 10**9


@attrs.frozen
class Difference:
    """A value that the takeover changes to something weaker, or something new that costs money."""

    where: str
    setting: str
    was: str
    becomes: str
    keep: str
    """The setting in the environment's file that keeps the old value; empty where there is none."""
    weakens: bool = True


WARNS: dict[str, Callable[[Any, Any], bool]] = {
    "off": lambda old, new: bool(old) and not new,
    "on": lambda old, new: not old and bool(new),
    "less": lambda old, new: float(new or 0) < float(old or 0),
    "more": lambda old, new: float(new or 0) > float(old or 0),
    "shorter": lambda old, new: int(new or _FOREVER) < int(old or _FOREVER),
    "differs": lambda old, new: bool(old) and old != new,
}
"""Whether to warn about an old and a new value, for each `when` of a record except `no longer`."""


def _warns(rule: Weakening, old: Any, new: Any) -> bool:
    if rule.when == "no longer":
        return old in rule.good and new not in rule.good
    return WARNS[rule.when](old, new)


def _at(values: Values, path: str) -> Any:
    """The value at a path such as `a.b`, through lists of one; None where it is missing."""
    found: Any = values
    for part in path.split("."):
        found = found[0] if isinstance(found, list) and found else found
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "not set"
    return str(value).lower() if isinstance(value, bool) else str(value)


def differences(address: str, where: str, old: Values, new: Values) -> Iterator[Difference]:
    """What becomes weaker in one resource. `old`: its attributes on AWS; `new`: its attributes after the plan."""
    for rule in record_of(type_of(address)).weakened:
        was, becomes = _at(old, rule.path), _at(new, rule.path)
        # An attribute that is known only after the apply is missing in `new`, so it cannot be compared.
        if rule.path.partition(".")[0] in new and _warns(rule, was, becomes):
            before, after = rule.instead or (_shown(was), _shown(becomes))
            yield Difference(where, rule.path, before, after, rule.keep.format(was=before), rule.weakens)


def counted(old: Mapping[str, int], new: Mapping[str, int], created: Mapping[str, int]) -> Iterator[Difference]:
    """Types of which fewer resources are left, and types with a price of which more are created.

    The arguments are numbers of resources by type: in the older project, in our stack, and created by the takeover.
    """
    for type_, record in sorted(RECORDS.items()):
        if record.keep_all and new.get(type_, 0) < old.get(type_, 0):
            yield Difference("number of resources", type_, str(old[type_]), str(new.get(type_, 0)), record.keep_all)
    for type_, record in sorted(RECORDS.items()):
        if record.price and (number := created.get(type_, 0)):
            before = str(old.get(type_, 0))
            yield Difference("new resources", type_, before, f"{number} more, {record.price}", "", weakens=False)
