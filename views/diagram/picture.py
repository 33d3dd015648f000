"""Turns a synthesized stack into a picture, by the drawing rules in the records of resource_types/."""

from collections.abc import Iterator, Mapping

from resource_types import RECORDS, record_of
from resource_types.drawing import Arrow, Drawn
from resource_types.expressions import references, strings
from resource_types.questions import Questions
from resource_types.record import ResourceType
from resource_types.stack import BACKEND, Block, SynthesizedStack
from views.diagram.containers import entrances, parts
from views.diagram.frames import KEEPING, SERVICE, WATCHING, frame_of, frames
from views.diagram.parts import Edge, Line, Node, Part, Picture, shown

import attrs

STATE = "state"
Records = Mapping[str, ResourceType]


@attrs.define
class _Collected:
    """What was collected so far: lines of nodes and frames, looks of nodes, and the node or frame of each block."""

    stack: SynthesizedStack
    questions: Questions
    lines: dict[str, list[Line]] = attrs.field(factory=dict)
    looks: dict[str, tuple[str, str, str]] = attrs.field(factory=dict)
    """Icon, title and frame."""
    shown_in: dict[str, str] = attrs.field(factory=dict)

    def add(self, block: Block, drawn: Drawn) -> None:
        """Add what one `drawn` entry of a record adds for a block."""
        if drawn.when and not self.questions.ask(block, drawn.when):
            return
        texts = [text for line in drawn.lines for text in strings(self.questions.ask(block, line) or [])]
        for node in self._nodes(block, drawn):
            self.lines.setdefault(node, []).extend(Line(shown(text), block.address) for text in texts)
            self.shown_in.setdefault(block.address, node)
            if drawn.icon and node not in self.looks:
                frame = frame_of(self.stack, block) if drawn.frame == "subnets" else drawn.frame
                self.looks[node] = drawn.icon, drawn.title, frame

    def _nodes(self, block: Block, drawn: Drawn) -> list[str]:
        if not drawn.within:
            return [drawn.node or block.address]
        return [self.shown_in[address] for address in block.refers_to(drawn.within) if address in self.shown_in]

    def nodes(self) -> Iterator[Node]:
        """The nodes; a key that encrypts something under "Logs and alarms" is placed there too."""
        keys = self.keys()
        for node, (icon, title, frame) in self.looks.items():
            encrypted = [self.looks[head][2] for tail, head in keys if tail == node and head in self.looks]
            where = WATCHING if WATCHING in encrypted else frame
            yield Node(node, icon, title, tuple(self.lines.get(node, ())), where)

    def keys(self) -> dict[tuple[str, str], list[str]]:
        """The encrypted nodes of each key as (key's node, encrypted node), with the encrypted blocks."""
        found: dict[tuple[str, str], list[str]] = {}
        for block in self.stack:
            place = record_of(block.type).key
            for key in references(block.values(place)) if place else ():
                if key in self.shown_in and block.address in self.shown_in:
                    ends = self.shown_in[key], self.shown_in[block.address]
                    found.setdefault(ends, []).append(block.address)
        return found

    def ends(self, block: Block, end: str) -> list[str]:
        """The nodes for the `tail` or `head` of an arrow in a record."""
        if end == "self":
            return [self.shown_in[block.address]] if block.address in self.shown_in else []
        if end == "entrance":
            return entrances(self.stack)
        if end == "way out":
            return self._of_type("aws_internet_gateway") or [SERVICE]
        if end in RECORDS:
            return self._of_type(end)
        if end in self.lines:
            return [end]
        answer = self.questions.ask(block, end)
        return [node for address in references(answer) for node in self._showing(address)]

    def _of_type(self, type_: str) -> list[str]:
        found = (self.shown_in.get(block.address) for block in self.stack.of_type(type_))
        return list(dict.fromkeys(filter(None, found)))

    def _showing(self, address: str) -> list[str]:
        """The node of a block; for one without a node, e.g. a security group, the nodes of blocks that refer to it."""
        if address in self.shown_in:
            return [self.shown_in[address]]
        users = (
            block
            for block in self.questions.referring(address)
            if not (acts := record_of(block.type).acts_on) or address not in block.refers_to(acts)
        )
        return list(dict.fromkeys(self.shown_in[user.address] for user in users if user.address in self.shown_in))


def _order(stack: SynthesizedStack, records: Records) -> Iterator[tuple[Block, Drawn]]:
    """Blocks with their `drawn` entries: first those with a title, which create a node, then those that add to one."""
    drawn = [(block, one) for type_ in records for block in stack.of_type(type_) for one in records[type_].drawn]
    yield from (pair for pair in drawn if pair[1].title)
    yield from (pair for pair in drawn if not pair[1].title)


def _edges(collected: _Collected, block: Block, arrow: Arrow) -> Iterator[Edge]:
    if arrow.when and not collected.questions.ask(block, arrow.when):
        return
    label = shown(collected.questions.ask(block, arrow.label)) if arrow.label else ""
    for tail in collected.ends(block, arrow.tail):
        for head in collected.ends(block, arrow.head):
            yield Edge(tail, head, block.address, label, arrow.dashed)


def _state(stack: SynthesizedStack) -> Iterator[Node]:
    for backend in stack.of_type(BACKEND):
        texts = [backend["bucket"], f"lock table {backend['dynamodb_table']}" if backend.get("dynamodb_table") else ""]
        lines = tuple(Line(text, BACKEND) for text in texts if text)
        yield Node(STATE, "storage/simple-storage-service-s3", "Terraform state", lines, KEEPING)


def _parts(stack: SynthesizedStack, records: Records) -> Iterator[Part]:
    collected = _Collected(stack, Questions.of(stack))
    for block, drawn in _order(stack, records):
        collected.add(block, drawn)
    yield from frames(stack, collected.lines)
    yield from collected.nodes()
    yield from _state(stack)
    for type_, record in records.items():
        for block in stack.of_type(type_):
            for arrow in record.arrows:
                yield from _edges(collected, block, arrow)
    yield from parts(stack, collected.shown_in)
    for (tail, head), blocks in collected.keys().items():
        yield Edge(tail, head, tuple(blocks), dashed=True)


def picture_of(stack: SynthesizedStack, records: Records = RECORDS) -> Picture:
    """The picture of a stack."""
    return Picture.of(_parts(stack, records))
