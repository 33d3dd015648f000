"""The README says what is."""

import re
from pathlib import Path

from constructs_lib.helpers.access_log import QUERIES
from envs.schema import Environment
from tests.conftest import Synthesize
from tests.synthesized import EVERYTHING, settings
from tools.readme_tables import README, settings_table, with_tables

import attrs

ROOT = Path(__file__).parent.parent.parent
OPERATIONS = ROOT / "docs" / "operations.md"


def test_the_tables_are_true() -> None:
    """Every setting stands in the README with its default, and every environment; `make readme` writes them anew."""
    text = README.read_text(encoding="utf-8")
    assert with_tables(text) == text
    assert "| `gateway_cpu` | number | — |" in settings_table()


def test_the_commands_of_the_readme_exist() -> None:
    """Each `make` command that the README names is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)\b", README.read_text(encoding="utf-8")))
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


def test_every_fault_of_the_reliability_page_is_a_test() -> None:
    """What docs/reliability.md says is caused is caused by a test of that name, and no fault is left out."""
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    modules = [ROOT / "tests/deployment" / name for name in ("test_faults.py", "test_demo.py")]
    tests = set(
        re.findall(r"^def (test_\w+)", "".join(path.read_text(encoding="utf-8") for path in modules), re.MULTILINE)
    )
    named = set(re.findall(r"`(test_\w+)`", page))
    assert named <= tests
    faults = re.findall(r"^def (test_\w+)", modules[0].read_text(encoding="utf-8"), re.MULTILINE)
    assert set(faults) <= named


def test_every_alarm_is_explained(synthesize: Synthesize) -> None:
    """A heading of docs/operations.md for each alarm there can be, and none for another; one serves all providers."""
    names = {
        alarm["alarm_name"].removeprefix("ai-gateway-test-")
        for alarm in synthesize(EVERYTHING).by_type("aws_cloudwatch_metric_alarm").values()
    }
    wanted = {"provider-errors" if name.startswith("provider-errors-") else name for name in names}
    assert set(re.findall(r"^### (\S+)$", OPERATIONS.read_text(encoding="utf-8"), re.MULTILINE)) == wanted


def test_what_operations_names_exists() -> None:
    """Its make commands, settings, saved queries and links."""
    text = OPERATIONS.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)\b", text)) <= targets
    fields = {field.name for field in attrs.fields(Environment)}
    assert set(re.findall(r"`([a-z0-9]+_[a-z0-9_]+)`", text)) <= fields
    assert [link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not (OPERATIONS.parent / link).exists()] == []
    for query in ("provider-errors", "latency-by-provider", "slowest-requests"):
        assert query in QUERIES
        assert f"`{query}`" in text


def test_the_index_of_decisions_is_whole() -> None:
    """Each page of docs/adr has a line with its number and title, in order."""
    folder = ROOT / "docs" / "adr"
    expected = []
    for page in sorted(folder.glob("[0-9]*.md")):
        number, _, title = page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").partition(". ")
        assert int(page.name[:4]) == int(number)
        expected.append(f"- [{number}]({page.name}) {title}")
    lines = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    assert expected == [line for line in lines if line.startswith("- ")]
