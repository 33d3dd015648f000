"""What goes wrong around the state, on purpose: two at once, kill -9, throttles, rubbish. All of it is survived.

`make reliability` runs this file and writes docs/reliability.md from its results.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.deployment.cloud import Checkout, client, counted, kill_when
from tests.deployment.conftest import Start

import pytest

pytestmark = pytest.mark.deployment

BUCKET = "ai-gateway-tfstate-dev"
COMPLETE = {
    "vpcs": 1, "subnets": 4, "internet gateways": 1, "addresses": 1, "nat gateways": 1, "route tables": 3,
    "security groups": 4, "endpoints": 5, "flow logs": 1, "keys": 4, "user pools": 1, "clients": 1,
    "task definitions": 1, "saved queries": 1, "role policies": 3,
}  # fmt: skip
"""dev, with nothing made twice; the VPC's own default security group is the fourth."""
MOMENTS = {
    "the-first-resource": "Creation complete",
    "the-network": "aws_subnet.Network_PublicA_CDD44E1B: Creation complete",
    "the-user-pool-client": "aws_cognito_user_pool_client.Auth_Client_23D8E456: Creation complete",
    "the-load-balancer-half-made": "aws_lb.LoadBalancer_10456B95: Still creating... [30s elapsed]",
    "the-service": "aws_ecs_service.Gateway_Service_C86A1019: Creating...",
}
"""The line of Terraform's output at which it is killed."""
FIRST_LINE = "Creating..."


def prepared(checkout: Checkout) -> Checkout:
    """A checkout with a state bucket and a synthesized stack, ready to apply."""
    done = checkout.ops("bootstrap", "dev", "--yes")
    assert done.returncode == 0, done.stdout
    checkout.initialize("dev")
    return checkout


@contextmanager
def applying(checkout: Checkout) -> Iterator[list[str]]:
    """An apply that has begun to create; joined at the end, with its output in the list."""
    process = checkout.start_apply("dev")
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        said.append(line)
        if FIRST_LINE in line:
            break
    try:
        yield said
    finally:
        said += process.stdout
        process.stdout.close()
        code = process.wait()
    assert code == 0, "".join(said)


@pytest.mark.parametrize("use_lockfile", [False, True], ids=["table", "table-and-lock-file"])
def test_two_applies_at_once(start: Start, *, use_lockfile: bool) -> None:
    """The second fails with the holder's name, loses nothing, and succeeds when the first has ended."""
    checkout = start()
    if use_lockfile:
        checkout.change("dev", "    environment=", "    use_lockfile=True,\n    environment=")
    prepared(checkout)
    with applying(checkout):
        second = checkout.terraform("dev", "apply", "-auto-approve", "-input=false", "-no-color")
        locked = checkout.ops("diff", "dev")
    assert second.returncode == 1
    assert "Error acquiring the state lock" in second.stdout
    assert "Who:" in second.stdout
    assert "OperationTypeApply" in second.stdout
    assert locked.returncode == 1
    third = checkout.terraform("dev", "apply", "-auto-approve", "-input=false", "-no-color")
    assert third.returncode == 0, third.stdout
    assert "0 added, 0 changed, 0 destroyed" in third.stdout
    assert counted(checkout.environ, "dev") == COMPLETE


@pytest.mark.parametrize("moment", MOMENTS)
def test_kill_9_in_the_middle_of_an_apply(checkout: Checkout, moment: str) -> None:
    """`make recover` and an apply end in an empty plan with nothing made twice, whenever Terraform was killed."""
    prepared(checkout)
    kill_when(checkout.start_apply("dev"), lambda line: MOMENTS[moment] in line)

    # What the next person meets, and why they need more than force-unlock.
    refused = checkout.terraform("dev", "plan", "-input=false", "-no-color")
    assert "Error acquiring the state lock" in refused.stdout
    asked = checkout.ops("recover", "dev")
    assert asked.returncode == 1
    assert "The state is locked by " in asked.stdout
    assert asked.stdout.splitlines()[-1].startswith("nobody to ask (Is that run dead, and may its lock go?)")

    recovered = checkout.ops("recover", "dev", "--yes")
    assert recovered.returncode == 0, recovered.stdout
    assert "Released." in recovered.stdout
    deployed = checkout.ops("deploy", "dev", "--yes")
    assert deployed.returncode == 0, deployed.stdout
    assert checkout.plan("dev") == (0, {})
    assert counted(checkout.environ, "dev") == COMPLETE


def test_throttles_and_server_errors(start: Start) -> None:
    """Half of the first 400 calls fail with throttles, 500 and 503; the deployment ends well and complete."""
    checkout = start("--faults", "400")
    done = checkout.ops("deploy", "dev", "--yes")
    assert done.returncode == 0, done.stdout
    assert checkout.plan("dev") == (0, {})
    assert counted(checkout.environ, "dev") == COMPLETE


def test_a_state_object_of_rubbish(checkout: Checkout) -> None:
    """`make recover` brings back the version before it, and the plan is empty."""
    prepared(checkout)
    with applying(checkout):
        pass
    s3 = client(checkout.environ, "s3")
    time.sleep(1)  # S3 orders versions by seconds here
    s3.put_object(Bucket=BUCKET, Key="terraform.tfstate", Body=b"not a state")
    refused = checkout.terraform("dev", "plan", "-input=false", "-no-color")
    assert refused.returncode == 1
    recovered = checkout.ops("recover", "dev", "--yes")
    assert recovered.returncode == 0, recovered.stdout
    assert "The state object is not readable." in recovered.stdout
    assert "The state is back" in recovered.stdout
    assert checkout.plan("dev") == (0, {})
    assert counted(checkout.environ, "dev") == COMPLETE


def test_a_state_that_is_gone(checkout: Checkout) -> None:
    """With every version of the state lost, `make recover` imports all of it and makes nothing twice."""
    prepared(checkout)
    with applying(checkout):
        pass
    s3 = client(checkout.environ, "s3")
    for version in s3.list_object_versions(Bucket=BUCKET)["Versions"]:
        s3.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
    client(checkout.environ, "dynamodb").delete_item(
        TableName="ai-gateway-tfstate-lock-dev", Key={"LockID": {"S": f"{BUCKET}/terraform.tfstate-md5"}}
    )
    recovered = checkout.ops("recover", "dev", "--yes")
    assert recovered.returncode == 0, recovered.stdout
    assert checkout.plan("dev") == (0, {})
    assert counted(checkout.environ, "dev") == COMPLETE
