"""The environment variables of the programs that the project starts."""

import ast
import os
import subprocess
import sys
from pathlib import Path

from tools.environment import PROGRAMS, ROOT, child_environment, environment_without_credentials, ignored

import pytest

USUAL = {"HOME": "/home/me", "LANG": "C", "AWS_PROFILE": "dev", "HTTPS_PROXY": "http://proxy:3128"}


@pytest.mark.parametrize(
    "name",
    ["NODE_ENV", "PYTHONSAFEPATH", "PYTHONPATH", "PYTHONIOENCODING", "PIP_USER", "PIP_TARGET", "PIP_CONSTRAINT",
     "PIPENV_PIPFILE", "npm_config_omit", "NPM_CONFIG_GLOBAL", "VIRTUAL_ENV", "GIT_DIR", "MAKEFLAGS", "MOTO_ACCOUNT_ID",
     "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL"],
)  # fmt: skip
def test_what_would_change_the_result_is_removed(name: str) -> None:
    """A variable that would change results is removed without a message."""
    assert child_environment({**USUAL, name: "x"}) == child_environment(USUAL)
    assert ignored({**USUAL, name: "x"}) == []


@pytest.mark.parametrize(
    "name",
    ["PIP_INDEX_URL", "PIP_CERT", "PIP_CONFIG_FILE", "npm_config_registry", "NPM_CONFIG_CAFILE", "NODE_EXTRA_CA_CERTS",
     "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_ACCESS_KEY_ID", "TF_PLUGIN_CACHE_DIR", "TF_LOG",
     "GATEWAY_ENVIRONMENTS", "GIT_SSL_CAINFO"],
)  # fmt: skip
def test_what_says_where_things_come_from_is_kept(name: str) -> None:
    """Variables for indexes, certificates, proxies, credentials and Terraform's configuration are kept."""
    assert child_environment({**USUAL, name: "x"})[name] == "x"


@pytest.mark.parametrize(
    "name",
    ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "GH_TOKEN", "GITHUB_ENV", "NPM_TOKEN",
     "OPENAI_API_KEY", "DB_PASSWORD", "CLIENT_SECRET", "SSH_AUTH_SOCK", "ACTIONS_RUNTIME_TOKEN"],
)  # fmt: skip
def test_code_of_another_revision_gets_no_credentials(name: str) -> None:
    """Code of another revision gets no credentials, and otherwise the same variables as the project's programs."""
    plain = {"HOME": "/home/me", "HTTPS_PROXY": "http://proxy:3128"}
    assert environment_without_credentials({**plain, name: "x"}) == child_environment(plain)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("TF_WORKSPACE", "Terraform would use another state than the environment's"),
        ("TF_DATA_DIR", "all environments would share one working folder"),
        (
            "TF_CLI_ARGS_apply",
            "it would change every Terraform command; options such as LOCK_TIMEOUT=15m are make variables",
        ),
        ("TF_VAR_environment", "the stacks have no input variables; settings are in envs/"),
        ("NODE_OPTIONS", "it would change every Node program; for a certificate authority set NODE_EXTRA_CA_CERTS"),
    ],
)
def test_what_would_send_work_elsewhere_is_named(name: str, why: str) -> None:
    """A variable that would redirect work is removed, and a warning gives the reason."""
    assert ignored({**USUAL, name: "x"}) == [f"{name} is set in your environment and ignored: {why}"]
    assert child_environment({**USUAL, name: "x"}) == child_environment(USUAL)


@pytest.mark.parametrize("name", ["TERRAFORM_CONFIG", "TF_CLI_CONFIG_FILE"])
def test_a_missing_cli_configuration_is_named_once(name: str, tmp_path: Path) -> None:
    """A missing CLI configuration is reported once and replaced by an empty one; an existing file is kept."""
    missing = str(tmp_path / "terraform.rc")
    assert ignored({**USUAL, name: missing}) == [
        f"{name}={missing}: no such file, so Terraform gets no CLI configuration: correct the path, or unset it"
    ]
    inner = child_environment({**USUAL, name: missing})
    assert inner[name] == os.devnull
    assert ignored(inner) == []
    assert child_environment({**USUAL, name: str(tmp_path)})[name] == str(tmp_path)


def test_the_projects_programs_come_first() -> None:
    """The project's programs come first in PATH, once, even if the environment is passed on."""
    once = child_environment({"PATH": f"/usr/bin{os.pathsep}/bin"})
    assert once["PATH"].split(os.pathsep) == [str(PROGRAMS), "/usr/bin", "/bin"]
    assert child_environment(once) == once


def test_the_launcher_starts_a_program_with_it() -> None:
    """The launcher starts a program with this environment and ignores Python's own variables."""
    script = "import os, sys; print(os.environ.get('NODE_ENV'), os.environ.get('TF_WORKSPACE'), sys.argv[1])"
    hostile = {"PYTHONHOME": "/nowhere", "PYTHONSAFEPATH": "1", "NODE_ENV": "production", "TF_WORKSPACE": "staging"}
    done = subprocess.run(
        [sys.executable, "-I", "tools/environment.py", sys.executable, "-c", script, "a b"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **hostile},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "None None a b\n")
    assert done.stderr == (
        "TF_WORKSPACE is set in your environment and ignored: Terraform would use another state than the environment's\n"
    )


def test_a_program_that_is_not_there_is_one_line() -> None:
    """A missing program, e.g. before setup, gives a one-line error with the command to run."""
    done = subprocess.run(
        [sys.executable, "-I", "tools/environment.py", "no/such/program"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "no/such/program: No such file or directory; run `make setup`, then the command again"
    )


def test_an_old_python_prints_which_one_is_needed() -> None:
    """Python 3.6, `python3` on RHEL 8, can parse the file and print which version is needed."""
    tree = ast.parse((ROOT / "tools" / "environment.py").read_text(encoding="utf-8"), feature_version=(3, 6))
    for node in ast.walk(tree):
        assert not (isinstance(node, ast.ImportFrom) and node.module == "__future__")
        if isinstance(node, ast.FunctionDef):
            for one in (*(argument.annotation for argument in node.args.args), node.returns):
                assert one is None or isinstance(one, ast.Name | ast.Constant), ast.unparse(node)
