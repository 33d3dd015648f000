"""What a picture is made of: nodes and groups whose every line names its block, and edges from references."""

from collections.abc import Iterable

from resource_types.expressions import replaced

import attrs
import diagrams


def shown(text: object) -> str:
    """A value as the picture shows it: what only a deployment knows stands in angle brackets."""
    plain = replaced(str(text), lambda inside: "<account>" if inside.endswith(".account_id") else "<…>")
    return str(plain).replace("$${", "${")


def _several(blocks: str | tuple[str, ...]) -> tuple[str, ...]:
    return (blocks,) if isinstance(blocks, str) else blocks


@attrs.frozen
class Line:
    """A line of text and the address of the block that says it."""

    text: str
    block: str


@attrs.frozen
class Node:
    """An icon with a title and lines; without a line there is no node."""

    id: str
    icon: type[diagrams.Node] = attrs.field(repr=False)
    title: str
    lines: tuple[Line, ...]
    group: str = ""
    beside: bool = False
    """Whether the text stands beside the icon, as a card, instead of below it."""


@attrs.frozen
class Group:
    """A frame around nodes and other groups; without a line its members belong to its parent."""

    id: str
    title: str
    lines: tuple[Line, ...]
    parent: str = ""
    style: str = ""
    beside: int = 99
    """How many lines stand beside the title; the others stand below it."""
    plain: bool = False
    """Whether it is there for its members alone and needs no line."""


@attrs.frozen
class Edge:
    """A connection and the addresses of the blocks that each make it."""

    tail: str
    head: str
    blocks: tuple[str, ...] = attrs.field(converter=_several)
    label: str = ""
    dashed: bool = False
    loose: bool = False
    """Whether it leaves the order of the nodes as it is."""
    downward: bool = False
    """Whether its tail stands above its head, in one column with it."""
    whole: str = ""
    """The group that it stands for as a whole, where its tail is only a member."""


Part = Node | Group | Edge


@attrs.frozen
class Picture:
    """Everything that is drawn, in the order it is drawn in."""

    groups: tuple[Group, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @classmethod
    def of(cls, parts: Iterable[Part]) -> "Picture":
        """Leave out what has no line, and the edges that lack an end."""
        parts = list(parts)
        candidates = {part.id: part for part in parts if isinstance(part, Group)}
        drawn = [part for part in parts if isinstance(part, Node) and part.lines]

        def home(group: str) -> str:
            while group in candidates and not (candidates[group].lines or candidates[group].plain):
                group = candidates[group].parent
            return group if group in candidates else ""

        nodes = tuple(attrs.evolve(node, group=home(node.group)) for node in drawn)
        inhabited: set[str] = set()
        for node in nodes:
            group = node.group
            while group:
                inhabited.add(group)
                group = home(candidates[group].parent)
        groups = tuple(
            attrs.evolve(group, parent=home(group.parent)) for group in candidates.values() if group.id in inhabited
        )
        ids = {node.id for node in nodes}
        edges: dict[tuple[str, str], Edge] = {}
        for part in parts:
            if isinstance(part, Edge) and part.tail in ids and part.head in ids:
                same = edges.get((part.tail, part.head))
                edges[part.tail, part.head] = attrs.evolve(part, blocks=(*same.blocks, *part.blocks)) if same else part
        return cls(groups, nodes, tuple(edges.values()))
