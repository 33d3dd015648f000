"""Huffman codes as DEFLATE writes them (RFC 1951, 3.2.2 and 3.2.7), the same on every machine."""

from collections import Counter
from collections.abc import Iterable, Iterator

REPEATED, ZEROS, MANY_ZEROS = 16, 17, 18
"""Symbols of the lengths of codes: the last one 3 to 6 times, 3 to 10 zeros, 11 to 138 zeros."""
ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
"""The order in which the lengths of the codes for lengths are written."""


def lengths(symbols: Iterable[int], size: int, longest: int) -> list[int]:
    """The length of each symbol's code for these frequencies, none above `longest`; 0 for what does not occur.

    By package-merge: L. Larmore and D. Hirschberg, "A fast algorithm for optimal length-limited Huffman codes", 1990.
    """
    coins: list[tuple[int, tuple[int, ...]]] = sorted((count, (symbol,)) for symbol, count in Counter(symbols).items())
    made = [0] * size
    if len(coins) == 1:
        made[coins[0][1][0]] = 1
        return made
    current = coins
    for _ in range(longest - 1):
        pairs = zip(current[::2], current[1::2], strict=False)
        current = sorted([*coins, *((one + other, left + right) for (one, left), (other, right) in pairs)])
    for _, held in current[: 2 * len(coins) - 2]:
        for symbol in held:
            made[symbol] += 1
    return made


def codes(of_lengths: list[int]) -> dict[int, tuple[int, int]]:
    """Symbol to code and length: shorter codes first, of one length in the order of the symbols."""
    made: dict[int, tuple[int, int]] = {}
    code = 0
    for length in range(1, max(of_lengths, default=0) + 1):
        code <<= 1
        for symbol, own in enumerate(of_lengths):
            if own == length:
                made[symbol] = (code, length)
                code += 1
    return made


def runs(of_lengths: list[int]) -> Iterator[tuple[int, int, int]]:
    """The lengths as symbols with their extra bits and how many these are."""
    at = 0
    while at < len(of_lengths):
        value, end = of_lengths[at], at
        while end < len(of_lengths) and of_lengths[end] == value:
            end += 1
        run = end - at
        if value == 0 and run >= 11:
            run = min(run, 138)
            yield MANY_ZEROS, run - 11, 7
        elif value == 0 and run >= 3:
            yield ZEROS, run - 3, 3
        elif value and run >= 4:
            run = min(run, 7)
            yield value, 0, 0
            yield REPEATED, run - 4, 2
        else:
            run = 1
            yield value, 0, 0
        at += run
