"""The README's tables that follow from code: `python -m tools.readme_tables`, or `make readme`, writes them there."""

import sys
from collections.abc import Callable
from pathlib import Path

from constructs_lib.helpers.routes import Route
from envs import load_environments
from envs.common import COMMON
from envs.schema import Client, Environment, Subscription
from tools.environments_table import markdown

import attrs

README = Path(__file__).parent.parent / "README.md"
_TYPES: dict[object, str] = {
    str: "text",
    int: "number",
    bool: "switch",
    tuple[str, ...]: "texts",
    tuple[int, ...]: "numbers",
    tuple[Client, ...]: "clients",
    tuple[Subscription, ...]: "subscriptions",
    Route | None: "route",
}


def settings_table() -> str:
    """A Markdown table with a row for each setting: name, type, default, meaning."""
    rows = ["| Setting | Type | Default | What it is |", "|---|---|---|---|"]
    for field in attrs.fields(Environment):
        if field.name in COMMON:
            default = "`envs/common.py`"
        elif field.default is attrs.NOTHING:
            default = "—"
        else:
            default = f"`{field.default!r}`"
        rows.append(f"| `{field.name}` | {_TYPES[field.type]} | {default} | {field.metadata['means']} |")
    return "\n".join(rows)


TABLES: dict[str, Callable[[], str]] = {
    "settings": settings_table,
    "environments": lambda: markdown(load_environments(choice="")),
}
"""What stands between the marks of each name."""


def with_tables(text: str) -> str:
    """The README's text with its tables as they have to be. Raises ValueError where marks are missing."""
    for name, made in TABLES.items():
        begin, end = f"<!-- {name}: made by `make readme` -->", f"<!-- end of {name} -->"
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"{README.name} has no lines {begin} and {end}")
        text = f"{before}{begin}\n{made()}\n{end}{after}"
    return text


def main() -> int:
    """Write the tables into the README."""
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
