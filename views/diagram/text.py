"""Widths of texts, and breaking them into lines."""

import re
from functools import cache

SIZE, TITLE_SIZE = 11, 12
LINE = 14
"""Height of a line in pixels."""
INDENT = "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}"
WIDER = 1.17
"""Width of DejaVu Sans, the widest font that browsers fall back to, relative to Arial."""
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
"""Widths of Arial's characters relative to the font size (Adobe's metrics of Helvetica, which are the same)."""
_OF = {character: width for width, characters in _WIDTHS.items() for character in characters}
_WIDEST = 1.02


def width(text: str, *, bold: bool = False) -> float:
    """The width of a text in pixels, in the widest of its fonts."""
    size = TITLE_SIZE if bold else SIZE
    return sum(_OF.get(character, _WIDEST) for character in text) * size * WIDER * (BOLD if bold else 1)


@cache  # a layout places each card several times
def wrapped(text: str, most: float, *, bold: bool = False) -> tuple[str, ...]:
    """A text broken into lines of at most `most` pixels: after a space or before a slash, else where necessary."""
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
