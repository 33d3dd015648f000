"""The Terraform blocks of a takeover, and what a plan would do to each resource."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ops.aws import Aws, OperatorError
from ops.state.finders import facts
from ops.state.matching import Old
from resource_types import record_of
from resource_types.record import Loss

import attrs

Block = dict[str, Any]

KEPT = (Loss.DATA, Loss.ADDRESS)
"""What a takeover must not lose: data, and addresses that callers use."""


@attrs.frozen
class Place:
    """Account and region of a deployment, which import ids need where they are ARNs and the state has none."""

    facts: Mapping[str, str]
    """`partition`, `region`, `account_id` and `environment`."""

    @classmethod
    def of(cls, aws: Aws) -> "Place":
        """The place of an environment."""
        return cls(facts(aws))

    def import_id(self, old: Old) -> str:
        """The id for Terraform's `import` block. Raises OperatorError where the resource lacks an attribute for it."""
        try:
            return record_of(old.type).imported_as({**self.facts, **old.values})
        except KeyError as error:
            raise OperatorError(
                f"{old.address} has no {error} in the file of FROM, so it cannot be imported: in the older project run "
                "`terraform apply -refresh-only`, then `terraform show -json` again"
            ) from None

    def import_ids(self, old: Old) -> set[str]:
        """The ids that an `import` block may have for a resource, including its identifier."""
        try:
            return {old.identifier, self.import_id(old)}
        except OperatorError:  # it lacks an attribute for the import id, e.g. of a type that is not imported
            return {old.identifier}


def blocks(place: Place, pairs: Mapping[str, Old], in_state: Iterable[str], imports: Mapping[str, str]) -> Block:
    """The Terraform blocks of a takeover: `moved`, `removed` and `import`.

    `pairs`: the old resource that each of our addresses takes over. `in_state`: the older deployment's addresses in our
    state. `imports`: import ids of further resources, by our address.
    """
    there = set(in_state)
    moved = {address: old.address for address, old in pairs.items() if old.address in there}
    left = sorted(there - set(moved.values()))
    wanted = {address: place.import_id(old) for address, old in pairs.items() if old.address not in there} | dict(
        imports
    )
    found: Block = {}
    if moved:
        found["moved"] = [{"from": old, "to": address} for address, old in sorted(moved.items())]
    if left:
        # A removed block takes a resource address without the keys of count and for_each.
        plain = sorted({re.sub(r"\[[^]]*\]", "", address) for address in left})
        found["removed"] = [{"from": address, "lifecycle": {"destroy": False}} for address in plain]
    if wanted:
        found["import"] = [{"to": address, "id": identifier} for address, identifier in sorted(wanted.items())]
    return found


@attrs.frozen
class Change:
    """What a plan would do to one resource."""

    address: str
    actions: frozenset[str]
    attributes: tuple[str, ...]
    """The attributes that change; for a replacement, those that force it."""
    conflicts: bool
    """Whether the new resource needs a name or a place that only one resource can have."""
    tainted: bool = False
    """Whether it is one of ours whose creation failed, so that nothing uses it."""
    before: Block = attrs.field(factory=dict)
    after: Block = attrs.field(factory=dict)
    """The attributes after the change, without those that are only known after an apply."""

    @property
    def replaces(self) -> bool:
        """Whether the resource would be deleted and created again."""
        return {"delete", "create"} <= self.actions

    @property
    def deletes(self) -> bool:
        """Whether the resource would be deleted and not created again."""
        return "delete" in self.actions and not self.replaces

    @property
    def says(self) -> str:
        """The change in a few words, for the table."""
        what = ", ".join(self.attributes)
        if self.replaces:
            return f"deleted and created again: {what} cannot change"
        return f"updated in place: {what}" if "update" in self.actions else "nothing"


def changes(plan: Block) -> dict[str, Change]:
    """The changes of managed resources in a plan (`terraform show -json`), by address."""
    return {item["address"]: _change(item) for item in plan.get("resource_changes", []) if item["mode"] == "managed"}


def _change(item: Block) -> Change:
    change = item["change"]
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    actions = frozenset(change["actions"])
    if "delete" in actions:
        paths = (".".join(part for part in path if isinstance(part, str)) for path in change.get("replace_paths", []))
        attributes = sorted(set(paths))
    else:
        keys = {key for key in {*before, *after} if before.get(key) != after.get(key) or unknown.get(key) is True}
        # tags_all repeats the change of tags.
        attributes = sorted(keys - {"tags_all"} if "tags" in keys else keys)
    conflicts = any(
        all(before.get(key) == after.get(key) and key not in unknown for key in keys)
        for keys in record_of(item["type"]).once
    )
    tainted = item.get("action_reason") == "replace_because_tainted"
    after = {key: value for key, value in after.items() if unknown.get(key) is not True}
    return Change(item["address"], actions, tuple(attributes), conflicts, tainted, before, after)
