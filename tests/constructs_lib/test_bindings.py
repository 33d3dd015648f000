"""The bindings are prepared once, and can be left alone; that the output is the same is test_app's business."""

import email.message
import importlib
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
    assert shlex.split(bindings.node_options(Path(path))) == ["--preserve-symlinks", f"--require={path}"]


def test_preparing_keeps_the_callers_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our hook comes behind what the caller has set, and the Node warning is silenced."""
    monkeypatch.delitem(sys.modules, bindings.BINDINGS)
    environ = {"NODE_OPTIONS": "--trace-warnings"}
    bindings.prepare(environ)
    assert environ == {
        "NODE_OPTIONS": f"--trace-warnings {bindings.node_options(bindings.HOOK)}",
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


def test_a_successor_answers_to_the_old_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package and its modules are the same objects under both names, and keep what importlib knows of them."""
    monkeypatch.setattr(bindings, "SUCCESSORS", {"old_email": "email"})
    monkeypatch.setattr(sys, "meta_path", [bindings._Successor(), *sys.meta_path])
    spec = email.message.__spec__
    try:
        assert importlib.import_module("old_email.message") is email.message
        assert (sys.modules["old_email"], email.message.__spec__) == (email, spec)
    finally:
        for name in ("old_email", "old_email.message"):
            sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("installed", "used"),
    [
        ({"cdktf", "cdktn"}, bindings.BINDINGS),
        ({"cdktf"}, bindings.BINDINGS),
        ({"cdktn"}, "cdktn_provider_aws"),
        (set(), bindings.BINDINGS),
    ],
)
def test_cdktn_is_used_where_it_is_alone(installed: set[str], used: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed decides; where both are, it is cdktf, and where none is, its import says so."""
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name if name in installed else None)
    assert bindings._installed_bindings() == used
    assert isinstance(sys.meta_path[0], bindings._Successor) is (used != bindings.BINDINGS)
