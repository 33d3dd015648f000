"""Runs a CloudWatch Logs filter pattern or query on log lines, with SQLite.

It understands only what this project's patterns and queries use; anything else is an SQLite error.
"""

import json
import re
import sqlite3
from collections.abc import Iterable
from typing import Any

_WORD = re.compile(r"\"[^\"]*\"|[A-Za-z_@][\w.@]*(?=\s*\()|[A-Za-z_@][\w.@]*|[^\sA-Za-z_@\"]+")
_KEYWORDS = {"and", "or", "not", "as", "by", "like", "ispresent", "count", "pct", "desc", "asc", "in", "from"}


class _Percentile:
    def __init__(self) -> None:
        self._values: list[float] = []
        self._which = 0.0

    def step(self, value: float | None, which: float) -> None:
        self._which = which
        if value is not None:
            self._values.append(value)

    def finalize(self) -> float | None:
        ordered = sorted(self._values)
        return ordered[min(len(ordered) - 1, int(len(ordered) * self._which / 100))] if ordered else None


def _table(lines: Iterable[str]) -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    made.create_aggregate("pct", 2, _Percentile)  # type: ignore[arg-type] # its step has two arguments, as SQLite calls it
    made.execute("CREATE TABLE log (line TEXT)")
    made.executemany("INSERT INTO log VALUES (?)", ((line,) for line in lines))
    return made


def _field(name: str) -> str:
    return "json_extract(line, '$." + ".".join(f'"{part}"' for part in name.split(".")) + "')"


def _expression(text: str, aliases: Iterable[str] = ()) -> str:
    def word(match: re.Match[str]) -> str:
        found = match[0]
        if found.startswith('"'):
            return "'" + found[1:-1] + "'"
        if found.lower() in _KEYWORDS or found in aliases or not (found[0].isalpha() or found[0] in "_@"):
            return found
        return _field(found)

    said = _WORD.sub(word, text)
    said = re.sub(r"like '([^']*)'", r"LIKE '%\1%'", said)
    return re.sub(r"ispresent\((json_extract\([^)]*\))\)", r"(\1 IS NOT NULL)", said)


def matching(pattern: str, lines: Iterable[str]) -> list[dict[str, Any]]:
    """Return the lines that a JSON filter pattern matches."""
    said = pattern.strip().removeprefix("{").removesuffix("}").replace("&&", "AND").replace("||", "OR")
    said = re.sub(r"\$\.([\w.]+)", lambda match: _field(match[1]), said)
    # A star stands for any string, as in SQLite's GLOB.
    said = re.sub(r'!= "([^"]*)"', r"NOT GLOB '\1'", said)
    said = re.sub(r'= "([^"]*)"', r"GLOB '\1'", said)
    return [json.loads(line) for (line,) in _table(lines).execute(f"SELECT line FROM log WHERE {said}")]  # noqa: S608


def answer(query: str, lines: Iterable[str]) -> list[dict[str, Any]]:
    """Return the rows that a Logs Insights query returns."""
    columns: list[str] = []
    where, group, order, limit = "1", "", "", ""
    for command in (part.strip() for part in query.split("|")):
        name, _, rest = command.partition(" ")
        match name:
            case "fields":
                columns = [f'{_expression(one)} AS "{one.strip()}"' for one in rest.split(",")]
            case "filter":
                where += f" AND ({_expression(rest)})"
            case "stats":
                what, _, by = rest.partition(" by ")
                keys = [key.strip() for key in by.split(",")]
                aliases = re.findall(r" as (\w+)", what)
                columns = [*(f'{_field(key)} AS "{key}"' for key in keys), _expression(what, aliases)]
                group = " GROUP BY " + ", ".join(_field(key) for key in keys)
            case "sort":
                by, _, direction = rest.partition(" ")
                stated = any(f" as {by}" in column or f'AS "{by}"' in column for column in columns)
                order = f" ORDER BY {chr(34) + by + chr(34) if stated else _field(by)} {direction}"
            case "limit":
                limit = f" LIMIT {int(rest)}"
            case _:
                raise ValueError(f"{name!r} is not known here")
    table = _table(lines)
    table.row_factory = sqlite3.Row
    said = f"SELECT {', '.join(columns) or 'line'} FROM log WHERE {where}{group}{order}{limit}"  # noqa: S608
    return [dict(row) for row in table.execute(said)]
