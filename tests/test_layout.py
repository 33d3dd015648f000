"""The folders' import rules: which package imports which, and that no test imports from another test."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tools.environment import ROOT

OURS = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"main"}


def imports(path: Path) -> Iterator[str]:
    """The modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_no_test_imports_from_another_test() -> None:
    """Code that tests share is in tests/support, or in a module of their folder that is not a test."""
    found = {
        f"{path.relative_to(ROOT)}: {module}"
        for path in ROOT.glob("tests/**/*.py")
        if ".venv" not in path.parts and "node_modules" not in path.parts
        for module in imports(path)
        if module.startswith("tests.") and module.rpartition(".")[2].startswith("test_")
    }
    assert found == set()


def test_what_is_known_of_resource_types_needs_nothing_else() -> None:
    """resource_types imports no other package of the project, so that policy, review, views and ops can all use it."""
    found = {module.partition(".")[0] for path in ROOT.glob("resource_types/*.py") for module in imports(path)}
    assert found & OURS == {"resource_types"}


def test_the_tests_of_ops_stand_where_its_modules_do() -> None:
    """Each folder of tests for ops and constructs_lib matches a folder of that package."""
    for package in ("ops", "constructs_lib"):
        folders = {path.parent.name for path in (ROOT / "tests" / package).glob("*/__init__.py")}
        assert folders <= {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
