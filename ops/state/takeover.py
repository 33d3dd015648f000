"""The plan for taking over an older deployment: made again until nothing is replaced without need, and shown."""

import json
from collections.abc import Mapping
from typing import Any

from ops.aws import Aws, OperatorError
from ops.console import out
from ops.migrate.adoption_plan import KEPT, Change, blocks, changes, import_ids
from ops.state.finders import find_all
from ops.state.matching import Matches, Old, match
from ops.terraform import Stack
from resource_types import losing
from resource_types.expressions import type_of
from resource_types.stack import Block

import attrs
from rich.markup import escape
from rich.table import Table

BLOCKS = "adopt.tf.json"
PLAN = "adopt.tfplan"
STALE = (
    ". Where it finds nothing to import, FROM is older than what is on AWS: in the older project run "
    "terraform apply -refresh-only, and make FROM anew"
)


@attrs.frozen
class Takeover:
    """What is taken over, with the plan for it; `beside` are ours that are made anew, with what forces that."""

    matches: Matches
    pairs: dict[str, Old]
    imports: dict[str, str]
    beside: dict[str, Change]
    changes: dict[str, Change]

    def replaced(self) -> dict[str, Change]:
        """Ours that will not be what the older project made."""
        taken = {**self.pairs, **self.imports}
        return self.beside | {address: self.changes[address] for address in taken if self.changes[address].replaces}

    def lost(self) -> list[str]:
        """What the plan would delete, or of what holds data replace, that is not taken over at all."""
        taken = {**self.pairs, **self.imports}
        return sorted(
            address
            for address, change in self.changes.items()
            if change.deletes
            or (change.replaces and not change.half_made and address not in taken and losing(type_of(address), *KEPT))
        )

    def taken(self) -> int:
        """How many resources come from the older deployment."""
        return len({**self.pairs, **self.imports})

    def new(self) -> int:
        """How many resources are made."""
        return sum(change.actions == {"create"} for change in self.changes.values())

    def changing(self) -> bool:
        """Whether the plan would do anything."""
        return bool(self.imports) or any(change.actions - {"no-op", "read"} for change in self.changes.values())

    def left_over(self, old: list[Old]) -> dict[str, str]:
        """Old addresses that nothing of ours takes over, with the reason."""
        imported = {(type_of(address), identifier) for address, identifier in self.imports.items()}
        adopted = {one.address for one in old if imported & {(one.type, name) for name in import_ids(one)}}
        return {was: why for was, why in self.matches.reasons.items() if was not in adopted} | {
            self.matches.pairs[address].address: f"{', '.join(change.attributes)} cannot change"
            for address, change in self.beside.items()
        }


def roots(
    again: Mapping[str, Change], planned: Mapping[str, Change], blocks_of: Mapping[str, Block]
) -> dict[str, Change]:
    """Of what a plan replaces, that which it does not replace because of something else that it replaces.

    A listener is replaced with its load balancer, and that with its security group: once the new group is created
    next to the old one, both can stay.
    """
    replaced = {address for address, change in planned.items() if change.replaces}
    return {a: change for a, change in again.items() if not (blocks_of[a].depends_on() - {a}) & replaced}


def plan(aws: Aws, stack: Stack, old: list[Old], *, in_state: list[Old], ours: Mapping[str, Any]) -> Takeover:
    """Plan again and again until nothing is replaced that can as well be made beside the old one."""
    synthesized = stack.synthesized()
    resources = {address: block.body for address, block in synthesized.resources.items()}
    matches = match(stack.environment.names, resources, old, known=ours)
    beside: dict[str, Change] = {}
    passed: set[str] = set()
    while True:
        pairs = {address: item for address, item in matches.pairs.items() if address not in beside}
        known = {**ours, **{address: item.values for address, item in pairs.items()}}
        found = find_all(aws, {a: block for a, block in synthesized.terraform.items() if a not in passed}, known)
        wanted = {address: item.import_id for address, item in found.items()}
        content = blocks(pairs, [item.address for item in in_state], wanted)
        imports = {block["to"]: block["id"] for block in content.get("import", [])}
        (stack.folder / BLOCKS).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        if stack.terraform("plan", "-input=false", f"-out={PLAN}", quietly=True):
            raise OperatorError(f"terraform plan failed; nothing changed{'' if in_state else STALE}")
        planned = changes(stack.terraform_json("show", "-json", PLAN))
        again = {
            address: planned[address]
            for address in {**pairs, **imports}
            if planned[address].replaces and not planned[address].stands_in_the_way
        }
        if not again:
            return Takeover(matches, pairs, imports, beside, planned)
        again = roots(again, planned, synthesized.resources) or again
        # What no state knew and would be replaced is nobody's loss: it stays as it is.
        beside |= {address: change for address, change in again.items() if address in pairs}
        passed |= set(again)


def _table(*headers: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def show(takeover: Takeover, old: list[Old], paths: Mapping[str, str]) -> None:
    """Print what becomes of each resource, by the path of its construct, and what is left."""
    table = _table("Resource", "Was", "Id", "The plan")
    replaced = takeover.replaced()
    for address in sorted({**takeover.pairs, **takeover.imports, **takeover.beside}):
        was = takeover.matches.pairs.get(address)
        change = replaced.get(address) or takeover.changes[address]
        says = change.says
        if address in takeover.beside:
            says = f"made anew beside it: {', '.join(change.attributes)} cannot change"
        red = address in replaced and losing(type_of(address), *KEPT)
        table.add_row(
            *map(
                escape,
                (
                    paths[address],
                    was.address if was else "in no state",
                    was.identifier if was else takeover.imports[address],
                    says,
                ),
            ),
            style="red" if red else "yellow" if address in replaced else "",
        )
    out.print(table)
    left = takeover.left_over(old)
    if left:
        ids = {item.address: item.identifier for item in old}
        out.print("\n[bold]Left over[/], still on AWS and in no state: delete by hand when nothing uses it.")
        table = _table("Was", "Id", "Why")
        for address, why in sorted(left.items()):
            table.add_row(escape(address), escape(ids[address]), escape(why))
        out.print(table)
