"""The README says what is."""

import re
from pathlib import Path

from tests.synthesized import settings
from tools.readme_tables import README, settings_table, with_tables

ROOT = Path(__file__).parent.parent.parent


def test_the_tables_are_true() -> None:
    """Every setting stands in the README with its default, and every environment; `make readme` writes them anew."""
    text = README.read_text(encoding="utf-8")
    assert with_tables(text) == text
    assert "| `gateway_cpu` | number | — |" in settings_table()


def test_the_commands_of_the_readme_exist() -> None:
    """Each `make` command that the README names is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", README.read_text(encoding="utf-8")))
    assert named <= targets
    assert {"synth", "test", "lint", "bench", "help"} <= named | {"help"}


def test_the_files_of_the_readme_exist() -> None:
    """Each file or folder that a link names is there."""
    links = re.findall(r"\]\(([^)#:]+)\)", README.read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []
    assert links


def test_the_route_of_the_readme_is_sound() -> None:
    """The example is taken by the schema as it stands."""
    (example,) = [
        block
        for block in re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
        if "routes=ByModel(" in block
    ]
    imports, _, arguments = example.partition("\n\n")
    names: dict[str, object] = {}
    exec(f"{imports}\nchanges = dict({arguments})", names)  # noqa: S102 (our own README)
    changes = names["changes"]
    assert isinstance(changes, dict)
    environment = settings(**changes)
    assert environment.routes == changes["routes"]
