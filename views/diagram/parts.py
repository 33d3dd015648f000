"""What a picture is made of: nodes and frames whose every line names its block, and edges from references."""

from collections.abc import Iterable, Iterator

from resource_types.expressions import replaced

import attrs


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
    icon: str = attrs.field(repr=False)
    """A file of the package `diagrams`, below resources/aws, without `.png`."""
    title: str
    lines: tuple[Line, ...]
    frame: str = ""


@attrs.frozen
class Frame:
    """A frame around nodes and other frames; without a line its members belong to its parent."""

    id: str
    title: str
    lines: tuple[Line, ...] = ()
    parent: str = ""
    plain: bool = False
    """Whether it is there for its members alone and needs no line."""


@attrs.frozen
class Edge:
    """A connection of nodes or frames, and the addresses of the blocks that each make it."""

    tail: str
    head: str
    blocks: tuple[str, ...] = attrs.field(converter=_several)
    label: str = ""
    dashed: bool = False


Part = Node | Frame | Edge


def _joined(edges: Iterable[Edge]) -> Iterator[Edge]:
    """One edge for each pair of ends."""
    found: dict[tuple[str, str], Edge] = {}
    for edge in edges:
        same = found.get((edge.tail, edge.head))
        found[edge.tail, edge.head] = (
            attrs.evolve(same, blocks=(*same.blocks, *edge.blocks), label=same.label or edge.label) if same else edge
        )
    yield from found.values()


@attrs.frozen
class Picture:
    """Everything that is drawn, in the order it is drawn in."""

    frames: tuple[Frame, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    @classmethod
    def of(cls, parts: Iterable[Part]) -> "Picture":
        """Leave out what has no line, and the edges that lack an end or say less than another one."""
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

        def said_better(edge: Edge) -> bool:
            """Whether another edge names the member of the frame that this one ends at."""
            return any((edge.tail, member) in pairs for member in inhabited.get(edge.head, ()))

        return cls(frames, nodes, tuple(edge for edge in edges if not said_better(edge)))
