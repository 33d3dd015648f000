"""Our stack adopts what an older Terraform project deployed: the ids stay the same and nothing is deleted."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.support.cloud import ROOT, Checkout, client
from tests.support.commands import run
from tests.support.older_project import BACKEND, Side, log_key, standing, two_sides

import pytest

pytestmark = [pytest.mark.deployment, pytest.mark.xdist_group("adopt")]

KEPT = {
    "module.network.aws_vpc.this": "aws_vpc",
    "module.network.aws_internet_gateway.this": "aws_internet_gateway",
    "module.network.aws_nat_gateway.this[0]": "aws_nat_gateway",
    "module.network.aws_eip.nat[0]": "aws_eip",
    "module.network.aws_subnet.public[0]": "aws_subnet",
    "module.network.aws_subnet.private[1]": "aws_subnet",
    "module.network.aws_route_table.private[1]": "aws_route_table",
    'module.network.aws_vpc_endpoint.interface["logs"]': "aws_vpc_endpoint",
    "module.edge.aws_lb.this": "aws_lb",
    "module.edge.aws_lb_listener.http": "aws_lb_listener",
    "module.identity.aws_cognito_user_pool.gateway": "aws_cognito_user_pool",
    "module.identity.aws_cognito_resource_server.gateway": "aws_cognito_resource_server",
    "module.identity.aws_cognito_user_pool_client.m2m": "aws_cognito_user_pool_client",
    "module.identity.aws_cognito_user_pool_domain.gateway": "aws_cognito_user_pool_domain",
    "module.compute.aws_ecs_cluster.this": "aws_ecs_cluster",
    "module.compute.aws_iam_role.task": "aws_iam_role",
    "module.observability.aws_sns_topic.alarms": "aws_sns_topic",
    'module.observability.aws_cloudwatch_query_definition.this["ai-gateway/dev/gateway-errors"]': (
        "aws_cloudwatch_query_definition"
    ),
}
"""The older project's addresses that our stack adopts, and their types."""
OURS = {
    "aws_cognito_user_pool.account_recovery_setting",
    "aws_cognito_user_pool.password_policy",
    "aws_cognito_user_pool_client.prevent_user_existence_errors",
    "aws_lb.access_logs",
    "aws_sns_topic.policy",
    "aws_vpc_endpoint.policy",
}
"""Attributes that keep our values after the rollback, because the older project does not manage them."""
READ_LATER = {
    "aws_cognito_user_pool.domain",
    "aws_eip.association_id",
    "aws_eip.network_interface",
    "aws_eip.private_dns",
    "aws_eip.private_ip",
    "aws_iam_role.inline_policy",
    "aws_iam_role.managed_policy_arns",
    "aws_lb_target_group.load_balancer_arns",
    "aws_route_table.route",
    "aws_security_group.egress",
    "aws_security_group.ingress",
}
"""Attributes that the provider reads only once other resources exist. The older project's first apply lacks them."""


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    """The older project twice: with its state in the bucket of the Terraform version, and with it in a local folder."""
    with two_sides(tmp_path_factory.mktemp("adopt")) as made:
        yield made


@pytest.fixture
def side(sides: tuple[Side, Side]) -> Side:
    """The side whose state is in the bucket of the Terraform version."""
    return sides[0]


def ids(environ: dict[str, str]) -> dict[str, set[str]]:
    """The ids in our state, by type."""
    s3 = client(environ, "s3")
    state = json.loads(s3.get_object(Bucket=BACKEND["bucket"], Key=BACKEND["key"])["Body"].read())
    found: dict[str, set[str]] = {}
    for item in state["resources"]:
        assert "module" not in item
        for instance in item["instances"] if item["mode"] == "managed" else ():
            found.setdefault(item["type"], set()).add(instance["attributes"].get("id", ""))
    return found


def taken_over(checkout: Checkout, older: dict[str, str], before: dict[str, list[Any]]) -> None:
    """Check that adopted resources keep their ids, and that nothing on AWS is gone."""
    now = ids(checkout.environ)
    for address, type_ in KEPT.items():
        assert older[address] in now[type_], address
    after = standing(checkout.environ)
    assert {kind: sorted(set(was) - set(after[kind])) for kind, was in before.items()} == {kind: [] for kind in before}
    assert after["vpcs"] == before["vpcs"]
    assert after["pools"] == before["pools"]
    assert after["load balancers"] == before["load balancers"]
    assert list(checkout.folder.glob(".work/dev/stacks/dev/adopt.t*")) == []


