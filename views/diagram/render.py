"""Lets Graphviz and resvg, both from npm, make an SVG that needs no other file, and a PNG of it."""

import base64
import json
import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

from tools.environment import PROGRAMS, child_environment
from views.diagram.picture import FONT, ICON_POINTS, Drawing

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
NODE = PROGRAMS / "node"
ICON_SPACE = 6
SCRIPT = Path(__file__).with_name("render.mjs")
FAMILY = "Arial, Arimo, 'Liberation Sans', Helvetica, sans-serif"
"""The same widths on Windows, macOS and Linux, so that the text fits its frames; Arimo is what the PNG is made with."""


class RenderError(Exception):
    """Node or one of its packages does not do its part."""


def _node(task: str, given: str) -> bytes:
    """Run one task of the script. Raises RenderError with the last line of what node says."""
    try:
        done = subprocess.run(
            [NODE, str(SCRIPT), task], input=given.encode(), capture_output=True, check=False, env=child_environment()
        )
    except FileNotFoundError:
        raise RenderError(f"{NODE} is not installed: run `make setup`") from None
    if done.returncode:
        said = re.findall(r"^\w*Error.*", done.stderr.decode(errors="replace"), re.MULTILINE)
        reason = said[-1] if said else f"node ended with {done.returncode}"
        raise RenderError(f"{SCRIPT.name} {task}: {reason}; make setup installs what it needs")
    return done.stdout


def _with_icons_inside(svg: str, icons: Path) -> str:
    """Take each icon into the file, once, and refer to it from where it is drawn."""
    for prefix, namespace in (("", SVG), ("xlink", XLINK)):
        ET.register_namespace(prefix, namespace)
    root = ET.fromstring(svg)  # noqa: S314 (Graphviz wrote it)
    names: dict[str, str] = {}
    for image in list(root.iter(f"{{{SVG}}}image")):
        path = image.attrib.pop(f"{{{XLINK}}}href")
        place = {name: image.attrib[name] for name in ("x", "y")}
        names.setdefault(path, f"icon-{Path(path).stem}")
        image.tag = f"{{{SVG}}}use"
        image.attrib.clear()
        image.attrib.update({f"{{{XLINK}}}href": f"#{names[path]}", **place})
    definitions = ET.Element(f"{{{SVG}}}defs")
    for path, name in sorted(names.items()):
        data = base64.b64encode((icons / path).read_bytes()).decode()
        space, side = str(ICON_SPACE), str(ICON_POINTS - 2 * ICON_SPACE)
        place = {"x": space, "y": space, "width": side, "height": side}
        ET.SubElement(
            definitions,
            f"{{{SVG}}}image",
            {"id": name, **place, f"{{{XLINK}}}href": f"data:image/png;base64,{data}"},
        ).tail = "\n"
    root.insert(0, definitions)
    for text in root.iter(f"{{{SVG}}}text"):
        if text.get("font-family") == FONT:
            text.set("font-family", FAMILY)
    return ET.tostring(root, encoding="unicode") + "\n"


def svg_of(drawing: Drawing) -> str:
    """The picture as an SVG that refers to nothing outside itself."""
    icons = sorted(set(re.findall(r'image="([^"]+)"', drawing.source)))
    job = json.dumps({"source": drawing.source, "icons": icons, "points": ICON_POINTS})
    return _with_icons_inside(_node("layout", job).decode(), drawing.icons)


def png_of(svg: str) -> bytes:
    """The same picture as a PNG; its text is drawn with the font from npm, whatever fonts the machine has."""
    return _node("png", svg)
