"""Writes the blocks of a module; the provider's schema decides which arguments are blocks."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from views.hcl.expressions import Conditional, Document, Raw, expression, key
from views.hcl.merged import MISSING, Merger
from views.hcl.names import NAMES

import attrs

Schema = Mapping[str, Any]


@attrs.frozen
class Nested:
    """The nested blocks of one name in a body; some may be conditional."""

    items: list[Any]
    schema: Schema


def is_block(name: str, value: Any, schema: Schema) -> bool:  # noqa: ANN401 (any value of JSON)
    """Whether an argument is a block in the schema; if an older schema does not know it, an object is a block."""
    if name in schema.get("block_types", {}) or name == "lifecycle":
        return True
    objects = isinstance(value, Mapping) or (isinstance(value, list) and value and isinstance(value[0], Mapping))
    return bool(objects) and name not in schema.get("attributes", {})


def prepared(body: Mapping[str, Any], schema: Schema, is_text: Callable[[str], bool]) -> dict[str, Any]:
    """A body without null values, with nested blocks as `Nested` and JSON strings as `Document`."""
    found: dict[str, Any] = {}
    for name, value in body.items():
        if name == "//" or value is None:
            continue
        if name not in NAMES and is_block(name, value, schema):
            inside = schema.get("block_types", {}).get(name, {}).get("block", {})
            items = value if isinstance(value, list) else [value]
            found[name] = Nested([prepared(one, inside, is_text) for one in items], inside)
        else:
            found[name] = _document(value, is_text)
    return found


def _document(value: Any, is_text: Callable[[str], bool]) -> Any:  # noqa: ANN401 (any value of JSON)
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return Document(json.loads(value), is_text)
        except json.JSONDecodeError:
            pass
    return value


def merged(merger: Merger, bodies: tuple[dict[str, Any], ...], path: str) -> dict[str, Any]:
    """One body for all environments. `path`: its place, for the choice of variables."""
    found: dict[str, Any] = {}
    for name in dict.fromkeys(name for body in bodies for name in body):
        values = tuple(body.get(name, MISSING) for body in bodies)
        place = f"{path}/{name}"
        there = tuple(one is not MISSING for one in values)
        nested = next((one for one in values if isinstance(one, Nested)), None)
        if name in NAMES:
            # Terraform evaluates these statically, so they cannot be conditional.
            given = [one for one in values if one is not MISSING]
            named = [one for one in given if isinstance(one, list)]
            found[name] = list(dict.fromkeys(item for one in named for item in one)) if named else given[0]
        elif nested is not None:
            lists = tuple(one.items if isinstance(one, Nested) else [] for one in values)
            found[name] = Nested(_rows(merger, lists, place), nested.schema)
        elif all(there):
            found[name] = merger.merge(values, place)
        else:
            inner = merger.among(there).merge(tuple(one for one in values if one is not MISSING), place)
            found[name] = Raw(f"{merger.condition(there, place)} ? {expression(inner)} : null")
    return found


def _rows(merger: Merger, lists: tuple[list[Any], ...], path: str) -> list[Any]:
    rows = []
    for row in merger.aligned(lists):
        there = tuple(one is not MISSING for one in row)
        inner = merged(merger.among(there), tuple(one for one in row if one is not MISSING), path)
        rows.append(inner if all(there) else Conditional(merger.condition(there, path), inner))
    return rows


def body_text(body: Mapping[str, Any]) -> str:
    """The content of a block: its attributes, then its nested blocks."""
    attributes, blocks = "", ""
    for name, value in body.items():
        if isinstance(value, Nested):
            for one in value.items:
                is_dynamic = isinstance(one, Conditional)
                blocks += "\n" + (_dynamic(name, one) if is_dynamic else block(name, body=body_text(one)))
        elif name in NAMES and not isinstance(value, Raw):
            written = f"[{', '.join(value)}]" if isinstance(value, list) else value
            attributes += f"{name} = {written}\n"
        else:
            attributes += f"{key(name)} = {expression(value)}\n"
    return attributes + blocks


def _dynamic(name: str, one: Conditional) -> str:
    inside = f"for_each = {one.condition} ? [true] : []\n\n" + block("content", body=body_text(one.value))
    return block("dynamic", name, body=inside)


def block(kind: str, *labels: str, body: str) -> str:
    """The source of a block."""
    return " ".join([kind, *(f'"{label}"' for label in labels)]) + (f" {{\n{body}}}\n" if body else " {}\n")
