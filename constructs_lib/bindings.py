"""Makes jsii load the part of the AWS bindings that is used, and not all of it.

Two loads cost most of a synthesis, and neither changes its output (docs/speed.md has the measurements):
the Python package imports its ~1,500 modules, and node requires as many files. No installed file is touched.
"""

import importlib.util
import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from types import ModuleType

BINDINGS = "cdktf_cdktf_provider_aws"
HOOK = Path(__file__).with_name("lazy_bindings.cjs")
STOCK_VARIABLE = "GATEWAY_STOCK_BINDINGS"
"""Set to 1, it leaves the bindings to load themselves: for `make bench` and the test that compares the output."""


def require_option(hook: Path) -> str:
    """The node option that loads `hook` first, quoted as NODE_OPTIONS wants it for any path."""
    quoted = str(hook).replace("\\", "\\\\").replace('"', '\\"')
    return f'--require="{quoted}"'


def _stand_in() -> None:
    """Put an empty package in the place of the bindings' own, whose `__init__` imports every module."""
    spec = importlib.util.find_spec(BINDINGS)
    if spec is None or spec.submodule_search_locations is None:
        return  # not installed: the import that follows says so better than we could
    package = ModuleType(BINDINGS)
    package.__path__ = spec.submodule_search_locations
    package.__spec__ = spec
    sys.modules[BINDINGS] = package


def prepare(environ: MutableMapping[str, str] = os.environ) -> None:
    """Set both techniques up; to be called before anything imports cdktf, for that starts node."""
    # jsii warns on stderr about a Node release whose support has ended, at every run.
    environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
    if environ.get(STOCK_VARIABLE) == "1" or BINDINGS in sys.modules:
        return
    _stand_in()
    environ["NODE_OPTIONS"] = " ".join(filter(None, (environ.get("NODE_OPTIONS"), require_option(HOOK))))


def without_hook(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """A copy of an environment as it was before `prepare`, for programs that run node on their own account."""
    options = environ.get("NODE_OPTIONS", "").replace(require_option(HOOK), "").strip()
    kept = {name: value for name, value in environ.items() if name != "NODE_OPTIONS"}
    return kept | ({"NODE_OPTIONS": options} if options else {})
