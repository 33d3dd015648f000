"""cdktf as users run it by hand on the embedded AWS, starting with the first command in a new checkout."""

import json
import re
import subprocess
import sys

from tests.support.cloud import Checkout, client
from tools.provider_lock import LOCK_FILE

import pytest

pytestmark = pytest.mark.deployment

PREPARED = """
from ops.aws import Aws, one_environment
from ops.terraform import Stack

Stack(Aws.of(one_environment("dev")), purpose="diff").prepare()
"""
"""What `make diff ENV=dev` does before its plan."""


def cdktf(checkout: Checkout, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run what `.tools/bin/cdktf` runs, in a user's shell that sets only TF_WORKSPACE and CI."""
    return subprocess.run(
        [sys.executable, "-I", checkout.folder / "tools" / "cdktf.py", *arguments],
        cwd=checkout.folder,
        env={**checkout.environ, "CI": "1", "TF_WORKSPACE": "staging"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def test_the_commands_work_from_the_first_call(checkout: Checkout) -> None:
    """diff, output, a deployment of two stacks, and destroy all work and ignore a TF_WORKSPACE set in the shell."""
    shown = cdktf(checkout, "diff", "dev")
    assert shown.returncode == 0, shown.stdout
    assert "No changes." in shown.stdout
    assert "TF_WORKSPACE is set in your environment and ignored" in shown.stdout
    both = cdktf(checkout, "deploy", "dev", "prod", "--auto-approve")
    assert both.returncode == 0, both.stdout
    assert both.stdout.count("0 added, 0 changed, 0 destroyed") == 2
    outputs = checkout.folder / "outputs.json"
    found = cdktf(checkout, "output", "prod", "--outputs-file", str(outputs))
    assert found.returncode == 0, found.stdout
    assert json.loads(outputs.read_text(encoding="utf-8"))["prod"]["ecs_cluster_name"] == "ai-gateway-prod"
    gone = cdktf(checkout, "destroy", "dev", "--auto-approve")
    assert gone.returncode == 0, gone.stdout
    ecs = client(checkout.environ, "ecs")
    clusters = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
    assert [one["clusterName"] for one in clusters if one["status"] == "ACTIVE"] == ["ai-gateway-prod"]
    keys = client(checkout.environ, "s3").list_objects_v2(Bucket="ai-gateway-tfstate-dev")["Contents"]
    assert [one["Key"] for one in keys] == ["terraform.tfstate"]


def test_another_provider_constraint_needs_no_upgrade(checkout: Checkout) -> None:
    """`make diff` works with a lock file of an earlier provider constraint, and a rehearsal with a committed one."""
    first = checkout.python(PREPARED)
    assert first.returncode == 0, first.stdout
    second = checkout.ops("diff", "dev", GATEWAY_AWS_PROVIDER_VERSION="~> 5.99")
    assert second.returncode == 0, second.stdout
    lock = next(checkout.folder.glob(".work/dev.diff/stacks/dev/.terraform.lock.hcl")).read_text(encoding="utf-8")
    assert '"~> 5.99"' in lock
    release = re.search(r'version *= "([^"]+)"', lock)
    assert release is not None
    (checkout.folder / LOCK_FILE).write_text(lock.replace(f'"{release[1]}"', '"5.99.0"', 1), encoding="utf-8")
    third = checkout.python(PREPARED, GATEWAY_AWS_PROVIDER_VERSION="~> 5.99")
    assert third.returncode == 0, third.stdout
