"""The plan for taking over an older deployment, repeated until it replaces nothing that can be created next to it."""

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
    ". If it cannot find a resource to import, the file of FROM is out of date: in the older project run "
    "`terraform apply -refresh-only`, then `terraform show -json` again"
)


@attrs.frozen
class Takeover:
    """What is taken over, with the plan for it. Dicts are by our address, unless noted."""

    matches: Matches
    pairs: dict[str, Old]
    """The old resources that are taken over."""
    imports: dict[str, str]
    """Import ids of what is imported."""
    side_by_side: dict[str, Change]
    """Resources that are created next to the old ones, since an attribute of those cannot change."""
    changes: dict[str, Change]
    """What the plan does to each resource."""
    staging: Staging
    needed: dict[str, str]
    """Old addresses of keys that stay as they are, with the reason."""

    def was(self, address: str) -> Old | None:
        """The old resource that ours takes over or is created next to; None for neither."""
        return self.matches.pairs.get(address) or self.matches.renamed.get(address)

    def replaced(self) -> dict[str, Change]:
        """Resources that are created instead of being taken over, by our address."""
        taken = {**self.pairs, **self.imports}
        created = {address: self.changes[address] for address in taken if self.changes[address].replaces}
        return self.side_by_side | created

    def lost(self) -> list[str]:
        """Addresses outside of the takeover that the plan would delete, or replace although they hold data."""
        taken = {**self.pairs, **self.imports}
        return sorted(
            address
            for address, change in self.changes.items()
            if (change.deletes and address != TIE)
            or (change.replaces and not change.tainted and address not in taken and losing(type_of(address), *KEPT))
        )

    def taken(self) -> int:
        """How many resources come from the older deployment."""
        return len({**self.pairs, **self.imports})

    def new(self) -> int:
        """How many resources are created."""
        return sum(change.actions == {"create"} for address, change in self.changes.items() if address != TIE)

    def changing(self) -> bool:
        """Whether the plan changes anything."""
        return bool(self.imports) or any(change.actions - {"no-op", "read"} for change in self.changes.values())

    def left_over(self, old: list[Old], place: Place) -> dict[str, str]:
        """Old addresses that are not taken over, with the reason."""
        imported = {(type_of(address), identifier) for address, identifier in self.imports.items()}
        adopted = {one.address for one in old if imported & {(one.type, name) for name in place.import_ids(one)}}
        reasons = {was: why for was, why in self.matches.reasons.items() if was not in adopted} | self.needed
        for address, change in self.side_by_side.items():
            if was := self.was(address):
                reasons[was.address] = f"{', '.join(change.attributes)} cannot change"
        return reasons

    def remains(self, old: list[Old], place: Place) -> list[Remain]:
        """What stays on AWS without being in this project's state."""
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
        """What is weaker or costs more than in the older project."""
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
    """The replacements in `again` that are not merely a consequence of another replacement in the plan.

    For example, replacing a security group replaces its load balancer, which replaces the listener. Once the new group
    is created next to the old one, load balancer and listener can stay.
    """
    replaced = {address for address, change in planned.items() if change.replaces}
    return {a: change for a, change in again.items() if not (blocks_of[a].depends_on() - {a}) & replaced}


def matched(
    aws: Aws, resources: Mapping[str, Any], old: list[Old], ours: Mapping[str, Any]
) -> tuple[Matches, dict[str, str]]:
    """The matches with the older deployment, and the reasons why older KMS keys stay as they are, by old address."""
    needed: dict[str, str] = {}
    while True:
        left = [one for one in old if one.address not in needed]
        matches = match(aws.environment.names, resources, left, known=ours)
        more = keys_in_use(aws, matches.pairs, old)
        if not more:
            return matches, needed
        needed |= more


def plan(aws: Aws, stack: Stack, old: list[Old], *, in_state: list[Old], ours: Mapping[str, Any]) -> Takeover:
    """Plan repeatedly, until nothing is replaced that can be created next to the old resource instead.

    `old`: the older deployment; `in_state`: what this state holds of it; `ours`: attributes of our resources in the
    state, by address. Raises OperatorError where Terraform cannot plan.
    """
    synthesized = stack.synthesized()
    resources = {address: block.body for address, block in synthesized.resources.items()}
    place = Place.of(aws)
    matches, needed = matched(aws, resources, old, ours)
    side_by_side = {
        address: Change(address, frozenset({"create"}), ("name",), conflicts=False) for address in matches.renamed
    }
    passed: set[str] = set()
    while True:
        pairs = {address: item for address, item in matches.pairs.items() if address not in side_by_side}
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
            if planned[address].replaces and not planned[address].conflicts
        }
        if not again:
            return Takeover(matches, pairs, imports, side_by_side, planned, staging, needed)
        again = roots(again, planned, synthesized.resources) or again
        # An import that would be replaced is left out instead: no state has held it, so it stays as it is.
        side_by_side |= {address: change for address, change in again.items() if address in pairs}
        passed |= set(again)
