"""The diagram files: self-contained SVGs, PNGs with text, the committed files in docs/diagrams, and the command."""

import re
import struct
from pathlib import Path
from xml.etree import ElementTree as ET

from envs import load_environments
from envs.schema import Environment
from resource_types.stack import SynthesizedStack
from tests.conftest import Synthesize
from tests.support.environments import EXISTING
from tests.support.synthesized import EVERYTHING, Synthesized
from views.diagram import __main__ as command
from views.diagram import render
from views.diagram.picture import picture_of
from views.diagram.svg import svg_of

import pytest

COMMITTED = Path(__file__).parent.parent.parent / "docs" / "diagrams"
SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"


@pytest.mark.parametrize("environment", [EVERYTHING, EXISTING], ids=["everything", "existing-vpc"])
def test_the_svg_stands_alone(environment: Environment, synthesize: Synthesize) -> None:
    """The SVG is well-formed and reproducible, has every node and icon, and has no local paths or external files."""
    picture = picture_of(synthesize(environment).stack)
    svg = svg_of(picture)
    root = ET.fromstring(svg)  # noqa: S314 (own XML)
    titles = {title.text for title in root.iter(f"{SVG}title")}
    assert {node.id for node in picture.nodes} <= titles
    links = [element.attrib[f"{XLINK}href"] for element in root.iter() if f"{XLINK}href" in element.attrib]
    assert len([link for link in links if link.startswith("data:image/png;base64,")]) > 10
    names = {f"#{element.attrib['id']}" for element in root.iter(f"{SVG}image")}
    assert {link for link in links if not link.startswith("data:")} == names
    assert all(
        name not in svg for name in ("file:", "site-packages", "resources/aws", str(Path.home()), str(Path.cwd()))
    )
    assert set(re.findall(r"https?://[^\"<\s]+", svg)) == {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
        "https://gateway.internal:",
    }
    assert svg_of(picture_of(synthesize(environment).stack)) == svg


def test_a_names_special_characters() -> None:
    """Special characters of XML and Graphviz appear literally."""
    name = 'a&b<c>"d"\\n'
    document = {"resource": {"aws_cloudwatch_dashboard": {"D_1": {"dashboard_name": name}}}}
    svg = svg_of(picture_of(SynthesizedStack.of(document)))
    assert name in {text.text for text in ET.fromstring(svg).iter(f"{SVG}text")}  # noqa: S314 (own XML)


def test_the_png_has_text_and_size(dev: Synthesized) -> None:
    """The PNG has the SVG's proportions, and draws text without the machine's fonts."""
    svg = svg_of(picture_of(dev.stack))
    png = render.png_of(svg)
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    *_, units_wide, units_high = map(float, ET.fromstring(svg).attrib["viewBox"].split())  # noqa: S314 (own XML)
    assert height / width == pytest.approx(units_high / units_wide, abs=0.01)
    assert len(png) < 400_000
    assert len(render.png_of(re.sub(r"(<text[^>]*>)[^<]*", r"\1", svg))) < len(png) * 0.8


def test_the_committed_pictures_are_current() -> None:
    """docs/diagrams has the current output of `make diagram` for every environment."""
    made = command.pictures(load_environments(choice=""))
    assert sorted(made) == sorted(path.name for path in COMMITTED.iterdir())
    for name, content in made.items():
        # PNG colors may be rounded differently on another processor.
        compared = slice(None) if name.endswith(".svg") else slice(24)
        assert (COMMITTED / name).read_bytes()[compared] == content[compared], f"{name} is old: run make diagram"


def test_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The command writes a reproducible SVG and PNG of the named environment, and creates the folder."""
    monkeypatch.setenv("GATEWAY_ENVIRONMENTS", "dev")
    first, second = tmp_path / "a" / "b", tmp_path / "c"
    assert [command.main([str(first)]), command.main([str(second)])] == [0, 0]
    assert capsys.readouterr().out.splitlines()[:2] == [f"{first}/dev.svg", f"{first}/dev.png"]
    assert {path.name: path.read_bytes() for path in first.iterdir()} == {
        path.name: path.read_bytes() for path in second.iterdir()
    }


def test_bad_input_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """An unknown environment, a file in place of the folder, or no Node gives a one-line error and exit code 1."""
    monkeypatch.setenv("GATEWAY_ENVIRONMENTS", "prd")
    assert command.main([str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == "no environment 'prd': envs/ has dev, prod; did you mean prod?\n"
    monkeypatch.setenv("GATEWAY_ENVIRONMENTS", "dev")
    taken = tmp_path / "taken"
    taken.touch()
    assert command.main([str(taken)]) == 1
    assert capsys.readouterr().err == f"OUT={taken}: {taken}: File exists; pass a writable folder with OUT=\n"
    with monkeypatch.context() as without_node:
        without_node.setattr(render, "NODE", str(tmp_path / "node"))
        assert command.main([str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'node'} is not installed: run `make setup`\n"
    assert not (tmp_path / "out").exists()


def test_what_node_says_is_passed_on() -> None:
    """An error in resvg gives a one-line error with the script and the reason."""
    with pytest.raises(
        render.RenderError,
        match=r"^render\.mjs: Error: .*; run `make setup`, which installs the packages that it needs$",
    ):
        render.png_of("no svg")
