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
    """A target group that a listener or a rule forwards to stays."""
    arn = str(call.params.get("TargetGroupArn", ""))
    for listener in _listeners(cloud):
        acting = [listener.default_actions, *(one.actions for one in listener.rules.values())]
        if any(arn in str(action.data) for actions in acting for action in actions):
            said = f"Target group '{arn}' is currently in use by a listener or a rule"
            yield Refusal("ResourceInUse", "TargetGroupArn", arn, said)


def _listeners(cloud: Cloud) -> Iterator[Any]:
    for balancer in cloud.backend("elbv2").load_balancers.values():
        yield from balancer.listeners.values()


@rule("elbv2", "DeleteRule", source="elasticloadbalancing/latest/APIReference/API_DeleteRule.html")
def default_rule(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The default rule goes with its listener only."""
    arn = str(call.params.get("RuleArn", ""))
    if any(one.arn == arn and one.is_default for listener in _listeners(cloud) for one in listener.rules.values()):
        yield Refusal("OperationNotPermitted", "RuleArn", arn, f"Default rule '{arn}' cannot be deleted")


@rule("acm", "DeleteCertificate", source="acm/latest/APIReference/API_DeleteCertificate.html")
def certificate(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A certificate that a listener uses stays."""
    arn = str(call.params.get("CertificateArn", ""))
    users = [one.arn for one in _listeners(cloud) if arn in str(one.certificates) or arn == one.certificate]
    if users:
        yield Refusal("ResourceInUseException", "CertificateArn", arn, f"Certificate is in use: {', '.join(users)}")


@rule("wafv2", "DeleteWebACL", source="waf/latest/APIReference/API_DeleteWebACL.html")
def web_acl(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A web ACL that protects a load balancer stays."""
    identifier = call.params.get("Id")
    for acl in cloud.backend("wafv2").wacls.values():
        users = [arn for arn in acl.associated_resources if cloud.load_balancer(arn) is not None]
        if acl.id == identifier and users:
            said = f"AWS WAF couldn't perform the operation because your resource is being used by {users[0]}"
            yield Refusal("WAFAssociatedItemException", "Id", identifier, said)


@rule("wafv2", "DeleteIPSet", source="waf/latest/APIReference/API_DeleteIPSet.html")
def ip_set(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """An IP set that a rule of a web ACL names stays."""
    backend, identifier = cloud.backend("wafv2"), call.params.get("Id")
    for held in backend.ip_sets.values():
        users = [acl.arn for acl in backend.wacls.values() if held.arn in str([one.to_dict() for one in acl.rules])]
        if held.ip_set_id == identifier and users:
            said = f"AWS WAF couldn't perform the operation because your resource is being used by {users[0]}"
            yield Refusal("WAFAssociatedItemException", "Id", identifier, said)


@rule("iam", "DeletePolicy", source="IAM/latest/APIReference/API_DeletePolicy.html")
def managed_policy(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A policy that a role has stays."""
    arn = call.params.get("PolicyArn")
    users = [role.name for role in cloud.backend("iam").roles.values() if arn in role.managed_policies]
    if users:
        said = f"Cannot delete a policy attached to entities: {', '.join(users)}"
        yield Refusal("DeleteConflict", "PolicyArn", arn, said, 409)


@rule("ecs", "DeleteCluster", source="AmazonECS/latest/APIReference/API_DeleteCluster.html")
def cluster(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A cluster with active services stays."""
    name = str(call.params.get("cluster", "")).rpartition("/")[2]
    held = cloud.backend("ecs").services.values()
    if any(one.cluster_name == name and one.status == "ACTIVE" for one in held):
        said = "The Cluster cannot be deleted while Services are active."
        yield Refusal("ClusterContainsServicesException", "cluster", name, said)


@rule("ecs", "DeleteService", source="AmazonECS/latest/APIReference/API_DeleteService.html")
def service(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """It is scaled down to zero first, unless `force` says otherwise."""
    cluster_name, name = (str(call.params.get(part, "default")).rpartition("/")[2] for part in ("cluster", "service"))
    held = cloud.backend("ecs").services.get(f"{cluster_name}:{name}")
    if held is not None and held.status == "ACTIVE" and held.desired_count and not call.params.get("force"):
        said = f"The service cannot be stopped while it is scaled above 0; it wants {held.desired_count} tasks."
        yield Refusal("InvalidParameterException", "service", name, said)


@rule("cognito-idp", "DeleteUserPool", source="cognito-user-identity-pools/latest/APIReference/API_DeleteUserPool.html")
def user_pool(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A pool goes after its domain."""
    pool = call.params.get("UserPoolId")
    if any(one.user_pool_id == pool for one in cloud.backend("cognito-idp").user_pool_domains.values()):
        said = "User pool cannot be deleted. It has a domain configured that should be deleted first."
        yield Refusal("InvalidParameterException", "UserPoolId", pool, said)


@rule("dynamodb", "DeleteTable", source="amazondynamodb/latest/APIReference/API_DeleteTable.html")
def table(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Deletion protection protects."""
    name = call.params.get("TableName")
    held = cloud.backend("dynamodb").tables.get(name)
    if held is not None and held.deletion_protection_enabled:
        said = "Resource cannot be deleted as it is currently protected by deletion protection. Disable it first."
        yield Refusal("ValidationException", "TableName", name, said)
