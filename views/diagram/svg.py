"""Writes a picture as an SVG with embedded icons."""

import base64
from pathlib import Path
from xml.etree import ElementTree as ET

from views.diagram.boxes import Box, Text
from views.diagram.frames import KEEPING, PRIVATE, PUBLIC, REGION, SERVICE, TASK, VPC, WATCHING
from views.diagram.layout import ICON, WIDTH, Layout, layout
from views.diagram.parts import Picture
from views.diagram.routes import Route, routes
from views.diagram.text import SIZE, TITLE_SIZE

import diagrams

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
ICONS = Path(diagrams.__file__).parent.parent / "resources" / "aws"
FAMILY = "Arial, Arimo, 'Liberation Sans', Helvetica, 'DejaVu Sans', sans-serif"
"""Fonts of Windows, macOS and Linux. The PNG uses Arimo. The layout has room for the widest font, DejaVu Sans."""
INK, SOFT_INK, LINE_COLOR = "#232F3E", "#545B64", "#7B8894"
STYLES = {
    REGION: {"fill": "#FFFFFF", "stroke": "#00A4A6", "stroke-dasharray": "6 4"},
    VPC: {"fill": "#F9F6FF", "stroke": "#8C4FFF"},
    PUBLIC: {"fill": "#F2F6E8", "stroke": "#7AA116"},
    PRIVATE: {"fill": "#E6F6F7", "stroke": "#00A4A6"},
    SERVICE: {"fill": "#FFF4EB", "stroke": "#ED7100"},
    TASK: {"fill": "#FFFFFF", "stroke": "#ED7100", "stroke-dasharray": "6 4"},
    WATCHING: {"fill": "#F7F8F9", "stroke": "#AEB6BE"},
    KEEPING: {"fill": "#F7F8F9", "stroke": "#AEB6BE"},
}
CARD = {"fill": "#FFFFFF", "stroke": "#D5DBDB"}


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _rectangle(root: ET.Element, box: Box, style: dict[str, str]) -> None:
    place = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
    ET.SubElement(root, "rect", {name: _number(one) for name, one in place.items()} | {"rx": "5"} | style)


def _text(root: ET.Element, text: Text) -> None:
    style = {"font-size": str(TITLE_SIZE), "font-weight": "bold", "fill": INK} if text.bold else {"fill": SOFT_INK}
    middle = {"text-anchor": "middle"} if text.centred else {}
    element = ET.SubElement(root, "text", {"x": _number(text.x), "y": _number(text.y)} | style | middle)
    element.text = text.text


def _arrow(root: ET.Element, route: Route) -> None:
    corners = " ".join(f"{_number(x)},{_number(y)}" for x, y in route.points)
    dashes = {"stroke-dasharray": "4 3"} if route.edge.dashed else {}
    group = ET.SubElement(root, "g")
    ET.SubElement(group, "title").text = f"{route.edge.tail} -> {route.edge.head}"
    ET.SubElement(group, "polyline", {"points": corners, "marker-end": "url(#end)"} | dashes)


def _definitions(root: ET.Element, made: Layout) -> dict[str, str]:
    """Define the arrowhead and each icon once; returns the icons' ids."""
    definitions = ET.SubElement(root, "defs")
    end = {"id": "end", "viewBox": "0 0 8 8", "refX": "7", "refY": "4", "markerWidth": "8", "markerHeight": "8"}
    marker = ET.SubElement(definitions, "marker", end | {"orient": "auto", "markerUnits": "userSpaceOnUse"})
    ET.SubElement(marker, "path", {"d": "M0 0L8 4L0 8z", "fill": LINE_COLOR})
    names = {}
    for icon in sorted({node.icon for node, _, _ in made.icons}):
        names[icon] = f"icon-{icon.replace('/', '-')}"
        data = base64.b64encode((ICONS / f"{icon}.png").read_bytes()).decode()
        side = str(ICON)
        link = {f"{{{XLINK}}}href": f"data:image/png;base64,{data}"}
        ET.SubElement(definitions, "image", {"id": names[icon], "width": side, "height": side} | link)
    return names


def svg_of(picture: Picture) -> str:
    """The picture as an SVG; the same picture gives the same bytes."""
    ET.register_namespace("", SVG)
    ET.register_namespace("xlink", XLINK)
    made = layout(picture)
    ways = routes(made, picture)
    size = {"width": str(WIDTH), "height": _number(made.height), "viewBox": f"0 0 {WIDTH} {_number(made.height)}"}
    root = ET.Element("svg", {"xmlns": SVG, "font-family": FAMILY, "font-size": str(SIZE)} | size)
    ET.SubElement(root, "rect", {"width": "100%", "height": "100%", "fill": "#FFFFFF"})
    names = _definitions(root, made)
    parents = {frame.id: frame.parent for frame in picture.frames}
    for frame in sorted(parents, key=lambda one: _depth(parents, one)):
        _rectangle(
            root, made.boxes[frame], STYLES.get(frame) or STYLES[PUBLIC if "load balancer" in frame else PRIVATE]
        )
    for card in sorted(made.cards):
        _rectangle(root, made.boxes[card], CARD)
    lines = ET.SubElement(root, "g", {"fill": "none", "stroke": LINE_COLOR, "stroke-width": "1.2"})
    for way in ways:
        _arrow(lines, way)
    for node, x, y in made.icons:
        group = ET.SubElement(root, "g")
        ET.SubElement(group, "title").text = node.id
        ET.SubElement(group, "use", {f"{{{XLINK}}}href": f"#{names[node.icon]}", "x": _number(x), "y": _number(y)})
    for text in [*made.texts, *(way.label for way in ways if way.label)]:
        _text(root, text)
    ET.indent(root, "")
    return ET.tostring(root, encoding="unicode") + "\n"


def _depth(parents: dict[str, str], frame: str) -> int:
    return 1 + _depth(parents, parents[frame]) if frame in parents else 0
