"""The tables of docs/settings.md that follow from code; `make tables` writes them there."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

from envs import load_environments
from envs.common import COMMON
from envs.schema import Environment
from views.environments_table import markdown

import attrs

PAGE = Path(__file__).parent.parent / "docs" / "settings.md"


def _type(annotation: object) -> str:
    """A setting's type as an editor shows it."""
    return annotation.__name__ if isinstance(annotation, type) else re.sub(r"[a-z_]+\.", "", str(annotation))


def settings_table() -> str:
    """A Markdown table for each concern with a row for each of its settings: name, type, default, meaning."""
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
        rows.append(f"| `{field.name}` | `{_type(field.type)}` | {default} | {field.metadata['means']} |")
    return "\n".join(rows)


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "environments": lambda: markdown(load_environments(choice="")),
}
"""What stands between the marks of each name."""


def with_tables(text: str) -> str:
    """The page's text with its tables as they have to be. Raises ValueError where marks are missing."""
    for name, made in TABLES.items():
        begin, end = f"<!-- {name}: made by `make tables` -->", f"<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"{PAGE.name} has no lines {begin} and {end}")
        text = f"{before}{begin}\n{made()}\n{end}{after}"
    return text


def main() -> int:
    """Write the tables into the page."""
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
