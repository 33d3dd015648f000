"""`make diagram`: draws the environments in GATEWAY_ENVIRONMENTS (default: all) as SVG and PNG."""

import argparse
import sys
import tempfile
from pathlib import Path

from envs import EnvironmentsError, load_environments
from envs.schema import Environment
from main import build_app
from resource_types.stack import SynthesizedStack
from views.diagram.picture import picture_of
from views.diagram.render import RenderError, png_of
from views.diagram.svg import svg_of


def pictures(environments: list[Environment]) -> dict[str, bytes]:
    """The files by name: an SVG and a PNG for each environment. Raises RenderError as `png_of` does."""
    made: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder:
        build_app(environments, outdir=folder).synth()
        for environment in environments:
            name = environment.environment
            svg = svg_of(picture_of(SynthesizedStack.read(Path(folder), name)))
            made |= {f"{name}.svg": svg.encode(), f"{name}.png": png_of(svg)}
    return made


def main(arguments: list[str] | None = None) -> int:
    """Draw all pictures, then write them; returns 1, with one line per problem on stderr, where that fails."""
    parser = argparse.ArgumentParser(prog="python -m views.diagram", description=__doc__)
    parser.add_argument("out", type=Path, help="the folder to write to; it is created if it is missing")
    out: Path = parser.parse_args(arguments).out
    try:
        made = pictures(load_environments())
        out.mkdir(parents=True, exist_ok=True)
        for name, content in made.items():
            (out / name).write_bytes(content)
            print(out / name)
    except (EnvironmentsError, RenderError) as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"OUT={out}: {error.filename}: {error.strerror}; pass a writable folder with OUT=", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