def test_the_stack_takes_the_deployment_over(side: Side) -> None:
    """Resources that can be kept keep their ids; the rest are created next to them. Weaker protections are printed."""
    environ = side.checkout.environ
    before, key = standing(environ), log_key(environ)
    side.calls.write_text("", encoding="utf-8")
    done = side.checkout.ops("adopt", "dev", "--yes", "--allow-replace", "--allow-weaker")
    assert done.returncode == 0, done.stdout
    assert "No changes." in done.stdout
    assert re.findall(r"(\S+): Destroying", done.stdout) == ["aws_lb_listener_rule.adopt"]
    said = {" ".join(line.split()) for line in done.stdout.splitlines()}
    assert {
        "Auth/UserPool deletion_protection ACTIVE INACTIVE deletion_protection=True",
        "LoadBalancer/LoadBalancer enable_deletion_protection true false deletion_protection=True",
        "number of resources aws_nat_gateway 2 1 nat_gateway_per_az=True",
        "The older state is kept as s3://ai-gateway-tfstate-dev/terraform.tfstate.before-adopt.",
        "module.compute.aws_iam_role_policy.bedrock: role ai-gateway-dev-task: Allow bedrock:InvokeModel* on *",
        "aws iam delete-role-policy --role-name ai-gateway-dev-task --policy-name bedrock-access",
        "module.compute.aws_ecs_service.this: its tasks keep running",
    } - said == set()
    # AWS keeps what the older project wrote to the cluster. The plan ignores it, so this line reports it.
    assert (
        "cluster ai-gateway-dev: execute-command configuration (logging OVERRIDE, /aws/ecs/ai-gateway-dev) is not "
        "managed by Terraform; remove it with `aws ecs update-cluster --cluster ai-gateway-dev --configuration "
        "executeCommandConfiguration={logging=DEFAULT}`"
    ) in said
    assert log_key(environ) == key
    taken_over(side.checkout, side.ids, before)


def test_the_listener_switches_when_the_new_tasks_are_healthy(side: Side) -> None:
    """The order: create the service, wait for its deployment, switch the listener, detach the older security groups."""
    wanted = ("CreateService", "DescribeServiceDeployments", "ModifyListener", "SetSecurityGroups")
    calls = [
        name
        for line in side.calls.read_text(encoding="utf-8").splitlines()
        for name in wanted
        if re.search(rf"\b{name}\b", line)
    ]
    assert [name for place, name in enumerate(calls) if calls[:place][-1:] != [name]][-4:] == list(wanted)


def test_the_older_state_is_kept(side: Side) -> None:
    """The backup of the older state has every address of the older project, and the state itself has none of them."""
    s3 = client(side.checkout.environ, "s3")

    def addresses(key: str) -> int:
        state = json.loads(s3.get_object(Bucket=BACKEND["bucket"], Key=key)["Body"].read())
        return sum(len(item["instances"]) for item in state["resources"] if "module" in item)

    assert addresses("terraform.tfstate.before-adopt") == len(side.ids)
    assert addresses("terraform.tfstate") == 0


def test_the_next_run_knows_what_is_left(side: Side) -> None:
    """A second run changes nothing, and no longer lists what the script's commands removed."""
    environ = side.checkout.environ
    script = (side.checkout.folder / ".work" / "dev.leftovers.sh").read_text(encoding="utf-8")
    in_effect = script.partition("# Still affects")[2].partition("\n\n")[0]
    assert run(environ, in_effect) == ["delete-role-policy", "delete-role-policy"]
    before = standing(environ)
    done = side.checkout.ops("adopt", "dev", "--yes")
    assert done.returncode == 0, done.stdout
    assert "Nothing is left to take over. To deploy changes, run `make deploy ENV=dev`." in done.stdout
    assert "bedrock" not in done.stdout
    assert "module.compute.aws_ecs_service.this: its tasks keep running" in done.stdout
    assert standing(environ) == before


