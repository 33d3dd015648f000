"""The attributes and blocks of a file of HCL, each attribute with the expression it is set to."""

from collections.abc import Iterator
from pathlib import Path

from ops.aws import OperatorError
from ops.migrate.terragrunt.lexer import Source, Token

import attrs


@attrs.frozen
class Expression:
    """The tokens `first` to `last` (exclusive) of a file."""

    source: Source
    first: int
    last: int

    @property
    def start(self) -> int:
        """Where it begins in the file."""
        return self.tokens[self.first].start

    @property
    def end(self) -> int:
        """Where it ends in the file."""
        return self.tokens[self.last - 1].end

    @property
    def tokens(self) -> list[Token]:
        """The tokens of the whole file."""
        return self.source.tokens

    @property
    def place(self) -> str:
        """File, line and column."""
        return self.source.place(self.start)

    @property
    def text(self) -> str:
        """As it is written, in one line."""
        return " ".join(self.source.text[self.start : self.end].split())

    def inside(self, opened: int) -> "Expression":
        """What is between the token `opened` and the one that closes it."""
        return Expression(self.source, opened + 1, self.source.closing[opened])

    def parts(self, separators: frozenset[str] = frozenset({","})) -> Iterator["Expression"]:
        """The expressions between separators, without line ends around them and without empty ones."""
        first = index = self.first
        while index <= self.last:
            token = self.tokens[index] if index < self.last else None
            if token is None or (token.kind in {"sign", "newline"} and token.text in separators):
                if (part := Expression(self.source, first, index).stripped()) is not None:
                    yield part
                first = index + 1
            index = self.source.closing.get(index, index) + 1

    def stripped(self) -> "Expression | None":
        """Without line ends around it, and None where nothing is left."""
        first, last = self.first, self.last
        while first < last and self.tokens[first].kind == "newline":
            first += 1
        while first < last and self.tokens[last - 1].kind == "newline":
            last -= 1
        return Expression(self.source, first, last) if first < last else None

    def bare(self) -> "Expression":
        """Without parentheses around it."""
        found = self
        while found.tokens[found.first].text == "(" and found.source.closing[found.first] == found.last - 1:
            inner = found.inside(found.first).stripped()
            if inner is None:
                break
            found = inner
        return found

    def plain(self) -> str | None:
        """The string that it is, where it is one in quotes without templates and escapes."""
        words = self.tokens[self.first : self.last]
        if len(words) == 2 and words[0].text == words[1].text == '"':
            return ""
        is_plain = len(words) == 3 and words[0].text == words[2].text == '"' and words[1].kind == "text"
        text = words[1].text if is_plain else "\\"
        return None if "\\" in text or "${" in text or "%{" in text else text

    def members(self) -> dict[str, "Expression"] | None:
        """The members of an object that is written out, as far as their keys are; None where it is not an object."""
        found = self.bare()
        if found.tokens[found.first].text != "{" or found.source.closing[found.first] != found.last - 1:
            return None
        inner = found.inside(found.first).stripped()
        if inner is None:
            return {}
        if inner.tokens[inner.first].text == "for":
            return None
        members: dict[str, Expression] = {}
        for part in inner.parts(frozenset({",", "\n"})):
            sides = list(part.parts(frozenset({"=", ":"})))
            if len(sides) < 2:
                continue
            key, value = sides[0], Expression(self.source, sides[1].first, part.last)
            is_name = key.last - key.first == 1 and key.tokens[key.first].kind == "name"
            name = key.tokens[key.first].text if is_name else key.plain()
            if name is not None:
                members[name] = value
        return members


@attrs.frozen
class Block:
    """A block with its labels and its body."""

    kind: str
    labels: tuple[str, ...]
    place: str
    body: "Body"

    @property
    def label(self) -> str:
        """Its first label, or nothing."""
        return self.labels[0] if self.labels else ""


@attrs.define
class Body:
    """The attributes and blocks of a file or of a block."""

    attributes: dict[str, Expression] = attrs.field(factory=dict)
    blocks: list[Block] = attrs.field(factory=list)

    def of(self, kind: str) -> list[Block]:
        """The blocks of a kind, in their order."""
        return [block for block in self.blocks if block.kind == kind]


def body_of(path: Path) -> tuple[Source, Body]:
    """Read a file. Raises OperatorError with file, line and column where it is not HCL."""
    source = Source.read(path)
    body, _ = _body(source, 0, len(source.tokens))
    return source, body


def _wrong(source: Source, index: int, problem: str) -> OperatorError:
    offset = source.tokens[index].start if index < len(source.tokens) else len(source.text)
    return OperatorError(f"{source.place(offset)}: does not parse: {problem}")


def _body(source: Source, index: int, last: int) -> tuple[Body, int]:
    found, tokens = Body(), source.tokens
    while index < last:
        token = tokens[index]
        if token.kind == "newline":
            index += 1
            continue
        if token.kind != "name" and token.text != '"':
            raise _wrong(source, index, f"{token.text} is not expected here")
        follower = tokens[index + 1] if index + 1 < last else None
        if follower and follower.text == "=":
            index = _attribute(source, found, index, last)
        else:
            index = _block(source, found, index, last)
        if index < last and tokens[index].kind != "newline":
            raise _wrong(source, index, "each setting stands on a line of its own")
    return found, index


def _attribute(source: Source, body: Body, index: int, last: int) -> int:
    """Take `name = expression`; the index after it."""
    name, tokens = source.tokens[index].text, source.tokens
    first = end = index + 2
    while end < last and tokens[end].kind != "newline":
        if tokens[end].text == "=":
            raise _wrong(source, end - 1, "each setting stands on a line of its own")
        end = source.closing.get(end, end) + 1
    if first == end:
        raise _wrong(source, first, f"{name} has no value")
    value = Expression(source, first, end)
    if name in body.attributes:
        earlier = body.attributes[name].place.split(":")[-2]
        raise OperatorError(f"{value.place}: {name} is set a second time; it was on line {earlier}")
    body.attributes[name] = value
    return end


def _block(source: Source, body: Body, index: int, last: int) -> int:
    """Take `kind "label" { … }`; the index after it."""
    tokens, start, labels = source.tokens, index, []
    while index < last and tokens[index].text != "{":
        if tokens[index].kind == "name":
            labels.append(tokens[index].text)
        elif tokens[index].text == '"' and source.closing[index] <= index + 2:
            labels.append("".join(token.text for token in tokens[index + 1 : source.closing[index]]))
        elif tokens[index].kind == "newline":
            raise _wrong(source, start, f"{tokens[start].text} has no value")
        else:
            raise _wrong(source, index, f"{tokens[index].text} is not expected here")
        index = source.closing.get(index, index) + 1
    if index >= last:
        raise _wrong(source, start, f"{tokens[start].text} has no value")
    inner, _ = _body(source, index + 1, source.closing[index])
    body.blocks.append(Block(labels[0], tuple(labels[1:]), source.place(tokens[start].start), inner))
    return source.closing[index] + 1
