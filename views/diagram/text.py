"""How wide a text is, and how it is broken into lines."""

import re
from functools import cache

SIZE, TITLE_SIZE = 11, 12
LINE = 14
"""The height of a line, in pixels of a picture that is shown at its own width."""
INDENT = "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"
WIDER = 1.17
"""How much wider than Arial's a text may become: DejaVu Sans, the widest font that browsers fall back to."""
BOLD = 1.15
_WIDTHS = {
    0.23: "ijl'|",
    0.29: " .,:;!/ftI[]\\\N{NO-BREAK SPACE}·",
    0.35: 'r()-`"{}',
    0.5: "sckvxyzJ*^",
    0.56: "abdeghnopqu0123456789L?_$#",
    0.61: "FTZ+<=>~",
    0.67: "ABEKPSVXY&",
    0.73: "CDHNRUw",
    0.78: "GOQ",
    0.86: "mM",
}
"""Widths of Arial's characters as parts of the size (Adobe's metrics of Helvetica, which has the same)."""
_OF = {character: width for width, characters in _WIDTHS.items() for character in characters}
_WIDEST = 1.02


def width(text: str, *, bold: bool = False) -> float:
    """The most pixels that a text takes in any of the fonts it may be shown in."""
    size = TITLE_SIZE if bold else SIZE
    return sum(_OF.get(character, _WIDEST) for character in text) * size * WIDER * (BOLD if bold else 1)


@cache  # a layout places each card several times
def wrapped(text: str, most: float, *, bold: bool = False) -> tuple[str, ...]:
    """A text as lines of at most so many pixels, broken after a space, before a slash, and else where it has to be."""
    found = [""]
    for piece in re.findall(r"\s+|/?[^\s/]+|/", text):
        if found[-1].strip() and piece.strip() and width(found[-1] + piece, bold=bold) > most:
            found.append("" if bold else INDENT)
        for part in re.findall(r"[^-.]+[-.]*|[-.]+", piece) if width(INDENT + piece, bold=bold) > most else [piece]:
            if found[-1].strip() and width(found[-1] + part, bold=bold) > most:
                found.append("" if bold else INDENT)
            for character in part:
                if width(found[-1] + character, bold=bold) > most:
                    found.append("" if bold else INDENT)
                found[-1] += character
    return tuple(line.rstrip(" ") for line in found if line.strip()) or ("",)
