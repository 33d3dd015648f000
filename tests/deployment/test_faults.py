"""State survives faults: concurrent deployments, kill -9, throttled calls, and corrupt or deleted state.

docs/reliability.md lists these faults for users.
"""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from emulator.rehearsal import close_gate, copied, copy_of, held_call, open_gate
from tests.deployment.conftest import Start
from tests.support.cloud import Checkout, client, counted, kill
from tests.support.shared import environ_of, shared
from tests.support.waiting import CALL_PATIENCE

import pytest

pytestmark = pytest.mark.deployment

BUCKET = "ai-gateway-tfstate-dev"
COMPLETE = {
    "vpcs": 1, "subnets": 4, "internet gateways": 1, "addresses": 1, "nat gateways": 1, "route tables": 3,
    "security groups": 4, "endpoints": 5, "flow logs": 1, "keys": 4, "user pools": 1, "clients": 1,
    "task definitions": 1, "saved queries": 7, "role policies": 3,
}  # fmt: skip
"""The counts for dev with nothing created twice. The fourth security group is the VPC's default one."""
MOMENTS = {
    "the-first-resources": "CreateSubnet",
    "the-network": "CreateNatGateway",
    "the-user-pool-client": "CreateUserPoolClient",
    "the-load-balancer-half-made": "CreateListener",
    "the-service": "CreateService",
}
"""The call during which Terraform is killed, by moment: Terraform has sent it, and AWS has not yet run it."""


@pytest.mark.parametrize("use_lockfile", [False, True], ids=["table", "table-and-lock-file"])
def test_two_deployments_at_once(checkout: Checkout, *, use_lockfile: bool) -> None:
    """The second deployment fails, names the lock's holder and changes nothing. Other environments are not blocked."""
    environ = checkout.environ
    checkout.change("dev", "gateway_cpu=512", "gateway_cpu=1024")
    checkout.change("dev", "gateway_memory=1024", "gateway_memory=2048")
    if use_lockfile:  # also changes the backend's settings after the deployment
        checkout.change("dev", "    environment=", "    use_lockfile=True,\n    environment=")
    colleague = Checkout.make(checkout.folder.parent / "colleague", environ)
    if use_lockfile:
        colleague.change("dev", "    environment=", "    use_lockfile=True,\n    environment=")
    close_gate(environ, "RegisterTaskDefinition")
    with ThreadPoolExecutor() as pool:
        first = pool.submit(checkout.ops, "deploy", "dev", "--yes")
        try:
            assert held_call(environ, CALL_PATIENCE) == "RegisterTaskDefinition"
            second = colleague.ops("deploy", "dev", "--yes")
            if use_lockfile:
                meanwhile = [
                    colleague.ops("diff", "dev", "--lock-timeout", "1s"),
                    checkout.ops("diff", "prod"),
                    checkout.ops("synth"),
                ]
        finally:
            open_gate(environ, "RegisterTaskDefinition")
        done = first.result()
    assert second.returncode == 1
    assert re.search(
        r"the state of dev has been locked by \S+ \(OperationTypeApply\) for \d+ \w+: wait", second.stdout
    ), second.stdout
    assert done.returncode == 0, done.stdout
    if use_lockfile:
        assert [one.returncode for one in meanwhile] == [1, 0, 0], meanwhile
        again = checkout.ops("diff", "dev")
        assert again.returncode == 0, again.stdout
    assert counted(environ, "dev") == COMPLETE


def _stop_at_each_moment(folder: Path, empty_aws: dict[str, str]) -> dict[str, int]:
    """Apply dev once, hold it at each moment and kill it at the last. Returns a port of AWS for each moment."""
    port = copied(empty_aws)
    environ = environ_of(port)
    checkout = Checkout.make(folder / "checkout", environ)
    made = checkout.ops("bootstrap", "dev", "--yes")
    assert made.returncode == 0, made.stdout
    checkout.initialize("dev")
    for call in MOMENTS.values():
        close_gate(environ, call)
    process = checkout.start_apply("dev")
    found: dict[str, int] = {}
    try:
        while len(found) < len(MOMENTS):
            call = held_call(environ, CALL_PATIENCE)
            moment = next(name for name, wanted in MOMENTS.items() if wanted == call)
            if len(found) + 1 == len(MOMENTS):
                kill(process)  # before AWS runs the call
                found[moment] = port
            else:
                found[moment] = copied(environ)
            open_gate(environ, call)
    finally:
        kill(process)
    return found


