"""The interface of a network to the rest of the stack."""

from typing import Protocol

from cdktf import TerraformResource


class Subnets(Protocol):
    """A VPC with public and private subnets: created here (Network) or existing (ExistingNetwork)."""

    vpc_id: str
    public_subnet_ids: list[str]
    private_subnet_ids: list[str]
    private_route_table_ids: list[str]
    """Empty for an existing VPC, so that no endpoints are created: two with private DNS for one service collide."""
    way_in: tuple[TerraformResource, ...]
    """Resources that must exist before an internet-facing load balancer is created."""
