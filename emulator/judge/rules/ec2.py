"""EC2: resources that cannot be deleted while another service uses them. Other rules are in ec2.toml."""

from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call


def _users_of_group(cloud: Cloud, identifier: str) -> Iterator[str]:
    for balancer in cloud.all_of("elbv2", "load_balancers"):
        if identifier in balancer.security_groups:
            yield balancer.arn
    for service in cloud.all_of("ecs", "services"):
        configuration: Any = getattr(service, "networkConfiguration", None) or service.network_configuration or {}
        groups = (configuration.get("awsvpcConfiguration") or {}).get("securityGroups", [])
        if service.status == "ACTIVE" and identifier in groups:
            yield service.arn
    for endpoint in cloud.all_of("ec2", "vpc_end_points"):
        if endpoint.state != "deleted" and identifier in (endpoint.security_group_ids or []):
            yield endpoint.id


@rule("ec2", "DeleteSecurityGroup", source="vpc/latest/userguide/deleting-security-groups.html")
def security_group(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A security group that a load balancer, a service or an endpoint uses cannot be deleted."""
    identifier = str(call.params.get("GroupId", ""))
    if users := sorted(_users_of_group(cloud, identifier)):
        said = f"resource {identifier} has a dependent object: {', '.join(users)}"
        yield Refusal("DependencyViolation", "GroupId", identifier, said)


def _interfaces(cloud: Cloud) -> Iterator[Any]:
    """The existing network interfaces, without those of deleted NAT gateways, which moto keeps."""
    gone = {one._eni.id for one in cloud.all_of("ec2", "nat_gateways") if one.state == "deleted"}  # noqa: SLF001
    yield from (one for one in cloud.all_of("ec2", "enis") if one.id not in gone)


@rule("ec2", "DeleteSubnet", source="vpc/latest/userguide/subnet-deleting.html")
def subnet(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A subnet with a load balancer or a network interface cannot be deleted."""
    identifier = str(call.params.get("SubnetId", ""))
    users = [one.id for one in _interfaces(cloud) if one.subnet is not None and one.subnet.id == identifier]
    for balancer in cloud.all_of("elbv2", "load_balancers"):
        users += [balancer.arn for one in balancer.subnets if one.id == identifier]
    if users:
        said = f"The subnet '{identifier}' has dependencies and cannot be deleted: {', '.join(users)}"
        yield Refusal("DependencyViolation", "SubnetId", identifier, said)


@rule("ec2", "DetachInternetGateway", source="AWSEC2/latest/APIReference/API_DetachInternetGateway.html")
def internet_gateway(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """An internet gateway cannot be detached while a NAT gateway or load balancer in the VPC has a public address."""
    vpc = str(call.params.get("VpcId", ""))
    mapped = [
        address.public_ip
        for address in cloud.all_of("ec2", "addresses")
        if address.association_id and address.eni is not None and address.eni.subnet.vpc_id == vpc
    ]
    balancers = cloud.all_of("elbv2", "load_balancers")
    mapped += [one.arn for one in balancers if one.vpc_id == vpc and one.scheme == "internet-facing"]
    if mapped:
        said = (
            f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before "
            f"detaching the gateway: {', '.join(mapped)}"
        )
        yield Refusal("DependencyViolation", "InternetGatewayId", call.params.get("InternetGatewayId"), said)
