"""HCL as a .tfvars file or Terragrunt has it: named expressions with their places, and what the simple ones mean.

Of functions and references only those are known that an environment of the user's document is written with.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ops.aws import OperatorError

import attrs
from hcl2.api import parses_to_tree
from lark import Token, Tree
from lark.exceptions import UnexpectedInput

Node = Tree[Token] | Token
ROOT_CONFIGURATION = "terragrunt.hcl"
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt\"\\]))")
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_LITERALS = {"true": True, "false": False, "null": None}


@attrs.define(eq=False)
class File:
    """A file of HCL: its attributes, its locals and where its includes point."""

    path: Path
    text: str = attrs.field(repr=False)
    attributes: dict[str, "Value"] = attrs.field(factory=dict, repr=False)
    locals: dict[str, "Value"] = attrs.field(factory=dict, repr=False)
    includes: list["Value"] = attrs.field(factory=list, repr=False)
    blocks: list[str] = attrs.field(factory=list)

    @classmethod
    def read(cls, path: Path) -> "File":
        """Parse a file. Raises OperatorError with its place where it is no HCL."""
        try:
            text = path.read_text(encoding="utf-8-sig")
        except OSError as error:
            raise OperatorError(f"{shown(path)} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise OperatorError(f"{shown(path)} cannot be read: it is not UTF-8 text") from None
        try:
            tree = parses_to_tree(text)
        except UnexpectedInput as error:
            raise OperatorError(_syntax(path, text, error)) from None
        found = cls(path, text)
        found._fill(next(_trees(tree)))
        return found

    def _fill(self, body: Tree[Token]) -> None:
        end = 0
        for part in _trees(body):
            if part.data not in {"attribute", "block"}:
                continue
            if part.meta.line == end:
                raise OperatorError(f"{shown(self.path)}:{part.meta.line}:{part.meta.column}: does not parse: "
                                    "each setting stands on a line of its own")  # fmt: skip
            end = part.meta.end_line
            if part.data == "attribute":
                self._add(self.attributes, part)
            else:
                self._block(part)

    def _block(self, block: Tree[Token]) -> None:
        kind = _word(block)
        self.blocks.append(f"{shown(self.path)}:{block.meta.line}:{block.meta.column}: {kind}")
        body = next(part for part in _trees(block) if part.data == "body")
        for part in _trees(body):
            if part.data == "attribute" and kind == "locals":
                self._add(self.locals, part)
            elif part.data == "attribute" and kind == "include" and _word(part) == "path":
                self.includes.append(Value(self, part.children[-1]))

    def _add(self, where: dict[str, "Value"], attribute: Tree[Token]) -> None:
        name, value = _word(attribute), Value(self, attribute.children[-1])
        if name in where:
            raise OperatorError(f"{value.place}: {name} is set a second time; it was on line {where[name].line}")
        where[name] = value

    def found_above(self, names: list[str]) -> Path | None:
        """The first file of one of these names in the folders above this one."""
        for name in names:
            for folder in self.path.absolute().parent.parents:
                if (folder / name).is_file():
                    return folder / name
        return None


def shown(path: Path) -> str:
    """A path as messages have it: as it was given, or from the working folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _syntax(path: Path, text: str, error: UnexpectedInput) -> str:
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END":
        lines = text.rstrip().splitlines() or [""]
        return f"{shown(path)}:{len(lines)}:{len(lines[-1]) + 1}: does not parse: something is not closed here"
    at = str(token) if token is not None else text[error.pos_in_stream or 0 :][:1]
    seen = at.strip().splitlines()[0] if at.strip() else "the end of the line"
    return f"{shown(path)}:{error.line}:{error.column}: does not parse: {seen} is not expected here"


def _trees(node: Tree[Token]) -> Iterator[Tree[Token]]:
    """The parts of an expression without its punctuation, line ends and comments."""
    return (part for part in node.children if isinstance(part, Tree) and part.data != "new_line_or_comment")


def _word(node: Tree[Token]) -> str:
    """The first word of an attribute, a block or a function call."""
    first = node.children[0]
    return str(first if isinstance(first, Token) else first.children[0])


