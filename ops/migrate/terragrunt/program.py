"""Expressions from several files in one Terraform configuration, evaluated in an empty folder.

Terraform itself evaluates: `terraform plan` without a provider, a backend or a resource of anybody's, which takes about
0.05 s. What only a deployment knows is a value that Terraform does not know either, so it propagates as it would there.
"""

import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ops.aws import OperatorError
from ops.migrate.terragrunt.lexer import Source
from ops.migrate.terragrunt.structure import Expression
from ops.terraform import terraform
from tools.environment import child_environment

import attrs

UNKNOWN = "jsondecode(terraform_data.unknown.id)"
"""An expression whose value and type Terraform does not know before an apply."""
MISSING = "{}.missing"
"""An expression that is an error, which `try` and `can` catch."""
_GENERATED = re.compile(r"local\.n\d+_")


@attrs.frozen
class Piece:
    """A part of a generated text; `source` and `start` are where it comes from, copied or replaced."""

    text: str
    source: Source | None = None
    start: int = 0
    copied: bool = False


@attrs.define
class Text:
    """A generated expression, the names of the generated locals that it refers to, and what in it is unknown."""

    pieces: list[Piece] = attrs.field(factory=list)
    names: list[str] = attrs.field(factory=list)
    unknown: list[tuple[str, str]] = attrs.field(factory=list)
    """Place and text of what cannot be known before an apply."""

    def add(self, text: str) -> None:
        """Add generated text."""
        self.pieces.append(Piece(text))

    def copy(self, source: Source, start: int, end: int) -> None:
        """Add what is written in a file."""
        if end > start:
            self.pieces.append(Piece(source.text[start:end], source, start, copied=True))

    def replace(self, text: str, source: Source, start: int) -> None:
        """Add a text that replaces what begins in a file at `start`."""
        self.pieces.append(Piece(text, source, start))

    def extend(self, other: "Text") -> None:
        """Add another text with its names."""
        self.pieces += other.pieces
        self.names += other.names
        self.unknown += other.unknown

    def refer(self, name: str) -> str:
        """A reference to a generated local."""
        self.names.append(name)
        return f"local.{name}"


@attrs.frozen
class Result:
    """An output: its value, as far as Terraform knows it, and whether that is all of it."""

    value: Any
    unknown: Any

    @property
    def is_known(self) -> bool:
        """Whether all of it is known."""
        return not _any(self.unknown)

    def member(self, name: str) -> "Result":
        """A member of an object."""
        unknown = self.unknown if isinstance(self.unknown, bool) else self.unknown.get(name, False)
        return Result((self.value or {}).get(name), unknown)


def _any(unknown: Any) -> bool:
    if isinstance(unknown, dict):
        return any(map(_any, unknown.values()))
    if isinstance(unknown, list):
        return any(map(_any, unknown))
    return bool(unknown)


def literal(value: Any) -> str:
    """A value as HCL writes it, templates escaped."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


@attrs.define
class Program:
    """A configuration of locals and outputs, each piece with its origin."""

    problems: Callable[[Source, int], str | None]
    """What a replaced text at this place stands for where it is an error."""
    _bytes: bytearray = attrs.field(factory=bytearray)
    _pieces: list[tuple[int, int, Piece]] = attrs.field(factory=list)
    _origins: dict[str, str] = attrs.field(factory=dict)
    _outputs: int = 0

    def local(self, name: str, text: Text, origin: Expression | None) -> None:
        """Add a local."""
        self._origins[name] = origin.place if origin else ""
        self._write([Piece(f"locals {{\n{name} = "), *text.pieces, Piece("\n}\n")])

    def output(self, name: str, text: Text) -> None:
        """Add an output; sensitive, so that Terraform takes every value."""
        self._outputs += 1
        self._write([Piece(f"output {name} {{\nsensitive = true\nvalue = "), *text.pieces, Piece("\n}\n")])

    def _write(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            start = len(self._bytes)
            self._bytes += piece.text.encode()
            self._pieces.append((start, len(self._bytes), piece))

    def run(self) -> dict[str, Result]:
        """The outputs by name. Raises OperatorError with file, line and column of each of Terraform's errors."""
        if not self._outputs:
            return {}
        self._write([Piece('resource "terraform_data" "unknown" {}\n')])
        with tempfile.TemporaryDirectory(prefix="import-") as folder:
            (Path(folder) / "main.tf").write_bytes(bytes(self._bytes))
            planned = self._terraform(folder, "plan", "-json", "-input=false", "-out=plan")
            if planned.returncode:
                raise OperatorError("\n".join(self._errors(planned.stdout)) or planned.stderr.strip())
            done = self._terraform(folder, "show", "-json", "plan")
        changes = json.loads(done.stdout).get("output_changes", {})
        return {name: Result(change.get("after"), change.get("after_unknown")) for name, change in changes.items()}

    @staticmethod
    def _terraform(folder: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [terraform(), *arguments], cwd=folder, env=child_environment(), capture_output=True, text=True, check=False
        )

    def _errors(self, stdout: str) -> list[str]:
        found = []
        for line in stdout.splitlines():
            message = json.loads(line) if line.startswith("{") else {}
            if message.get("type") == "diagnostic" and message["diagnostic"]["severity"] == "error":
                error = self._error(message["diagnostic"])
                if error not in found:
                    found.append(error)
        return found

    def _error(self, diagnostic: dict[str, Any]) -> str:
        summary = diagnostic["summary"]
        if summary.startswith("Cycle:"):
            places = sorted({place for name, place in self._origins.items() if place and f"local.{name} " in summary})
            return f"{places[0] if places else 'the files'}: refers to itself" + (
                f", by way of {', '.join(places[1:])}" if places[1:] else ""
            )
        said = " ".join(f"{summary}: {diagnostic.get('detail', '')}".split())
        said = _GENERATED.sub("local.", said)
        at = diagnostic.get("range", {}).get("start", {}).get("byte", 0)
        return self._placed(at, said)

    def _placed(self, at: int, said: str) -> str:
        place = ""
        for start, end, piece in self._pieces:
            if piece.source is not None and start <= at < end:
                if not piece.copied and (problem := self.problems(piece.source, piece.start)):
                    return problem
                ahead = len(piece.text.encode()[: at - start].decode(errors="ignore")) if piece.copied else 0
                return f"{piece.source.place(piece.start + ahead)}: {said}"
            if piece.source is not None and end <= at:
                place = piece.source.place(piece.start + (len(piece.text) if piece.copied else 0))
        return f"{place}: {said}" if place else said
