"""A Terragrunt file in the context in which it is evaluated."""

from pathlib import Path

from ops.aws import OperatorError
from ops.migrate.terragrunt.functions import CallError
from ops.migrate.terragrunt.lexer import Source, shown
from ops.migrate.terragrunt.structure import Block, Body, Expression, body_of

import attrs

STRATEGIES = ("shallow", "deep", "no_merge")
VALUES = "terragrunt.values.hcl"
"""The file that `terragrunt stack generate` writes into a unit's folder, with the stack's values for the unit."""


@attrs.define(eq=False)
class Include:
    """An include block and the file that it includes."""

    label: str
    scope: "Scope"
    exposed: bool
    strategy: str


@attrs.define(eq=False)
class Scope:
    """A file and the configuration `config` for which it is read: itself, or the file that includes it."""

    key: str
    """Prefix of the names of its generated locals, e.g. `n3`."""
    source: Source
    body: Body
    config: Path
    original: Path
    notes: list[str] = attrs.field(factory=list)
    includes: list[Include] = attrs.field(factory=list)
    here: str = ""
    """The place of the call that is being evaluated."""

    @classmethod
    def read(cls, key: str, path: Path, config: Path, original: Path, notes: list[str]) -> "Scope":
        """Read a file. Raises OperatorError for invalid HCL, or a JSON configuration."""
        if path.suffix == ".json":
            raise OperatorError(f"{shown(path)}: Terragrunt's JSON configuration is not supported: convert it to HCL")
        return cls(key, *body_of(path), config, original, notes)

    @property
    def path(self) -> Path:
        """The file's path."""
        return self.source.path

    @property
    def is_included(self) -> bool:
        """Whether it is read for a file that includes it."""
        return self.path != self.config

    @property
    def locals(self) -> dict[str, Expression]:
        """Its locals by name; for `terragrunt.values.hcl`, its attributes."""
        blocks = [block.body for block in self.body.blocks_of("locals")]
        bodies = [self.body] if self.path.name == VALUES else blocks
        return {name: value for body in bodies for name, value in body.attributes.items()}

    @property
    def inputs(self) -> Expression | None:
        """Its `inputs`; None without them."""
        return self.body.attributes.get("inputs")

    @property
    def merged(self) -> list["Scope"]:
        """The files that are merged into it: those that it includes, then itself."""
        return [*(include.scope for include in self.includes if include.strategy != "no_merge"), self]

    @property
    def extra_arguments(self) -> list[Block]:
        """Its `extra_arguments` blocks, in their order."""
        return [
            inner for block in self.body.blocks_of("terraform") for inner in block.body.blocks_of("extra_arguments")
        ]

    def mock(self, label: str | None) -> tuple["Scope", Expression] | None:
        """The mock outputs of a dependency with `skip_outputs = true`, and their file; None for other dependencies."""
        for part in reversed(self.merged):
            for block in part.body.blocks_of("dependency"):
                given = block.body.attributes
                if block.label == label and "skip_outputs" in given and "mock_outputs" in given:
                    return (part, given["mock_outputs"]) if given["skip_outputs"].text == "true" else None
        return None

    def included(self, label: str | None) -> Path | None:
        """The path of the include with this label; in an included file, that file's own path.

        None without includes. Raises CallError where the label is missing or unknown.
        """
        if self.is_included:
            return self.path
        for include in self.includes:
            if include.label == label or len(self.includes) == 1:
                return include.scope.path
        if not self.includes:
            return None
        raise CallError(f"there is no include {label!r}" if label else "name one of the includes")

    def note(self, text: str) -> None:
        """Keep a note for the user, with the place of the call."""
        line = f"{self.here}: {text}"
        if line not in self.notes:
            self.notes.append(line)
