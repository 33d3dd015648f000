"""Upgrades the stacks of commit 0c9f974: the plan replaces only the task definition and the lifecycle policy."""

import gzip
import json
from pathlib import Path

from emulator.rehearsal import copy_of
from tests.support.cloud import Checkout
from tools.provider_mirror import REHEARSED_RELEASE

import pytest

pytestmark = pytest.mark.deployment

OLDER = Path(__file__).parent / "older"
TRIES = 3
"""The older load balancer does not wait for the internet gateway, so AWS sometimes refuses it and users apply again."""


def deploy_older(checkout: Checkout, environment: str) -> None:
    """Apply what 0c9f974 synthesized, with the rehearsal's provider, into the environment's state."""
    made = checkout.ops("bootstrap", environment, "--yes")
    assert made.returncode == 0, made.stdout
    document = json.loads(gzip.decompress((OLDER / f"{environment}-0c9f974.json.gz").read_bytes()))
    document["terraform"]["required_providers"]["aws"]["version"] = REHEARSED_RELEASE
    # Its searches do not quote names with / and ., which the emulator refuses. The upgrade creates the dashboard.
    del document["resource"]["aws_cloudwatch_dashboard"]
    folder = checkout.stack(environment)
    folder.mkdir(parents=True)
    (folder / "cdk.tf.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    done = checkout.terraform(environment, "init", "-input=false")
    assert done.returncode == 0, done.stdout
    for _ in range(TRIES):
        done = checkout.terraform(environment, "apply", "-auto-approve", "-input=false", "-no-color")
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stdout


def replaced_by_an_upgrade(checkout: Checkout, environment: str) -> set[str]:
    """Deploy what 0c9f974 synthesized. Returns the types that a plan of today's stack replaces or destroys."""
    deploy_older(checkout, environment)
    checkout.initialize(environment)
    code, changes = checkout.plan(environment)
    assert code == 2
    return {address.partition(".")[0] for address, actions in changes.items() if "delete" in actions}


REPLACED = {
    "aws_ecs_task_definition",
    "aws_ecr_lifecycle_policy",  # its JSON text is its identity: AWS has no other way to change it (CHANGELOG)
}


def test_prod_of_0c9f974_upgrades(empty_aws: dict[str, str], tmp_path: Path) -> None:
    """Only task definition and lifecycle policy are replaced, nothing is destroyed, and the next plan is empty."""
    with copy_of(empty_aws) as environ:
        checkout = Checkout.make(tmp_path / "checkout", environ)
        assert replaced_by_an_upgrade(checkout, "prod") == REPLACED
        done = checkout.ops("deploy", "prod", "--yes")
        assert done.returncode == 0, done.stdout
        second = checkout.terraform("prod", "plan", "-input=false", "-detailed-exitcode", "-no-color")
        assert second.returncode == 0, second.stdout


def test_dev_of_0c9f974_would_be_upgraded_alike(empty_aws: dict[str, str], tmp_path: Path) -> None:
    """dev's plan replaces the same two types. The test of prod, which has more resources, also applies the upgrade."""
    with copy_of(empty_aws) as environ:
        assert replaced_by_an_upgrade(Checkout.make(tmp_path / "checkout", environ), "dev") == REPLACED
