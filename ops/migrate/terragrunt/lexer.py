"""Splits HCL into tokens, to find where expressions begin and end and which names they refer to.

Terraform itself parses and evaluates them. Templates are split too, so that names inside `"${…}"` are tokens like any
other. The syntax follows the HCL native syntax specification (hashicorp/hcl).
"""

import re
from pathlib import Path

from ops.aws import OperatorError

import attrs

_NAME = r"[^\W\d][\w-]*"
_CODE = re.compile(
    rf"""(?P<space>[ \t\r\ufeff]+|(?:\#|//)[^\n]*|/\*.*?\*/)
       | (?P<heredoc><<-?(?P<word>{_NAME})\r?\n)
       | (?P<newline>\n)
       | (?P<name>{_NAME})
       | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
       | (?P<open>[{{\[("])
       | (?P<close>[}}\])])
       | (?P<sign>\.\.\.|=>|[=!<>]=|&&|\|\||::|~(?=\}})|[=.,?:+\-*/%<>!])""",
    re.VERBOSE | re.DOTALL,
)
_TEMPLATE = r"(?P<template>[$%]\{~?)"
_QUOTED = re.compile(rf'(?P<text>(?:\\.|\$\$\{{|%%\{{|[^"\\\n$%]|[$%](?!\{{))+)|{_TEMPLATE}|(?P<close>")')
_HEREDOC = r"(?P<end>^[ \t]*{}[ \t]*(?=\r?$))|(?P<text>(?:\$\$\{{|%%\{{|[^\n$%]|[$%](?!\{{))+\n?|\n)|"
_OPENING = frozenset({"open", "template", "heredoc"})
_CLOSING = {"{": "}", "[": "]", "(": ")", "$": "}", "%": "}", '"': '"'}
"""The closing token for the first character of each opening token."""


def shown(path: Path) -> str:
    """A path for messages: relative to the working folder if it is below it, otherwise as given."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def read_text(path: Path) -> str:
    """The text of a file. Raises OperatorError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise OperatorError(f"{shown(path)} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise OperatorError(f"{shown(path)} cannot be read: it is not UTF-8 text") from None


@attrs.frozen
class Token:
    """A token; `start` and `end` are its offsets in the file."""

    kind: str
    text: str
    start: int
    end: int


@attrs.frozen(eq=False)
class Source:
    """A file's text, its tokens, and for each opening token the index of the one that closes it."""

    path: Path
    text: str = attrs.field(repr=False)
    tokens: list[Token] = attrs.field(factory=list, repr=False)
    closing: dict[int, int] = attrs.field(factory=dict, repr=False)

    @classmethod
    def read(cls, path: Path) -> "Source":
        """Read a file and split it into tokens. Raises OperatorError with file, line and column for invalid HCL."""
        found = cls(path, read_text(path))
        found._split()
        return found

    def place(self, offset: int) -> str:
        """File, line and column of an offset, counted from 1, e.g. `dev.tfvars:4:15`."""
        line = self.text.count("\n", 0, offset) + 1
        return f"{shown(self.path)}:{line}:{offset - self.text.rfind(chr(10), 0, offset)}"

    def wrong(self, offset: int, problem: str) -> OperatorError:
        """The error for invalid HCL at an offset."""
        return OperatorError(f"{self.place(offset)}: does not parse: {problem}")

    def _split(self) -> None:
        opened: list[int] = []
        patterns = [_CODE]
        at = 0
        while at < len(self.text):
            found = patterns[-1].match(self.text, at)
            if found is None:
                raise self._unexpected(at, opened)
            kind, index = found.lastgroup or "", len(self.tokens)
            at = found.end()
            if kind == "space":
                continue
            self.tokens.append(Token(kind, found[0].rstrip("\r\n") or "\n", found.start(), at))
            if kind in _OPENING:
                opened.append(index)
                patterns.append(_within(self.tokens[index]))
            elif kind in {"end", "close"}:
                if not opened or (kind == "close" and _CLOSING[self.tokens[opened[-1]].text[0]] != found[0]):
                    raise self._unexpected(found.start(), [])
                self.closing[opened.pop()] = index
                patterns.pop()
        if opened:
            raise self.wrong(self.tokens[opened[-1]].start, f"{self.tokens[opened[-1]].text} is never closed")

    def _unexpected(self, at: int, opened: list[int]) -> OperatorError:
        if opened and self.tokens[opened[-1]].text == '"':
            return self.wrong(self.tokens[opened[-1]].start, "the string is not closed on its line")
        return self.wrong(at, f"{self.text[at]} is not expected here")


def _within(opening: Token) -> re.Pattern[str]:
    """The pattern for tokens between an opening token and the one that closes it."""
    if opening.kind == "heredoc":
        return re.compile(_HEREDOC.format(re.escape(opening.text.lstrip("<-"))) + _TEMPLATE, re.MULTILINE)
    return _QUOTED if opening.text == '"' else _CODE
