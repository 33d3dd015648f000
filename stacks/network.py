"""An environment's network: the VPC, the security groups and the VPC endpoints."""

from constructs_lib.helpers.provider_release import Release
from constructs_lib.helpers.scope import Scope
from constructs_lib.log_groups import LogGroups
from constructs_lib.network.endpoints import Endpoints
from constructs_lib.network.existing_network import ExistingNetwork
from constructs_lib.network.network import Network
from constructs_lib.network.security_groups import SecurityGroups
from constructs_lib.network.subnets import Subnets
from constructs_lib.task.containers import GATEWAY_PORT
from envs.schema import Environment
from stacks.from_settings import images

from cdktf import TerraformStack


def subnets(
    stack: TerraformStack,
    environment: Environment,
    where: Scope,
    *,
    logs: LogGroups,
    permissions_boundary: str | None,
    release: Release,
) -> Subnets:
    """The subnets of the existing VPC that `vpc_id` names, or of a new VPC where `vpc_id` is empty."""
    if environment.vpc_id:
        return ExistingNetwork(
            stack,
            "Network",
            vpc_id=environment.vpc_id,
            public_subnet_ids=environment.public_subnet_ids,
            private_subnet_ids=environment.private_subnet_ids,
        )
    return Network(
        stack,
        "Network",
        where=where,
        cidr=environment.vpc_cidr,
        nat_gateway_per_az=environment.nat_gateway_per_az,
        flow_logs=logs.flow_logs,
        permissions_boundary=permissions_boundary,
        release=release,
    )


def security_groups(
    stack: TerraformStack, environment: Environment, where: Scope, *, network: Subnets
) -> SecurityGroups:
    """The security groups and, in a VPC that this project creates, the VPC endpoints."""
    groups = SecurityGroups(
        stack,
        "SecurityGroups",
        names=where.names,
        network=network,
        ingress_cidrs=environment.ingress_cidrs,
        target_port=GATEWAY_PORT,
        gateway_egress_ports=environment.gateway_egress_ports,
        with_https=environment.serves_https,
        with_jwt=environment.enable_jwt_auth,
        with_rate_limits=environment.rates_in_valkey,
    )
    if groups.endpoints is not None:
        Endpoints(
            stack,
            "Endpoints",
            where=where,
            network=network,
            security_group=groups.endpoints,
            with_usage=bool(environment.clients),
            more=environment.interface_endpoints,
            images=images(environment),
        )
    return groups
