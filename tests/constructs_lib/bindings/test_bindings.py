"""The bindings are prepared once, and can be left unchanged. tests/test_app.py checks that the output is the same."""

import email.message
import importlib
import os
import shlex
import subprocess
import sys
from pathlib import Path

from constructs_lib.bindings import loading as bindings
from tools.environment import child_environment
from tools.programs import node_of

import pytest
from cdktf import App, TerraformStack
from cdktf_cdktf_provider_aws.subnet import Subnet

ROOT = bindings.HOOK.parents[2]
CACHED = """
process.on("exit", () => require("fs").writeFileSync(FILE, Object.keys(require.cache).join("\\n")));
"""


@pytest.mark.parametrize(
    "path", ["/plain/hook.cjs", "/with space/hook.cjs", '/with"quote/hook.cjs', "/with\\back/h.cjs"]
)
def test_any_path_can_be_required(path: str) -> None:
    """The option survives the quoting rules of NODE_OPTIONS, which are those of a shell inside quotes."""
    assert shlex.split(bindings.node_options(Path(path))) == ["--preserve-symlinks", f"--require={path}"]


def test_preparing_keeps_the_callers_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our hook is appended to the caller's options, jsii uses the locked Node, and nothing is set before its import."""
    monkeypatch.delitem(sys.modules, bindings.BINDINGS)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    environ = {"NODE_OPTIONS": "--trace-warnings"}
    bindings.prepare(environ)
    assert environ == {"NODE_OPTIONS": "--trace-warnings"}
    importlib.util.find_spec("json.decoder")
    assert environ == {"NODE_OPTIONS": "--trace-warnings"}
    monkeypatch.delitem(sys.modules, "jsii")
    importlib.util.find_spec("jsii")
    assert environ == {
        "NODE_OPTIONS": f"--trace-warnings {bindings.node_options(bindings.HOOK)}",
        "JSII_NODE": str(node_of(ROOT / ".venv")),
        "CDKTN_DISABLE_CREATION_STACK": "1",
    }
    assert not hasattr(sys.modules[bindings.BINDINGS], "__jsii_assembly__")


def test_the_stock_way_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """With GATEWAY_STOCK_BINDINGS=1 neither node nor Python is changed."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.delitem(sys.modules, bindings.BINDINGS)
    environ = {bindings.STOCK_VARIABLE: "1"}
    bindings.prepare(environ)
    monkeypatch.delitem(sys.modules, "jsii")
    importlib.util.find_spec("jsii")
    assert "NODE_OPTIONS" not in environ
    assert bindings.BINDINGS not in sys.modules


def test_without_the_bindings_nothing_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the bindings are not installed, nothing is replaced, so importing them fails with the usual error."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.delitem(sys.modules, bindings.BINDINGS)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    bindings.prepare({})
    assert bindings.BINDINGS not in sys.modules


def test_a_successor_answers_to_the_old_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package and its modules are the same objects under both names, and keep their import specs."""
    monkeypatch.setattr(bindings, "SUCCESSORS", {"old_email": "email"})
    monkeypatch.setattr(sys, "meta_path", [bindings.Successor(), *sys.meta_path])
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
    """cdktn is used if only cdktn is installed. Otherwise cdktf is used, and if it is missing, its import fails."""
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name if name in installed else None)
    assert bindings.installed_bindings() == used
    assert isinstance(sys.meta_path[0], bindings.Successor) is (used != bindings.BINDINGS)


def test_what_an_app_imports_is_told_to_node(tmp_path: Path) -> None:
    """Node gets the modules that the app and its own modules import, once each, but not imports inside functions."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "app.py").write_text(
        "import json\nfrom parts.network import Network\n"
        "def later():\n    from cdktf_cdktf_provider_aws.wafv2_web_acl import Wafv2WebAcl\n",
        encoding="utf-8",
    )
    (tmp_path / "parts" / "network.py").write_text(
        "from app import later\nfrom cdktf_cdktf_provider_aws.vpc import (\n    Vpc,\n)\n"
        "from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup\n",
        encoding="utf-8",
    )
    environ: dict[str, str] = {}
    bindings.require_ahead(tmp_path / "app.py", environ)
    assert environ == {bindings.AHEAD_VARIABLE: "default-security-group,vpc"}


def test_node_requires_it_as_soon_as_the_bindings_are_loaded(tmp_path: Path) -> None:
    """Node loads these modules together with the bindings, before Python uses them. Unknown names are skipped."""
    hook = tmp_path / "caller.cjs"
    hook.write_text(CACHED.replace("FILE", repr(str(tmp_path / "cached"))), encoding="utf-8")
    subprocess.run(
        [sys.executable, "-c", "import constructs_lib, cdktf_cdktf_provider_aws._jsii"],
        cwd=ROOT,
        env={
            **os.environ,
            "NODE_OPTIONS": f'--require="{hook}"',
            "GATEWAY_STOCK_BINDINGS": "",
            bindings.AHEAD_VARIABLE: "no-such-thing,vpc",
        },
        check=True,
    )
    folders = [Path(line).parts for line in (tmp_path / "cached").read_text(encoding="utf-8").splitlines()]
    assert [parts[-2] for parts in folders if "provider-aws" in parts] == ["lib", "vpc"]


def test_tokens_keep_no_stack_of_nodes() -> None:
    """Tokens store no creation stack, because it would only list jsii's own files."""
    subnet = Subnet(TerraformStack(App(), "stack"), "Subnet", vpc_id="vpc-1")
    assert subnet.timeouts.creation_stack == []


RECORDED = """
const Module = require("module");
const compile = Module.prototype._compile;
Module.prototype._compile = function (source, file) {
  if (file.endsWith("module.cjs")) process.stdout.write(source.includes("sourceMappingURL") ? "whole " : "cut ");
  return compile.apply(this, arguments);
};
"""
MAP = "//# sourceMappingURL=data:application/json;charset=utf-8;base64,e30="


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        (f"module.exports = 1;\n{MAP}", "cut 1"),
        (f"module.exports = 1;\n{MAP}\n", "cut 1"),
        (f"module.exports = 1;\n{MAP}\nmodule.exports = 2;", "whole 2"),
        (f"module.exports = `\n{MAP}`", f"whole \n{MAP}"),
        (f"module.exports = 1; /*\n{MAP}*/", "whole 1"),
        ("module.exports = 1;\n", "cut 1"),
    ],
    ids=["last line", "ended", "not last", "in text", "in a comment", "none"],
)
def test_source_maps_alone_are_cut_off(source: str, printed: str, tmp_path: Path) -> None:
    """A source map is removed only if it is a comment on the last line. Node gets the rest of the file unchanged."""
    (tmp_path / "module.cjs").write_text(source, encoding="utf-8")
    (tmp_path / "recorder.cjs").write_text(RECORDED, encoding="utf-8")
    read = "process.stdout.write(String(require('./module.cjs')))"
    done = subprocess.run(
        ["node", "--require", "./recorder.cjs", "--require", bindings.HOOK, "-e", read],
        cwd=tmp_path,
        env=child_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == (printed, "")
