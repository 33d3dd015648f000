"""Raw DEFLATE (RFC 1951): the same bytes on every machine.

`zlib` differs between builds of Python (zlib, zlib-ng), and a task definition must not change with the machine that
synthesizes it. Node's `inflateRawSync` reads it.
"""

from collections.abc import Iterator

from constructs_lib.helpers.task.huffman import ORDER, codes, lengths, runs

_WINDOW, _SHORTEST, _LONGEST = 32768, 3, 258
_LONGEST_CODE = 15
_CHAIN = 128
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


Symbol = tuple[int, int, int]
"""A number, its extra bits and how many they are."""
END = (256, 0, 0)


def _symbols(data: bytes) -> Iterator[tuple[Symbol, Symbol | None]]:
    """Literals, and lengths of earlier matches with their distances, up to the end."""
    seen: dict[bytes, list[int]] = {}
    at = 0

    def found(place: int) -> tuple[int, int]:
        return _match(data, place, seen.get(data[place : place + _SHORTEST], []))

    while at < len(data):
        length, distance = found(at)
        # A longer match that begins one byte later is worth a literal.
        if length and found(at + 1)[0] <= length:
            number, rest, count = _code_of(length, _LENGTHS)
            yield (257 + number, rest, count), _code_of(distance, _DISTANCES)
        else:
            length = 1
            yield (data[at], 0, 0), None
        for place in range(at, at + length):
            seen.setdefault(data[place : place + _SHORTEST], []).append(place)
        at += length
    yield END, None


def _header(bits: _Bits, literals: list[int], distances: list[int]) -> None:
    """The codes of a block, by their lengths (RFC 1951, 3.2.7)."""
    described = list(runs(literals + distances))
    of_lengths = lengths((symbol for symbol, _, _ in described), len(ORDER), 7)
    written = [of_lengths[number] for number in ORDER]
    while len(written) > 4 and not written[-1]:
        written.pop()
    bits.add(len(literals) - 257, 5)
    bits.add(len(distances) - 1, 5)
    bits.add(len(written) - 4, 4)
    for length in written:
        bits.add(length, 3)
    own = codes(of_lengths)
    for symbol, rest, count in described:
        bits.code(*own[symbol])
        bits.add(rest, count)


def deflate(data: bytes) -> bytes:
    """`data` compressed, as one block with codes of its own."""
    symbols = list(_symbols(data))
    literals = lengths((symbol for (symbol, _, _), _ in symbols), 286, _LONGEST_CODE)
    distances = lengths((distance[0] for _, distance in symbols if distance), 30, _LONGEST_CODE)
    while len(literals) > 257 and not literals[-1]:
        literals.pop()
    while len(distances) > 1 and not distances[-1]:
        distances.pop()
    bits = _Bits()
    bits.add(0b101, 3)  # the last block, codes of its own
    _header(bits, literals, distances)
    codes_of_literals, codes_of_distances = codes(literals), codes(distances)
    for (symbol, rest, count), distance in symbols:
        bits.code(*codes_of_literals[symbol])
        bits.add(rest, count)
        if distance:
            number, rest_of_distance, count_of_distance = distance
            bits.code(*codes_of_distances[number])
            bits.add(rest_of_distance, count_of_distance)
    return bits.done()
