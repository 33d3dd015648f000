"""Writes values of Terraform's JSON as HCL expressions."""

import itertools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs

_IDENTIFIER = re.compile(r"(?!for$)[A-Za-z_][\w-]*")
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
_LINE = 100
"""Characters up to which a list of plain values stays on one line."""


@attrs.frozen
class Raw:
    """An expression in HCL."""

    text: str


@attrs.frozen
class Conditional:
    """A member of a list or an object that exists only if a condition (in HCL) is true."""

    condition: str
    value: Any


@attrs.frozen
class Document:
    """A string with a JSON document, parsed. `is_text`: whether an expression in it is a string by its type."""

    content: Any
    is_text: Callable[[str], bool] | None = attrs.field(default=None, eq=False)


class EjectError(Exception):
    """Nothing was written; the message says why and what to do."""


def _end_of_interpolation(text: str, start: int) -> int:
    """The index after the brace that closes the `${` or `%{` at `start`. Raises EjectError where none does."""
    depth, at, in_text = 0, start + 1, False
    while at < len(text):
        if text[at] == "\\" and in_text:
            at += 1
        elif text[at] == '"':
            in_text = not in_text
        elif not in_text and text[at] in "{}":
            depth += 1 if text[at] == "{" else -1
            if not depth:
                return at + 1
        at += 1
    raise EjectError(f"{text[start:]!r} is not a valid Terraform template: its brace is never closed")


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The parts of a Terraform template in order, each with whether it is an interpolation."""
    done = 0
    for match in re.finditer(r"\$\$\{|%%\{|[$%]\{", text):
        if match.start() < done or len(match[0]) == 3:
            continue
        yield text[done : match.start()], False
        end = _end_of_interpolation(text, match.start())
        yield text[match.start() : end], True
        done = end
    yield text[done:], False


def _text(text: str, is_text: Callable[[str], bool] | None) -> str:
    """A template in HCL: a single interpolation as its expression, several lines as a heredoc, else a quoted string."""
    parts = [piece for piece in pieces(text) if piece[0]]
    if len(parts) == 1 and parts[0][1] and text.startswith("$"):
        alone = text[2:-1].strip()
        return alone if is_text is None or is_text(alone) else f"tostring({alone})"
    if "\n" in text.rstrip("\n") and "\r" not in text:
        mark = next(mark for mark in ("EOT", *(f"EOT{n}" for n in range(len(text)))) if mark not in text)
        return f"<<{mark}\n{text}{mark}" if text.endswith("\n") else f"chomp(<<{mark}\n{text}\n{mark}\n)"
    return '"' + "".join(part if is_expression else part.translate(_ESCAPES) for part, is_expression in parts) + '"'


def expression(value: Any, is_text: Callable[[str], bool] | None = None) -> str:  # noqa: ANN401 (any value of JSON)
    """A value of Terraform's JSON as an HCL expression; conditional members are added with `concat` and `merge`.

    `is_text`: given for a JSON document, where a single interpolation in quotes has to stay a string. It tells whether
    an expression is a string by its type; others get `tostring`.
    """
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, Document):
        return f"jsonencode({expression(value.content, value.is_text)})"
    if isinstance(value, str):
        return _text(value, is_text)
    if isinstance(value, Mapping):
        return _object(value, is_text)
    if isinstance(value, list):
        return _list(value, is_text)
    return json.dumps(value)


def _object(value: Mapping[str, Any], is_text: Callable[[str], bool] | None) -> str:
    sure = {key: member for key, member in value.items() if not isinstance(member, Conditional)}
    members = "".join(f"{key(name)} = {expression(member, is_text)}\n" for name, member in sure.items())
    written = f"{{\n{members}}}" if members else "{}"
    parts = [
        f"{member.condition} ? {expression({key: member.value}, is_text)} : {{}}"
        for key, member in value.items()
        if isinstance(member, Conditional)
    ]
    return f"merge({', '.join([written, *parts])})" if parts else written


def _list(value: list[Any], is_text: Callable[[str], bool] | None) -> str:
    if any(isinstance(item, Conditional) for item in value):
        parts: list[str] = []
        for is_sure, group in itertools.groupby(value, lambda item: not isinstance(item, Conditional)):
            if is_sure:
                parts.append(_list(list(group), is_text))
            else:
                parts += [f"{item.condition} ? {_list([item.value], is_text)} : []" for item in group]
        return f"concat({', '.join(parts)})"
    items = [expression(item, is_text) for item in value]
    line = f"[{', '.join(items)}]"
    if "\n" not in line and len(line) <= _LINE:
        return line
    # The marker that ends a heredoc must be alone on its line.
    return "[\n" + "".join(f"{one}\n,\n" if one.startswith("<<") else f"{one},\n" for one in items) + "]"


def key(name: str) -> str:
    """The name of an attribute or of an object's member, in quotes if it is not an identifier."""
    return name if _IDENTIFIER.fullmatch(name) else _text(name, None)


def has_reference(value: Any) -> bool:  # noqa: ANN401 (any value of JSON)
    """Whether a value has an expression in it, so that it cannot be in a variable file."""
    if isinstance(value, str):
        return any(is_expression for _, is_expression in pieces(value))
    if isinstance(value, Mapping):
        return any(map(has_reference, value.values()))
    if isinstance(value, list):
        return any(map(has_reference, value))
    return isinstance(value, Raw | Conditional | Document)


def inline(value: Any, is_text: Callable[[str], bool] | None = None) -> str:  # noqa: ANN401 (any value of JSON)
    """A value as a part of another expression: in parentheses if it has a heredoc."""
    written = expression(value, is_text)
    return f"(\n{written}\n)" if "<<" in written else written
