"""Autoscaling, logs, repositories, topics, certificates, records and tags."""

import json
import re
from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.judge.documents import malformed
from emulator.judge.refusal import Refusal, codes_of
from emulator.judge.registry import rule
from emulator.wire.calls import Call

SCALING = "autoscaling/application/APIReference/API_"
LOGS = "AmazonCloudWatchLogs/latest/APIReference/API_"
# fmt: off
RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)
# fmt: on
SUBSCRIBED = {
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "https": r"https://\S+",
    "http": r"http://\S+",
    "sqs": r"arn:[a-z-]+:sqs:.+",
    "lambda": r"arn:[a-z-]+:lambda:.+",
}


def _ecs_service(cloud: Cloud, resource: str) -> Any:
    _, _, place = resource.partition("service/")
    return cloud.backend("ecs").services.get(place.replace("/", ":"))


@rule("application-autoscaling", "RegisterScalableTarget", source=f"{SCALING}RegisterScalableTarget.html")
def scalable_target(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The ECS service exists, and the smallest capacity is not above the largest."""
    resource = str(call.params.get("ResourceId", ""))
    if call.params.get("ServiceNamespace") == "ecs" and _ecs_service(cloud, resource) is None:
        yield Refusal("ValidationException", "ResourceId", resource, "ECS service doesn't exist")
    least, most = call.params.get("MinCapacity"), call.params.get("MaxCapacity")
    if least is not None and most is not None and least > most:
        yield Refusal("ValidationException", "MaxCapacity", most, f"must not be less than MinCapacity={least}")
    if least is not None and least < 0:
        yield Refusal("ValidationException", "MinCapacity", least, "must not be negative")


@rule("application-autoscaling", "DeregisterScalableTarget", source=f"{SCALING}DeregisterScalableTarget.html")
def registered_target(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The target is registered."""
    resource = str(call.params.get("ResourceId", ""))
    if not any(resource in held for held in _target_ids(cloud.backend("application-autoscaling").targets)):
        said = "No scalable target found for this resource"
        yield Refusal("ObjectNotFoundException", "ResourceId", resource, said)


@rule("application-autoscaling", "PutScalingPolicy", source=f"{SCALING}PredefinedMetricSpecification.html")
def scaling_policy(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A registered target, a value to hold, and the load balancer and target group of the service."""
    resource = str(call.params.get("ResourceId", ""))
    targets = cloud.backend("application-autoscaling").targets
    if not any(resource in by_resource for by_resource in _target_ids(targets)):
        said = "No scalable target registered for this resource"
        yield Refusal("ObjectNotFoundException", "ResourceId", resource, said)
    tracking = call.params.get("TargetTrackingScalingPolicyConfiguration")
    if not tracking:
        return
    place = "TargetTrackingScalingPolicyConfiguration"
    if not tracking.get("TargetValue", 0) > 0:
        yield Refusal("ValidationException", f"{place}.TargetValue", tracking.get("TargetValue"), "must be positive")
    metric = tracking.get("PredefinedMetricSpecification") or {}
    if metric.get("PredefinedMetricType") != "ALBRequestCountPerTarget":
        return
    label = str(metric.get("ResourceLabel", ""))
    balancer, _, group = label.partition("/targetgroup/")
    elb = cloud.backend("elbv2")
    found = next((one for one in elb.target_groups.values() if one.arn.endswith(f":targetgroup/{group}")), None)
    balancers = [one.arn for one in elb.load_balancers.values() if one.arn.endswith(f":loadbalancer/{balancer}")]
    if found is None or not balancers or balancers[0] not in found.load_balancer_arns:
        said = "must name a load balancer and a target group that are attached to each other, app/…/targetgroup/…"
        yield Refusal("ValidationException", f"{place}.PredefinedMetricSpecification.ResourceLabel", label, said)


def _target_ids(targets: dict[str, Any]) -> Iterator[set[str]]:
    for value in targets.values():
        yield set(value)


@rule("logs", "PutRetentionPolicy", source=f"{LOGS}PutRetentionPolicy.html")
def retention(call: Call, _: Cloud) -> Iterator[Refusal]:
    """One of the numbers of days that CloudWatch Logs has."""
    days = call.params.get("retentionInDays")
    if days not in RETENTION_DAYS:
        said = f"must be one of {', '.join(map(str, RETENTION_DAYS))}"
        yield Refusal("InvalidParameterException", "retentionInDays", days, said)


@rule("logs", "PutMetricFilter", source=f"{LOGS}MetricTransformation.html")
def metric_filter(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The group exists; up to three dimensions, and no default value beside them."""
    name = str(call.params.get("logGroupName", ""))
    if cloud.log_group(name) is None:
        yield Refusal("ResourceNotFoundException", "logGroupName", name, "The specified log group does not exist.")
    pattern = str(call.params.get("filterPattern", "")).strip()
    for begin, end in ("{}", "[]"):
        if pattern.startswith(begin) and not pattern.endswith(end):
            said = f"Invalid metric filter pattern: it begins with {begin} and must end with {end}"
            yield Refusal("InvalidParameterException", "filterPattern", pattern, said)
    for number, one in enumerate(call.params.get("metricTransformations", [])):
        place = f"metricTransformations[{number}]"
        dimensions = one.get("dimensions") or {}
        if len(dimensions) > 3:
            yield Refusal("InvalidParameterException", f"{place}.dimensions", len(dimensions), "at most 3 are allowed")
        if dimensions and one.get("defaultValue") is not None:
            said = "dimensions and default value are mutually exclusive"
            yield Refusal("InvalidParameterException", f"{place}.defaultValue", one["defaultValue"], said)


@rule("logs", "PutResourcePolicy", source=f"{LOGS}PutResourcePolicy.html")
def logs_resource_policy(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """At most ten in a region, each with the grammar of a resource's policy."""
    text = str(call.params.get("policyDocument", ""))
    yield from malformed(text, member="policyDocument", code="InvalidParameterException", with_principal=True)
    held = set(cloud.backend("logs").resource_policies) | {call.params.get("policyName")}
    if len(held) > 10:
        said = "Resource limit exceeded: an account has 10 resource policies in a region"
        yield Refusal("LimitExceededException", "policyName", call.params.get("policyName"), said)


@rule("ecr", "PutLifecyclePolicy", source="AmazonECR/latest/userguide/lifecycle_policy_parameters.html")
def repository_lifecycle(call: Call, _: Cloud) -> Iterator[Refusal]:
    """JSON whose rules have priorities of their own, a selection with a count, and the action expire."""
    code, text = "InvalidParameterException", str(call.params.get("lifecyclePolicyText", ""))
    try:
        rules = json.loads(text)["rules"]
    except (ValueError, KeyError, TypeError):
        yield Refusal(code, "lifecyclePolicyText", text, "must be a JSON document with rules")
        return
    priorities = [one.get("rulePriority") for one in rules]
    if len(set(priorities)) < len(priorities):
        yield Refusal(code, "lifecyclePolicyText.rules.rulePriority", priorities, "must be unique")
    for number, one in enumerate(rules):
        place, selection = f"lifecyclePolicyText.rules[{number}]", one.get("selection") or {}
        if selection.get("countType") not in {"imageCountMoreThan", "sinceImagePushed", "sinceImagePulled"}:
            yield Refusal(code, f"{place}.selection.countType", selection.get("countType"), "is no type of count")
        if not (isinstance(selection.get("countNumber"), int) and selection["countNumber"] > 0):
            yield Refusal(
                code, f"{place}.selection.countNumber", selection.get("countNumber"), "must be a positive integer"
            )
        if selection.get("tagStatus") == "tagged" and not (
            selection.get("tagPrefixList") or selection.get("tagPatternList")
        ):
            said = "a rule for tagged images must have tagPrefixList or tagPatternList"
            yield Refusal(code, f"{place}.selection", selection, said)
        if selection.get("tagStatus") == "any" and one.get("rulePriority") != max(priorities):
            said = "a rule for any tag status must have the highest number"
            yield Refusal(code, f"{place}.rulePriority", one.get("rulePriority"), said)


@rule("sns", "Subscribe", source="sns/latest/api/API_Subscribe.html")
def subscription(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A topic that exists, and an endpoint that suits its protocol."""
    topic = str(call.params.get("TopicArn", ""))
    if topic not in cloud.backend("sns").topics:
        yield Refusal("NotFound", "TopicArn", topic, "Topic does not exist", 404)
    protocol, endpoint = str(call.params.get("Protocol")), str(call.params.get("Endpoint", ""))
    if protocol in SUBSCRIBED and not re.fullmatch(SUBSCRIBED[protocol], endpoint):
        yield Refusal("InvalidParameter", "Endpoint", endpoint, f"is no endpoint for the protocol {protocol}")


@rule("sns", "SetTopicAttributes", source="sns/latest/api/API_SetTopicAttributes.html")
def topic_policy(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A topic's policy keeps the grammar."""
    if call.params.get("AttributeName") == "Policy":
        text = str(call.params.get("AttributeValue", ""))
        yield from malformed(text, member="AttributeValue", code="InvalidParameter", with_principal=True)


@rule("acm", "RequestCertificate", source="acm/latest/APIReference/API_RequestCertificate.html")
def certificate_name(call: Call, _: Cloud) -> Iterator[Refusal]:
    """The first name has at most 64 characters, each of its labels 63."""
    name = str(call.params.get("DomainName", ""))
    if len(name) > 64:
        said = "The first domain name can be no longer than 64 bytes"
        yield Refusal("InvalidDomainValidationOptionsException", "DomainName", name, said)
    if any(not 1 <= len(label) <= 63 for label in name.split(".")):
        yield Refusal("ValidationException", "DomainName", name, "a label has 1 to 63 characters")


@rule("route53", "ChangeResourceRecordSets", source="Route53/latest/APIReference/API_ChangeResourceRecordSets.html")
def records(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Records are of their zone, and have a target or values with a time to live."""
    zone = cloud.backend("route53").zones.get(str(call.params.get("HostedZoneId", "")).rpartition("/")[2])
    for number, change in enumerate((call.params.get("ChangeBatch") or {}).get("Changes", [])):
        record = change.get("ResourceRecordSet") or {}
        place, name = f"ChangeBatch.Changes[{number}].ResourceRecordSet", str(record.get("Name", "")).rstrip(".")
        within = zone is None or name == zone.name.rstrip(".") or name.endswith(f".{zone.name.rstrip('.')}")
        if not within:
            yield Refusal("InvalidChangeBatch", f"{place}.Name", name, "RRSet with DNS name is not permitted in zone")
        if bool(record.get("AliasTarget")) == bool(record.get("ResourceRecords")):
            said = "exactly one of AliasTarget and ResourceRecords must be given"
            yield Refusal("InvalidChangeBatch", place, sorted(record), said)
        if record.get("ResourceRecords") and record.get("TTL") is None:
            yield Refusal("InvalidChangeBatch", f"{place}.TTL", None, "is required for records with values")


TAGGED = {
    "dynamodb": ("CreateTable", "TagResource"),
    "ec2": ("CreateVpc", "CreateSubnet", "CreateSecurityGroup", "CreateNatGateway", "CreateRouteTable", "CreateTags"),
    "ecs": ("CreateCluster", "CreateService", "RegisterTaskDefinition", "TagResource"),
    "elbv2": ("CreateLoadBalancer", "CreateTargetGroup", "CreateListener", "AddTags"),
    "iam": ("CreateRole", "CreatePolicy", "TagRole"),
    "kms": ("CreateKey", "TagResource"),
    "logs": ("CreateLogGroup", "TagResource"),
    "s3": ("CreateBucket", "PutBucketTagging"),
    "secretsmanager": ("CreateSecret", "TagResource"),
    "sns": ("CreateTopic",),
    "wafv2": ("CreateWebACL",),
}


def _tags(params: dict[str, Any]) -> list[str]:
    found = (
        params.get("Tags") or params.get("tags") or (params.get("CreateBucketConfiguration") or {}).get("Tags") or []
    )
    for one in params.get("TagSpecifications", []):
        found = [*found, *one.get("Tags", [])]
    if isinstance(found, dict):
        return list(found)
    return [str(one.get("Key", one.get("key", one.get("TagKey")))) for one in found]


def tags(call: Call, _: Cloud) -> Iterator[Refusal]:
    """At most 50, each key once, none of AWS's own (AWS General Reference, "Tagging")."""
    keys = _tags(call.params)
    if not keys and "Tagging" in call.params:
        keys = [str(one.get("Key")) for one in call.params["Tagging"].get("TagSet", [])]
    code = codes_of(call.service, call.protocol).invalid
    if len(keys) > 50:
        yield Refusal(code, "Tags", len(keys), "a resource has at most 50 tags")
    if len(set(keys)) < len(keys):
        yield Refusal(code, "Tags", sorted(keys), "each key may be given once")
    for key in keys:
        if key.lower().startswith("aws:"):
            yield Refusal(code, "Tags", key, "keys that begin with aws: are reserved")


for _service, _operations in TAGGED.items():
    rule(_service, *_operations, source="tag-editor/latest/userguide/best-practices-and-strats.html")(tags)
