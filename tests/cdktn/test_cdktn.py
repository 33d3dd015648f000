"""The same source synthesizes with cdktn, whose packages are not among the project's dependencies (docs/adr/0015)."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

from envs.schema import PROVIDER_VERSION_VARIABLE
from tests.support.environments import FULL, STAGING
from tests.support.sources import copy_of_sources
from tools.environment import PROGRAMS, child_environment

import pytest

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.cdktn

PYTHON = Path(__file__).parent / ".venv" / "bin" / "python"
RELEASE = {PROVIDER_VERSION_VARIABLE: "~> 6.25.0"}
"""Pins the provider's release, because the bindings of each toolkit name a different one."""


def synthesized(project: Path, python: str, output: str, **variables: str) -> dict[str, Any]:
    """What `python main.py` with this Python writes in a checkout: the parsed JSON of each file, by path."""
    done = subprocess.run(
        [python, "main.py"],
        cwd=project,
        env={**child_environment(), "CDKTF_OUTDIR": output, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return {
        str(path.relative_to(project / output)): json.loads(path.read_text(encoding="utf-8"))
        for path in (project / output).rglob("*.json")
    }


def without_versions(files: dict[str, Any]) -> dict[str, Any]:
    """The files without the toolkit's version, the only part of their metadata that may differ."""
    for content in files.values():
        where = content if "stacks" in content else content["//"]["metadata"]
        assert where.pop("version") in {"0.21.0", "0.24.0"}
    return files


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with dev and prod, staging with a certificate and JWT validation, and one with every setting on."""
    made = copy_of_sources(tmp_path_factory.mktemp("cdktn") / "other checkout")
    staging = STAGING.replace("enable_jwt_auth=False", "enable_jwt_auth=True")
    (made / "envs" / "staging.py").write_text(staging, encoding="utf-8")
    (made / "envs" / "full.py").write_text(FULL, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def ours(project: Path) -> dict[str, Any]:
    """The files that cdktf writes for this checkout."""
    return without_versions(synthesized(project, sys.executable, "cdktf.out", **RELEASE))


@pytest.mark.parametrize("loading", [{}, {"GATEWAY_STOCK_BINDINGS": "1"}], ids=["fast", "stock"])
def test_the_json_is_the_same_but_for_the_version(project: Path, ours: dict[str, Any], loading: dict[str, str]) -> None:
    """Both toolkits write the same JSON, with lazily loaded bindings and with the published ones."""
    successors = synthesized(project, str(PYTHON), f"cdktn.out{len(loading)}", **RELEASE, **loading)
    assert len(ours) == 6
    assert without_versions(successors) == ours


def test_each_toolkit_names_the_provider_it_was_made_for(project: Path) -> None:
    """By default, each toolkit requires the provider release that its bindings were generated from."""
    found = [
        synthesized(project, python, name, GATEWAY_ENVIRONMENTS="dev")["stacks/dev/cdk.tf.json"]["terraform"]
        for python, name in ((sys.executable, "dev.out"), (str(PYTHON), "dev.cdktn.out"))
    ]
    assert [one["required_providers"]["aws"]["version"] for one in found] == ["~> 6.25", "~> 6.69"]


def test_no_package_of_cdktf_is_there(project: Path) -> None:
    """The Python of these tests has no cdktf package to fall back to, and both names import the same module."""
    told = (
        "import importlib.util as u, stacks.gateway, cdktf, cdktn, sys;"
        "from cdktf_cdktf_provider_aws import vpc; from cdktn_provider_aws import vpc as same;"
        "print(cdktf is cdktn, vpc is same, vpc.__spec__.name, 'cdktf' in sys.modules['cdktf'].__file__)"
    )
    done = subprocess.run(
        [PYTHON, "-c", told], cwd=project, env=child_environment(), capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True", "cdktn_provider_aws.vpc", "False"]


def test_the_cli_of_cdktf_takes_it(project: Path) -> None:
    """`cdktf synth` works with that Python, as a deployment would run it."""
    done = subprocess.run(
        [PROGRAMS / "cdktf", "synth", "--app", f"{shlex.quote(str(PYTHON))} -O main.py"],
        cwd=project,
        env={**child_environment(), "CI": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Generated Terraform code for the stacks: dev, full, full-pipeline, prod, staging" in done.stdout
