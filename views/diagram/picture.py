"""From the JSON to a picture, and from the picture to the source that Graphviz lays out."""

import html
import re
from pathlib import Path

from resource_types.stack import SynthesizedStack
from views.diagram.layout import columns, orders
from views.diagram.network import network
from views.diagram.parts import Group, Line, Node, Picture
from views.diagram.service import service, way
from views.diagram.support import support

import attrs
import diagrams

FONT = "Arial"
"""What Graphviz measures with; every machine has it or a font of the same widths."""
LONGEST = 46
SMALL = 11
SPACE = '<FONT POINT-SIZE="12"> </FONT>'
ICON_POINTS = 52
"""The side of an icon with the space around it."""
INK, SOFT_INK, LINE_COLOR = "#232F3E", "#545B64", "#7B8894"
GRAPH = {
    "label": "",
    "fontname": FONT,
    "pad": "0.3",
    "nodesep": "0.25",
    "ranksep": "0.45",
    "splines": "spline",
    "newrank": "true",
    "compound": "true",
}
NODE = {"fontname": FONT, "fontsize": "12", "fontcolor": INK}
FRAMES = {
    "region": {"bgcolor": "#FFFFFF", "pencolor": "#00A4A6", "style": "rounded,dashed"},
    "vpc": {"bgcolor": "#F9F6FF", "pencolor": "#8C4FFF"},
    "public": {"bgcolor": "#F2F6E8", "pencolor": "#7AA116"},
    "private": {"bgcolor": "#E6F6F7", "pencolor": "#00A4A6"},
    "service": {"bgcolor": "#FFF4EB", "pencolor": "#ED7100"},
    "task": {"bgcolor": "#FFFFFF", "pencolor": "#ED7100", "style": "rounded,dashed"},
    "side": {"bgcolor": "#F7F8F9", "pencolor": "#AEB6BE"},
}


@attrs.frozen
class Drawing:
    """The source for Graphviz, and the icons it names by paths below `icons`."""

    source: str
    icons: Path


def picture_of(blocks: SynthesizedStack) -> Picture:
    """What the picture of a stack shows."""
    through = way(blocks)
    caller = next(reversed(through.passed), "")
    return Picture.of([*service(blocks), *network(blocks, caller, through.side), *support(blocks)])


def _broken(text: str) -> list[str]:
    """A long text as several, broken before a slash or after a space."""
    parts = [""]
    for piece in re.findall(r"/?[^/ ]+ ?|/", text):
        if parts[-1] and len(parts[-1] + piece) > LONGEST:
            parts.append("\N{NO-BREAK SPACE}" * 4)
        parts[-1] += piece
    return parts


def _small(text: str) -> str:
    return f'<FONT POINT-SIZE="{SMALL}" COLOR="{SOFT_INK}">{html.escape(text)}</FONT>'


def _texts(title: str, lines: tuple[Line, ...], *, align: str, beside_title: int = 0) -> str:
    """The title in bold with the first few lines beside it, the others below, each on a line of its own."""
    first = [f"<B>{html.escape(title)}</B>", *(_small(line.text) for line in lines[:beside_title])]
    others = [_small(part) for line in lines[beside_title:] for part in _broken(line.text)]
    # The larger space makes each line a little higher.
    return "".join(f'{text}{SPACE}<BR ALIGN="{align}"/>' for text in ["&nbsp; ".join(first), *others])


def _label(node: Node) -> str:
    """The text with room for the icon: left of it on a card, above it elsewhere."""
    texts = _texts(node.title, node.lines, align="LEFT" if node.beside else "CENTER")
    icon = f'<TD WIDTH="{ICON_POINTS}" HEIGHT="{ICON_POINTS}" FIXEDSIZE="TRUE"></TD>'
    if node.beside:
        rows = f'<TR>{icon}<TD ALIGN="LEFT">{texts}</TD></TR>'
    else:
        rows = f"<TR>{icon}</TR><TR><TD>{texts}</TD></TR>"
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0">{rows}</TABLE>>'


def _draw_node(node: Node) -> diagrams.Node:
    card = {"shape": "box", "style": "rounded,filled", "fillcolor": "#FFFFFF", "color": "#D5DBDB", "margin": "0.08"}
    plain = {"shape": "none", "margin": "0.1,0.02"}
    return node.icon(
        _label(node),
        nodeid=node.id,
        fixedsize="false",
        width="0",
        height="0",
        labelloc="c",
        imagescale="false",
        imagepos="ml" if node.beside else "tc",
        **(card if node.beside else plain),
    )


def _draw_group(group: Group, picture: Picture, drawn: dict[str, diagrams.Node]) -> None:
    frame = diagrams.Cluster(
        f"<{_texts(group.title, group.lines, align='LEFT', beside_title=group.beside)}>",
        graph_attr={"fontname": FONT, "fontcolor": INK, "margin": "14", "penwidth": "1.4", **FRAMES[group.style]},
    )
    frame.dot.name = f"cluster_{group.id}"
    with frame:
        _draw_members(group.id, picture, drawn)


def _draw_members(group: str, picture: Picture, drawn: dict[str, diagrams.Node]) -> None:
    for node in picture.nodes:
        if node.group == group:
            drawn[node.id] = _draw_node(node)
    for inner in picture.groups:
        if inner.parent == group:
            _draw_group(inner, picture, drawn)


def drawing_of(picture: Picture) -> Drawing:
    """Describe a picture in Graphviz' language, with the icons of the package `diagrams`."""
    # Only its source is taken: `with` would render, which needs a Graphviz on the machine.
    diagram = diagrams.Diagram("architecture", graph_attr=GRAPH, node_attr=NODE)
    drawn: dict[str, diagrams.Node] = {}
    diagrams.setdiagram(diagram)
    try:
        _draw_members("", picture, drawn)
        for edge in picture.edges:
            style = {
                "color": LINE_COLOR,
                "style": "dashed" if edge.dashed else "solid",
                "fontname": FONT,
                "fontsize": str(SMALL),
                "fontcolor": SOFT_INK,
                "arrowsize": "0.7",
                "weight": "1" if edge.dashed else "3",
                "constraint": "false" if edge.loose else "true",
                **({"ltail": f"cluster_{edge.whole}"} if edge.whole else {}),
            }
            if edge.downward:
                drawn[edge.head].connect(drawn[edge.tail], diagrams.Edge(reverse=True, label=edge.label, **style))
            else:
                drawn[edge.tail].connect(drawn[edge.head], diagrams.Edge(forward=True, label=edge.label, **style))
        for order in orders(picture):
            hidden = {"style": "invis", "weight": str(order.weight), "minlen": str(order.columns)}
            diagram.dot.edge(order.left, order.right, **hidden)
        for column in columns(picture):
            with diagram.dot.subgraph() as same:
                same.attr(rank="same")
                for node in column:
                    same.node(node)
    finally:
        diagrams.setdiagram(None)
    icons = Path(diagrams.__file__).parent.parent
    return Drawing(diagram.dot.source.replace(f"{icons}/", ""), icons)
