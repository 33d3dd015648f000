"""What a call needs beyond its own action: roles it passes, tags it writes at once, and what AWS does in its name.

Each comes from the page of AWS's documentation that is named next to it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from emulator.iam import tags
from emulator.iam.targets.registry import NEW, Target, arn
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

import attrs

TAG_ACTIONS = {
    "acm": "acm:AddTagsToCertificate",
    "application-autoscaling": "application-autoscaling:TagResource",
    "cloudwatch": "cloudwatch:TagResource",
    "cognito-idp": "cognito-idp:TagResource",
    "dynamodb": "dynamodb:TagResource",
    "ec2": "ec2:CreateTags",
    "ecr": "ecr:TagResource",
    "ecs": "ecs:TagResource",
    "elasticache": "elasticache:AddTagsToResource",
    "elbv2": "elasticloadbalancing:AddTags",
    "kms": "kms:TagResource",
    "logs": "logs:TagResource",
    "s3": "s3:TagResource",
    "secretsmanager": "secretsmanager:TagResource",
    "sns": "sns:TagResource",
    "wafv2": "wafv2:TagResource",
}
"""What a service asks for when a call that creates something carries tags (its API reference)."""
IAM_TAG_ACTIONS = {"role": "iam:TagRole", "policy": "iam:TagPolicy", "oidc-provider": "iam:TagOpenIDConnectProvider"}
WITH_CREATE_ACTION = {"ec2": "ec2", "ecs": "ecs", "elbv2": "elasticloadbalancing"}
"""The services that tell in a condition key which call the tags come with."""
PASSED = {
    ("ecs", "RegisterTaskDefinition"): ("ecs-tasks.amazonaws.com", ("taskRoleArn", "executionRoleArn")),
    ("ec2", "CreateFlowLogs"): ("vpc-flow-logs.amazonaws.com", ("DeliverLogsPermissionArn",)),
}
"""The service that gets a role, and the members that name it (IAM user guide, "Pass a role to an AWS service")."""
LINKED = {
    # "Using service-linked roles" in each service's guide: made at the first use in an account.
    ("ecs", "CreateCluster"): ("ecs.amazonaws.com", "AWSServiceRoleForECS"),
    ("elasticache", "CreateReplicationGroup"): ("elasticache.amazonaws.com", "AWSServiceRoleForElastiCache"),
    ("elbv2", "CreateLoadBalancer"): ("elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"),
    ("application-autoscaling", "RegisterScalableTarget"): (
        "ecs.application-autoscaling.amazonaws.com",
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
    ),
    ("wafv2", "PutLoggingConfiguration"): ("wafv2.amazonaws.com", "AWSServiceRoleForWAFV2Logging"),
}
Context = Mapping[str, str | Sequence[str]]


@attrs.frozen
class Dependent:
    """A further question that a call raises."""

    action: str
    resource: str
    context: Context = attrs.field(factory=dict)
    everywhere: bool = False
    """Only a right on `*` counts."""


def _tagging(call: Call, cloud: Cloud, targets: Sequence[Target]) -> Iterator[Dependent]:
    """Tags that come with what a call creates."""
    written = tags.written(call)
    if not written or not tags.is_creating(call):
        return
    context: dict[str, str | Sequence[str]] = {f"aws:RequestTag/{key}": value for key, value in written.items()}
    context["aws:TagKeys"] = list(written)
    if prefix := WITH_CREATE_ACTION.get(call.service):
        context[f"{prefix}:CreateAction"] = call.operation
    if call.service == "kms":
        # KMS's refusals of it name no resource, so the embedded AWS wants the right on every key.
        yield Dependent("kms:TagResource", arn(cloud, "kms", f"key/{NEW}"), context, everywhere=True)
    for target in targets:
        action = TAG_ACTIONS.get(call.service)
        if call.service == "iam":
            action = IAM_TAG_ACTIONS.get(target.arn.rpartition(":")[2].partition("/")[0])
        if target.new and action:
            # The tags of a log group are asked about under its plain ARN.
            yield Dependent(action, target.arn.partition(":log-stream:")[0], context)


def _passed_roles(call: Call) -> Iterator[Dependent]:
    service, members = PASSED.get((call.service, call.operation), ("", ()))
    for member in members:
        if role := call.params.get(member):
            yield Dependent("iam:PassRole", str(role), {"iam:PassedToService": service})


def _linked_role(call: Call, cloud: Cloud) -> Iterator[Dependent]:
    service, name = LINKED.get((call.service, call.operation), ("", ""))
    if service:
        role = f"arn:{cloud.partition}:iam::{cloud.account_id}:role/aws-service-role/{service}/{name}"
        yield Dependent("iam:CreateServiceLinkedRole", role, {"iam:AWSServiceName": service})


def _key(cloud: Cloud, named: object) -> str:
    found = cloud.key(str(named))
    return str(found.arn) if found is not None else str(named)


def _repository_key(call: Call, cloud: Cloud) -> Iterator[Dependent]:
    """ECR user guide, "Encryption at rest": the user's rights on a repository's key, which ECR uses by a grant."""
    if key := (call.params.get("encryptionConfiguration") or {}).get("kmsKey"):
        via = {"kms:ViaService": f"ecr.{cloud.region}.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
        for action in ("kms:CreateGrant", "kms:DescribeKey", "kms:RetireGrant"):
            yield Dependent(action, _key(cloud, key), via)


def _table_key(call: Call, cloud: Cloud) -> Iterator[Dependent]:
    """DynamoDB developer guide, "Encryption at rest": who makes a table gives DynamoDB a grant on its key, and whoever
    reads or writes items has it decrypt with their rights.
    """
    via = {"kms:ViaService": f"dynamodb.{cloud.region}.amazonaws.com"}
    if key := (call.params.get("SSESpecification") or {}).get("KMSMasterKeyId"):
        for action in ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"):
            yield Dependent(action, _key(cloud, key), {**via, "kms:GrantIsForAWSResource": "true"})
    if call.operation in {"CreateTable", "UpdateTable"}:
        return
    parts = [part for item in call.params.get("TransactItems", []) for part in item.values()] or [call.params]
    names = {str(part.get("TableName", "")).rpartition("/")[2] for part in parts}
    tables = (cloud.backend("dynamodb").tables.get(name) for name in sorted(names))
    held = {(table.sse_specification or {}).get("KMSMasterKeyId") for table in tables if table is not None}
    for key in sorted(filter(None, held)):
        yield Dependent("kms:Decrypt", _key(cloud, key), via)


def _cache_key(call: Call, cloud: Cloud) -> Iterator[Dependent]:
    """ElastiCache user guide, "At-rest encryption": the rights of whoever creates a cache on its key."""
    if key := call.params.get("KmsKeyId"):
        via = {"kms:ViaService": f"elasticache.{cloud.region}.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
        for action in ("kms:CreateGrant", "kms:DescribeKey"):
            yield Dependent(action, _key(cloud, key), via)


def _secret_key(call: Call, cloud: Cloud) -> Iterator[Dependent]:
    """API references of CreateSecret, PutSecretValue and GetSecretValue: with a key of one's own and a value."""
    if call.operation == "CreateSecret":
        key = call.params.get("KmsKeyId")
    else:
        held = cloud.backend("secretsmanager").secrets.values()
        identifier = call.params.get("SecretId")
        key = next((one.kms_key_id for one in held if identifier in {one.arn, one.name}), None)
    if not key:
        return
    via = {"kms:ViaService": f"secretsmanager.{cloud.region}.amazonaws.com"}
    if call.operation == "GetSecretValue":
        yield Dependent("kms:Decrypt", _key(cloud, key), via)
    elif "SecretString" in call.params or "SecretBinary" in call.params:
        for action in ("kms:GenerateDataKey", "kms:Decrypt"):
            yield Dependent(action, _key(cloud, key), via)


