"""The ARNs of the resources that a call is on: from targets.toml, and for EC2 from the prefixes of ids."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emulator.expressions import NEW, Scope
from emulator.iam.actions import SERVICES
from emulator.judge.cloud import Cloud
from emulator.records import ElementRecord, about, by_call, read
from emulator.wire.calls import Call

import attrs

KINDS = {
    "acl": "network-acl",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "igw": "internet-gateway",
    "nat": "natgateway",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
"""EC2's resource types in ARNs, by the prefix of their ids."""
CREATED = {
    "AllocateAddress": "eipalloc",
    "CreateFlowLogs": "fl",
    "CreateInternetGateway": "igw",
    "CreateNatGateway": "nat",
    "CreateRouteTable": "rtb",
    "CreateSecurityGroup": "sg",
    "CreateSubnet": "subnet",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpce",
}
RULES = frozenset({"AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress"})
"""Calls that create rules. With tags in the request, these rules are resources of the call too."""
OF_ONE_GROUP = RULES | {
    "ModifySecurityGroupRules",
    "RevokeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "UpdateSecurityGroupRuleDescriptionsEgress",
    "UpdateSecurityGroupRuleDescriptionsIngress",
}
"""Calls on the group in `GroupId`; the groups that its rules name are not resources of the call."""
ID = re.compile(r"([a-z]+)-[0-9a-f]{8,}")


@attrs.frozen
class Target:
    """A resource that a call is on."""

    arn: str
    new: bool = False
    """The call creates it: it has no tags yet, and the request's tags become its own."""


@attrs.frozen(kw_only=True)
class TargetRecord(ElementRecord):
    """The resources that some calls are on, one for each element of their requests."""

    about: str
    """The resources, in a sentence."""
    arn: str = ""
    """The ARN, as a template over the element."""
    resource: str = ""
    """In place of `arn`, for a resource in the caller's account and region: the last part of the ARN, as a template."""
    new: str = ""
    """A condition on the element that is true where the call creates the resource."""

    def targets(self, scope: Scope) -> Iterator[Target]:
        """The resources that a call is on."""
        service = SERVICES.get(scope.call.service, scope.call.service)
        for element in scope.elements(self.when, self.each):
            found = scope.filled(self.arn or self.resource, element)
            new = bool(self.new and scope.search(self.new, element))
            yield Target(found if self.arn else arn(scope.cloud, service, found), new)


RECORDS = by_call(read(Path(__file__).parent / "targets.toml", "target", TargetRecord))


def arn(cloud: Cloud, service: str, resource: str) -> str:
    """The ARN of a resource in the caller's account and region."""
    return f"arn:{cloud.partition}:{service}:{cloud.region}:{cloud.account_id}:{resource}"


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def _associated(call: Call, cloud: Cloud) -> Iterator[str]:
    """The ids of what an association connects: a route table with a subnet or gateway, or an Elastic IP address."""
    identifier = call.params.get("AssociationId")
    for table in cloud.all_of("ec2", "route_tables"):
        for one in table.associations:
            if identifier is not None and one["RouteTableAssociationId"] == identifier:
                yield from filter(None, (table.id, one.get("SubnetId"), one.get("GatewayId")))
    for address in cloud.all_of("ec2", "addresses"):
        if identifier is not None and identifier == address.association_id:
            yield address.allocation_id


def _ec2(call: Call, cloud: Cloud) -> Iterator[Target]:
    named = {"GroupId": call.params.get("GroupId")} if call.operation in OF_ONE_GROUP else call.params
    for identifier in (*_strings(named), *_associated(call, cloud)):
        found = ID.fullmatch(identifier)
        if found and found[1] in KINDS:
            yield Target(arn(cloud, "ec2", f"{KINDS[found[1]]}/{identifier}"))
    prefix = CREATED.get(call.operation)
    if call.operation in RULES and call.params.get("TagSpecifications"):
        prefix = "sgr"
    if prefix:
        yield Target(arn(cloud, "ec2", f"{KINDS[prefix]}/{prefix}-{NEW}"), new=True)


def targets_of(call: Call, cloud: Cloud) -> list[Target]:
    """Every resource that a call names or creates, including those that no action of the call is on."""
    scope = Scope(call, cloud)
    found = [target for record in about(RECORDS, call) for target in record.targets(scope)]
    return list(dict.fromkeys(_ec2(call, cloud) if call.service == "ec2" else found))
