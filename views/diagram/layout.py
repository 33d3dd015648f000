"""Positions of everything in a picture, which is as wide as GitHub's pages and is read from top to bottom.

Callers and the internet are at the top. Requests go down on the left, through the load balancer into the task; calls of
the task go up on the right. Titles of frames are where no arrow passes. Below the network are logs and alarms, then
identity, keys and storage, as cards in three columns.
"""

from collections.abc import Iterable, Iterator

from views.diagram.boxes import Box, Text
from views.diagram.frames import KEEPING, REGION, SERVICE, TASK, VPC, WATCHING
from views.diagram.parts import Frame, Line, Node, Picture
from views.diagram.text import LINE, wrapped

import attrs

WIDTH = 838
ENTRANCE, EXIT, OUT = 270.0, 562.0, 757.0
"""The x coordinates of centers: of nodes on the way of requests, of NAT gateways, and of the internet's column."""
ICON, PAD, GAP = 40, 8, 22
LEFT, RIGHT = 52, 812
"""Left and right end of the contents of the VPC and of the frames below it."""
TITLES = 122
"""Width of a subnet frame's title."""
COLUMNS = 3
COLUMN = (RIGHT - LEFT - 2 * 14) / COLUMNS
OTHERS = (REGION, WATCHING, KEEPING)
"""The frames that are not part of the network."""
PLACES = {"queries": 0, "dashboards": 0, "logs": 1, "alarms": 2, "subscribers": 2}
"""The column of a card; others go below what they are connected to, or where there is space."""


@attrs.define
class Layout:
    """The positions of everything except arrows."""

    boxes: dict[str, Box] = attrs.field(factory=dict)
    """The boxes of nodes and frames, by id."""
    cards: set[str] = attrs.field(factory=set)
    columns: dict[str, int] = attrs.field(factory=dict)
    texts: list[Text] = attrs.field(factory=list)
    icons: list[tuple[Node, float, float]] = attrs.field(factory=list)
    height: float = 0

    def stacked(
        self, title: str, lines: Iterable[Line], x: float, y: float, most: float, *, centred: bool = False
    ) -> float:
        """Place a title and lines below each other from y on; returns the y coordinate of their end."""
        texts = [(one, True) for one in wrapped(title, most, bold=True)]
        texts += [(one, False) for line in lines for one in wrapped(line.text, most)]
        for text, bold in texts:
            y += LINE
            self.texts.append(Text(x, y - 3, text, bold, centred))
        return y

    def upright(self, node: Node, middle: float, y: float, most: float) -> Box:
        """Place a node with its icon above its text."""
        self.icons.append((node, middle - ICON / 2, y))
        first = len(self.texts)
        bottom = self.stacked(node.title, node.lines, middle, y + ICON + 2, most, centred=True)
        wide = max([ICON, *(text.box.width for text in self.texts[first:])])
        self.boxes[node.id] = Box(middle - wide / 2, y, wide, bottom - y)
        return self.boxes[node.id]

    def card(self, node: Node, x: float, y: float, wide: float) -> Box:
        """Place a node with its icon to the left of its text."""
        self.icons.append((node, x + PAD, y + PAD))
        left = x + ICON + 2 * PAD
        bottom = self.stacked(node.title, node.lines, left, y + PAD - 2, wide - (left - x) - PAD)
        self.boxes[node.id] = Box(x, y, wide, max(bottom + PAD, y + ICON + 2 * PAD) - y)
        self.cards.add(node.id)
        return self.boxes[node.id]


def _members(picture: Picture, frame: str) -> list[Node]:
    return [node for node in picture.nodes if node.frame == frame]


def _lowest(boxes: Iterable[Box], otherwise: float) -> float:
    return max([otherwise, *(box.bottom for box in boxes)])


def _neighbours(picture: Picture, node: str) -> set[str]:
    return {edge.head for edge in picture.edges if edge.tail == node} | {
        edge.tail for edge in picture.edges if edge.head == node
    }


def _outside(made: Layout, picture: Picture, y: float) -> float:
    for node in _members(picture, ""):
        made.upright(node, OUT if node.id == "internet" else ENTRANCE, y, 150)
    return _lowest((made.boxes[node.id] for node in _members(picture, "")), y)


