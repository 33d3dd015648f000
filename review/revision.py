"""One side of a review: a revision of this project, synthesized in a process of its own."""

import contextlib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from envs import CHOICE_VARIABLE
from tools.environment import child_environment, environment_without_credentials

import attrs

ROOT = Path(__file__).parent.parent


class ReviewError(Exception):
    """The revisions cannot be compared; the message says why and what to do."""


@attrs.frozen
class Setting:
    """A setting's value as Python source, its description, and whether the value is the default."""

    value: str
    means: str
    is_default: bool


@attrs.frozen
class Revision:
    """The environments of a revision: their settings, stacks and warnings, by name."""

    folder: Path
    """The folder with its synthesized stacks."""
    settings: dict[str, dict[str, Setting]]
    documents: dict[str, dict[str, Any]]
    warnings: dict[str, list[str]]


def _python(project: Path, output: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The base may be a branch of anybody, and synthesis needs no credentials.
    environ = {
        **environment_without_credentials(),
        CHOICE_VARIABLE: "",
        "CDKTF_OUTDIR": str(output),
        "PYTHONPATH": str(project),
    }
    return subprocess.run(
        [sys.executable, "-P", *arguments], cwd=project, env=environ, capture_output=True, text=True, check=False
    )


def synthesized(project: Path, output: Path, *, name: str) -> Revision:
    """Synthesize every environment of a project. Raises ReviewError where that fails.

    `project`: its folder; `output`: the folder to write to; `name`: what messages call it.
    """
    for arguments in (("-O", "main.py"), (str(Path(__file__).parent / "settings_of.py"),)):
        done = _python(project, output, *arguments)
        if done.returncode:
            printed = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            # The project's own messages are one line per problem. Of a traceback, only the last line is useful.
            lines = printed[-1:] if any(line.startswith("Traceback") for line in printed) else printed
            raise ReviewError("\n".join(f"{name} does not synthesize: {line}" for line in lines))
    manifest = json.loads((output / "manifest.json").read_text(encoding="utf-8"))
    return Revision(
        output,
        {
            environment: {key: Setting(**value) for key, value in settings.items()}
            for environment, settings in json.loads(done.stdout).items()
        },
        {
            stack: json.loads((output / made["synthesizedStackPath"]).read_text(encoding="utf-8"))
            for stack, made in manifest["stacks"].items()
        },
        {
            stack: [note["message"] for note in made.get("annotations", []) if note["level"].endswith("warn")]
            for stack, made in manifest["stacks"].items()
        },
    )


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", *arguments], cwd=ROOT, env=child_environment(), capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise ReviewError("git is not installed: a review compares the working tree with a commit") from None


def commit_of(base: str) -> str:
    """The commit of a branch, tag or commit name. Raises ReviewError where git does not know it."""
    found = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    if found.returncode:
        raise ReviewError(
            f"BASE={base}: git knows no such branch, tag or commit: run `git fetch origin {base}`, or pass another BASE"
        )
    return found.stdout.strip()


@contextlib.contextmanager
def worktree(base: str) -> Iterator[Path]:
    """A temporary worktree with the base. Raises ReviewError where git cannot create one."""
    commit = commit_of(base)
    with tempfile.TemporaryDirectory(prefix="review-") as folder:
        project = Path(folder) / "base"
        made = _git("worktree", "add", "--quiet", "--detach", str(project), commit)
        if made.returncode:
            raise ReviewError(f"BASE={base}: git cannot create a worktree: {made.stderr.strip()}")
        try:
            yield project
        finally:
            _git("worktree", "remove", "--force", str(project))


def main(base: str) -> int:
    """Check a base before `make review` installs anything; returns 1, with the reason on stderr, for an unknown one."""
    try:
        commit_of(base)
    except ReviewError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
