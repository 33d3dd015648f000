"""The tokens of HCL, and the attributes and blocks of a file.

Only what is needed to find where an expression begins and ends and which names it refers to. Terraform parses and
evaluates the expressions (HCL native syntax specification, hashicorp/hcl).
"""

import re
from pathlib import Path

from ops.aws import OperatorError

import attrs

_WORD = re.compile(r"(?P<newline>\n)|(?P<name>[^\W\d][\w-]*)|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")
_PUNCTUATION = re.compile(r"\.\.\.|=>|[=!<>]=|&&|\|\||::|[{}\[\]()=.,?:+\-*/%<>!]")
_HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)\r?\n")
_SPACE = re.compile(r"[ \t\r\ufeff]+")
_COMMENT = re.compile(r"(?:#|//)[^\n]*|/\*.*?\*/", re.DOTALL)
_CLOSING = {"{": "}", "[": "]", "(": ")", "${": "}", "%{": "}", '"': '"'}


def shown(path: Path) -> str:
    """A path as messages print it: as it was given, or from the working folder."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


@attrs.frozen
class Token:
    """A word, number, sign, line end or piece of text; `start` and `end` are offsets in the file."""

    kind: str
    text: str
    start: int
    end: int


@attrs.frozen(eq=False)
class Source:
    """A file's text, its tokens, and for each opening token the index of the one that closes it."""

    path: Path
    text: str = attrs.field(repr=False)
    tokens: list[Token] = attrs.field(repr=False)
    closing: dict[int, int] = attrs.field(repr=False)

    @classmethod
    def read(cls, path: Path) -> "Source":
        """Read and split a file. Raises OperatorError with file, line and column where it is not HCL."""
        lexer = Lexer(path, read_text(path))
        lexer.run()
        return cls(path, lexer.text, lexer.tokens, lexer.closing)

    def place(self, offset: int) -> str:
        """File, line and column of an offset, e.g. `dev.tfvars:4:15`."""
        return place(self.path, self.text, offset)


def read_text(path: Path) -> str:
    """The text of a file. Raises OperatorError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise OperatorError(f"{shown(path)} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise OperatorError(f"{shown(path)} cannot be read: it is not UTF-8 text") from None


def place(path: Path, text: str, offset: int) -> str:
    """File, line and column, both counted from 1, e.g. `dev.tfvars:4:15`."""
    line = text.count("\n", 0, offset) + 1
    return f"{shown(path)}:{line}:{offset - (text.rfind(chr(10), 0, offset) + 1) + 1}"


class Lexer:
    """Splits one text; templates are split too, so that names inside `"${…}"` are tokens like others."""

    def __init__(self, path: Path, text: str) -> None:
        self.path, self.text, self.at = path, text, 0
        self.tokens: list[Token] = []
        self.closing: dict[int, int] = {}

    def run(self) -> None:
        """Split all of it. Raises OperatorError."""
        try:
            self._code(None)
        except RecursionError:
            raise self._wrong("brackets are nested too deeply", self.at) from None

    def _wrong(self, problem: str, at: int) -> OperatorError:
        return OperatorError(f"{place(self.path, self.text, at)}: does not parse: {problem}")

    def _add(self, kind: str, length: int) -> int:
        self.tokens.append(Token(kind, self.text[self.at : self.at + length], self.at, self.at + length))
        self.at += length
        return len(self.tokens) - 1

    def _code(self, opened: int | None) -> None:
        """Up to the sign that closes the token `opened`, or the end of the file."""
        while self.at < len(self.text):
            if found := (_SPACE.match(self.text, self.at) or _COMMENT.match(self.text, self.at)):
                self.at = found.end()
            elif found := _HEREDOC.match(self.text, self.at):
                self._heredoc(found)
            elif self.text[self.at] == '"':
                self._string()
            elif found := _WORD.match(self.text, self.at):
                self._add(found.lastgroup or "", len(found[0]))
            elif found := self._strip_marker() or _PUNCTUATION.match(self.text, self.at):
                if self._sign(found[0], opened):
                    return
            else:
                raise self._wrong(f"{self.text[self.at]} is not expected here", self.at)
        if opened is not None:
            raise self._never_closed(opened)

    def _strip_marker(self) -> re.Match[str] | None:
        """The sign after `${` and before `}` that strips spaces around a template."""
        is_first = bool(self.tokens) and self._opens(self.tokens[-1])
        return re.compile("~" if is_first else r"~(?=\})").match(self.text, self.at)

    @staticmethod
    def _opens(token: Token) -> bool:
        return token.kind == "sign" and token.text in {"${", "%{"}

    def _never_closed(self, opened: int) -> OperatorError:
        return self._wrong(f"{self.tokens[opened].text} is never closed", self.tokens[opened].start)

    def _sign(self, text: str, opened: int | None) -> bool:
        """Take a sign and, if it opens something, all that is in it; whether it closes `opened`."""
        if text in {"}", "]", ")"}:
            if opened is None or _CLOSING[self.tokens[opened].text] != text:
                raise self._wrong(f"{text} is not expected here", self.at)
            self.closing[opened] = self._add("sign", 1)
            return True
        index = self._add("sign", len(text))
        if text in {"{", "[", "("}:
            self._code(index)
        return False

    def _string(self) -> None:
        opened = self._add("sign", 1)
        start = self.at
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign == "\n":
                raise self._wrong("a string in quotes ends on its line", self.tokens[opened].start)
            if sign == "\\":
                self.at += 2
            elif sign == '"':
                self._text(start)
                self.closing[opened] = self._add("sign", 1)
                return
            elif self._template(start):
                start = self.at
        raise self._never_closed(opened)

    def _heredoc(self, found: re.Match[str]) -> None:
        opened = self._add("heredoc", found.end() - found.start() - 1)
        self.at = start = found.end()
        while self.at < len(self.text):
            if self.at == 0 or self.text[self.at - 1] == "\n":
                end = self.text.find("\n", self.at)
                line = self.text[self.at : end if end >= 0 else len(self.text)]
                if line.strip() == found[2]:
                    self._text(start)
                    self.closing[opened] = self._add("heredoc end", len(line.rstrip("\r")))
                    return
            if self._template(start):
                start = self.at
        raise self._never_closed(opened)

    def _text(self, start: int) -> None:
        if self.at > start:
            self.tokens.append(Token("text", self.text[start : self.at], start, self.at))

    def _template(self, start: int) -> bool:
        """Take `${…}` or `%{…}` with what is in it; otherwise one character or an escape. Whether it was the former."""
        if self.text.startswith(("$${", "%%{"), self.at):
            self.at += 3
        elif self.text.startswith(("${", "%{"), self.at):
            self._text(start)
            self._code(self._add("sign", 2))
            return True
        else:
            self.at += 1
        return False
