"""`make deploy` and `make diff` warn about and refuse a change of the VPC."""

from typing import Any

from ops.vpc_move import COST, move, refusal, warning
from tests.support.synthesized import settings

import pytest

OWN: dict[str, dict[str, Any]] = {
    "aws_vpc.Network_Vpc": {"cidr_block": "10.0.0.0/16", "id": "vpc-1"},
    "aws_lb.LoadBalancer": {"vpc_id": "vpc-1", "enable_deletion_protection": False},
}
FOREIGN: dict[str, dict[str, Any]] = {
    "aws_lb.LoadBalancer": {"vpc_id": "vpc-0123456789abcdef0", "enable_deletion_protection": False}
}
IN_A_VPC: dict[str, Any] = {
    "vpc_id": "vpc-0123456789abcdef0",
    "public_subnet_ids": ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
    "private_subnet_ids": ("subnet-0123456789abcdef2", "subnet-0123456789abcdef3"),
}


@pytest.mark.parametrize(
    ("changes", "managed", "says"),
    [
        ({}, OWN, None),
        ({}, {}, None),
        ({"vpc_cidr": "10.1.0.0/16"}, OWN, "vpc_cidr='10.1.0.0/16' (deployed: 10.0.0.0/16)"),
        (IN_A_VPC, OWN, "vpc_id='vpc-0123456789abcdef0' (deployed: vpc-1)"),
        (IN_A_VPC, FOREIGN, None),
        ({}, FOREIGN, "vpc_cidr='10.0.0.0/16' (deployed: in vpc-0123456789abcdef0)"),
    ],
)
def test_a_move_is_seen(changes: dict[str, Any], managed: dict[str, Any], says: str | None) -> None:
    """Another CIDR block and a change to or from an existing VPC are moves; a first deployment is not."""
    assert move(settings(**changes), managed) == says


def test_a_protected_load_balancer_is_not_moved() -> None:
    """A move is refused if the load balancer has deletion protection; the error has both steps."""
    held = {**OWN, "aws_lb.LoadBalancer": {"vpc_id": "vpc-1", "enable_deletion_protection": True}}
    moved = settings(vpc_cidr="10.1.0.0/16")
    assert refusal(moved, OWN) is None
    assert refusal(settings(), held) is None
    assert refusal(moved, held) == (
        "envs/test.py: vpc_cidr='10.1.0.0/16' (deployed: 10.0.0.0/16) replaces the VPC's resources and "
        "aws_lb.LoadBalancer, which has deletion protection; nothing was changed. First set "
        "deletion_protection=False, leave the VPC settings as deployed and run `make deploy ENV=test`; then change "
        "the VPC settings and run `make deploy ENV=test` again"
    )


def change(address: str, *actions: str) -> dict[str, Any]:
    """Return one entry of a plan."""
    return {"address": address, "type": address.partition(".")[0], "change": {"actions": list(actions)}}


def test_a_plan_that_replaces_the_load_balancer_is_loud() -> None:
    """The warning names the replaced load balancer and the cost; a new task definition causes no warning."""
    quiet = [change("aws_ecs_task_definition.T", "delete", "create"), change("aws_lb.L", "update")]
    assert warning(quiet) == []
    assert warning([*quiet, change("aws_lb.M", "delete", "create")]) == ["This replaces aws_lb.M.", COST]
    assert warning([change("aws_kms_key.K", "create", "delete")]) == ["This replaces aws_kms_key.K."]
