"""How a type of resource appears in the architecture diagram."""

from collections.abc import Iterable
from typing import Any

import attrs


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@attrs.frozen(kw_only=True)
class Drawn:
    """A node with lines of text, or lines in another block's node.

    Expressions are JMESPath over a block (resource_types/questions.py).
    """

    node: str = ""
    """The name of one node or frame for all blocks with this name; empty: each block has its own node."""
    within: str = ""
    """The argument that refers to the block whose node shows the lines."""
    icon: str = ""
    """An icon file of the Python package `diagrams`, below resources/aws, without `.png`."""
    title: str = ""
    frame: str = ""
    """The frame around the node; `subnets`: the frame of the block's subnets; empty: outside of AWS."""
    lines: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """Expressions; each results in a line, a list of lines, or no line where it is null or false."""
    when: str = ""
    """An expression; this is not drawn where it is false."""


@attrs.frozen(kw_only=True)
class Arrow:
    """A connection of a block.

    An end is `self`, the name of a node, a type (every node of it), or an expression that results in references.
    """

    tail: str = "self"
    head: str = "self"
    label: str = ""
    """An expression."""
    dashed: bool = False
    """Whether the arrow is dashed: no request of a caller takes this connection."""
    when: str = ""


def drawn(values: Iterable[dict[str, Any]]) -> tuple[Drawn, ...]:
    """Convert the tables of a record's field `drawn`."""
    return tuple(Drawn(**value) for value in values)


def arrows(values: Iterable[dict[str, Any]]) -> tuple[Arrow, ...]:
    """Convert the tables of a record's field `arrows`."""
    return tuple(Arrow(**value) for value in values)
