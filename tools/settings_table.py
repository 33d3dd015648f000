"""The README's table of settings, made from the schema: `python -m tools.settings_table` writes it there."""

import sys
from pathlib import Path

from constructs_lib.helpers.routes import Route
from envs.common import COMMON
from envs.schema import Client, Environment, Subscription

import attrs

README = Path(__file__).parent.parent / "README.md"
BEGIN = "<!-- settings: made by `make readme` from envs/schema.py -->"
END = "<!-- end of settings -->"
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


def with_table(text: str) -> str:
    """The README's text with the table as it has to be. Raises ValueError where its marks are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{README.name} has no lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{settings_table()}\n{END}{after}"


def main() -> int:
    """Write the table into the README."""
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
