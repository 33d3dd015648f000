"""What an older Terraform project deployed goes on living in our stack: the same ids, nothing deleted."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emulator.rehearsal import rehearsal
from tests.support.cloud import Checkout, client, emulated_environ

import attrs
import pytest

OLDER = Path(__file__).parent / "older"
BACKEND = {
    "bucket": "ai-gateway-tfstate-dev",
    "key": "terraform.tfstate",
    "region": "us-east-1",
    "encrypt": "true",
    "dynamodb_table": "ai-gateway-tfstate-lock-dev",
}
"""Where the user's document has the state."""
KEPT = {
    "module.network.aws_vpc.main": "aws_vpc",
    "module.network.aws_internet_gateway.main": "aws_internet_gateway",
    "module.network.aws_nat_gateway.main": "aws_nat_gateway",
    "module.network.aws_eip.nat": "aws_eip",
    "module.network.aws_subnet.public[0]": "aws_subnet",
    "module.network.aws_subnet.public[1]": "aws_subnet",
    'module.network.aws_subnet.private["a"]': "aws_subnet",
    'module.network.aws_subnet.private["b"]': "aws_subnet",
    "aws_lb.main": "aws_lb",
    "aws_lb_listener.http": "aws_lb_listener",
    "aws_cognito_user_pool.gateway": "aws_cognito_user_pool",
    "aws_cognito_user_pool_client.m2m": "aws_cognito_user_pool_client",
    "aws_cognito_user_pool_domain.main": "aws_cognito_user_pool_domain",
    "aws_kms_key.logs": "aws_kms_key",
}
"""What our stack takes over, and its type."""


@attrs.frozen
class Older:
    """The older project's folder."""

    folder: Path
    environ: dict[str, str]

    def terraform(self, *arguments: str) -> str:
        """What Terraform says."""
        done = subprocess.run(
            ["terraform", *arguments],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


def deployed(folder: Path, environ: dict[str, str], *options: str) -> dict[str, str]:
    """Deploy the older project; the id of everything it made, by address."""
    older = Older(folder, environ)
    older.terraform("init", "-input=false", *options)
    older.terraform("apply", "-auto-approve", "-input=false", "-var=environment=dev")
    shown = older.terraform("show", "-json")
    (folder.parent / "show.json").write_text(shown, encoding="utf-8")
    root = json.loads(shown)["values"]["root_module"]
    resources = [*root["resources"], *(item for child in root["child_modules"] for item in child["resources"])]
    return {item["address"]: item["values"]["id"] for item in resources if item["mode"] == "managed"}


def ids(checkout: Checkout) -> dict[str, set[str]]:
    """The ids in our state, by type."""
    found: dict[str, set[str]] = {}
    shown = json.loads(checkout.terraform("dev", "show", "-json").stdout)
    for item in shown["values"]["root_module"]["resources"]:
        found.setdefault(item["type"], set()).add(item["values"].get("id", ""))
    return found


def standing(environ: dict[str, str]) -> dict[str, list[Any]]:
    """What of the kinds that hold data, and of what was left over, is on AWS."""
    ec2, kms = client(environ, "ec2"), client(environ, "kms")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    pools = client(environ, "cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
    groups = client(environ, "logs").describe_log_groups()["logGroups"]
    balancing = client(environ, "elbv2")
    return {
        "vpcs": [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc["IsDefault"]],
        "pools": [pool["Id"] for pool in pools],
        "keys": [key["KeyId"] for key in keys if key["KeyState"] == "Enabled"],
        "log groups": [group["logGroupName"] for group in groups],
        "repositories": [
            one["repositoryName"] for one in client(environ, "ecr").describe_repositories()["repositories"]
        ],
        "load balancers": [one["LoadBalancerArn"] for one in balancing.describe_load_balancers()["LoadBalancers"]],
        "target groups": [one["TargetGroupArn"] for one in balancing.describe_target_groups()["TargetGroups"]],
        "security groups": [group["GroupId"] for group in ec2.describe_security_groups()["SecurityGroups"]],
        "queues": client(environ, "sqs").list_queues().get("QueueUrls", []),
    }


def taken_over(checkout: Checkout, older: dict[str, str], before: dict[str, list[Any]]) -> None:
    """Hold that what was taken over has its ids, that nothing on AWS is gone, and that a second plan is empty."""
    checkout.initialize("dev")
    now = ids(checkout)
    for address, type_ in KEPT.items():
        assert older[address] in now[type_], address
    after = standing(checkout.environ)
    assert {kind: sorted(set(was) - set(after[kind])) for kind, was in before.items()} == {kind: [] for kind in before}
    assert after["vpcs"] == before["vpcs"]
    assert after["pools"] == before["pools"]
    assert after["load balancers"] == before["load balancers"]
    assert checkout.plan("dev") == (0, {})
    assert list(checkout.folder.glob(".work/dev/stacks/dev/adopt.tf.json")) == []


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Checkout, dict[str, str]]]:
    """A checkout of ours, and what the older project deployed with its state where the document has it."""
    folder = tmp_path_factory.mktemp("adopt")
    shutil.copytree(OLDER, folder / "older")
    with rehearsal() as environ:
        checkout = Checkout.make(folder / "checkout", emulated_environ(environ))
        made = checkout.ops("bootstrap", "dev", "--yes")
        assert made.returncode == 0, made.stdout
        options = [f"-backend-config={name}={value}" for name, value in BACKEND.items()]
        yield checkout, deployed(folder / "older", checkout.environ, *options)


