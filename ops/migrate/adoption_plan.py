"""What a plan would do to an older deployment that our stack takes over."""

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
"""What a takeover may not lose: data, and an address that callers have."""


@attrs.frozen
class Place:
    """Where a deployment is; import ids that are ARNs name it, and an older provider's state does not."""

    facts: Mapping[str, str]
    """`partition`, `region`, `account_id`."""

    @classmethod
    def of(cls, aws: Aws) -> "Place":
        """The place of an environment."""
        return cls(facts(aws))

    def import_id(self, old: Old) -> str:
        """What Terraform's `import` block takes for a resource. Raises OperatorError where FROM does not tell."""
        try:
            return record_of(old.type).imported_as({**self.facts, **old.values})
        except KeyError as error:
            raise OperatorError(
                f"{old.address} has no {error} in the file, so it cannot be imported: in the older project run "
                "terraform apply -refresh-only, then terraform show -json again"
            ) from None

    def import_ids(self, old: Old) -> set[str]:
        """What a resource may be called in an `import` block, its identifier among them."""
        try:
            return {old.identifier, self.import_id(old)}
        except OperatorError:  # of a type that we do not import, or one that says little
            return {old.identifier}


def blocks(place: Place, pairs: Mapping[str, Old], in_state: Iterable[str], imports: Mapping[str, str]) -> Block:
    """The Terraform blocks of a takeover: what moves within the state, what leaves it, what comes into it.

    `in_state` are the addresses of the older deployment in our state; `imports` maps further addresses to import ids.
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
        # This block takes a resource as a whole, without the keys of count and for_each.
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
    """What changes; of a replacement, what forces it."""
    stands_in_the_way: bool
    """Whether the new one needs a name or a place that the old one has."""
    half_made: bool = False
    """Whether it is one of ours whose making failed, so that nobody uses it."""
    before: Block = attrs.field(factory=dict)
    after: Block = attrs.field(factory=dict)
    """The attributes after it, without those that only AWS's answer will tell."""

    @property
    def replaces(self) -> bool:
        """Whether the resource would be deleted and made again."""
        return {"delete", "create"} <= self.actions

    @property
    def deletes(self) -> bool:
        """Whether the resource would be gone."""
        return "delete" in self.actions and not self.replaces

    @property
    def says(self) -> str:
        """The change in a few words."""
        what = ", ".join(self.attributes)
        if self.replaces:
            return f"deleted and created again: {what} cannot change"
        return f"updated in place: {what}" if "update" in self.actions else "nothing"


def changes(plan: Block) -> dict[str, Change]:
    """What a plan, as `terraform show -json` has it, would do, by address."""
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
        # Both tell of the same tags.
        attributes = sorted(keys - {"tags_all"} if "tags" in keys else keys)
    in_the_way = any(
        all(before.get(key) == after.get(key) and key not in unknown for key in keys)
        for keys in record_of(item["type"]).once
    )
    half_made = item.get("action_reason") == "replace_because_tainted"
    after = {key: value for key, value in after.items() if unknown.get(key) is not True}
    return Change(item["address"], actions, tuple(attributes), in_the_way, half_made, before, after)
