"""How a type of resource appears in the architecture diagram."""

from collections.abc import Iterable
from typing import Any

import attrs


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@attrs.frozen(kw_only=True)
class Drawn:
    """A node with lines of text, or lines in a node of something else. Expressions are those of `Questions`."""

    node: str = ""
    """A node or frame that shows all blocks which name it; empty: each block has a node of its own."""
    within: str = ""
    """The argument that refers to the block whose node has the lines."""
    icon: str = ""
    """A file of the package `diagrams`, below resources/aws, without `.png`."""
    title: str = ""
    frame: str = ""
    """The frame that the node is in; `subnets`: that of the subnets which the block names; empty: outside of AWS."""
    lines: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """Expressions, each a line, a list of lines, or none where it is null or false."""
    when: str = ""
    """An expression that is false where this is not drawn."""


@attrs.frozen(kw_only=True)
class Arrow:
    """A connection that a block makes.

    An end is `self`, the name of a node, a type of which every node is meant, or an expression that answers references.
    """

    tail: str = "self"
    head: str = "self"
    label: str = ""
    """An expression."""
    dashed: bool = False
    """Whether no request passes it."""
    when: str = ""


def drawn(values: Iterable[dict[str, Any]]) -> tuple[Drawn, ...]:
    """The converter of a record's field."""
    return tuple(Drawn(**value) for value in values)


def arrows(values: Iterable[dict[str, Any]]) -> tuple[Arrow, ...]:
    """The converter of a record's field."""
    return tuple(Arrow(**value) for value in values)
