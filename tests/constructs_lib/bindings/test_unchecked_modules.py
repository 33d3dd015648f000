"""Generated modules are loaded without what only their type checks read, from our own bytecode files."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from constructs_lib.bindings.unchecked_modules import UNCHECKED_SUFFIX, UncheckedFinder, UncheckedLoader
from tools.environment import ROOT

import pytest

SOURCE = """
import typeguard
from importlib.metadata import version as _metadata_package_version
TYPEGUARD_MAJOR_VERSION = int(_metadata_package_version('typeguard').split('.')[0])

def check_type(argname: str, value: object, expected_type: typing.Any) -> typing.Any: pass

class Thing:
    '''What AWS says of it.'''
    def __init__(self, size: Nothing = 3, *more: Nothing, **values: Nothing) -> None:
        if __debug__:
            check_type(argname="argument size", value=size, expected_type=Nothing)
        self._size = typing.cast(typing.Optional[Nothing], size)

    def check_type(self) -> Nothing:
        return self._size

def _typecheckingstub__27096764652aa777(size: Nothing) -> None: pass
"""
WHICH = "import constructs_lib, cdktf; print(type(cdktf.__spec__.loader).__name__)"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only module of a package that our finder loads. Its annotations name types that do not exist."""
    folder = tmp_path / "generated_here"
    folder.mkdir()
    (folder / "__init__.py").touch()
    module = folder / "thing.py"
    module.write_text(SOURCE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [UncheckedFinder(["generated_here"]), *sys.meta_path])
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    return module


def loaded() -> ModuleType:
    """The package's module, imported again."""
    for name in ("generated_here", "generated_here.thing"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()
    return importlib.import_module("generated_here.thing")


def test_nothing_of_the_checks_is_left(package: Path) -> None:
    """Type stubs, annotations and docstrings are removed. Calls work, also of a method with the name of a check."""
    module = loaded()
    thing = module.Thing()
    assert [name for name in vars(module) if not name.startswith("__")] == ["Thing"]
    assert (thing.check_type(), thing.__init__.__annotations__, thing.__doc__) == (3, {}, None)
    assert package.read_text(encoding="utf-8") == SOURCE


def test_bytecode_is_kept_under_a_name_of_its_own(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only our bytecode file is written, not Python's, and the next import reads it."""
    loaded()
    found = [path.name for path in (package.parent / "__pycache__").iterdir() if path.name.startswith("thing.")]
    assert [name.endswith(UNCHECKED_SUFFIX) for name in found] == [True]
    monkeypatch.setattr(UncheckedLoader, "source_to_code", None)
    assert loaded().Thing().check_type() == 3


def test_changed_source_is_compiled_again(package: Path) -> None:
    """Like Python, the loader compiles again when the source's time or size has changed."""
    loaded()
    package.write_text(SOURCE.replace("3", "4"), encoding="utf-8")
    os.utime(package, (1, 1))
    assert loaded().Thing().check_type() == 4


def test_a_module_that_reads_annotations_keeps_them(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A module that reads annotations keeps them. One line names the module and the variable that turns this off."""
    package.write_text("import typing\n\nclass Thing:\n    size: int = 3\n\nread = typing.get_type_hints(Thing)\n")
    assert loaded().read == {"size": int}
    assert capsys.readouterr().err == (
        f"constructs_lib/bindings: {package} reads annotations; it keeps them. "
        "GATEWAY_STOCK_BINDINGS=1 turns all of the fast loading off.\n"
    )


def test_other_packages_are_left_alone() -> None:
    """The finder ignores packages that it is not responsible for, and modules that do not exist."""
    finder = UncheckedFinder(["generated_here"])
    assert (finder.find_spec("json"), finder.find_spec("generated_here")) == (None, None)


@pytest.mark.parametrize(
    ("options", "variables", "loader"),
    [
        (["-O"], {}, "UncheckedLoader"),
        ([], {}, "SourceFileLoader"),
        (["-O"], {"GATEWAY_STOCK_BINDINGS": "1"}, "SourceFileLoader"),
    ],
    ids=["-O", "type checks", "stock"],
)
def test_only_where_nothing_reads_them(options: list[str], variables: dict[str, str], loader: str) -> None:
    """The loader is used only with -O, because the bindings' type checks, which -O removes, evaluate annotations."""
    done = subprocess.run(
        [sys.executable, *options, "-c", WHICH],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{loader}\n"