def _object_key(call: Call, cloud: Cloud) -> Iterator[Dependent]:
    """S3 user guide, "Required permissions" of SSE-KMS: with a key of one's own, to write and to read an object."""
    key = call.params.get("SSEKMSKeyId")
    if call.operation == "GetObject":
        bucket = cloud.backend("s3").buckets.get(str(call.params.get("Bucket")))
        held = bucket.keys.get(str(call.params.get("Key"))) if bucket is not None else None
        key = getattr(held, "kms_key_id", None)  # what a deletion left has none
    if key:
        via = {"kms:ViaService": f"s3.{cloud.region}.amazonaws.com"}
        actions = ("kms:Decrypt",) if call.operation == "GetObject" else ("kms:GenerateDataKey", "kms:Decrypt")
        yield from (Dependent(action, _key(cloud, key), via) for action in actions)


def _endpoint_names(call: Call, cloud: Cloud) -> Iterator[Dependent]:
    """VPC user guide, "AWS services that integrate with AWS PrivateLink": private DNS is a private hosted zone."""
    if call.params.get("PrivateDnsEnabled") and call.params.get("VpcId"):
        zone = f"arn:{cloud.partition}:route53:::hostedzone/{NEW.upper()}"
        vpcs = [f"VPCId={call.params['VpcId']},VPCRegion={cloud.region}"]
        yield Dependent("route53:AssociateVPCWithHostedZone", zone, {"route53:VPCs": vpcs})


