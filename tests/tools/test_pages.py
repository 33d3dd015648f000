"""The README and the pages of docs/ match the code."""

import re
from pathlib import Path

from constructs_lib.helpers.monitoring.access_log import QUERIES
from envs import load_environments
from envs.schema import Environment
from ops.commands import COMMANDS
from tests.conftest import Synthesize
from tests.support.synthesized import EVERYTHING, WITH_TEAMS, Synthesized, settings
from views.costs.estimate import estimate
from views.pages import TABLES, Facts, settings_table, with_tables

import attrs
import pytest

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
OPERATIONS = DOCS / "operations.md"
PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md")))
PROSE = {"it", "the", "a", "sure", "up"}
"""Words that follow the verb "make" in prose."""


def test_the_tables_are_true(synthesize: Synthesize) -> None:
    """The tables of settings, environments and costs are current; `make tables` updates them."""
    environments = load_environments(choice="")
    estimates = [estimate(one.environment, synthesize(one).stack) for one in environments]
    facts = Facts(environments, estimates)
    old = [page.name for page in TABLES if with_tables(page, facts) != page.read_text(encoding="utf-8")]
    assert not old, f"tables are out of date in {', '.join(old)}: run `make tables`"
    assert "| `gateway_cpu` | `int` | — |" in settings_table()
    assert "| `ingress_cidrs` | `tuple[str, ...]` |" in settings_table()


def make_targets() -> set[str]:
    """Return the targets that `make help` lists."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    return {*re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE), *(command.name for command in COMMANDS)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_and_links_of_a_page_exist(page: Path) -> None:
    """Each `make` command on a page is a target, and each linked file or folder exists."""
    text = page.read_text(encoding="utf-8")
    targets = make_targets()
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)\b", text)) - PROSE <= targets
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_anchors_of_a_page_exist(page: Path) -> None:
    """Each linked heading exists, with GitHub's rule for anchors."""
    for link, anchor in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text(encoding="utf-8")):
        headings = re.findall(
            r"^#+ (.+)$", (page.parent / link if link else page).read_text(encoding="utf-8"), re.MULTILINE
        )
        anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
        assert anchor in anchors, (link, anchor)


def test_every_page_is_in_the_index() -> None:
    """docs/README.md lists each page of docs/."""
    named = set(re.findall(r"\]\(([a-z-]+\.md)\)", (DOCS / "README.md").read_text(encoding="utf-8")))
    assert named == {page.name for page in DOCS.glob("*.md")} - {"README.md"}


def test_the_readme_is_short() -> None:
    """The README has fewer than 200 lines."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 200


def test_the_settings_of_the_readme_exist() -> None:
    """Each row of the README's settings table has settings of the group in docs/settings.md that it links to."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("| Concern |")[2].partition("\n\n")[0]
    rows = {row[0]: set(re.findall(r"`(\w+)`", row[1])) for row in re.findall(r"settings\.md#(\w+)\) (.*)", table)}
    groups = {group.__name__.lower(): group for group in Environment.__bases__}
    assert rows.keys() == groups.keys()
    for concern, named in rows.items():
        assert named
        assert named <= {field.name for field in attrs.fields(groups[concern])}, concern


def test_the_outputs_of_the_readme_are_the_stacks(dev: Synthesized) -> None:
    """The README's table of outputs has each output with its description."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, output in dev.document["output"].items():
        assert f"| `{name}` | {output['description']} |" in text


def test_the_route_of_the_documentation_is_sound() -> None:
    """The schema accepts the example of routes in docs/serving-models.md."""
    (example,) = [
        block
        for block in re.findall(
            r"```python\n(.*?)```", (DOCS / "serving-models.md").read_text(encoding="utf-8"), re.DOTALL
        )
        if "routes=ByModel(" in block
    ]
    imports, _, arguments = example.partition("\n\n")
    names: dict[str, object] = {}
    exec(f"{imports}\nchanges = dict({arguments})", names)  # noqa: S102 (a page of this project)
    changes = names["changes"]
    assert isinstance(changes, dict)
    environment = settings(**changes)
    assert environment.routes == changes["routes"]


def test_every_fault_of_the_reliability_page_is_a_test() -> None:
    """Each test that docs/reliability.md names exists, and the page names each fault test."""
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
    """docs/operations.md has a heading for each alarm or family of alarms, and no other."""
    names = {
        alarm["alarm_name"].removeprefix("ai-gateway-test-")
        for environment in (WITH_TEAMS, EVERYTHING)
        for alarm in synthesize(environment).by_type("aws_cloudwatch_metric_alarm").values()
    }
    families = ("provider-errors", "budget", "rate-limits")
    wanted = {next((one for one in families if name.startswith(f"{one}-")), name) for name in names}
    explained = set(re.findall(r"^### (\S+)$", OPERATIONS.read_text(encoding="utf-8"), re.MULTILINE))
    assert not (new := wanted - explained), f"docs/operations.md: add a heading `### {', '.join(new)}` with what to do"
    assert not (gone := explained - wanted), (
        f"docs/operations.md: no alarm has the name of the heading {', '.join(gone)}"
    )


def test_what_operations_names_exists() -> None:
    """Commands, settings, saved queries and links on the operations page exist."""
    text = OPERATIONS.read_text(encoding="utf-8")
    targets = make_targets()
    assert set(re.findall(r"\bmake ([a-z][a-z-]*)\b", text)) <= targets
    fields = {field.name for field in attrs.fields(Environment)}
    assert set(re.findall(r"`([a-z0-9]+_[a-z0-9_]+)`", text)) <= fields
    assert [link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not (OPERATIONS.parent / link).exists()] == []
    for query in ("provider-errors", "latency-by-provider", "slowest-requests"):
        assert query in QUERIES
        assert f"`{query}`" in text


def test_the_index_of_decisions_is_whole() -> None:
    """docs/adr/README.md lists each decision with its number and title, in order."""
    folder = ROOT / "docs" / "adr"
    expected = []
    for page in sorted(folder.glob("[0-9]*.md")):
        number, _, title = page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ").partition(". ")
        assert int(page.name[:4]) == int(number)
        expected.append(f"- [{number}]({page.name}) {title}")
    lines = (folder / "README.md").read_text(encoding="utf-8").splitlines()
    assert expected == [line for line in lines if line.startswith("- ")]
