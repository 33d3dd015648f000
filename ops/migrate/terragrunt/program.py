"""Expressions from several files in one Terraform configuration, evaluated in an empty folder.

Terraform itself evaluates: `terraform plan` without a provider, a backend or a resource of anybody's, which takes about
0.05 s. What only a deployment knows is a value that Terraform does not know either, so it propagates as it would there.
"""

import json
import re
import subprocess
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

from ops.aws import OperatorError
from ops.migrate.terragrunt.lexer import Source
from ops.migrate.terragrunt.structure import Expression
from ops.programs import terraform
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
    problem: str = ""
    """The error that it stands for, where Terraform reports one here."""


@attrs.define
class Text:
    """A generated expression, the names of the generated locals that it refers to, and what in it is unknown."""

    pieces: list[Piece] = attrs.field(factory=list)
    names: list[str] = attrs.field(factory=list)
    unknown: list[tuple[str, str]] = attrs.field(factory=list)
    """Place and text of what cannot be known before an apply."""

    @classmethod
    def of(cls, name: str, source: Source | None = None, start: int = 0) -> "Text":
        """A reference to a generated local, which replaces what begins in a file at `start`."""
        return cls([Piece(f"local.{name}", source, start)], [name])

    @classmethod
    def instead(cls, whole: Expression, text: str, problem: str = "") -> "Text":
        """What stands in place of an expression."""
        return cls([Piece(text, whole.source, whole.start, problem=problem)])

    @classmethod
    def not_known(cls, whole: Expression) -> "Text":
        """What stands in place of an expression that is not known before an apply."""
        return cls([Piece(UNKNOWN, whole.source, whole.start)], unknown=[(whole.place, whole.text)])

    def add(self, text: str) -> "Text":
        """Add generated text."""
        self.pieces.append(Piece(text))
        return self

    def copy(self, source: Source, start: int, end: int) -> None:
        """Add what is written in a file."""
        if end > start:
            self.pieces.append(Piece(source.text[start:end], source, start, copied=True))

    def extend(self, other: "Text") -> "Text":
        """Add another text with its names."""
        self.pieces += other.pieces
        self.names += other.names
        self.unknown += other.unknown
        return self

    def refer(self, name: str) -> str:
        """A reference to a generated local."""
        self.names.append(name)
        return f"local.{name}"


@attrs.frozen
class Result:
    """An output: its value, as far as Terraform knows it, and whether that is all of it."""

    value: Any
    unknown: Any = False

    @property
    def is_known(self) -> bool:
        """Whether all of it is known."""
        return not _any(self.unknown)

    def members(self) -> "dict[str, Result]":
        """The members of an object."""
        unknown = self.unknown or {}
        return {name: Result(self.value.get(name), unknown.get(name)) for name in {**self.value, **unknown}}


def _any(unknown: Any) -> bool:
    if isinstance(unknown, dict | list):
        return any(map(_any, unknown.values() if isinstance(unknown, dict) else unknown))
    return bool(unknown)


def literal(value: Any) -> str:
    """A value as HCL writes it, templates escaped."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


@attrs.define
class Program:
    """A configuration of locals and outputs, each piece with its origin."""

    _pieces: list[Piece] = attrs.field(factory=lambda: [Piece('resource "terraform_data" "unknown" {}\n')])

    def local(self, name: str, text: Text) -> None:
        """Add a local."""
        self._pieces += [Piece(f"locals {{\n{name} = "), *text.pieces, Piece("\n}\n")]

    def output(self, name: str, text: Text) -> None:
        """Add an output; sensitive, so that Terraform takes every value."""
        self._pieces += [Piece(f"output {name} {{\nsensitive = true\nvalue = "), *text.pieces, Piece("\n}\n")]

    def run(self) -> dict[str, Result]:
        """The outputs by name. Raises OperatorError with file, line and column of each of Terraform's errors."""
        with tempfile.TemporaryDirectory(prefix="import-") as folder:
            text = "".join(piece.text for piece in self._pieces)
            (Path(folder) / "main.tf").write_bytes(text.encode())
            run = partial(
                subprocess.run, cwd=folder, env=child_environment(), capture_output=True, text=True, check=False
            )
            planned = run([terraform(), "plan", "-json", "-input=false", "-out=plan"])
            if planned.returncode:
                raise OperatorError("\n".join(self._errors(planned.stdout)) or planned.stderr.strip())
            done = run([terraform(), "show", "-json", "plan"])
        changes = json.loads(done.stdout).get("output_changes", {})
        return {name: Result(change.get("after"), change.get("after_unknown")) for name, change in changes.items()}

    def _errors(self, stdout: str) -> list[str]:
        messages = (json.loads(line) for line in stdout.splitlines() if line.startswith("{"))
        found = (message["diagnostic"] for message in messages if message.get("type") == "diagnostic")
        return list(dict.fromkeys(self._error(one) for one in found if one["severity"] == "error"))

    def _error(self, diagnostic: dict[str, Any]) -> str:
        said = " ".join(f"{diagnostic['summary']}: {diagnostic.get('detail', '')}".split())
        said = _GENERATED.sub("local.", said)
        at = diagnostic.get("range", {}).get("start", {}).get("byte", 0)
        place, start = "", 0
        for piece in self._pieces:
            text = piece.text.encode()
            if piece.source and start <= at < start + len(text):
                if piece.problem:
                    return piece.problem
                ahead = len(text[: at - start].decode(errors="ignore")) if piece.copied else 0
                return f"{piece.source.place(piece.start + ahead)}: {said}"
            start += len(text)
            if piece.source and start <= at:
                place = piece.source.place(piece.start + (len(piece.text) if piece.copied else 0))
        return f"{place}: {said}" if place else said
