"""The plan for taking over an older deployment, repeated until nothing is replaced without need."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ops.aws import Aws
from ops.migrate.adoption_plan import KEPT, Change, Place, blocks, changes
from ops.migrate.keys_in_use import keys_in_use
from ops.migrate.remains import Remain, remain
from ops.migrate.staging import TIE, Staging
from ops.migrate.weakening import Difference, counted, differences
from ops.state.finders import find_all
from ops.state.matching import Matches, Old, match
from ops.terraform import Stack
from resource_types import losing
from resource_types.expressions import type_of
from resource_types.stack import Block

import attrs

BLOCKS = "adopt.tf.json"
PLAN = "adopt.tfplan"
STALE = (
    ". Where it finds nothing to import, FROM is older than what is on AWS: in the older project run "
    "terraform apply -refresh-only, then terraform show -json again"
)


@attrs.frozen
class Takeover:
    """What is taken over, with the plan for it; `beside` are ours that are created next to the old ones, and why."""

    matches: Matches
    pairs: dict[str, Old]
    imports: dict[str, str]
    beside: dict[str, Change]
    changes: dict[str, Change]
    staging: Staging
    needed: dict[str, str]
    """Old addresses of keys that stay as they are, and why."""

    def was(self, address: str) -> Old | None:
        """The old resource that one of ours takes over, or is created next to."""
        return self.matches.pairs.get(address) or self.matches.renamed.get(address)

    def replaced(self) -> dict[str, Change]:
        """Ours that will not be the older project's resources."""
        taken = {**self.pairs, **self.imports}
        return self.beside | {address: self.changes[address] for address in taken if self.changes[address].replaces}

    def lost(self) -> list[str]:
        """What the plan would delete, or of what holds data replace, that is not taken over at all."""
        taken = {**self.pairs, **self.imports}
        return sorted(
            address
            for address, change in self.changes.items()
            if (change.deletes and address != TIE)
            or (change.replaces and not change.half_made and address not in taken and losing(type_of(address), *KEPT))
        )

    def taken(self) -> int:
        """How many resources come from the older deployment."""
        return len({**self.pairs, **self.imports})

    def new(self) -> int:
        """How many resources are created."""
        return sum(change.actions == {"create"} for address, change in self.changes.items() if address != TIE)

    def changing(self) -> bool:
        """Whether the plan would do anything."""
        return bool(self.imports) or any(change.actions - {"no-op", "read"} for change in self.changes.values())

    def left_over(self, old: list[Old], place: Place) -> dict[str, str]:
        """Old addresses that nothing of ours takes over, with the reason."""
        imported = {(type_of(address), identifier) for address, identifier in self.imports.items()}
        adopted = {one.address for one in old if imported & {(one.type, name) for name in place.import_ids(one)}}
        reasons = {was: why for was, why in self.matches.reasons.items() if was not in adopted} | self.needed
        for address, change in self.beside.items():
            if was := self.was(address):
                reasons[was.address] = f"{', '.join(change.attributes)} cannot change"
        return reasons

    def remains(self, old: list[Old], place: Place) -> list[Remain]:
        """What is left on AWS and in no state."""
        taken = {str(one.values.get(key)) for one in self.pairs.values() for key in ("id", "arn", "name")}
        taken |= set(self.imports.values())
        reasons = self.left_over(old, place)
        needed = frozenset(self.needed)
        return [
            remain(one, reasons[one.address], taken=frozenset(taken - {"None"}), needed=needed)
            for one in old
            if one.address in reasons
        ]

    def differences(self, old: list[Old], paths: Mapping[str, str]) -> Iterator[Difference]:
        """What is weaker or dearer than in the older project."""
        for address, change in self.changes.items():
            was = self.was(address)
            before = change.before or (was.values if was else {})
            if was or address in self.imports:
                yield from differences(address, paths.get(address, address), before, change.after)
        created = Counter(type_of(a) for a, change in self.changes.items() if "create" in change.actions)
        ours = Counter(type_of(address) for address in self.changes if address in paths)
        yield from counted(Counter(one.type for one in old), ours, created)


def roots(
    again: Mapping[str, Change], planned: Mapping[str, Change], blocks_of: Mapping[str, Block]
) -> dict[str, Change]:
    """Of what a plan replaces, that which it does not replace because of something else that it replaces.

    A listener is replaced with its load balancer, and that with its security group: once the new group is created
    next to the old one, both can stay.
    """
    replaced = {address for address, change in planned.items() if change.replaces}
    return {a: change for a, change in again.items() if not (blocks_of[a].depends_on() - {a}) & replaced}


def matched(
    aws: Aws, resources: Mapping[str, Any], old: list[Old], ours: Mapping[str, Any]
) -> tuple[Matches, dict[str, str]]:
    """What belongs together, and the older keys that stay as they are, by their address, with the reason."""
    needed: dict[str, str] = {}
    while True:
        left = [one for one in old if one.address not in needed]
        matches = match(aws.environment.names, resources, left, known=ours)
        more = keys_in_use(aws, matches.pairs, old)
        if not more:
            return matches, needed
        needed |= more


def plan(aws: Aws, stack: Stack, old: list[Old], *, in_state: list[Old], ours: Mapping[str, Any]) -> Takeover:
    """Plan again and again until nothing is replaced that can as well be created next to the old one."""
    synthesized = stack.synthesized()
    resources = {address: block.body for address, block in synthesized.resources.items()}
    place = Place.of(aws)
    matches, needed = matched(aws, resources, old, ours)
    beside = {
        address: Change(address, frozenset({"create"}), ("name",), stands_in_the_way=False)
        for address in matches.renamed
    }
    passed: set[str] = set()
    while True:
        pairs = {address: item for address, item in matches.pairs.items() if address not in beside}
        known = {**ours, **{address: item.values for address, item in pairs.items()}}
        found = find_all(aws, {a: block for a, block in synthesized.terraform.items() if a not in passed}, known)
        wanted = {address: item.import_id for address, item in found.items()}
        content = blocks(place, pairs, [item.address for item in in_state], wanted)
        imports = {block["to"]: block["id"] for block in content.get("import", [])}
        staging = Staging.of(resources, known, imports)
        stack.write(staging.first(synthesized.document))
        (stack.folder / BLOCKS).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        planned = changes(stack.plan(PLAN, failed=f"; nothing changed{'' if in_state else STALE}", quietly=True))
        again = {
            address: planned[address]
            for address in {**pairs, **imports}
            if planned[address].replaces and not planned[address].stands_in_the_way
        }
        if not again:
            return Takeover(matches, pairs, imports, beside, planned, staging, needed)
        again = roots(again, planned, synthesized.resources) or again
        # What no state knew and would be replaced is no loss: it stays as it is.
        beside |= {address: change for address, change in again.items() if address in pairs}
        passed |= set(again)