def _before_the_vpc(made: Layout, picture: Picture, y: float) -> float:
    """Place what requests and names pass before the load balancer; cards that callers reach are above it."""
    x, end = 480.0, y
    for node in _members(picture, REGION):
        if "callers" in _neighbours(picture, node.id):
            end = max(end, made.card(node, ENTRANCE - 130, y, 260).bottom)
        else:
            end = max(end, made.upright(node, x, y, 146).bottom)
            x += 160
    return end


def _task(made: Layout, picture: Picture, frame: Frame, y: float) -> None:
    """Place the task: the container that requests reach on the left, the others on the right."""
    nodes = _members(picture, TASK)
    calling = {edge.head for edge in picture.edges if not edge.dashed and edge.tail not in {one.id for one in nodes}}
    entrance = next((node for node in nodes if node.id in calling), nodes[0])
    top = made.stacked(frame.title, frame.lines, ENTRANCE + 36, y + 2, 300) + PAD
    below = top
    for node in nodes:
        if node is not entrance:
            below = made.upright(node, 512, below, 226).bottom + 6
    first = len(made.texts), len(made.icons)
    box = made.upright(entrance, ENTRANCE, top, 150)
    down = max(0.0, (below - top - box.height) / 2)
    made.texts[first[0] :] = [attrs.evolve(text, y=text.y + down) for text in made.texts[first[0] :]]
    made.icons[first[1] :] = [(node, x, at + down) for node, x, at in made.icons[first[1] :]]
    made.boxes[entrance.id] = attrs.evolve(box, y=box.y + down)
    made.boxes[TASK] = Box(194, y, 438, max(below, box.bottom) + PAD - y)


def _service(made: Layout, picture: Picture, frames: dict[str, Frame], y: float) -> Box:
    frame = frames[SERVICE]
    end = made.stacked(frame.title, frame.lines, ENTRANCE + 36, y + 4, EXIT - ENTRANCE - 46) + 6
    if TASK in frames:
        _task(made, picture, frames[TASK], end)
        end = made.boxes[TASK].bottom
    made.boxes[SERVICE] = Box(186, y, 456, end + 10 - y)
    return made.boxes[SERVICE]


def _subnets(
    made: Layout, picture: Picture, frames: dict[str, Frame], frame: Frame, *, y: float, right: float
) -> float:
    """Place a frame of subnets: its title on the left, load balancer and NAT gateways above the service."""
    titled = made.stacked(frame.title, frame.lines, LEFT + 10, y + 4, TITLES) + PAD
    nodes = _members(picture, frame.id)
    front = [node for node in nodes if _is_front(picture, node)]
    serves = SERVICE in frames and frames[SERVICE].parent == frame.id
    aside = [node for node in nodes if node not in front]
    # Arrows from the left end at the lower part of a node, so that has to be below the frame's title.
    lowest = [ICON + LINE * (1 + len(node.lines)) - 34 for node in front]
    top = max([y + 12, *(titled - height for height in lowest)])
    for node in front:
        box = made.upright(node, EXIT if _leads_out(picture, node) else ENTRANCE, top, 2 * (ENTRANCE - 188))
        titled = max(titled, box.bottom + PAD)
    below = titled + 14 if front and serves else y + 12
    if serves:
        titled = max(titled, _service(made, picture, frames, below).bottom + 10)
    for node in aside:
        box = made.upright(node, 728, below + PAD, 154)
        below = box.bottom + PAD
        titled = max(titled, below + PAD)
    made.boxes[frame.id] = Box(LEFT, y, right - LEFT, titled - y)
    return titled


def _is_front(picture: Picture, node: Node) -> bool:
    """Whether requests pass it on their way into or out of the subnets."""
    return _leads_out(picture, node) or any(
        edge.tail == node.id and edge.head in {one.id for one in picture.nodes if one.frame == TASK}
        for edge in picture.edges
    )


def _leads_out(picture: Picture, node: Node) -> bool:
    outer = {one.id for one in picture.nodes if one.frame == VPC}
    return any(edge.tail == node.id and edge.head in outer for edge in picture.edges)