@pytest.fixture
def killed(
    empty_aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory, moment: str, tmp_path: Path
) -> Iterator[Checkout]:
    """The checkout of a colleague who finds the AWS that a killed apply left."""
    ports = shared(tmp_path_factory, "moments", lambda folder: _stop_at_each_moment(folder, empty_aws))
    with copy_of(environ_of(ports[moment])) as environ:
        yield Checkout.make(tmp_path / "checkout", environ)


@pytest.mark.parametrize("moment", MOMENTS)
def test_kill_9_in_the_middle_of_an_apply(killed: Checkout) -> None:
    """Whenever Terraform is killed, `make recover` and a deployment end in an empty plan with nothing created twice."""
    recovered = killed.ops("recover", "dev", "--yes")
    assert recovered.returncode == 0, recovered.stdout
    assert "The state has been locked by " in recovered.stdout
    assert "Released." in recovered.stdout
    if "To complete the deployment, run" in recovered.stdout:
        deployed = killed.ops("deploy", "dev", "--yes")
        assert deployed.returncode == 0, deployed.stdout
    after = killed.ops("diff", "dev")
    assert after.returncode == 0, after.stdout
    assert counted(killed.environ, "dev") == COMPLETE


@pytest.mark.parametrize("moment", ["the-network"])
def test_a_killed_run_keeps_its_lock(killed: Checkout) -> None:
    """The next plan fails because the state is locked. `make recover` asks before it releases the lock."""
    killed.initialize("dev")
    refused = killed.terraform("dev", "plan", "-input=false", "-no-color")
    assert "Error acquiring the state lock" in refused.stdout
    asked = killed.ops("recover", "dev")
    assert asked.returncode == 1
    assert "The state has been locked by " in asked.stdout
    assert asked.stdout.splitlines()[-1].startswith("no terminal to confirm (Is that run dead? Release its lock?)")


def test_throttles_and_server_errors(start: Start) -> None:
    """Half of the first 400 calls fail with throttling, 500 and 503 errors, and the deployment still completes."""
    checkout = start("--faults", "400")
    done = checkout.ops("deploy", "dev", "--yes")
    assert done.returncode == 0, done.stdout
    after = checkout.ops("diff", "dev")
    assert after.returncode == 0, after.stdout
    assert counted(checkout.environ, "dev") == COMPLETE


def test_a_state_object_of_rubbish(checkout: Checkout) -> None:
    """If the state object is unreadable, `make recover` restores its previous version, and the plan is empty."""
    s3 = client(checkout.environ, "s3")
    time.sleep(1)  # the embedded S3 orders versions by whole seconds
    s3.put_object(Bucket=BUCKET, Key="terraform.tfstate", Body=b"not a state")
    refused = checkout.ops("diff", "dev")
    assert refused.returncode == 1
    recovered = checkout.ops("recover", "dev", "--yes")
    assert recovered.returncode == 0, recovered.stdout
    assert "The state object is not readable." in recovered.stdout
    assert "The state is restored" in recovered.stdout
    assert checkout.ops("diff", "dev").returncode == 0
    assert counted(checkout.environ, "dev") == COMPLETE


def test_a_state_that_is_gone(checkout: Checkout) -> None:
    """With every version of the state lost, `make recover` imports all resources and creates nothing twice."""
    s3 = client(checkout.environ, "s3")
    for version in s3.list_object_versions(Bucket=BUCKET)["Versions"]:
        s3.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
    client(checkout.environ, "dynamodb").delete_item(
        TableName="ai-gateway-tfstate-lock-dev", Key={"LockID": {"S": f"{BUCKET}/terraform.tfstate-md5"}}
    )
    recovered = checkout.ops("recover", "dev", "--yes")
    assert recovered.returncode == 0, recovered.stdout
    assert checkout.ops("diff", "dev").returncode == 0
    assert counted(checkout.environ, "dev") == COMPLETE
