"""`make tables`: writes the generated tables into the README and docs/."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from envs import load_environments
from envs.common import COMMON
from envs.schema import Environment
from tools.environment import ROOT
from views.costs.__main__ import estimates
from views.costs.estimate import Estimate
from views.costs.tables import by_use_table, doubts_list, fixed_table, sources_table, summary, unknown_list
from views.environments_table import markdown

import attrs


@attrs.frozen
class Facts:
    """The data for the tables."""

    environments: list[Environment]
    estimates: list[Estimate]


def _type(annotation: object) -> str:
    """A setting's type as Python writes it, without module names."""
    return annotation.__name__ if isinstance(annotation, type) else re.sub(r"[a-z_]+\.", "", str(annotation))


def settings_table() -> str:
    """A Markdown table for each concern, with a row for each setting: name, type, default, description."""
    concerns = {group.__name__.lower(): group for group in reversed(Environment.__bases__)}
    return "\n\n".join(
        f"### {name.capitalize()}\n\n{group.__doc__} Its rules: envs/schema/{name}.py.\n\n{_table(group)}"
        for name, group in concerns.items()
    )


def _table(group: type) -> str:
    rows = ["| Setting | Type | Default | What it is |", "|---|---|---|---|"]
    for field in attrs.fields(group):
        if field.name in COMMON:
            default = "`envs/common.py`"
        elif field.default is attrs.NOTHING:
            default = "—"
        else:
            default = f"`{field.default!r}`"
        type_ = _type(field.type).replace("|", r"\|")  # a bare | would end the cell
        rows.append(f"| `{field.name}` | `{type_}` | {default} | {field.metadata['means']} |")
    return "\n".join(rows)


TABLES: dict[Path, dict[str, Callable[[Facts], str]]] = {
    ROOT / "docs" / "settings.md": {
        "settings": lambda _: settings_table(),
        "environments": lambda facts: markdown(facts.environments),
    },
    ROOT / "docs" / "costs.md": {
        "fixed": lambda facts: fixed_table(facts.estimates),
        "by use": lambda facts: by_use_table(facts.estimates),
        "unknown": lambda facts: unknown_list(facts.estimates),
        "doubts": lambda _: doubts_list(),
        "sources": lambda _: sources_table(),
    },
    ROOT / "README.md": {"costs": lambda facts: summary(facts.estimates)},
}
"""The function that makes each table, by page and by the name in its marks."""


def with_tables(page: Path, facts: Facts) -> str:
    """A page's text with up-to-date tables. Raises ValueError where a table's marks are missing."""
    text = page.read_text(encoding="utf-8")
    for name, made in TABLES[page].items():
        begin, end = f"<!-- {name}: made by `make tables` -->", f"<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"{page.name}: the lines {begin} and {end} are missing: add them where the table belongs")
        text = f"{before}{begin}\n{made(facts)}\n{end}{after}"
    return text


def main() -> int:
    """Write all tables into their pages; returns 0."""
    environments = load_environments(choice="")
    facts = Facts(environments, estimates(environments))
    for page in TABLES:
        page.write_text(with_tables(page, facts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
