"""Loads the modules that jsii generates as if each began with `from __future__ import annotations`.

They annotate every property of every resource, twice. Building these types takes Python longer than all else in such a
module, and nothing reads them but the type checks that `python -O` leaves out. Our bytecode lies beside Python's.
"""

import __future__

from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

BYTECODE = ".pyc"
OURS = ".postponed.pyc"


def _own(path: str) -> str:
    """Where our bytecode lies, for the path of Python's; every other path as it is."""
    return path.removesuffix(BYTECODE) + OURS if path.endswith(BYTECODE) else path


class PostponedLoader(SourceFileLoader):
    """Loads one module, its annotations unevaluated."""

    def source_to_code(  # type: ignore[override]  # a static method in one of typeshed's two bases
        self,
        data: Any,  # noqa: ANN401 (importlib's own type)
        path: Any,  # noqa: ANN401 (importlib's own type)
        fullname: str | None = None,  # noqa: ARG002 (Python 3.15 gives it)
        *,
        _optimize: int = -1,
    ) -> CodeType:
        """Compile source with the feature on. Raises SyntaxError as `compile` does."""
        flags = __future__.annotations.compiler_flag
        code: CodeType = compile(data, path, "exec", flags=flags, dont_inherit=True, optimize=_optimize)
        return code

    def get_data(self, path: str) -> bytes:
        """Read source, or our bytecode. Raises OSError where there is none, which makes importlib compile."""
        return super().get_data(_own(path))

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:  # noqa: ANN401 (importlib's own type)
        """Keep our bytecode, where the folder can be written to."""
        super().set_data(_own(path), data, _mode=_mode)


class PostponedFinder(MetaPathFinder):
    """Finds the modules of some packages where Python does, for our loader."""

    def __init__(self, packages: Sequence[str]) -> None:
        """`packages`: top-level names."""
        self._packages = frozenset(packages)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Answer for these packages alone."""
        if fullname.partition(".")[0] not in self._packages:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = PostponedLoader(spec.loader.name, spec.loader.path)
        return spec
