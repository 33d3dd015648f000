"""The bindings are prepared once, and can be left alone; that the output is the same is test_app's business."""

import shlex
import sys
from pathlib import Path

from constructs_lib import bindings

import pytest


@pytest.mark.parametrize(
    "path", ["/plain/hook.cjs", "/with space/hook.cjs", '/with"quote/hook.cjs', "/with\\back/h.cjs"]
)
def test_any_path_can_be_required(path: str) -> None:
    """The option survives the quoting rules of NODE_OPTIONS, which inside quotes are those of a shell."""
    assert shlex.split(bindings.require_option(Path(path))) == [f"--require={path}"]


def test_preparing_keeps_the_callers_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our hook comes behind what the caller has set, and the Node warning is silenced."""
    monkeypatch.delitem(sys.modules, bindings.BINDINGS)
    environ = {"NODE_OPTIONS": "--trace-warnings"}
    bindings.prepare(environ)
    assert environ == {
        "NODE_OPTIONS": f"--trace-warnings {bindings.require_option(bindings.HOOK)}",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    }
    assert not hasattr(sys.modules[bindings.BINDINGS], "__jsii_assembly__")


def test_the_stock_way_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """With GATEWAY_STOCK_BINDINGS=1 neither node nor Python is touched."""
    monkeypatch.delitem(sys.modules, bindings.BINDINGS)
    environ = {bindings.STOCK_VARIABLE: "1"}
    bindings.prepare(environ)
    assert "NODE_OPTIONS" not in environ
    assert bindings.BINDINGS not in sys.modules


def test_without_the_bindings_nothing_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they are not installed the import that follows says so."""
    monkeypatch.delitem(sys.modules, bindings.BINDINGS)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    bindings.prepare({})
    assert bindings.BINDINGS not in sys.modules
