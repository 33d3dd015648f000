"""Modules are loaded with annotations that nobody evaluates, from bytecode of our own."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

from constructs_lib.postponed_annotations import PostponedFinder, PostponedLoader

import pytest

ROOT = Path(__file__).parent.parent.parent
SOURCE = "def made(size: Nothing) -> None:\n    pass\n"
WHICH = "import constructs_lib, cdktf; print(type(cdktf.__spec__.loader).__name__)"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one module of a package that our finder answers for; its annotation names nothing."""
    folder = tmp_path / "generated_here"
    folder.mkdir()
    (folder / "__init__.py").touch()
    module = folder / "thing.py"
    module.write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [PostponedFinder(["generated_here"]), *sys.meta_path])
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    return module


def annotations() -> object:
    """Those of the module's function, imported anew."""
    for name in ("generated_here", "generated_here.thing"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    return importlib.import_module("generated_here.thing").made.__annotations__


def test_annotations_stay_text(package: Path) -> None:
    """What they name need not exist, and the source is as it was."""
    assert annotations() == {"size": "Nothing", "return": "None"}
    assert package.read_text(encoding="utf-8") == SOURCE


def test_bytecode_is_kept_under_a_name_of_its_own(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's own is not written; ours is read the next time."""
    annotations()
    found = [path.name for path in (package.parent / "__pycache__").iterdir() if path.name.startswith("thing.")]
    assert [name.endswith(".postponed.pyc") for name in found] == [True]
    monkeypatch.setattr(PostponedLoader, "source_to_code", None)
    assert annotations() == {"size": "Nothing", "return": "None"}


def test_changed_source_is_compiled_again(package: Path) -> None:
    """As Python does it: by the source's time and size."""
    annotations()
    package.write_text("def made(length: Other) -> None:\n    pass\n", encoding="utf-8")
    os.utime(package, (1, 1))
    assert annotations() == {"length": "Other", "return": "None"}


def test_other_packages_are_left_alone() -> None:
    """Neither what is not ours nor what is not there gets an answer."""
    finder = PostponedFinder(["generated_here"])
    assert (finder.find_spec("json"), finder.find_spec("generated_here")) == (None, None)


@pytest.mark.parametrize(
    ("options", "variables", "loader"),
    [
        (["-O"], {}, "PostponedLoader"),
        ([], {}, "SourceFileLoader"),
        (["-O"], {"GATEWAY_STOCK_BINDINGS": "1"}, "SourceFileLoader"),
    ],
    ids=["-O", "type checks", "stock"],
)
def test_only_where_nothing_reads_them(options: list[str], variables: dict[str, str], loader: str) -> None:
    """The bindings' type checks, which -O leaves out, need evaluated annotations."""
    done = subprocess.run(
        [sys.executable, *options, "-c", WHICH],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{loader}\n"
