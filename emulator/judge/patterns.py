"""Translates the regular expressions of AWS's service models from Java's syntax to Python's."""

import functools
import re
import sys
import unicodedata

JAVA_CLASSES = {"ASCII": r"\x00-\x7f", "Print": r"\x20-\x7e", "Alpha": "a-zA-Z", "Graph": r"\x21-\x7e"}
PROPERTY = re.compile(r"\\p\{(\w+)\}")
SURROGATES = re.compile(r"\\uD800\\uDC00-\\uDBFF\\uDFFF", re.IGNORECASE)


@functools.cache
def _ranges_by_category() -> dict[str, list[tuple[int, int]]]:
    """The ranges of code points of each Unicode general category, e.g. `Lu`."""
    runs: dict[str, list[tuple[int, int]]] = {}
    begin, current = 0, unicodedata.category(chr(0))
    for point in range(1, sys.maxunicode + 2):
        found = unicodedata.category(chr(point)) if point <= sys.maxunicode else ""
        if found != current:
            runs.setdefault(current, []).append((begin, point - 1))
            begin, current = point, found
    return runs


@functools.cache
def _inside_class(name: str) -> str:
    r"""The Python equivalent of `\p{name}` inside a character class. Raises KeyError for an unknown name."""
    if name in JAVA_CLASSES:
        return JAVA_CLASSES[name]
    runs = [run for category, runs in _ranges_by_category().items() if category.startswith(name) for run in runs]
    if not runs:
        raise KeyError(name)
    return "".join(f"\\U{begin:08x}-\\U{end:08x}" for begin, end in runs)


@functools.cache
def translated(pattern: str) -> re.Pattern[str]:
    """The compiled pattern. Raises KeyError or re.error for one that cannot be translated."""
    text = SURROGATES.sub(r"\\U00010000-\\U0010ffff", pattern).replace(r"[\w-_]", r"[\w\-_]")
    pieces: list[str] = []
    end, depth = 0, 0
    for found in PROPERTY.finditer(text):
        between = text[end : found.start()]
        depth += len(re.findall(r"(?<!\\)\[", between)) - len(re.findall(r"(?<!\\)\]", between))
        inside = _inside_class(found[1])
        pieces += [between, inside if depth else f"[{inside}]"]
        end = found.end()
    return re.compile("".join((*pieces, text[end:])), re.ASCII)


def fits(pattern: str, value: str) -> bool:
    """Whether a pattern matches the whole value, as on AWS; one with ^ and without $ has to match the start only."""
    compiled = translated(pattern)
    if pattern.startswith("^") and not pattern.endswith("$"):
        return compiled.match(value) is not None
    return compiled.fullmatch(value) is not None
