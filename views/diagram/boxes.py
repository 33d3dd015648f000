"""Rectangles and lines of text with their positions in a picture, in pixels."""

from views.diagram.text import width

import attrs


@attrs.frozen
class Box:
    """A rectangle in the picture."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x coordinate of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y coordinate of its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> tuple[float, float]:
        """The coordinates of its center."""
        return self.x + self.width / 2, self.y + self.height / 2

    def within(self, other: "Box") -> bool:
        """Whether it is inside another box."""
        return other.x <= self.x and other.y <= self.y and self.right <= other.right and self.bottom <= other.bottom

    def overlaps(self, other: "Box") -> bool:
        """Whether the two boxes overlap."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


@attrs.frozen
class Text:
    """A line of text: `x` is its start, or its center where it is centered, `y` its baseline."""

    x: float
    y: float
    text: str
    bold: bool = False
    centred: bool = False

    @property
    def box(self) -> Box:
        """The space that it takes in the widest font."""
        wide = width(self.text, bold=self.bold)
        return Box(self.x - (wide / 2 if self.centred else 0), self.y - 10, wide, 13)
