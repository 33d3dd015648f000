"""Lets resvg, from npm, make a PNG of an SVG."""

import re
import subprocess
from pathlib import Path

from tools.environment import PROGRAMS, child_environment

NODE = PROGRAMS / "node"
SCRIPT = Path(__file__).with_name("render.mjs")


class RenderError(Exception):
    """Node or its package does not do its part."""


def png_of(svg: str) -> bytes:
    """The same picture as a PNG; its text is drawn with a font from npm. Raises RenderError with node's last error."""
    try:
        done = subprocess.run(
            [NODE, str(SCRIPT)], input=svg.encode(), capture_output=True, check=False, env=child_environment()
        )
    except FileNotFoundError:
        raise RenderError(f"{NODE} is not installed: run `make setup`") from None
    if done.returncode:
        said = re.findall(r"^\w*Error.*", done.stderr.decode(errors="replace"), re.MULTILINE)
        reason = said[-1] if said else f"node ended with {done.returncode}"
        raise RenderError(f"{SCRIPT.name}: {reason}; make setup installs what it needs")
    return done.stdout