@pytest.mark.deployment
@pytest.mark.xdist_group("adopt")
def test_nothing_that_holds_data_is_replaced_unasked(side: tuple[Checkout, dict[str, str]]) -> None:
    """Names without the environment cannot be kept: that is said in one line, and neither AWS nor the state changes."""
    checkout, _ = side
    before = standing(checkout.environ)
    state = client(checkout.environ, "s3").head_object(Bucket=BACKEND["bucket"], Key=BACKEND["key"])["VersionId"]
    done = checkout.ops("adopt", "dev", "--yes")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == (
        "LogGroups/Gateway, Repository/Repository would be new and without what the old holds; nothing changed: where "
        "that is right, say ALLOW_REPLACE=1"
    )
    assert standing(checkout.environ) == before
    now = client(checkout.environ, "s3").head_object(Bucket=BACKEND["bucket"], Key=BACKEND["key"])["VersionId"]
    assert now == state


@pytest.mark.deployment
@pytest.mark.xdist_group("adopt")
def test_the_stack_takes_the_deployment_over(side: tuple[Checkout, dict[str, str]]) -> None:
    """Everything that can be kept keeps its id, the rest is made beside it, and what is left is listed."""
    checkout, older = side
    before = standing(checkout.environ)
    done = checkout.ops("adopt", "dev", "--yes", "--allow-replace")
    assert done.returncode == 0, done.stdout
    assert "No changes." in done.stdout
    # The resource server, whose identifier a pool has once; the plan said so.
    assert re.findall(r"(\S+): Destroying", done.stdout) == ["aws_cognito_resource_server.Auth_ResourceServer_361B1A66"]
    said = " ".join(done.stdout.split())
    for line in (
        "the stack has no aws_sqs_queue",
        "made anew beside it: name cannot change",
        "deleted and made anew: name cannot change",
        "The older state is kept as s3://ai-gateway-tfstate-dev/terraform.tfstate.before-adopt.",
    ):
        assert line in said
    taken_over(checkout, older, before)


@pytest.mark.deployment
@pytest.mark.xdist_group("adopt")
def test_the_older_state_is_kept(side: tuple[Checkout, dict[str, str]]) -> None:
    """Its copy has every address of the older project, the state itself none."""
    checkout, older = side
    s3 = client(checkout.environ, "s3")

    def addresses(key: str) -> int:
        state = json.loads(s3.get_object(Bucket=BACKEND["bucket"], Key=key)["Body"].read())
        return sum(
            len(item["instances"])
            for item in state["resources"]
            if item["mode"] == "managed" and ("module" in item or f"{item['type']}.{item['name']}" in older)
        )

    assert addresses("terraform.tfstate.before-adopt") == len(older)
    assert addresses("terraform.tfstate") == 0


@pytest.mark.deployment
@pytest.mark.xdist_group("adopt")
def test_once_is_enough(side: tuple[Checkout, dict[str, str]]) -> None:
    """A second time there is nothing to do, and nothing is done."""
    checkout, _ = side
    before = standing(checkout.environ)
    done = checkout.ops("adopt", "dev", "--yes")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "Nothing is left to take over: `make deploy ENV=dev` continues from here."
    assert standing(checkout.environ) == before


@pytest.mark.deployment
@pytest.mark.xdist_group("adopt-imports")
def test_a_state_that_lies_elsewhere_is_imported(tmp_path: Path) -> None:
    """With FROM the same is taken over by its ids; the older project's own state is left alone."""
    folder = tmp_path / "older"
    shutil.copytree(OLDER, folder)
    main = folder / "main.tf"
    main.write_text(main.read_text(encoding="utf-8").replace('  backend "s3" {}\n', ""), encoding="utf-8")
    with rehearsal() as environ:
        checkout = Checkout.make(tmp_path / "checkout", emulated_environ(environ))
        older = deployed(folder, checkout.environ)
        state = (folder / "terraform.tfstate").read_bytes()
        before = standing(checkout.environ)
        done = checkout.ops("adopt", "dev", "--yes", "--allow-replace", "--from", str(tmp_path / "show.json"))
        assert done.returncode == 0, done.stdout
        assert "before-adopt" not in done.stdout
        taken_over(checkout, older, before)
        assert (folder / "terraform.tfstate").read_bytes() == state
