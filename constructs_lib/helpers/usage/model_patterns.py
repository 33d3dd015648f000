"""Patterns of model names: `*` matches any characters, `#` one digit, anything else itself."""

import re
from functools import cache


def fits(pattern: str, name: str) -> bool:
    """Whether a pattern matches a name. Case is ignored."""
    return _regex(pattern).fullmatch(name) is not None


@cache
def _regex(pattern: str) -> re.Pattern[str]:
    """The pattern, compiled once: a provider has more patterns than `re` keeps."""
    written = ({"*": ".*", "#": "[0-9]"}.get(character) or re.escape(character) for character in pattern)
    return re.compile("".join(written), re.ASCII | re.IGNORECASE)


def price_key(keys: "frozenset[str] | dict[str, object]", name: str) -> str | None:
    """The key for a name: the name itself, or the longest pattern that matches it; None if there is none."""
    if name in keys:
        return name
    return max((key for key in keys if fits(key, name)), key=lambda key: (len(key), key), default=None)


def overlap(one: str, other: str) -> bool:
    """Whether some name matches both patterns."""
    if not _same_until_a_star(one, other):  # most pairs end here
        return False
    pending, seen = [(0, 0)], {(0, 0)}
    while pending:
        i, j = pending.pop()
        if i == len(one) and j == len(other):
            return True
        a, b = one[i : i + 1], other[j : j + 1]
        steps = []
        if a == "*":
            steps += [(i + 1, j), *([(i, j + 1)] if b else [])]
        if b == "*":
            steps += [(i, j + 1), *([(i + 1, j)] if a else [])]
        if a and b and "*" not in (a, b) and _same(a, b):
            steps.append((i + 1, j + 1))
        for step in steps:
            if step not in seen:
                seen.add(step)
                pending.append(step)
    return False


def _same_until_a_star(one: str, other: str) -> bool:
    for a, b in zip(one, other, strict=False):
        if "*" in (a, b):
            return True
        if not _same(a, b):
            return False
    return True


def _same(a: str, b: str) -> bool:
    return a == b or (a == "#" and b.isdigit()) or (b == "#" and a.isdigit())
