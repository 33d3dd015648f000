"""Loads the modules that jsii generates without the types that only their type checks read.

Each module has a type for every parameter and property, twice, and a cast in every getter. Building them takes Python
longer than the rest of the module, and `python -O` leaves out the checks that read them. The bytecode without them is
stored next to Python's. A module that reads annotations itself keeps them.
"""

import ast
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

BYTECODE = ".pyc"
OURS = f".unchecked-{importlib.util.source_hash(Path(__file__).read_bytes()).hex()}.pyc"
"""Suffix with a hash of this file, so that bytecode of an older version of this loader is not used."""
READERS = frozenset({"__annotations__", "dataclass", "get_annotations", "get_type_hints"})
"""Names by which a module reads annotations at run time; jsii's modules do not."""


def _own(path: str) -> str:
    """The path of this loader's bytecode for the path of Python's; other paths unchanged."""
    return path.removesuffix(BYTECODE) + OURS if path.endswith(BYTECODE) else path


def _reads_annotations(tree: ast.AST) -> bool:
    """Whether a module reads its annotations outside of code that `-O` removes."""
    match tree:
        case ast.If(ast.Name("__debug__")):
            return False
        case ast.Name(name) | ast.Attribute(attr=name) | ast.alias(name) if name in READERS:
            return True
    return any(map(_reads_annotations, ast.iter_child_nodes(tree)))


def _for_checks_alone(statement: ast.stmt) -> bool:
    """Whether a statement defines something that only type checks use."""
    match statement:
        case ast.FunctionDef(name):
            return name == "check_type" or name.startswith("_typecheckingstub__")
        case ast.Assign([ast.Name("TYPEGUARD_MAJOR_VERSION")]):  # each module would look it up on disk
            return True
        case ast.Import([ast.alias("typeguard")]):  # it would import asyncio and unittest.mock
            return True
        case ast.ImportFrom("importlib.metadata", [ast.alias(asname="_metadata_package_version")]):
            return True
    return False


class _Unchecked(ast.NodeTransformer):
    """Removes stubs, annotations and casts."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        """The module without statements that only type checks use."""
        node.body = [statement for statement in node.body if not _for_checks_alone(statement)]
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """The function without its return type."""
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        """The parameter without its type."""
        node.annotation = None
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """`typing.cast(type, value)` becomes `value`."""
        self.generic_visit(node)
        match node:
            case ast.Call(ast.Attribute(ast.Name("typing"), "cast"), [_, value]):
                return value
        return node


class UncheckedLoader(SourceFileLoader):
    """Loads one module without types and docstrings."""

    def source_to_code(  # type: ignore[override]  # a static method in one of typeshed's two bases
        self,
        data: Any,  # noqa: ANN401 (importlib's own type)
        path: Any,  # noqa: ANN401 (importlib's own type)
        fullname: str | None = None,  # noqa: ARG002 (Python 3.15 gives it)
        *,
        _optimize: int = -1,
    ) -> CodeType:
        """Compile as `python -OO` does, and without types. Raises SyntaxError as `compile` does."""
        tree = ast.parse(data, path)
        if _reads_annotations(tree):
            print(
                f"constructs_lib/bindings: {path} reads annotations; it keeps them. "
                "GATEWAY_STOCK_BINDINGS=1 turns all of the fast loading off.",
                file=sys.stderr,
            )
        else:
            tree = _Unchecked().visit(tree)
        code: CodeType = compile(tree, path, "exec", dont_inherit=True, optimize=2)
        return code

    def get_data(self, path: str) -> bytes:
        """Read source or this loader's bytecode. Raises OSError if it does not exist; importlib then compiles."""
        return super().get_data(_own(path))

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:  # noqa: ANN401 (importlib's own type)
        """Store this loader's bytecode if the folder is writable."""
        super().set_data(_own(path), data, _mode=_mode)


class UncheckedFinder(MetaPathFinder):
    """Finds the modules of given packages where Python does, and loads them with UncheckedLoader."""

    def __init__(self, packages: Sequence[str]) -> None:
        """`packages`: top-level names."""
        self._packages = frozenset(packages)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """A spec for the given packages; None for all others."""
        if fullname.partition(".")[0] not in self._packages:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = UncheckedLoader(spec.loader.name, spec.loader.path)
        return spec
