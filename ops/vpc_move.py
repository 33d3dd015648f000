"""Detects a move of an environment to another VPC, and explains what it replaces.

A load balancer cannot change its VPC. So a change of `vpc_cidr`, or a change to or from `vpc_id`, replaces it and what
is attached to it. Deletion protection on the load balancer would make the deployment fail halfway.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from envs.schema import Environment
from resource_types import record_of
from resource_types.expressions import type_of
from resource_types.record import Loss

BALANCER = "aws_lb"
COST = (
    "Until all of this exists again, the gateway answers no requests. Running streams are cut off, the load balancer "
    "gets another host name, and where the VPC is replaced, the NAT gateways get other addresses."
)


def move(environment: Environment, managed: Mapping[str, Mapping[str, Any]]) -> str | None:
    """How the settings differ from the deployed VPC, e.g. `vpc_cidr='10.1.0.0/16' (deployed: 10.0.0.0/16)`.

    None without a difference, or without a load balancer in the state.
    """
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
    """The error message for a move while the load balancer has deletion protection; None in any other case."""
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
        f"envs/{name}.py: {moved} replaces the VPC's resources and {held[0]}, which has deletion protection; nothing "
        "was changed. First set deletion_protection=False, leave the VPC settings as deployed and run "
        f"`make deploy ENV={name}`; then change the VPC settings and run `make deploy ENV={name}` again"
    )


def warning(changes: Iterable[Mapping[str, Any]]) -> list[str]:
    """The warning that `make diff` prints about a plan's `resource_changes`.

    Empty unless the plan replaces a resource that loses something, e.g. data or an address.
    """
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
