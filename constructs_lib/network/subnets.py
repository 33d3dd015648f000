"""What the rest of a stack needs to know of a network, whoever looks after it."""

from typing import Protocol

from cdktf import TerraformResource


class Subnets(Protocol):
    """A VPC with public and private subnets: our own (Network) or one that exists (ExistingNetwork)."""

    vpc_id: str
    public_subnet_ids: list[str]
    private_subnet_ids: list[str]
    private_route_table_ids: list[str]
    """Empty where somebody else looks after the VPC: it has endpoints of its own, and two with private DNS collide."""
    way_in: tuple[TerraformResource, ...]
    """What has to exist before something in the public subnets faces the internet."""