def _firewall(call: Call, cloud: Cloud) -> Iterator[Dependent]:
    """AWS WAF API reference, AssociateWebACL: the right of Elastic Load Balancing."""
    del cloud
    if "loadbalancer/app/" in str(call.params.get("ResourceArn")):
        yield Dependent("elasticloadbalancing:SetWebAcl", "*")


def _firewall_log(call: Call, cloud: Cloud) -> Iterator[Dependent]:
    """AWS WAF developer guide, "Sending web ACL traffic logs to a CloudWatch Logs log group"."""
    del cloud
    deletes = call.operation == "DeleteLoggingConfiguration"
    names = ("DeleteLogDelivery",) if deletes else ("CreateLogDelivery", "PutResourcePolicy", "DescribeLogGroups")
    yield from (Dependent(f"logs:{name}", "*") for name in names)
    if not deletes:
        yield Dependent("logs:DescribeResourcePolicies", "*")


def _scaling_alarms(call: Call, cloud: Cloud) -> Iterator[Dependent]:
    """Application Auto Scaling user guide, "Permissions required": what the target's service and CloudWatch ask for."""
    kind, _, name = str(call.params.get("ResourceId")).partition("/")
    service = arn(cloud, "ecs", f"{kind}/{name}")
    if call.operation == "RegisterScalableTarget":
        yield Dependent("ecs:DescribeServices", service)
        yield Dependent("ecs:UpdateService", service)
        return
    verb = "Put" if call.operation == "PutScalingPolicy" else "Delete"
    alarm = arn(cloud, "cloudwatch", f"alarm:TargetTracking-{kind}/{name}-AlarmHigh-{NEW}")
    yield Dependent("cloudwatch:DescribeAlarms", alarm)
    yield Dependent(f"cloudwatch:{verb}{'MetricAlarm' if verb == 'Put' else 'Alarms'}", alarm)


WITH_TABLE_KEYS = (
    *("CreateTable", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems"),
    *("UpdateItem", "UpdateTable"),
)
"""The calls that use the key of a table."""
BY_CALL: dict[tuple[str, str], Callable[[Call, Cloud], Iterator[Dependent]]] = {
    ("application-autoscaling", "DeleteScalingPolicy"): _scaling_alarms,
    ("application-autoscaling", "PutScalingPolicy"): _scaling_alarms,
    ("application-autoscaling", "RegisterScalableTarget"): _scaling_alarms,
    **dict.fromkeys((("dynamodb", operation) for operation in WITH_TABLE_KEYS), _table_key),
    ("ec2", "CreateVpcEndpoint"): _endpoint_names,
    ("elasticache", "CreateReplicationGroup"): _cache_key,
    ("ecr", "CreateRepository"): _repository_key,
    ("s3", "GetObject"): _object_key,
    ("s3", "PutObject"): _object_key,
    ("secretsmanager", "CreateSecret"): _secret_key,
    ("secretsmanager", "GetSecretValue"): _secret_key,
    ("secretsmanager", "PutSecretValue"): _secret_key,
    ("secretsmanager", "UpdateSecret"): _secret_key,
    ("wafv2", "AssociateWebACL"): _firewall,
    ("wafv2", "DisassociateWebACL"): _firewall,
    ("wafv2", "DeleteLoggingConfiguration"): _firewall_log,
    ("wafv2", "PutLoggingConfiguration"): _firewall_log,
}


def of(call: Call, cloud: Cloud, targets: Sequence[Target]) -> Iterator[Dependent]:
    """Every further question of a call."""
    yield from _tagging(call, cloud, targets)
    yield from _passed_roles(call)
    yield from _linked_role(call, cloud)
    if found := BY_CALL.get((call.service, call.operation)):
        yield from found(call, cloud)
