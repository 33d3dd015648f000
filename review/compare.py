"""Compares two revisions: settings, warnings, and the blocks of each stack by Terraform address."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from resource_types.expressions import type_of
from resource_types.stack import Block, SynthesizedStack
from review.revision import Revision, Setting

import attrs

Kind = Literal["added", "changed", "removed"]
LABELS = ("Sid", "sid", "name", "Name", "label", "id", "key")
"""Keys that identify the items of a list, so that an item added at the front is one addition, not a change of all."""
ABSENT = "—"


@attrs.frozen
class Change:
    """An attribute or a setting with its old and its new value; ABSENT for a missing one."""

    name: str
    old: str
    new: str
    means: str = ""
    """A setting's description."""


@attrs.frozen
class BlockChange:
    """A block of a stack that differs, e.g. a resource, data source or output."""

    address: str
    path: str
    """Path of its construct, e.g. `Network/Vpc`."""
    kind: Kind
    changes: tuple[Change, ...] = ()

    @property
    def type_(self) -> str:
        """The type of a resource; of other blocks the first part of the address."""
        return type_of(self.address)


@attrs.frozen
class EnvironmentChange:
    """What differs in one environment."""

    name: str
    kind: Kind
    settings: tuple[Change, ...]
    blocks: tuple[BlockChange, ...]
    new_warnings: tuple[str, ...]
    gone_warnings: tuple[str, ...]

    @property
    def anything(self) -> bool:
        """Whether anything differs."""
        return bool(self.kind != "changed" or self.settings or self.blocks or self.new_warnings or self.gone_warnings)


def blocks(document: Mapping[str, Any]) -> dict[str, Any]:
    """Every block of a stack by address: resources and data sources as in Terraform, others e.g. as `output.…`."""
    found: dict[str, Any] = {address: block.body for address, block in SynthesizedStack.of(document).terraform.items()}
    for section, content in document.items():
        if section not in {"//", "resource", "data"}:
            found |= {f"{section}.{name}": block for name, block in content.items()}
    return found


def _label(item: Any, index: int) -> str:
    if isinstance(item, dict):
        for key in LABELS:
            if isinstance(item.get(key), str):
                return str(item[key])
        if isinstance(title := item.get("properties", {}), dict) and "title" in title:
            return str(title["title"])  # a dashboard's widget
    return str(index)


def flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """The leaves of a block as (path, value); a JSON document in a string is split into its leaves too."""
    if isinstance(value, str) and value[:1] in "{[":
        try:
            value = json.loads(value)
        except ValueError:
            yield name, value
            return
    if isinstance(value, dict) and value:
        for key, item in value.items():
            if key != "//":
                yield from flat(item, f"{name}.{key}" if name else key)
    elif isinstance(value, list) and value and any(isinstance(item, dict | list) for item in value):
        labels = [_label(item, index) for index, item in enumerate(value)]
        if len(set(labels)) < len(labels):
            labels = [str(index) for index in range(len(value))]
        for label, item in zip(labels, value, strict=True):
            yield from flat(item, f"{name}[{label}]")
    elif isinstance(value, list):
        yield name, ", ".join(map(_leaf, value)) or "[]"
    else:
        yield name, _leaf(value)


def _leaf(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def attribute_changes(old: Any, new: Any) -> tuple[Change, ...]:
    """The leaves that differ, sorted by path."""
    before, after = dict(flat(old)), dict(flat(new))
    return tuple(
        Change(name, before.get(name, ABSENT), after.get(name, ABSENT))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )


def block_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[BlockChange, ...]:
    """The blocks that differ between two stacks, sorted by address."""
    before, after = blocks(old), blocks(new)
    found = []
    for address in sorted(before.keys() | after.keys()):
        was, now = before.get(address), after.get(address)
        # `flat` yields one leaf without a name for an empty block: that is no attribute.
        changes = tuple(one for one in attribute_changes(was or {}, now or {}) if one.name)
        if was is None or now is None or changes:
            kind: Kind = "added" if was is None else "removed" if now is None else "changed"
            body = now if was is None else was
            path = Block(address, body).path if isinstance(body, dict) else ""
            found.append(BlockChange(address, path, kind, changes))
    return tuple(found)


def _settings(old: Mapping[str, Setting], new: Mapping[str, Setting]) -> tuple[Change, ...]:
    def changed(name: str) -> bool:
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            # A setting that only one side knows is shown if its value is not the default.
            return not (before or after or Setting("", "", is_default=True)).is_default
        return before.value != after.value

    return tuple(
        Change(
            name,
            old[name].value if name in old else ABSENT,
            new[name].value if name in new else ABSENT,
            (new.get(name) or old[name]).means,
        )
        for name in [*new, *(name for name in old if name not in new)]
        if changed(name)
    )


def compare(base: Revision, head: Revision) -> list[EnvironmentChange]:
    """What differs in each environment, in alphabetical order."""
    found = []
    for name in sorted(base.documents.keys() | head.documents.keys()):
        old_warnings, new_warnings = base.warnings.get(name, []), head.warnings.get(name, [])
        kind: Kind = "added" if name not in base.documents else "removed" if name not in head.documents else "changed"
        found.append(
            EnvironmentChange(
                name,
                kind,
                _settings(base.settings.get(name, {}), head.settings.get(name, {})),
                block_changes(base.documents.get(name, {}), head.documents.get(name, {})),
                tuple(warning for warning in new_warnings if warning not in old_warnings),
                tuple(warning for warning in old_warnings if warning not in new_warnings),
            )
        )
    return found
