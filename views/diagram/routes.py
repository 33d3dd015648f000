"""Routes of the arrows: straight where the ends face each other, else around what is between them."""

from collections.abc import Iterator

from views.diagram.boxes import Box, Text
from views.diagram.frames import KEEPING, TASK, WATCHING
from views.diagram.layout import COLUMN, ENTRANCE, OUT, PAD, WIDTH, Layout
from views.diagram.parts import Edge, Picture
from views.diagram.text import width

import attrs

Point = tuple[float, float]
FACING = 12.0
"""Pixels on which two boxes have to face each other for a straight arrow."""
LANES = (34.0, 27.0, 20.0, 13.0)
"""The x coordinates, at the left edge, of vertical pieces of arrows between cards and nodes above them."""


@attrs.frozen
class Route:
    """The corners of an arrow, and its label."""

    edge: Edge
    points: tuple[Point, ...]
    label: Text | None = None

    @property
    def pieces(self) -> Iterator[Box]:
        """The box of each straight piece."""
        for (x1, y1), (x2, y2) in zip(self.points, self.points[1:], strict=False):
            yield Box(min(x1, x2) - 0.5, min(y1, y2) - 0.5, abs(x2 - x1) + 1, abs(y2 - y1) + 1)


def _shared(first: tuple[float, float], second: tuple[float, float], wanted: float) -> float | None:
    """A coordinate that two spans share, as close to the wanted one as possible; None where they share too little."""
    low, high = max(first[0], second[0]), min(first[1], second[1])
    if high - low < FACING:
        return None
    return min(max(wanted, low + 4), high - 4)


def _level(tail: Box, head: Box) -> tuple[Point, ...] | None:
    """A horizontal arrow between boxes that are next to each other; None for other boxes."""
    wanted = head.middle[1] if head.height <= tail.height else tail.middle[1]
    y = _shared((tail.y, tail.bottom), (head.y, head.bottom), wanted)
    if y is None:
        return None
    if tail.right < head.x:
        return (tail.right + 2, y), (head.x - 2, y)
    return ((tail.x - 2, y), (head.right + 2, y)) if head.right < tail.x else None


def _upright(tail: Box, head: Box) -> tuple[Point, ...] | None:
    """A vertical arrow between boxes that are above each other; None for other boxes."""
    wanted = head.middle[0] if head.width <= tail.width else tail.middle[0]
    x = _shared((tail.x, tail.right), (head.x, head.right), wanted)
    if x is None:
        return None
    if tail.bottom < head.y:
        return (x, tail.bottom + 2), (x, head.y - 2)
    return ((x, tail.y - 2), (x, head.bottom + 2)) if head.bottom < tail.y else None


