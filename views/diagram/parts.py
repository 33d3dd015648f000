"""The parts of a picture: nodes, frames and edges, each with the addresses of the blocks that it comes from."""

from collections.abc import Iterable, Iterator

from resource_types.expressions import replaced

import attrs


def shown(text: object) -> str:
    """A value as the picture shows it; what is known only after a deployment becomes `<account>` or `<…>`."""
    plain = replaced(str(text), lambda inside: "<account>" if inside.endswith(".account_id") else "<…>")
    return str(plain).replace("$${", "${")


def _several(blocks: str | tuple[str, ...]) -> tuple[str, ...]:
    return (blocks,) if isinstance(blocks, str) else blocks


@attrs.frozen
class Line:
    """A line of text, and the address of the block that it comes from."""

    text: str
    block: str


@attrs.frozen
class Node:
    """An icon with a title and lines; a node without lines is left out."""

    id: str
    icon: str = attrs.field(repr=False)
    """A file of the package `diagrams`, relative to resources/aws and without `.png`."""
    title: str
    lines: tuple[Line, ...]
    frame: str = ""


@attrs.frozen
class Frame:
    """A frame around nodes and other frames; a frame without lines is left out, and its parent gets its members."""

    id: str
    title: str
    lines: tuple[Line, ...] = ()
    parent: str = ""
    plain: bool = False
    """Whether it is drawn even without lines."""


@attrs.frozen
class Edge:
    """A connection between nodes or frames, and the addresses of the blocks of which each creates it."""

    tail: str
    head: str
    blocks: tuple[str, ...] = attrs.field(converter=_several)
    label: str = ""
    dashed: bool = False


Part = Node | Frame | Edge


def _joined(edges: Iterable[Edge]) -> Iterator[Edge]:
    """The edges, with those between the same ends joined into one."""
    found: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        same = found.get((edge.tail, edge.head))
        found[edge.tail, edge.head] = (
            attrs.evolve(same, blocks=(*same.blocks, *edge.blocks), label=same.label or edge.label) if same else edge
        )
    yield from found.values()


@attrs.frozen
class Picture:
    """Everything that is drawn, in drawing order."""

    frames: tuple[Frame, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @classmethod
    def of(cls, parts: Iterable[Part]) -> "Picture":
        """A picture of these parts; without those that have no lines, and without edges to them.

        An edge to a frame is left out too, where another edge goes from the same node to a member of the frame.
        """
        parts = list(parts)
        candidates = {part.id: part for part in parts if isinstance(part, Frame)}

        def home(frame: str) -> str:
            while frame in candidates and not (candidates[frame].lines or candidates[frame].plain):
                frame = candidates[frame].parent
            return frame if frame in candidates else ""

        nodes = tuple(
            attrs.evolve(node, frame=home(node.frame)) for node in parts if isinstance(node, Node) and node.lines
        )
        inhabited: dict[str, set[str]] = {}
        for node in nodes:
            frame = node.frame
            while frame:
                inhabited.setdefault(frame, set()).add(node.id)
                frame = home(candidates[frame].parent)
        frames = tuple(
            attrs.evolve(frame, parent=home(frame.parent)) for frame in candidates.values() if frame.id in inhabited
        )
        ends = {node.id for node in nodes} | set(inhabited)
        edges = list(_joined(part for part in parts if isinstance(part, Edge) and {part.tail, part.head} <= ends))
        pairs = {(edge.tail, edge.head) for edge in edges}

        def is_redundant(edge: Edge) -> bool:
            """Whether another edge goes to a member of the frame at which this one ends."""
            return any((edge.tail, member) in pairs for member in inhabited.get(edge.head, ()))

        return cls(frames, nodes, tuple(edge for edge in edges if not is_redundant(edge)))
