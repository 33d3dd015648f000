"""Loads the modules that jsii generates without what only their type checks read.

That is a type for every parameter and property of every resource, twice, and a cast in every getter. Building these
takes Python longer than all else in such a module, and `python -O` leaves the checks out. Our bytecode lies beside
Python's.
"""

import ast
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

BYTECODE = ".pyc"
OURS = ".unchecked.pyc"
"""To be changed with what `_Unchecked` takes out: bytecode that is kept is as old as its source, not as this file."""


def _own(path: str) -> str:
    """Where our bytecode lies, for the path of Python's; every other path as it is."""
    return path.removesuffix(BYTECODE) + OURS if path.endswith(BYTECODE) else path


def _for_checks_alone(statement: ast.stmt) -> bool:
    """Whether only type checks use what a module's statement defines."""
    match statement:
        case ast.FunctionDef(name):
            return name == "check_type" or name.startswith("_typecheckingstub__")
        case ast.Assign([ast.Name("TYPEGUARD_MAJOR_VERSION")]):  # looked up on disk, by each module anew
            return True
    return False


class _Unchecked(ast.NodeTransformer):
    """Takes stubs, annotations and casts out of a module."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """A module without what its checks alone use."""
        node.body = [statement for statement in node.body if not _for_checks_alone(statement)]
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function without the type of its result."""
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """A parameter without its type."""
        node.annotation = None
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`typing.cast` builds its first argument and returns its second."""
        self.generic_visit(node)
        match node:
            case ast.Call(ast.Attribute(ast.Name("typing"), "cast"), [_, value]):
                return value
        return node


class UncheckedLoader(SourceFileLoader):
    """Loads one module so; its docstrings stay in the source."""

    def source_to_code(  # type: ignore[override]  # a static method in one of typeshed's two bases
        self,
        data: Any,  # noqa: ANN401 (importlib's own type)
        path: Any,  # noqa: ANN401 (importlib's own type)
        fullname: str | None = None,  # noqa: ARG002 (Python 3.15 gives it)
        *,
        _optimize: int = -1,
    ) -> CodeType:
        """Compile source as `python -OO` would, and without its types. Raises SyntaxError as `compile` does."""
        tree = _Unchecked().visit(ast.parse(data, path))
        code: CodeType = compile(tree, path, "exec", dont_inherit=True, optimize=2)
        return code

    def get_data(self, path: str) -> bytes:
        """Read source, or our bytecode. Raises OSError where there is none, which makes importlib compile."""
        return super().get_data(_own(path))

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:  # noqa: ANN401 (importlib's own type)
        """Keep our bytecode, where the folder can be written to."""
        super().set_data(_own(path), data, _mode=_mode)


class UncheckedFinder(MetaPathFinder):
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
            spec.loader = UncheckedLoader(spec.loader.name, spec.loader.path)
        return spec