def _network(made: Layout, picture: Picture, frames: dict[str, Frame], y: float) -> float:
    """Place the VPC with its subnets; without a VPC frame (an existing VPC without target group), the subnets only."""
    around = VPC if VPC in frames else REGION if REGION in frames else ""
    end = y
    if VPC in frames:
        end = made.stacked(frames[VPC].title, frames[VPC].lines, LEFT, y + 4, 190) + 10
    inner = [one for one in frames.values() if one.parent == around and one.id not in {VPC, SERVICE, *OTHERS}]
    serves = SERVICE in frames and frames[SERVICE].parent
    inner.sort(key=lambda one: one.id == serves)
    ways = _members(picture, VPC) if VPC in frames else []
    for number, one in enumerate(inner):
        next_to = bool(ways) and number == 0 and len(inner) > 1
        for node in ways if next_to else ():
            made.upright(node, OUT, end + 12, 133)
        end = _subnets(made, picture, frames, one, y=end, right=690 if next_to else RIGHT) + GAP
    if serves == around and SERVICE in frames:
        end = _service(made, picture, frames, end).bottom + GAP
    for node in ways:
        if node.id not in made.boxes:
            end = made.upright(node, OUT, end, 133).bottom + GAP
    end = _lowest((made.boxes[node.id] for node in ways), end - 10)
    if VPC in frames:
        made.boxes[VPC] = Box(40, y, 784, end - y)
    return end


def _place(picture: Picture, node: str, others: set[str], keys: set[str]) -> int | None:
    """The column of a card: its own fixed one, a neighbor's, or the left one if it is connected to a node above.

    None where any column will do.
    """
    neighbours = _neighbours(picture, node) - keys
    places = [PLACES[one] for one in (node, *sorted(neighbours)) if one in PLACES]
    return places[0] if places else 0 if neighbours - others else None


def _columns(picture: Picture, frame: str) -> Iterator[tuple[Node, int | None]]:
    """The cards of a frame with the column of each: None for any, -1 for that of the card before."""
    nodes = _members(picture, frame)
    ids = {node.id for node in nodes}
    keys = [node for node in nodes if _encrypts(picture, node)]
    key_ids = {key.id for key in keys}
    placed = set(key_ids)
    for node in nodes:
        if node.id in placed:
            continue
        # A key is placed below the first card that it encrypts, and above the others.
        below = [key for key in keys if _encrypts(picture, key)[0] == node.id]
        keys = [key for key in keys if key not in below]
        also = [one for key in below for one in nodes if one.id in _encrypts(picture, key)[1:] and one.id not in placed]
        placed |= {one.id for one in also}
        places = (_place(picture, one.id, ids, key_ids) for one in (node, *also))
        yield node, next((place for place in places if place is not None), None)
        yield from ((one, -1) for one in (*below, *also))
    yield from ((key, None) for key in keys)


def _encrypts(picture: Picture, node: Node) -> list[str]:
    return [edge.head for edge in picture.edges if edge.tail == node.id and "key-management" in node.icon]


def _cards(made: Layout, picture: Picture, frame: Frame, y: float) -> float:
    """Place cards in columns; a card without a fixed column goes into the shortest one."""
    top = made.stacked(frame.title, frame.lines, LEFT, y + 4, 300) + PAD
    ends = [top] * COLUMNS
    column = 0
    for node, place in _columns(picture, frame.id):
        free = range(1, COLUMNS) if frame.id == KEEPING else range(COLUMNS)
        column = column if place == -1 else min(free, key=ends.__getitem__) if place is None else place
        ends[column] = made.card(node, LEFT + column * (COLUMN + 14), ends[column], COLUMN).bottom + 18
        made.columns[node.id] = column
    made.boxes[frame.id] = Box(40, y, 784, max(ends) - 8 - y)
    return max(ends) - 8


def layout(picture: Picture) -> Layout:
    """The positions of everything in a picture."""
    made = Layout()
    frames = {frame.id: frame for frame in picture.frames}
    outside = _outside(made, picture, 8.0)
    y = outside + 26 if _members(picture, "") else 8.0
    top = y
    if REGION in frames:
        y = made.stacked(frames[REGION].title, frames[REGION].lines, 14, y + 2, ENTRANCE - 30)
    y = _before_the_vpc(made, picture, y + 10)
    y = _network(made, picture, frames, y + 34) + GAP
    for name in (WATCHING, KEEPING):
        if name in frames:
            y = _cards(made, picture, frames[name], y) + GAP
    if REGION in frames:
        made.boxes[REGION] = Box(4, top, WIDTH - 8, y - GAP + 10 - top)
    made.height = y + 4
    return made
