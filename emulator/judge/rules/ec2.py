"""Networks: names and rules of security groups, ways to the internet, endpoints and flow logs."""

import re
from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.judge.documents import listed, statements
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.judge.rules.endpoint_services import is_a_service
from emulator.wire.calls import Call

API = "AWSEC2/latest/APIReference/API_"
INVALID = "InvalidParameterValue"
OTHER_VPC = "You have specified two resources that belong to different networks."
GROUP_TEXT = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]*")
RULES_PER_GROUP = 60
"""Inbound or outbound rules of a security group ("Amazon VPC quotas", VPC user guide)."""


@rule("ec2", "CreateSecurityGroup", source=f"{API}CreateSecurityGroup.html")
def security_group(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Name and description of up to 255 of some characters, and a name that does not look like an id."""
    for member in ("GroupName", "Description"):
        text = str(call.params.get(member, ""))
        if len(text) > 255 or not GROUP_TEXT.fullmatch(text):
            said = "up to 255 characters of a-z, A-Z, 0-9, spaces and ._-:/()#,@[]+=&;{}!$*"
            yield Refusal(INVALID, member, text, said)
    if str(call.params.get("GroupName", "")).startswith("sg-"):
        yield Refusal(INVALID, "GroupName", call.params["GroupName"], "cannot start with sg-")
    vpc = call.params.get("VpcId")
    if vpc is not None and cloud.vpc(vpc) is None:
        yield Refusal("InvalidVpcID.NotFound", "VpcId", vpc, f"The vpc ID '{vpc}' does not exist")


@rule("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", source=f"{API}IpPermission.html")
def group_rules(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Ports in order, descriptions of allowed characters, groups of the same VPC, and no more than 60 rules."""
    group = cloud.security_group(str(call.params.get("GroupId", "")))
    added = 0
    for number, permission in enumerate(call.params.get("IpPermissions", [])):
        place = f"IpPermissions[{number}]"
        yield from _ports(permission, place)
        sources = [
            one
            for kind in ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")
            for one in permission.get(kind, [])
        ]
        added += len(sources)
        for one in sources:
            text = one.get("Description", "")
            if len(text) > 255 or not GROUP_TEXT.fullmatch(text):
                said = "up to 255 characters of a-z, A-Z, 0-9, spaces and ._-:/()#,@[]+=&;{}!$*"
                yield Refusal(INVALID, f"{place}.Description", text, said)
        for pair in permission.get("UserIdGroupPairs", []):
            other = cloud.security_group(str(pair.get("GroupId", "")))
            where = f"{place}.UserIdGroupPairs.GroupId"
            if other is None:
                yield Refusal("InvalidGroup.NotFound", where, pair.get("GroupId"), "The security group does not exist")
            elif group is not None and other.vpc_id != group.vpc_id:
                yield Refusal("InvalidGroup.NotFound", where, pair["GroupId"], OTHER_VPC)
    if group is None:
        yield Refusal(
            "InvalidGroup.NotFound", "GroupId", call.params.get("GroupId"), "The security group does not exist"
        )
        return
    held = group.ingress_rules if call.operation.endswith("Ingress") else group.egress_rules
    if len(held) + added > RULES_PER_GROUP:
        said = f"The maximum number of rules per security group has been reached: {RULES_PER_GROUP} in each direction"
        yield Refusal("RulesPerSecurityGroupLimitExceeded", "IpPermissions", len(held) + added, said)


def _ports(permission: dict[str, Any], place: str) -> Iterator[Refusal]:
    begin, end = permission.get("FromPort"), permission.get("ToPort")
    wrong = begin is None or end is None or not 0 <= begin <= end <= 65535
    if wrong and permission.get("IpProtocol") in {"tcp", "udp", "6", "17"}:
        yield Refusal(INVALID, f"{place}.FromPort", [begin, end], "Invalid TCP/UDP port range")


def _vpcs_with_gateway(cloud: Cloud) -> set[str]:
    gateways = cloud.backend("ec2").internet_gateways.values()
    return {gateway.vpc.id for gateway in gateways if gateway.vpc}


@rule("ec2", "CreateNatGateway", source=f"{API}CreateNatGateway.html")
def nat_gateway(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A public one needs an address that is free, in a subnet of a VPC with an internet gateway."""
    subnet = cloud.subnet(str(call.params.get("SubnetId", "")))
    if subnet is None:
        yield Refusal(
            "InvalidSubnetID.NotFound", "SubnetId", call.params.get("SubnetId"), "The subnet ID does not exist"
        )
        return
    if call.params.get("ConnectivityType", "public") != "public":
        return
    default = getattr(cloud.vpc(subnet.vpc_id), "is_default", False) in {True, "true"}
    if subnet.vpc_id not in _vpcs_with_gateway(cloud) and not default:
        said = f"Network {subnet.vpc_id} has no Internet gateway attached"
        yield Refusal("Gateway.NotAttached", "SubnetId", subnet.id, said)
    identifier = call.params.get("AllocationId")
    address = next((one for one in cloud.backend("ec2").addresses if one.allocation_id == identifier), None)
    if address is None:
        said = "The allocation ID does not exist; a public NAT gateway needs one"
        yield Refusal("InvalidAllocationID.NotFound", "AllocationId", identifier, said)
    elif address.association_id:
        yield Refusal("Resource.AlreadyAssociated", "AllocationId", identifier, "is already associated")


@rule("ec2", "CreateRoute", source=f"{API}CreateRoute.html")
def route(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The gateway of a route exists, and an internet gateway is attached to the table's VPC."""
    backend = cloud.backend("ec2")
    table = backend.route_tables.get(call.params.get("RouteTableId"))
    nat = call.params.get("NatGatewayId")
    if nat is not None and nat not in backend.nat_gateways:
        yield Refusal("InvalidNatGatewayID.NotFound", "NatGatewayId", nat, "does not exist")
    gateway = str(call.params.get("GatewayId", ""))
    if gateway.startswith("igw-"):
        found = backend.internet_gateways.get(gateway)
        if found is None or not found.vpc or (table is not None and found.vpc.id != table.vpc_id):
            said = (
                f"route table {table.id if table else None} and network gateway {gateway} belong to different networks"
            )
            yield Refusal(INVALID, "GatewayId", gateway, said)


@rule("ec2", "CreateVpcEndpoint", source=f"{API}CreateVpcEndpoint.html")
def endpoint(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A service of this region, subnets and groups of the VPC, and private names that are still free."""
    vpc, name = str(call.params.get("VpcId")), str(call.params.get("ServiceName"))
    if cloud.vpc(vpc) is None:
        yield Refusal("InvalidVpcId.NotFound", "VpcId", vpc, "The vpc ID does not exist")
    if not is_a_service(name, cloud.region):
        said = f"The Vpc Endpoint Service '{name}' does not exist in {cloud.region}"
        yield Refusal("InvalidServiceName", "ServiceName", name, said)
    found = {identifier: cloud.subnet(identifier) for identifier in call.params.get("SubnetIds", [])}
    for identifier, subnet in found.items():
        if subnet is None or subnet.vpc_id != vpc:
            yield Refusal("InvalidSubnetId.NotFound", "SubnetIds", identifier, f"is no subnet of {vpc}")
    zones = [subnet.availability_zone for subnet in found.values() if subnet is not None]
    if len(set(zones)) < len(zones):
        yield Refusal("DuplicateSubnetsInSameZone", "SubnetIds", list(found), "at most one subnet in each zone")
    for identifier in call.params.get("SecurityGroupIds", []):
        group = cloud.security_group(identifier)
        if group is None or group.vpc_id != vpc:
            yield Refusal("InvalidSecurityGroupId.NotFound", "SecurityGroupIds", identifier, f"is no group of {vpc}")


@rule("ec2", "CreateVpcEndpoint", source=f"{API}CreateVpcEndpoint.html")
def private_names(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Private names need DNS in the VPC, and another endpoint of the service has them already."""
    vpc, name = str(call.params.get("VpcId")), str(call.params.get("ServiceName"))
    if not call.params.get("PrivateDnsEnabled"):
        return
    for one in cloud.backend("ec2").vpc_end_points.values():
        if (one.vpc_id, one.service_name) == (vpc, name) and one.private_dns_enabled and one.state != "deleted":
            said = "private-dns-enabled cannot be set because there is already a conflicting DNS domain in the VPC"
            yield Refusal("InvalidParameter", "PrivateDnsEnabled", name, said)
    known = cloud.vpc(vpc)
    if known is not None and not (_on(known.enable_dns_support) and _on(known.enable_dns_hostnames)):
        said = "requires both enableDnsSupport and enableDnsHostnames of the VPC"
        yield Refusal("InvalidParameter", "PrivateDnsEnabled", vpc, said)


def _on(value: object) -> bool:
    return str(value).lower() == "true"


@rule("ec2", "CreateFlowLogs", source=f"{API}CreateFlowLogs.html")
def flow_logs(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The log group exists, and the role may be assumed by the service that delivers to it."""
    if call.params.get("LogDestinationType", "cloud-watch-logs") != "cloud-watch-logs":
        return
    destination = str(call.params.get("LogDestination") or call.params.get("LogGroupName"))
    if cloud.log_group(destination.removesuffix(":*")) is None:
        yield Refusal("InvalidParameter", "LogDestination", destination, "LogDestination: there is no such log group")
    arn = str(call.params.get("DeliverLogsPermissionArn", ""))
    role = cloud.role(arn)
    if role is None:
        yield Refusal("InvalidParameter", "DeliverLogsPermissionArn", arn, "there is no such role")
        return
    trusted = [
        name
        for one in statements(role.assume_role_policy_document)
        for name in listed((one.get("Principal") or {}).get("Service"))
    ]
    if "vpc-flow-logs.amazonaws.com" not in trusted:
        said = "vpc-flow-logs.amazonaws.com cannot assume the role"
        yield Refusal("InvalidParameter", "DeliverLogsPermissionArn", arn, said)
