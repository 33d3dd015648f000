"""Evaluates expressions from several files with Terraform, in one generated configuration in a temporary folder.

It is a `terraform plan` without backend or provider plugins, which takes about 0.05 s. A value that is not in the files
is one that Terraform does not know before an apply either, so it propagates by Terraform's own rules.
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
"""An expression whose value and type are unknown before an apply."""
MISSING = "{}.missing"
"""An expression that fails in a way that `try` and `can` catch."""
_GENERATED = re.compile(r"local\.n\d+_")


@attrs.frozen
class Piece:
    """A part of generated HCL; `source` and `start` are the place in a file that it copies or replaces."""

    text: str
    source: Source | None = None
    start: int = 0
    copied: bool = False
    problem: str = ""
    """The message to report instead of Terraform's, where Terraform reports an error in this piece."""


@attrs.define
class Text:
    """A generated expression, with the generated locals to which it refers and its unknown parts."""

    pieces: list[Piece] = attrs.field(factory=list)
    names: list[str] = attrs.field(factory=list)
    unknown: list[tuple[str, str]] = attrs.field(factory=list)
    """Place and text of each part that is unknown before an apply."""

    @classmethod
    def of(cls, name: str, source: Source | None = None, start: int = 0) -> "Text":
        """A reference to a generated local, for the expression that begins at `start` in a file."""
        return cls([Piece(f"local.{name}", source, start)], [name])

    @classmethod
    def instead(cls, whole: Expression, text: str, problem: str = "") -> "Text":
        """Generated HCL that replaces an expression."""
        return cls([Piece(text, whole.source, whole.start, problem=problem)])

    @classmethod
    def not_known(cls, whole: Expression) -> "Text":
        """The replacement of an expression that is unknown before an apply."""
        return cls([Piece(UNKNOWN, whole.source, whole.start)], unknown=[(whole.place, whole.text)])

    def add(self, text: str) -> "Text":
        """Add generated text."""
        self.pieces.append(Piece(text))
        return self

    def copy(self, source: Source, start: int, end: int) -> None:
        """Add a part of a file."""
        if end > start:
            self.pieces.append(Piece(source.text[start:end], source, start, copied=True))

    def extend(self, other: "Text") -> "Text":
        """Add another generated expression, with its names and unknown parts."""
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
    """An output: its known value, and which parts are unknown (as `after_unknown` in Terraform's plan)."""

    value: Any
    unknown: Any = False

    @property
    def is_known(self) -> bool:
        """Whether no part is unknown."""
        return not _any(self.unknown)

    def members(self) -> "dict[str, Result]":
        """The members of an object, by name."""
        unknown = self.unknown or {}
        return {name: Result(self.value.get(name), unknown.get(name)) for name in {**self.value, **unknown}}


def _any(unknown: Any) -> bool:
    if isinstance(unknown, dict | list):
        return any(map(_any, unknown.values() if isinstance(unknown, dict) else unknown))
    return bool(unknown)


def literal(value: Any) -> str:
    """A value as an HCL literal, with template markers escaped."""
    return json.dumps(value, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


@attrs.define
class Program:
    """A configuration of locals and outputs, in which each piece knows its place of origin."""

    _pieces: list[Piece] = attrs.field(factory=lambda: [Piece('resource "terraform_data" "unknown" {}\n')])

    def local(self, name: str, text: Text) -> None:
        """Add a local."""
        self._pieces += [Piece(f"locals {{\n{name} = "), *text.pieces, Piece("\n}\n")]

    def output(self, name: str, text: Text) -> None:
        """Add an output; marked sensitive, so that Terraform accepts sensitive values in it."""
        self._pieces += [Piece(f"output {name} {{\nsensitive = true\nvalue = "), *text.pieces, Piece("\n}\n")]

    def run(self) -> dict[str, Result]:
        """Evaluate; returns the outputs by name. Raises OperatorError with the place of each of Terraform's errors."""
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
