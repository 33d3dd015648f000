"""Terraform runs with a read-only committed lock file and a umask that keeps its files private."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from envs.schema import PROVIDER_VERSION_VARIABLE
from ops import terraform
from ops.aws import Aws
from ops.terraform import Stack, is_pinned
from tests.support.synthesized import settings
from tools.provider_lock import LOCK_FILE

import pytest

PROGRAM = """#!/bin/sh
echo "$@" >> "$LOG"
grep -c registry.terraform.io/hashicorp/aws "$TF_CLI_CONFIG_FILE" >> "$LOG"
umask >> "$LOG"
"""


@pytest.fixture
def log(aws: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The log of a stand-in for Terraform, in a temporary checkout with a state bucket."""
    aws("s3").create_bucket(Bucket="ai-gateway-tfstate-test")
    program = tmp_path / "terraform"
    program.write_text(PROGRAM, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(terraform, "terraform", lambda: str(program))
    monkeypatch.setattr(terraform, "ROOT", tmp_path)
    monkeypatch.setattr(terraform, "WORK", tmp_path / ".work")
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.delenv(PROVIDER_VERSION_VARIABLE, raising=False)
    return tmp_path / "log"


def test_a_committed_lock_file_decides_about_the_provider(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A committed lock file is copied and read-only; a rehearsal with its own provider version has none."""
    stack = Stack(Aws.of(settings(aws_region="us-east-1")))
    stack.folder.mkdir(parents=True)
    lock = log.parent / LOCK_FILE
    assert not is_pinned()
    lock.write_text("# hashes\n", encoding="utf-8")
    stack.init()
    assert is_pinned()
    assert (stack.folder / LOCK_FILE).read_text(encoding="utf-8") == "# hashes\n"
    arguments, limited, _ = log.read_text(encoding="utf-8").splitlines()
    assert arguments == "init -input=false -reconfigure -lockfile=readonly"
    assert int(limited) > 0
    monkeypatch.setenv(PROVIDER_VERSION_VARIABLE, "5.100.0")
    assert not is_pinned()


def test_a_plan_is_its_owners(log: Path) -> None:
    """Terraform runs with umask 0077, so that only the owner can read plans."""
    stack = Stack(Aws.of(settings(aws_region="us-east-1")))
    stack.folder.mkdir(parents=True)
    assert stack.terraform("plan", "-out=x") == 0
    assert log.read_text(encoding="utf-8").splitlines()[-1] == "0077"