def test_there_is_a_way_back(side: Side) -> None:
    """A rollback applies the older project and runs our script, which deletes the new resources. No changes remain."""
    environ = side.checkout.environ
    # The two inline policies that were deleted by hand.
    went_back(side, added="2")
    # moto also lists a deleted service, with the status that AWS gives it.
    ecs, names = client(environ, "ecs"), ("ai-gateway-gateway", "ai-gateway-dev")
    found = ecs.describe_services(cluster="ai-gateway-dev", services=names)["services"]
    assert {one["serviceName"]: one["status"] for one in found} == dict(zip(names, ("ACTIVE", "INACTIVE"), strict=True))


def went_back(side: Side, added: str) -> None:
    """Roll back, and check that the older project's plan is empty after its apply and our script."""
    done = side.checkout.ops("adopt", "dev", "--back", "--yes")
    assert done.returncode == 0, done.stdout
    arguments = ("-input=false", "-var=environment=dev")
    planned = side.older.terraform("apply", "-auto-approve", *arguments)
    assert re.findall(r"Resources: (\d+) added, \d+ changed, (\d+) destroyed", planned) == [(added, "0")]
    script = (side.checkout.folder / ".work" / "dev.way-back.sh").read_text(encoding="utf-8")
    assert "delete-service" in run(side.checkout.environ, script)
    assert side.older.terraform("plan", "-detailed-exitcode", *arguments)


def attributes(state: bytes) -> dict[str, dict[str, Any]]:
    """The attributes of each managed resource in a state, by address."""
    return {
        f"{item['module']}.{item['type']}.{item['name']}[{instance.get('index_key', '')}]": instance["attributes"]
        for item in json.loads(state)["resources"]
        if item["mode"] == "managed"
        for instance in item["instances"]
    }


def kept_values(was: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]) -> dict[str, tuple[Any, Any]]:
    """The old and new value of each attribute that differs between two states, by type and attribute."""
    return {
        f"{address.split('.')[2]}.{name}": (was[address][name] or None, value or None)
        for address, values in now.items()
        for name, value in values.items()
        if (value or None) != (was[address][name] or None)
    }


def test_a_state_that_is_elsewhere_is_imported(sides: tuple[Side, Side]) -> None:
    """With --from, resources are imported by id and protections stay on. It exits 0 once the older state drops them."""
    _, side = sides
    checkout, environ = side.checkout, side.checkout.environ
    checkout.change("dev", "enable_waf=False", "enable_waf=False, deletion_protection=True, nat_gateway_per_az=True")
    shown, kept = side.older.folder.parent / "show.json", side.older.folder / "terraform.tfstate"
    shown.write_text(side.older.terraform("show", "-json"), encoding="utf-8")
    state = kept.read_bytes()
    before, key = standing(environ), log_key(environ)
    arguments = ("adopt", "dev", "--yes", "--allow-replace", "--allow-weaker", "--from", str(shown))
    done = checkout.ops(*arguments)
    assert done.returncode == 1, done.stdout
    assert "No changes." in done.stdout
    for absent in ("before-adopt", "deletion_protection", "nat_gateway_per_az", "Destroying"):
        assert absent not in done.stdout.replace("aws_lb_listener_rule.adopt: Destroying", "")
    assert log_key(environ) == key
    taken_over(checkout, side.ids, before)
    assert kept.read_bytes() == state
    side.older.run("sh", str(checkout.folder / ".work" / "dev.state-rm.sh"))
    shown.write_text(side.older.terraform("show", "-json"), encoding="utf-8")
    done = checkout.ops(*arguments)
    assert done.returncode == 0, done.stdout
    assert "terraform state rm" not in done.stdout
    # Roll back with the older state from before `state rm`, as if that command had never run.
    kept.write_bytes(state)
    went_back(side, added="0")
    found = kept_values(attributes(state), attributes(kept.read_bytes()))
    assert set(found) == OURS | READ_LATER, found
    page = (ROOT / "docs" / "moving-over.md").read_text(encoding="utf-8")
    assert {name for name in OURS if f"`{name}`" not in page} == set()
