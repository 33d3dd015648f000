"""What `make adopt` prints before it asks for confirmation."""

from collections.abc import Iterable, Mapping

from ops.console import out, say
from ops.migrate.adoption_plan import KEPT
from ops.migrate.weakening import Difference
from ops.state.takeover import Takeover
from resource_types import losing
from resource_types.expressions import type_of

from rich.table import Table
from rich.text import Text


def _table(*headers: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        table.add_column(header, overflow="fold")
    return table


def show(takeover: Takeover, paths: Mapping[str, str]) -> None:
    """Print what happens to each resource that is taken over or replaced, by the path of its construct."""
    table = _table("Resource", "Was", "Id", "The plan")
    replaced = takeover.replaced()
    for address in sorted({**takeover.pairs, **takeover.imports, **takeover.side_by_side}):
        was = takeover.was(address)
        change = replaced.get(address) or takeover.changes[address]
        says = change.says
        if address in takeover.side_by_side:
            says = f"created next to the old one: {', '.join(change.attributes)} cannot change"
        if later := takeover.staging.later(address):
            says = later if says == "nothing" else f"{says}; then {later}"
        style = (
            "red"
            if address in replaced and losing(type_of(address), *KEPT)
            else "yellow"
            if address in replaced
            else ""
        )
        identifier = was.identifier if was else takeover.imports[address]
        cells = (paths[address], was.address if was else "not in a state", identifier, says)
        table.add_row(*map(Text, cells), style=style)
    out.print(table)


def show_differences(differences: Iterable[Difference]) -> list[Difference]:
    """Print old and new values of what becomes weaker or costs more; returns those that become weaker."""
    found = list(differences)
    if found:
        say("\nWeaker, lost, or more expensive:", "bold red")
        table = _table("Resource", "Setting", "Was", "Becomes", "To keep it")
        for one in sorted(found, key=lambda one: (not one.weakens, one.where, one.setting)):
            cells = (one.where, one.setting, one.was, one.becomes, one.keep)
            table.add_row(*map(Text, cells), style="red" if one.weakens else "yellow")
        out.print(table)
    return [one for one in found if one.weakens]


def gap(takeover: Takeover) -> str:
    """The paragraph that explains how the switch to the new tasks affects callers."""
    if takeover.staging.listeners:
        return (
            "The older service answers until ECS reports the new tasks healthy; then the listeners switch within "
            "seconds. Streams of the older tasks continue until they end or the older target group's deregistration "
            "delay is over, as long as the older service runs."
        )
    return (
        "No listener that forwards to an older target group is taken over, so nothing switches for callers. The new "
        "tasks are behind a new load balancer with its own address, or in the target group of the older tasks."
    )
