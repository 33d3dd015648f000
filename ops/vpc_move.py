"""What it costs to move an environment to another VPC, and what has to come first.

A load balancer cannot change its VPC, so a changed `vpc_cidr`, or a step to or from `vpc_id`, replaces it with all that
hangs on it. Deletion protection would stop that halfway.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from envs.schema import Environment
from resource_types import record_of
from resource_types.expressions import type_of
from resource_types.record import Loss

BALANCER = "aws_lb"
COST = (
    "The gateway answers no request until all of this exists again, streams are cut, the load balancer gets another "
    "host name, and addresses of NAT gateways change where the VPC is replaced."
)


def move(environment: Environment, managed: Mapping[str, Mapping[str, Any]]) -> str | None:
    """How the settings differ from the deployed VPC, e.g. `vpc_cidr='10.1.0.0/16' (deployed: 10.0.0.0/16)`, or None."""
    own = next((values for address, values in managed.items() if type_of(address) == "aws_vpc"), None)
    balancer = next((values for address, values in managed.items() if type_of(address) == BALANCER), None)
    if balancer is None:
        return None
    if environment.vpc_id:
        deployed = balancer.get("vpc_id")
        return None if deployed == environment.vpc_id else f"vpc_id={environment.vpc_id!r} (deployed: {deployed})"
    if own is None:
        return f"vpc_cidr={environment.vpc_cidr!r} (deployed: in {balancer.get('vpc_id')})"
    deployed = own.get("cidr_block")
    return None if deployed == environment.vpc_cidr else f"vpc_cidr={environment.vpc_cidr!r} (deployed: {deployed})"


def refusal(environment: Environment, managed: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Why a move would stop halfway, and the two steps instead; None where there is no move or nothing protected."""
    moved = move(environment, managed)
    held = [
        address
        for address, values in managed.items()
        if type_of(address) == BALANCER and values.get("enable_deletion_protection")
    ]
    if moved is None or not held:
        return None
    name = environment.environment
    return (
        f"envs/{name}.py: {moved} replaces the VPC's resources and {held[0]}, on which deletion protection is on; "
        "nothing was changed. First set deletion_protection=False, leave the VPC's settings as deployed and run "
        f"`make deploy ENV={name}`; then set them to what you want and run `make deploy ENV={name}` again"
    )


def warning(changes: Iterable[Mapping[str, Any]]) -> list[str]:
    """What `make diff` prints in red about a plan's `resource_changes`; nothing where none with a loss is replaced."""
    found = sorted(
        str(change["address"])
        for change in changes
        if {"create", "delete"} <= set(change["change"]["actions"])
        and record_of(change["type"]).loses is not Loss.NOTHING
    )
    if not found:
        return []
    lines = [f"This replaces {', '.join(found)}."]
    return [*lines, COST] if any(type_of(address) == BALANCER for address in found) else lines