@attrs.frozen(eq=False)
class Value:
    """An expression in a file."""

    file: File
    node: Node

    @property
    def line(self) -> int:
        """Its line, from 1."""
        return int(self._meta.line)

    @property
    def place(self) -> str:
        """Where it stands, e.g. `dev.tfvars:4:15`."""
        return f"{shown(self.file.path)}:{self.line}:{self._meta.column}"

    @property
    def source(self) -> str:
        """As it is written."""
        return self.file.text[self._meta.start_pos : self._meta.end_pos]

    @property
    def _meta(self) -> Any:
        return self.node if isinstance(self.node, Token) else self.node.meta

    def _unknown(self) -> OperatorError:
        return OperatorError(
            f"{self.place}: {' '.join(self.source.split())} cannot be worked out without Terraform: write its value"
        )

    def members(self, seen: frozenset[int] = frozenset()) -> dict[str, Any]:
        """The members of an object, each a Value where it is written in a file. Raises OperatorError for others."""
        found = self.meaning(seen)
        if not isinstance(found, dict):
            raise self._unknown()
        return found

    def plain(self) -> Any:
        """What it means: text, number, switch, None, tuple or dict. Raises OperatorError with its place and source."""
        return _plain(self.meaning(frozenset()))

    def meaning(self, seen: frozenset[int]) -> Any:
        """What it means, with members and items still as Values; `seen` are the expressions that ask for it."""
        node = self.node
        if isinstance(node, Token) or id(node) in seen:
            raise self._unknown()
        rule = getattr(self, f"_{node.data}", None)
        if rule is None:
            raise self._unknown()
        return rule(node, seen | {id(node)})

    def _within(self, node: Node) -> "Value":
        return Value(self.file, node)

    def _expr_term(self, node: Tree[Token], seen: frozenset[int]) -> Any:
        return self._within(next(_trees(node))).meaning(seen)

    def _string(self, node: Tree[Token], seen: frozenset[int]) -> str:
        return "".join(self._text(part.children[0], seen) for part in _trees(node))

    def _text(self, part: Node, seen: frozenset[int]) -> str:
        if isinstance(part, Token):
            if part.type in {"ESCAPED_INTERPOLATION", "ESCAPED_DIRECTIVE"}:
                return str(part)[1:]
            if "\n" in part:
                raise OperatorError(f"{self.place}: does not parse: a text in quotes ends on its line")
            return _ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)) if found[1] or found[2]
                               else _PLAIN[found[3]], part)  # fmt: skip
        if part.data != "interpolation":
            raise self._unknown()
        inner = _plain(self._within(next(_trees(part))).meaning(seen))
        if isinstance(inner, bool):
            return str(inner).lower()
        if not isinstance(inner, str | int | float):
            raise self._unknown()
        return str(inner)

    def _int_lit(self, node: Tree[Token], _: frozenset[int]) -> int:
        return int(str(node.children[0]))

    def _float_lit(self, node: Tree[Token], _: frozenset[int]) -> float:
        return float(str(node.children[0]))

    def _literal_value(self, node: Tree[Token], _: frozenset[int]) -> bool | None:
        return _LITERALS[str(node.children[0])]

    def _unary_op(self, node: Tree[Token], seen: frozenset[int]) -> Any:
        value = self._within(next(_trees(node))).meaning(seen)
        if str(node.children[0]) != "-" or type(value) not in {int, float}:
            raise self._unknown()
        return -value

    def _tuple(self, node: Tree[Token], _: frozenset[int]) -> tuple["Value", ...]:
        return tuple(self._within(part) for part in _trees(node))

    def _object(self, node: Tree[Token], seen: frozenset[int]) -> dict[str, "Value"]:
        found = {}
        for element in _trees(node):
            key, value = _trees(element)
            found[self._key(key, seen)] = self._within(value)
        return found

    def _key(self, key: Tree[Token], seen: frozenset[int]) -> str:
        inner = key.children[0]
        while isinstance(inner, Tree) and inner.data in {"expr_term", "identifier", "keyword"}:
            inner = inner.children[0]
        return str(inner if isinstance(inner, Token) else self._within(inner).meaning(seen))

    def _get_attr_expr_term(self, node: Tree[Token], seen: frozenset[int]) -> Any:
        first: Node = node
        while isinstance(first, Tree) and first.data in {"expr_term", "get_attr_expr_term"}:
            first = first.children[0]
        if isinstance(first, Tree) and first.data == "identifier" and _word(first) != "local":
            raise self._unknown()
        base, last = node.children[0], node.children[1]
        name = str(next(iter(last.children[1].children))) if isinstance(last, Tree) else ""  # type: ignore[union-attr]
        if isinstance(base, Tree) and base.data == "expr_term" and self._within(base).source == "local":
            if name not in self.file.locals:
                raise self._unknown()
            return self.file.locals[name].meaning(seen)
        members = self._within(base).meaning(seen)
        if not isinstance(members, dict) or name not in members:
            raise self._unknown()
        member = members[name]
        return member.meaning(seen) if isinstance(member, Value) else member

    def _function_call(self, node: Tree[Token], seen: frozenset[int]) -> Any:
        name = _word(node)
        given = [self._within(part) for tree in _trees(node) if tree.data == "arguments" for part in _trees(tree)]
        if name == "merge":
            return {key: value for one in given for key, value in one.members(seen).items()}
        if name == "find_in_parent_folders":
            names = [str(_plain(one.meaning(seen))) for one in given] or [ROOT_CONFIGURATION]
            found = self.file.found_above(names)
            if found is None:
                raise OperatorError(f"{self.place}: there is no {' and no '.join(names)} in the folders above")
            return str(found)
        if name == "read_terragrunt_config" and len(given) == 1:
            read = File.read(self.file.path.parent / str(_plain(given[0].meaning(seen))))
            inputs = {"inputs": read.attributes["inputs"]} if "inputs" in read.attributes else {}
            return {"locals": read.locals, **inputs}
        raise self._unknown()


def _plain(value: Any) -> Any:
    if isinstance(value, Value):
        return value.plain()
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return value
