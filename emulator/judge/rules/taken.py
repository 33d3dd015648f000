"""Names and places that are taken: a second resource is refused, or has to be the same."""

from collections.abc import Iterator
from typing import Any

from emulator.additions import elb
from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

ELB = "elasticloadbalancing/latest/APIReference/API_"


@rule("ecs", "CreateService", source="AmazonECS/latest/APIReference/API_CreateService.html")
def service(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A cluster has one active service of a name."""
    cluster = str(call.params.get("cluster", "default")).rpartition("/")[2]
    name = str(call.params.get("serviceName"))
    held = cloud.backend("ecs").services.get(f"{cluster}:{name}")
    if held is not None and held.status == "ACTIVE":
        yield Refusal("InvalidParameterException", "serviceName", name, "Creation of service was not idempotent.")


@rule("elbv2", "CreateLoadBalancer", source=f"{ELB}CreateLoadBalancer.html")
def load_balancer(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """One of the same name has the same settings."""
    name = call.params.get("Name")
    for held in cloud.backend("elbv2").load_balancers.values():
        if held.name != name:
            continue
        given = {
            "scheme": call.params.get("Scheme", "internet-facing"),
            "subnets": sorted(call.params.get("Subnets", [])),
            "groups": sorted(call.params.get("SecurityGroups", [])),
        }
        has = {
            "scheme": held.scheme,
            "subnets": sorted(one.id for one in held.subnets),
            "groups": sorted(held.security_groups),
        }
        if given != has:
            said = f"A load balancer with the same name '{name}' exists, but with different settings"
            yield Refusal("DuplicateLoadBalancerName", "Name", name, said)


@rule("elbv2", "CreateTargetGroup", source=f"{ELB}CreateTargetGroup.html")
def target_group(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """One of the same name has the same settings."""
    name, params = call.params.get("Name"), call.params
    given = (str(params.get("Port")), params.get("Protocol"), params.get("VpcId"), params.get("TargetType", "instance"))
    for held in cloud.backend("elbv2").target_groups.values():
        if held.name == name and given != (str(held.port), held.protocol, held.vpc_id, held.target_type):
            said = f"A target group with the same name '{name}' exists, but with different settings"
            yield Refusal("DuplicateTargetGroupName", "Name", name, said)


@rule("elbv2", "CreateListener", source=f"{ELB}CreateListener.html")
def listener(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A load balancer has one listener on a port; the same one again is no error."""
    balancer, port = cloud.load_balancer(str(call.params.get("LoadBalancerArn", ""))), call.params.get("Port")
    for held in balancer.listeners.values() if balancer is not None else ():
        if str(held.port) == str(port) and not elb.is_the_same(held, call.params):
            said = "A listener already exists on this port for this load balancer"
            yield Refusal("DuplicateListener", "Port", port, said)


@rule("elbv2", "CreateRule", source=f"{ELB}CreateRule.html")
def priority(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The rules of a listener have priorities of their own."""
    arn, wanted = call.params.get("ListenerArn"), call.params.get("Priority")
    for balancer in cloud.backend("elbv2").load_balancers.values():
        held = balancer.listeners.get(arn)
        for one in held.rules.values() if held is not None else ():
            if str(one.priority) == str(wanted):
                yield Refusal("PriorityInUse", "Priority", wanted, f"Priority '{wanted}' is currently in use")


@rule("wafv2", "CreateWebACL", source="waf/latest/APIReference/API_CreateWebACL.html")
def web_acl(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The web ACLs of a scope have names of their own."""
    kind = ":regional/" if call.params.get("Scope") == "REGIONAL" else ":global/"
    for held in cloud.backend("wafv2").wacls.values():
        if held.name == call.params.get("Name") and kind in held.arn:
            said = "some resource in your request is a duplicate of an existing one"
            yield Refusal("WAFDuplicateItemException", "Name", held.name, said)


@rule("iam", "CreateServiceLinkedRole", source="IAM/latest/APIReference/API_CreateServiceLinkedRole.html")
def service_linked_role(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """An account has one service-linked role of a service, unless suffixes tell them apart."""
    name = str(call.params.get("AWSServiceName", ""))
    for held in cloud.backend("iam").roles.values():
        if f"/aws-service-role/{name}/" in held.arn and not call.params.get("CustomSuffix"):
            said = f"Service role name {held.name} has been taken in this account, please try a different suffix."
            yield Refusal("InvalidInput", "AWSServiceName", name, said)


@rule("sns", "CreateTopic", source="sns/latest/api/API_CreateTopic.html")
def topic(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """CreateTopic of a topic that is there names the attributes that it has."""
    name, given = str(call.params.get("Name")), call.params.get("Attributes") or {}
    held = next((one for one in cloud.backend("sns").topics.values() if one.name == name), None)
    if held is None:
        return
    has = {"DisplayName": held.display_name or "", "KmsMasterKeyId": held.kms_master_key_id or ""}
    for member, value in has.items():
        if member in given and given[member] != value:
            said = "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
            yield Refusal("InvalidParameter", f"Attributes.{member}", given[member], said)


@rule(
    "application-autoscaling",
    "PutScalingPolicy",
    source="autoscaling/application/APIReference/API_PutScalingPolicy.html",
)
def tracked_metric(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A target has one target tracking policy for a metric."""
    wanted = _metric(call.params.get("TargetTrackingScalingPolicyConfiguration"))
    for held in cloud.backend("application-autoscaling").policies.values():
        same = held.resource_id == call.params.get("ResourceId") and held.policy_name != call.params.get("PolicyName")
        if wanted and same and _metric(held.target_tracking_scaling_policy_configuration) == wanted:
            said = "only one TargetTrackingScaling policy for a given metric specification is allowed"
            yield Refusal("ValidationException", "TargetTrackingScalingPolicyConfiguration", wanted, said)


def _metric(configuration: dict[str, Any] | None) -> Any:
    return (configuration or {}).get("PredefinedMetricSpecification")


@rule("dynamodb", "UpdateTimeToLive", source="amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html")
def time_to_live(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Time to live is turned on once."""
    table = cloud.backend("dynamodb").tables.get(call.params.get("TableName"))
    wanted = call.params.get("TimeToLiveSpecification") or {}
    if table is not None and wanted.get("Enabled") and table.ttl.get("TimeToLiveStatus") == "ENABLED":
        yield Refusal("ValidationException", "TimeToLiveSpecification", wanted, "TimeToLive is already enabled")
