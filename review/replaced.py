"""Reads from a plan which resources Terraform would replace, and which of these replacements are certain.

Where the base does not set an optional argument, AWS or the provider chose its value. Only the real state has it, so
whether a head that sets the argument replaces the resource cannot be known here (docs/adr/0017).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from resource_types import record_of
from resource_types.expressions import addresses
from resource_types.stack import SynthesizedStack

import attrs

Path = Sequence[str | int]


@attrs.frozen
class Forced:
    """An argument whose change forces a replacement; values as in JSON, "" for an unknown one."""

    argument: str
    old: str
    new: str


@attrs.frozen
class Replacement:
    """A resource that Terraform would delete and create again."""

    address: str
    forced: tuple[Forced, ...] = ()
    """The arguments that force it."""
    follows: tuple[str, ...] = ()
    """Other replaced resources to which these arguments or `replace_triggered_by` refer."""
    certain: bool = True
    """Whether it happens whatever AWS chose where the base does not set an argument."""

    @property
    def because(self) -> tuple[str, ...]:
        """The names of the arguments that force it."""
        return tuple(forced.argument for forced in self.forced)


def chosen_by_aws(planned: Mapping[str, Any], empties: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The attributes by address whose value the base's plan does not know; `empties`: the attributes of each type.

    Left out are those whose default is in the type's record, and names and prefixes that the provider generates: what
    the head sets is never the same.
    """

    def is_known(type_: str, name: str) -> bool:
        generated = f"{name.removesuffix('_prefix')}_prefix" in empties[type_]
        return generated or name in record_of(type_).defaults

    return {
        change["address"]: {
            name: unknown
            for name, unknown in change["change"]["after_unknown"].items()
            if not is_known(change["type"], name)
        }
        for change in planned["resource_changes"]
    }


def _at(value: Any, path: Path) -> str:
    """The value at a path of a plan, as a string; empty where there is none."""
    for step in path:
        inside = (isinstance(value, dict) and step in value) or (isinstance(value, list) and isinstance(step, int))
        if not inside or (isinstance(value, list) and int(step) >= len(value)):
            return ""
        value = value[step]
    return value if isinstance(value, str) else json.dumps(value)


def _is_unknown(unknown: Any, path: Path) -> bool:
    """Whether the value at a path, or one that contains it, is unknown; `unknown` as in a plan's `after_unknown`."""
    return any(_at(unknown, path[:length]) == "true" for length in range(1, len(path) + 1))


@attrs.frozen
class _Reasons:
    """Why Terraform replaces one resource."""

    forced: tuple[Forced, ...]
    follows: frozenset[str]
    """The addresses in the arguments that force it and in `replace_triggered_by`."""
    on_its_own: bool
    """Whether it is replaced even if nothing else is, whatever AWS chose."""


def _triggers(stack: SynthesizedStack, address: str) -> Iterator[str]:
    """The addresses in `replace_triggered_by`."""
    if block := stack.get(address):
        for lifecycle in block.blocks("lifecycle"):
            for trigger in lifecycle.get("replace_triggered_by", ()):
                yield from addresses(trigger)


def _reasons(
    entry: Mapping[str, Any], base: SynthesizedStack, head: SynthesizedStack, chosen: Any, among: frozenset[str]
) -> _Reasons:
    """The reasons of one entry of `resource_changes`; `among`: the addresses of all that are replaced."""
    change, address = entry["change"], entry["address"]
    old, new = base.get(address), head.get(address)
    paths = {".".join(map(str, path)): path for path in change.get("replace_paths", [])}
    forced = tuple(
        Forced(name, _at(change.get("before"), path), _at(change.get("after"), path))
        for name, path in sorted(paths.items())
    )
    refers = {name: among & set(new.refers_to(str(path[0])) if new else ()) for name, path in paths.items()}
    triggers = among & set(_triggers(head, address))

    def is_own(name: str, path: Path) -> bool:
        # An unchanged reference to a replaced resource has a new value only because of that.
        argument = str(path[0])
        rewritten = old is not None and new is not None and old.get(argument) != new.get(argument)
        return not _is_unknown(chosen, path) and (rewritten or not refers[name])

    own = any(is_own(name, path) for name, path in paths.items())
    return _Reasons(forced, triggers.union(*refers.values()), own or not (paths or triggers))


def replaced_in(
    plan: Mapping[str, Any], base: SynthesizedStack, head: SynthesizedStack, chosen: Mapping[str, Any]
) -> list[Replacement]:
    """The replacements in the plan of `head`; `chosen`: the attributes that AWS chose, see `chosen_by_aws`."""
    entries = {
        entry["address"]: entry
        for entry in plan["resource_changes"]
        if {"create", "delete"} <= set(entry["change"]["actions"])
    }
    among = frozenset(entries)
    found = {address: _reasons(entry, base, head, chosen.get(address, {}), among) for address, entry in entries.items()}
    certain = {address for address, reasons in found.items() if reasons.on_its_own}
    while more := {address for address, reasons in found.items() if reasons.follows & certain} - certain:
        certain |= more
    return [
        Replacement(address, reasons.forced, tuple(sorted(reasons.follows)), address in certain)
        for address, reasons in found.items()
    ]
