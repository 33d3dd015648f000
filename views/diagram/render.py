"""Converts an SVG to a PNG with resvg from npm."""

import re
import subprocess
from pathlib import Path

from tools.environment import PROGRAMS, child_environment

NODE = PROGRAMS / "node"
SCRIPT = Path(__file__).with_name("render.mjs")


class RenderError(Exception):
    """Node or one of its packages is missing, or the conversion failed; the message says what to do."""


def png_of(svg: str) -> bytes:
    """An SVG as a PNG of 1,257 pixels width, with a font from npm. Raises RenderError with node's last error."""
    try:
        done = subprocess.run(
            [NODE, str(SCRIPT)], input=svg.encode(), capture_output=True, check=False, env=child_environment()
        )
    except FileNotFoundError:
        raise RenderError(f"{NODE} is not installed: run `make setup`") from None
    if done.returncode:
        said = re.findall(r"^\w*Error.*", done.stderr.decode(errors="replace"), re.MULTILINE)
        reason = said[-1] if said else f"node exited with code {done.returncode}"
        raise RenderError(f"{SCRIPT.name}: {reason}; run `make setup`, which installs the packages that it needs")
    return done.stdout
