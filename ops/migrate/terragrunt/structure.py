"""The attributes and blocks of an HCL file, with the expression of each attribute."""

from collections.abc import Iterator
from pathlib import Path

from ops.aws import OperatorError
from ops.migrate.terragrunt.lexer import Source, Token

import attrs

LINES = frozenset({"\n"})
OWN_LINE = "each setting must be on a line of its own"


@attrs.frozen
class Expression:
    """The tokens `first` to `last` (exclusive) of a file."""

    source: Source
    first: int
    last: int

    @property
    def tokens(self) -> list[Token]:
        """The tokens of the whole file."""
        return self.source.tokens

    @property
    def start(self) -> int:
        """Offset of its start in the file."""
        return self.tokens[self.first].start

    @property
    def end(self) -> int:
        """Offset of its end in the file."""
        return self.tokens[self.last - 1].end

    @property
    def head(self) -> str:
        """Its first token."""
        return self.tokens[self.first].text

    @property
    def place(self) -> str:
        """File, line and column."""
        return self.source.place(self.start)

    @property
    def text(self) -> str:
        """Its source text, on one line."""
        return " ".join(self.source.text[self.start : self.end].split())

    def inside(self, opened: int) -> "Expression":
        """The tokens between the token `opened` and the one that closes it."""
        return Expression(self.source, opened + 1, self.source.closing[opened])

    def parts(self, separators: frozenset[str] = frozenset({","})) -> Iterator["Expression"]:
        """The expressions between separators, without surrounding line ends; empty ones are left out."""
        first = index = self.first
        while index <= self.last:
            if index == self.last or self.tokens[index].text in separators:
                if (part := Expression(self.source, first, index).stripped()) is not None:
                    yield part
                first = index + 1
            index = self.source.closing.get(index, index) + 1

    def stripped(self) -> "Expression | None":
        """The expression without surrounding line ends; None where nothing else is left."""
        within = [index for index in range(self.first, self.last) if self.tokens[index].kind != "newline"]
        return Expression(self.source, within[0], within[-1] + 1) if within else None

    def enclosed(self, opening: str) -> "Expression | None":
        """The content of the brackets that enclose the whole expression; None without such brackets."""
        is_enclosed = self.head == opening and self.source.closing[self.first] == self.last - 1
        return self.inside(self.first) if is_enclosed else None

    def bare(self) -> "Expression":
        """The expression without enclosing parentheses."""
        found = self
        while (within := found.enclosed("(")) and (inner := within.stripped()):
            found = inner
        return found

    def plain(self) -> str | None:
        """The value of a quoted string without templates and escapes; None for any other expression."""
        within = self.enclosed('"')
        if within is None or any(token.kind != "text" for token in self.tokens[within.first : within.last]):
            return None
        text = "".join(token.text for token in self.tokens[within.first : within.last])
        return None if "\\" in text or "${" in text or "%{" in text else text

    def members(self) -> dict[str, "Expression"] | None:
        """The members of an object literal, as far as their keys are literal; None for any other expression."""
        within = self.bare().enclosed("{")
        if within is None or ((inner := within.stripped()) and inner.head == "for"):
            return None
        members: dict[str, Expression] = {}
        for part in within.parts(frozenset({",", "\n"})):
            key, *values = part.parts(frozenset({"=", ":"}))
            name = key.head if key.last - key.first == 1 else key.plain()
            if values and name is not None:
                members[name] = Expression(self.source, values[0].first, part.last)
        return members


@attrs.frozen
class Block:
    """A block with its first label, which may be empty, and its body."""

    kind: str
    label: str
    place: str
    body: "Body"


@attrs.define
class Body:
    """The attributes and blocks of a file or of a block."""

    attributes: dict[str, Expression] = attrs.field(factory=dict)
    blocks: list[Block] = attrs.field(factory=list)

    @classmethod
    def of(cls, whole: Expression) -> "Body":
        """The body of a block or of a file. Raises OperatorError for invalid HCL."""
        found = cls()
        for part in whole.parts(LINES):
            if part.tokens[part.first].kind != "name":
                raise part.source.wrong(part.start, f"{part.head} is not expected here")
            if part.first + 1 < part.last and part.tokens[part.first + 1].text == "=":
                found._set(part.head, part)
            else:
                found.blocks.append(_block(part))
        return found

    def blocks_of(self, kind: str) -> list[Block]:
        """The blocks of a kind, in their order."""
        return [block for block in self.blocks if block.kind == kind]

    def _set(self, name: str, part: Expression) -> None:
        """Add an attribute `name = expression`."""
        _, *sides = part.parts(frozenset({"="}))
        if not sides:
            raise part.source.wrong(part.end, f"{name} has no value")
        value = Expression(part.source, part.first + 2, part.last)
        if len(sides) > 1:
            raise part.source.wrong(part.tokens[sides[0].last - 1].start, OWN_LINE)
        if name in self.attributes:
            earlier = self.attributes[name].place.split(":")[-2]
            raise OperatorError(f"{value.place}: {name} is set twice; the first time is on line {earlier}")
        self.attributes[name] = value


def _block(part: Expression) -> Block:
    """Parse a block `kind "label" { … }`."""
    source, index, labels = part.source, part.first, []
    while index < part.last and part.tokens[index].text != "{":
        label = Expression(source, index, source.closing.get(index, index) + 1)
        name = label.head if part.tokens[index].kind == "name" else label.plain()
        if name is None:
            raise source.wrong(label.start, f"{label.head} is not expected here")
        labels.append(name)
        index = label.last
    if index == part.last:
        raise source.wrong(part.start, f"{part.head} has no value")
    if (after := source.closing[index] + 1) < part.last:
        raise source.wrong(part.tokens[after].start, OWN_LINE)
    return Block(labels[0], labels[1] if labels[1:] else "", part.place, Body.of(part.inside(index)))


def body_of(path: Path) -> tuple[Source, Body]:
    """Read a file. Raises OperatorError with file, line and column for invalid HCL."""
    source = Source.read(path)
    return source, Body.of(Expression(source, 0, len(source.tokens)))
