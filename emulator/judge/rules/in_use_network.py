"""Parts of a network that stay while something else uses them, and how many an account has."""

from collections.abc import Iterator
from typing import Any

from emulator.additions.service_quotas import DEFAULTS
from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

API = "AWSEC2/latest/APIReference/API_"
VPCS = 5
"""VPCs of a region ("Amazon VPC quotas", VPC user guide)."""
ADDRESSES = int(DEFAULTS["ec2", "L-0263D0A3"][1])


@rule("ec2", "CreateVpc", source="vpc/latest/userguide/amazon-vpc-limits.html")
def vpcs(_: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A region has five VPCs, the default one among them."""
    held = len(cloud.backend("ec2").vpcs)
    if held >= VPCS:
        yield Refusal("VpcLimitExceeded", "CidrBlock", held, "The maximum number of VPCs has been reached.")


@rule("ec2", "AllocateAddress", source="AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html")
def addresses(_: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A region has five addresses."""
    held = len(cloud.backend("ec2").addresses)
    if held >= ADDRESSES:
        said = "The maximum number of addresses has been reached."
        yield Refusal("AddressLimitExceeded", "Domain", held, said)


def _interfaces(cloud: Cloud) -> Iterator[Any]:
    """The network interfaces that there are; moto keeps those of NAT gateways that are gone."""
    gone = {one._eni.id for one in cloud.backend("ec2").nat_gateways.values() if one.state == "deleted"}  # noqa: SLF001
    yield from (one for one in cloud.backend("ec2").enis.values() if one.id not in gone)


@rule("ec2", "DeleteSubnet", source="vpc/latest/userguide/subnet-deleting.html")
def subnet(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A subnet that a load balancer or a network interface is in stays."""
    identifier = str(call.params.get("SubnetId", ""))
    users = [one.id for one in _interfaces(cloud) if one.subnet is not None and one.subnet.id == identifier]
    for balancer in cloud.backend("elbv2").load_balancers.values():
        users += [balancer.arn for one in balancer.subnets if one.id == identifier]
    if users:
        said = f"The subnet '{identifier}' has dependencies and cannot be deleted: {', '.join(users)}"
        yield Refusal("DependencyViolation", "SubnetId", identifier, said)


@rule("ec2", "DetachInternetGateway", source=f"{API}DetachInternetGateway.html")
def internet_gateway(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A VPC with a public address in use, of a NAT gateway or a load balancer, keeps its internet gateway."""
    vpc = str(call.params.get("VpcId", ""))
    mapped = [
        address.public_ip
        for address in cloud.backend("ec2").addresses
        if address.association_id and address.eni is not None and address.eni.subnet.vpc_id == vpc
    ]
    balancers = cloud.backend("elbv2").load_balancers.values()
    mapped += [one.arn for one in balancers if one.vpc_id == vpc and one.scheme == "internet-facing"]
    if mapped:
        said = (
            f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before "
            f"detaching the gateway: {', '.join(mapped)}"
        )
        yield Refusal("DependencyViolation", "InternetGatewayId", call.params.get("InternetGatewayId"), said)


@rule("ec2", "AssociateRouteTable", source=f"{API}AssociateRouteTable.html")
def route_table(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A subnet has one explicit route table."""
    subnet_id, wanted = call.params.get("SubnetId"), call.params.get("RouteTableId")
    for table in cloud.backend("ec2").route_tables.values():
        held = {one.get("SubnetId") for one in table.associations}
        if subnet_id is not None and subnet_id in held and table.id != wanted:
            said = f"the specified association for route table {wanted} conflicts with an existing association"
            yield Refusal("Resource.AlreadyAssociated", "SubnetId", subnet_id, f"{said} of {table.id}")


@rule("ec2", "AssociateAddress", source=f"{API}AssociateAddress.html")
def association(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """An address is moved only where that is allowed."""
    identifier = call.params.get("AllocationId")
    held = next((one for one in cloud.backend("ec2").addresses if one.allocation_id == identifier), None)
    if held is not None and held.association_id and call.params.get("AllowReassociation") is False:
        said = f"resource {identifier} is already associated with associate-id {held.association_id}"
        yield Refusal("Resource.AlreadyAssociated", "AllocationId", identifier, said)


@rule("ec2", "ReleaseAddress", source=f"{API}ReleaseAddress.html")
def release(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """An address is disassociated before it is released."""
    identifier = call.params.get("AllocationId")
    held = next((one for one in cloud.backend("ec2").addresses if one.allocation_id == identifier), None)
    if held is not None and held.association_id:
        said = f"Address {held.public_ip} is in use."
        yield Refusal("InvalidIPAddress.InUse", "AllocationId", identifier, said)


@rule("ec2", "DeleteSecurityGroup", source="vpc/latest/userguide/deleting-security-groups.html")
def security_group(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The default group of a VPC stays, and so does one that a rule of another group names."""
    identifier = str(call.params.get("GroupId", ""))
    group = cloud.security_group(identifier)
    if group is None:
        return
    if group.name == "default":
        said = f'the specified group: "{identifier}" name: "default" cannot be deleted by a user'
        yield Refusal("CannotDelete", "GroupId", identifier, said)
    for groups in cloud.backend("ec2").groups.values():
        for other in groups.values():
            named = {one.source_group.get("GroupId") for one in (*other.ingress_rules, *other.egress_rules)}
            if other.id != identifier and identifier in named:
                said = f"resource {identifier} has a dependent object: a rule of {other.id}"
                yield Refusal("DependencyViolation", "GroupId", identifier, said)


@rule("ec2", "CreateVpcEndpoint", source=f"{API}CreateVpcEndpoint.html")
def gateway_endpoint(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A route table has one route to the prefix list of a service."""
    params = call.params
    for held in cloud.backend("ec2").vpc_end_points.values():
        same = (held.vpc_id, held.service_name) == (params.get("VpcId"), params.get("ServiceName"))
        if not same or held.state == "deleted" or held.vpc_endpoint_type not in {None, "Gateway"}:
            continue
        for table in sorted(set(held.route_table_ids or ()) & set(params.get("RouteTableIds", []))):
            listed = held.destination_prefix_list_id
            said = f"route table {table} already has a route with destination-prefix-list-id {listed}"
            yield Refusal("RouteAlreadyExists", "RouteTableIds", table, said)
