"""EC2: the ids in a request, and what a call creates."""

import re
from collections.abc import Iterator
from typing import Any

from emulator.iam.targets.registry import NEW, Target, arn, finder
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

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
"""The kind of a resource by what its id begins with."""
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
"""With tags in the request, the rules they create are resources of the call too."""
OF_ONE_GROUP = RULES | {
    "ModifySecurityGroupRules",
    "RevokeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "UpdateSecurityGroupRuleDescriptionsEgress",
    "UpdateSecurityGroupRuleDescriptionsIngress",
}
"""Calls on the group in `GroupId`; the groups that its rules name are not asked about."""
ID = re.compile(r"([a-z]+)-[0-9a-f]{8,}")


def ec2_arn(cloud: Cloud, identifier: str) -> str | None:
    """The ARN of a resource by its id; None for an id of a kind that is none of this stack's."""
    found = ID.fullmatch(identifier)
    kind = KINDS.get(found[1]) if found else None
    return arn(cloud, "ec2", f"{kind}/{identifier}") if kind else None


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _behind_associations(call: Call, cloud: Cloud) -> Iterator[str]:
    """What the association of a route table or an address is between."""
    identifier = call.params.get("AssociationId")
    backend = cloud.backend("ec2")
    for table in backend.route_tables.values():
        for one in table.associations:
            if identifier is not None and one["RouteTableAssociationId"] == identifier:
                yield from filter(None, (table.id, one.get("SubnetId"), one.get("GatewayId")))
    for address in backend.addresses:
        if identifier is not None and identifier == address.association_id:
            yield address.allocation_id


@finder("ec2")
def ec2(call: Call, cloud: Cloud) -> Iterator[Target]:
    """The resources of a call."""
    named = {"GroupId": call.params.get("GroupId")} if call.operation in OF_ONE_GROUP else call.params
    for identifier in (*_strings(named), *_behind_associations(call, cloud)):
        if found := ec2_arn(cloud, identifier):
            yield Target(found)
    prefix = CREATED.get(call.operation)
    if prefix is None and call.operation in RULES and call.params.get("TagSpecifications"):
        prefix = "sgr"
    if prefix:
        yield Target(arn(cloud, "ec2", f"{KINDS[prefix]}/{prefix}-{NEW}"), new=True)