@attrs.define
class _Router:
    made: Layout
    picture: Picture
    taken: int = 0
    """How many lanes are taken."""
    entries: dict[str, int] = attrs.field(factory=dict)
    """How many arrows in lanes end at each box."""

    def box(self, id_: str, other: str) -> Box:
        """The box at which an arrow ends. For an arrow to a card from a container on the right, that is the task's."""
        box = self.made.boxes[id_]
        inside = TASK in self.made.boxes and box.within(self.made.boxes[TASK]) and id_ != TASK
        return self.made.boxes[TASK] if inside and other in self.made.cards and box.x > ENTRANCE else box

    def route(self, edge: Edge) -> tuple[Point, ...]:
        """The corners of an arrow."""
        tail, head = self.box(edge.tail, edge.head), self.box(edge.head, edge.tail)
        cards = [end in self.made.columns for end in (edge.tail, edge.head)]
        if all(cards):
            return self._between_cards(edge, tail, head)
        if any(cards):
            return self._past_the_frames(edge, tail, head, upwards=cards[0])
        return _level(tail, head) or _upright(tail, head) or self._around(tail, head)

    def _between_cards(self, edge: Edge, tail: Box, head: Box) -> tuple[Point, ...]:
        first, second = self.made.columns[edge.tail], self.made.columns[edge.head]
        if first != second:
            straight = _level(tail, head) if abs(first - second) == 1 else None
            side = 1 if first < second else -1
            x1, x2 = (tail.right + 2, head.x - 2) if side == 1 else (tail.x - 2, head.right + 2)
            between = (x2 if side == 1 else x1) - 5 if abs(first - second) == 1 else x1 + 5 * side
            y1, y2 = tail.middle[1], head.y + 14
            return straight or ((x1, y1), (between, y1), (between, y2), (x2, y2))
        others = [self.made.boxes[card] for card in self.made.cards if card not in {edge.tail, edge.head}]
        low, high = sorted((tail, head), key=lambda box: box.y)
        between_them = [box for box in others if box.x == tail.x and low.bottom <= box.y and box.bottom <= high.y]
        if not between_them and (straight := _upright(tail, head)):
            return straight
        x = tail.x + COLUMN + 7
        return (
            (tail.right + 2, tail.middle[1]),
            (x, tail.middle[1]),
            (x, head.middle[1]),
            (head.right + 2, head.middle[1]),
        )

    def _past_the_frames(self, edge: Edge, tail: Box, head: Box, *, upwards: bool) -> tuple[Point, ...]:
        """An arrow between a card and a node above the cards: straight for the first frame, else in a lane."""
        card = tail if upwards else head
        frames = [name for name in (WATCHING, KEEPING) if name in self.made.boxes]
        if card.within(self.made.boxes[frames[0]]) and (straight := _upright(tail, head)):
            return straight
        lane = LANES[self.taken % len(LANES)]
        self.taken += 1
        other = edge.head if upwards else edge.tail
        count = self.entries[other] = self.entries.get(other, 0) + 1
        box = head if upwards else tail
        y = box.bottom - 4 - 10 * count
        corners = ((card.x - 2, card.middle[1]), (lane, card.middle[1]), (lane, y), (box.x - 2, y))
        return corners if upwards else corners[::-1]

    def _around(self, tail: Box, head: Box) -> tuple[Point, ...]:
        """An arrow between boxes that do not face each other: down and across, or up along the right side."""
        if tail.bottom < head.y:
            top = self.made.boxes["vpc"].y if "vpc" in self.made.boxes else head.y
            y = top - 12
            x = head.middle[0] + 14
            return (tail.middle[0], tail.bottom + 2), (tail.middle[0], y), (x, y), (x, head.y - 2)
        y = tail.y + 24
        return (tail.right + 2, y), (OUT, y), (OUT, head.bottom + 2)


def _label(edge: Edge, points: tuple[Point, ...], made: Layout) -> Text | None:
    """The label of an arrow: above a horizontal piece near its start, or to the right of a vertical one."""
    if not edge.label:
        return None
    (x1, y1), (x2, y2) = points[0], points[1]
    if len(points) > 2:
        (x1, y1), (x2, y2) = points[1], points[2]
    if y1 == y2:
        room = width(edge.label) / 2 + PAD
        x = (x1 + x2) / 2 if len(points) == 2 else x1 + (room if x2 > x1 else -room)
        return Text(x, y1 - 5, edge.label, centred=True)
    edges = sorted(y for box in made.boxes.values() for y in (box.y, box.bottom) if y1 < y < y2)
    gaps = [(low, high) for low, high in zip([y1, *edges], [*edges, y2], strict=True) if high - low >= 14]
    low, high = gaps[0] if gaps else (y1, y2)
    return Text(x1 + 6, (low + high) / 2 + 4, edge.label)


def routes(made: Layout, picture: Picture) -> list[Route]:
    """The routes of all arrows."""
    router = _Router(made, picture)
    found = []
    for edge in picture.edges:
        points = router.route(edge)
        found.append(Route(edge, points, _label(edge, points, made)))
    return found


def faults(made: Layout, found: list[Route]) -> list[str]:
    """Problems that make a picture hard to read: arrows or texts across a text, and texts outside of their frame."""
    labels = [route.label for route in found if route.label]
    texts = [*made.texts, *labels]
    problems = [
        f"{route.edge.tail} -> {route.edge.head} runs across {text.text!r}"
        for route in found
        for text in texts
        if any(piece.overlaps(text.box) for piece in route.pieces)
    ]
    for number, text in enumerate(texts):
        problems += [
            f"{text.text!r} is on {other.text!r}" for other in texts[number + 1 :] if text.box.overlaps(other.box)
        ]
        if text.box.x < 0 or text.box.right > WIDTH:
            problems.append(f"{text.text!r} leaves the picture")
        ink = Box(text.box.x, text.box.y + 3, text.box.width, 8)
        problems += [
            f"{text.text!r} leaves {name}"
            for name, box in made.boxes.items()
            if text.box.overlaps(box) and not ink.within(box)
        ]
    return problems
