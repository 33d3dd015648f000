"""Raw DEFLATE (RFC 1951) with fixed codes: the same bytes on every machine.

`zlib` differs between builds of Python (zlib, zlib-ng), and a task definition must not change with the machine that
synthesizes it. Node's `inflateRawSync` reads it.
"""

_WINDOW, _SHORTEST, _LONGEST = 32768, 3, 258
_CHAIN = 32
"""How many earlier places a match is looked for at; more finds little in JSON."""


def _table(first: int, extra: list[int]) -> list[tuple[int, int]]:
    """Code number to (smallest value, extra bits)."""
    made = []
    for bits in extra:
        made.append((first, bits))
        first += 1 << bits
    return made


_LENGTHS = _table(_SHORTEST, [0] * 8 + [bits for bits in range(1, 6) for _ in range(4)])
_DISTANCES = _table(1, [0, 0, *(bits for bits in range(14) for _ in range(2))])


class _Bits:
    """Collects bits, the least significant first."""

    def __init__(self) -> None:
        self._value = self._count = 0
        self._made = bytearray()

    def add(self, value: int, count: int) -> None:
        self._value |= value << self._count
        self._count += count
        while self._count >= 8:
            self._made.append(self._value & 255)
            self._value >>= 8
            self._count -= 8

    def code(self, value: int, count: int) -> None:
        """A Huffman code, whose most significant bit comes first."""
        self.add(int(f"{value:0{count}b}"[::-1], 2), count)

    def symbol(self, number: int) -> None:
        """A literal, a length or the end (256) in the fixed code (RFC 1951, 3.2.6)."""
        if number < 144:
            self.code(0x30 + number, 8)
        elif number < 256:
            self.code(0x190 + number - 144, 9)
        elif number < 280:
            self.code(number - 256, 7)
        else:
            self.code(0xC0 + number - 280, 8)

    def done(self) -> bytes:
        if self._count:
            self._made.append(self._value)
        return bytes(self._made)


def _code_of(value: int, table: list[tuple[int, int]]) -> tuple[int, int, int]:
    """The code number of a value, its extra bits and how many they are."""
    if table is _LENGTHS and value == _LONGEST:
        return 28, 0, 0
    number = max(n for n, (smallest, _) in enumerate(table) if smallest <= value)
    smallest, bits = table[number]
    return number, value - smallest, bits


def _match(data: bytes, at: int, places: list[int]) -> tuple[int, int]:
    """The longest earlier match as (length, distance); length 0 where there is none."""
    best = (0, 0)
    most = min(_LONGEST, len(data) - at)
    for place in reversed(places[-_CHAIN:]):
        if at - place > _WINDOW:
            break
        length = 0
        while length < most and data[place + length] == data[at + length]:
            length += 1
        if length > best[0]:
            best = (length, at - place)
    return best if best[0] >= _SHORTEST else (0, 0)


def deflate(data: bytes) -> bytes:
    """`data` compressed."""
    bits = _Bits()
    bits.add(0b011, 3)  # the last block, fixed codes
    seen: dict[bytes, list[int]] = {}
    at = 0
    while at < len(data):
        length, distance = _match(data, at, seen.get(data[at : at + _SHORTEST], []))
        if length:
            number, rest, count = _code_of(length, _LENGTHS)
            bits.symbol(257 + number)
            bits.add(rest, count)
            number, rest, count = _code_of(distance, _DISTANCES)
            bits.code(number, 5)
            bits.add(rest, count)
        else:
            length = 1
            bits.symbol(data[at])
        for place in range(at, at + length):
            seen.setdefault(data[place : place + _SHORTEST], []).append(place)
        at += length
    bits.symbol(256)
    return bits.done()
