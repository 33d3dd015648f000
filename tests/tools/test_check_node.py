"""The Node check says what is needed before the cdktf CLI crashes without a word."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "tools" / "check_node.sh"
WANTED = "Node 20.9 to 22 is needed (the cdktf CLI does not start on others)"


def check(folder: Path, version: str | None) -> tuple[int, str]:
    """Exit code and words of the check where `node --version` answers `version`."""
    if version:
        (folder / "node").write_text(f"#!/bin/sh\necho {version}\n", encoding="utf-8")
        (folder / "node").chmod(0o755)
    done = subprocess.run(["/bin/bash", SCRIPT], env={"PATH": str(folder)}, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


@pytest.mark.parametrize("version", ["v20.9.0", "v20.20.2", "v21.0.0", "v22.30.1"])
def test_a_fitting_node_is_taken(version: str, tmp_path: Path) -> None:
    """20.9 to 22 pass in silence."""
    assert check(tmp_path, version) == (0, "")


@pytest.mark.parametrize("version", ["v18.20.0", "v20.8.9", "v23.0.0", "v24.1.0"])
def test_another_node_is_named(version: str, tmp_path: Path) -> None:
    """Older and newer ones are refused with what to do."""
    expected = f"node {version}: {WANTED}; put such a version first on the PATH and run the command again\n"
    assert check(tmp_path, version) == (1, expected)


def test_no_node_is_said(tmp_path: Path) -> None:
    """Without node the line says to install it."""
    expected = f"node: not found on the PATH: {WANTED}; install it and run the command again\n"
    assert check(tmp_path, None) == (1, expected)
