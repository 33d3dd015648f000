"""A copy of the project's own sources."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from envs import MACHINERY
from tools.environment import ROOT


def copy_of_sources(target: Path) -> Path:
    """Copy the sources, with dev and prod as the only environments, to a new folder, and return it.

    The tests do not use environments and pipelines that a user of the project has added.
    """
    target.mkdir()
    for name in ("main.py", "cdktf.json"):
        shutil.copy(ROOT / name, target)
    for name in ("envs", "stacks", "constructs_lib"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (target / "envs").glob("*.py"):
        if path.stem not in {*MACHINERY, "dev", "prod"}:
            path.unlink()
        else:
            path.write_text(re.sub(r"\n *github_repository=.*", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    return target


def assert_formatted(folder: Path) -> None:
    """Assert that ruff accepts the files in envs/."""
    ruff = Path(sys.executable).parent / "ruff"
    for arguments in (["format", "--check"], ["check", "--extend-ignore", "INP001"]):
        done = subprocess.run(
            [ruff, arguments[0], *arguments[1:], "--no-cache", "--config", ROOT / "pyproject.toml", folder / "envs"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
