"""Writes the files of this folder: `python -m tests.terraform.schemas <checkout of terraform-aws-schema>`."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.support.synthesized import Synthesized
from tests.terraform.schemas import FOLDER, RELEASES, every_stack, used


def schema(checkout: Path, release: str, kind: str, type_: str) -> dict[str, Any] | None:
    """The schema block of a type in a release, from the generated file; None if the release does not have the type."""
    name = "aws" + "".join(part.capitalize() for part in type_.removeprefix("aws_").split("_"))
    path = f"generated/{'resource' if kind == 'resource' else 'data'}/{name}.go"
    shown = subprocess.run(
        ["git", "-C", str(checkout), "show", f"v{release}:{path}"], capture_output=True, text=True, check=False
    )
    if shown.returncode:
        return None
    block: dict[str, Any] = json.loads(shown.stdout.split("`")[1])["block"]
    return block


def has(block: dict[str, Any] | None, path: list[str]) -> bool:
    """Whether a schema block has a path. Anything below an attribute is part of the attribute's value."""
    if block is None:
        return False
    head, *rest = path
    if head in block.get("attributes", {}):
        return True
    nested = block.get("block_types", {}).get(head)
    return nested is not None and (not rest or has(nested["block"], rest))


def known(checkout: Path, release: str) -> dict[str, list[str]]:
    """The paths that the stacks use and the release supports, by type."""
    found: dict[str, set[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, environment in enumerate(every_stack(release)):
            document = Synthesized.of(environment, Path(folder) / str(number)).document
            for path in used(document):
                kind, type_, *rest = path.split(".")
                if has(schema(checkout, release, kind, type_), rest):
                    found.setdefault(f"{kind}.{type_}", set()).add(".".join(rest))
    return {name: sorted(paths) for name, paths in sorted(found.items())}


if __name__ == "__main__":
    for one in RELEASES:
        text = json.dumps(known(Path(sys.argv[1]), one), indent=1)
        (FOLDER / f"{one}.json").write_text(f"{text}\n", encoding="utf-8")
