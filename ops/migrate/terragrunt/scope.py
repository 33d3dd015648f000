"""A file of Terragrunt in the context in which it is evaluated."""

from pathlib import Path

from ops.aws import OperatorError
from ops.migrate.terragrunt.functions import CallError
from ops.migrate.terragrunt.lexer import Source, shown
from ops.migrate.terragrunt.structure import Block, Body, Expression, body_of

import attrs

STRATEGIES = ("shallow", "deep", "no_merge")


@attrs.define(eq=False)
class Include:
    """An include block with the file that it names."""

    label: str
    scope: "Scope"
    exposed: bool
    strategy: str


@attrs.define(eq=False)
class Scope:
    """A file, read for the configuration `config`, which for an included file is the one that includes it."""

    key: str
    """Begins the names of its generated locals, e.g. `n3`."""
    source: Source
    body: Body
    config: Path
    original: Path
    notes: list[str] = attrs.field(factory=list)
    is_included: bool = False
    includes: list[Include] = attrs.field(factory=list)
    locals: dict[str, Expression] = attrs.field(factory=dict)
    here: str = ""
    """The place of the call that is evaluated."""

    @classmethod
    def read(cls, key: str, path: Path, config: Path, original: Path, notes: list[str]) -> "Scope":
        """Read a file. Raises OperatorError."""
        if path.suffix == ".json":
            raise OperatorError(f"{shown(path)}: Terragrunt's JSON configuration is not read: convert it to HCL")
        source, body = body_of(path)
        found = cls(key, source, body, config, original, notes, is_included=path != config)
        for block in body.of("locals"):
            found.locals |= block.body.attributes
        return found

    @property
    def path(self) -> Path:
        """The file's path."""
        return self.source.path

    @property
    def inputs(self) -> Expression | None:
        """Its `inputs`."""
        return self.body.attributes.get("inputs")

    @property
    def extra_arguments(self) -> list[Block]:
        """Its blocks of arguments for Terraform, in their order."""
        return [inner for block in self.body.of("terraform") for inner in block.body.of("extra_arguments")]

    def included(self, label: str | None) -> Path | None:
        """The path of an include; of the file itself where it is included."""
        if self.is_included:
            return self.path
        if not self.includes:
            return None
        if len(self.includes) == 1:
            return self.includes[0].scope.path
        for include in self.includes:
            if include.label == label:
                return include.scope.path
        raise CallError(f"there is no include {label!r}" if label else "name one of the includes")

    def note(self, text: str) -> None:
        """Keep something to tell the user, with the place of the call."""
        line = f"{self.here}: {text}"
        if line not in self.notes:
            self.notes.append(line)
