"""What cannot be deleted or moved while something else uses it."""

from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call


def _users_of_group(cloud: Cloud, identifier: str) -> Iterator[str]:
    for balancer in cloud.backend("elbv2").load_balancers.values():
        if identifier in balancer.security_groups:
            yield balancer.arn
    for service in cloud.backend("ecs").services.values():
        configuration: Any = getattr(service, "networkConfiguration", None) or service.network_configuration or {}
        groups = (configuration.get("awsvpcConfiguration") or {}).get("securityGroups", [])
        if service.status == "ACTIVE" and identifier in groups:
            yield service.arn
    for endpoint in cloud.backend("ec2").vpc_end_points.values():
        if endpoint.state != "deleted" and identifier in (endpoint.security_group_ids or []):
            yield endpoint.id


@rule("ec2", "DeleteSecurityGroup", source="vpc/latest/userguide/deleting-security-groups.html")
def security_group(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A group that a load balancer, a service or an endpoint uses stays."""
    identifier = str(call.params.get("GroupId", ""))
    users = sorted(_users_of_group(cloud, identifier))
    if users:
        said = f"resource {identifier} has a dependent object: {', '.join(users)}"
        yield Refusal("DependencyViolation", "GroupId", identifier, said)


@rule("ec2", "DeleteSubnet", source="vpc/latest/userguide/subnet-deleting.html")
def subnet(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A subnet that a load balancer is in stays."""
    identifier = str(call.params.get("SubnetId", ""))
    for balancer in cloud.backend("elbv2").load_balancers.values():
        if identifier in {one.id for one in balancer.subnets}:
            said = f"The subnet '{identifier}' has dependencies and cannot be deleted: {balancer.arn}"
            yield Refusal("DependencyViolation", "SubnetId", identifier, said)


@rule("elbv2", "SetSubnets", source="elasticloadbalancing/latest/APIReference/API_SetSubnets.html")
def subnets_of_a_load_balancer(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A load balancer stays in its VPC."""
    balancer = cloud.load_balancer(str(call.params.get("LoadBalancerArn", "")))
    for number, identifier in enumerate(call.params.get("Subnets", [])):
        found = cloud.subnet(identifier)
        if balancer is not None and found is not None and found.vpc_id != balancer.vpc_id:
            said = f"must be of {balancer.vpc_id}: a load balancer cannot change its VPC"
            yield Refusal("InvalidConfigurationRequest", f"Subnets[{number}]", identifier, said)


@rule("elbv2", "DeleteTargetGroup", source="elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html")
def target_group(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A target group that a listener forwards to stays."""
    arn = str(call.params.get("TargetGroupArn", ""))
    for balancer in cloud.backend("elbv2").load_balancers.values():
        for listener in balancer.listeners.values():
            if any(arn == action.data.get("TargetGroupArn") for action in listener.default_actions):
                said = f"Target group '{arn}' is currently in use by a listener or a rule"
                yield Refusal("ResourceInUse", "TargetGroupArn", arn, said)
