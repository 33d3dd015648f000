"""How somebody deletes by hand what a takeover leaves on AWS: the commands for each type, in the order that AWS takes.

The commands are those of the AWS CLI's reference. `{…}` are attributes of the resource in Terraform's state.
"""

import re
import shlex
from collections.abc import Mapping
from typing import Any

from ops.aws import Aws, code_of

import attrs
import jmespath
from botocore.exceptions import ClientError

Values = Mapping[str, Any]


@attrs.frozen
class Read:
    """A call that tells whether a resource is still there."""

    service: str
    call: str
    arguments: Mapping[str, Any]
    there: str
    """A JMESPath expression over the answer, true where it is; an error of the call means that it is not."""


@attrs.frozen
class Removal:
    """How one type of resource is deleted, what it costs until then, and how to see whether it is there."""

    commands: tuple[str, ...]
    costs: str = ""
    read: Read | None = None


def _ec2(call: str, key: str, parameter: str, there: str = "") -> Read:
    return Read("ec2", call, {parameter: ["{id}"]}, f"{key}{there} | [0]")


def _rule(way: str) -> Removal:
    command = f"aws ec2 revoke-security-group-{way} --group-id {{security_group_id}} --security-group-rule-ids {{id}}"
    return Removal((command,), read=_ec2("describe_security_group_rules", "SecurityGroupRules", "SecurityGroupRuleIds"))


_TARGET = (
    "--service-namespace {service_namespace} --resource-id {resource_id} --scalable-dimension {scalable_dimension}"
)
_ACL = "--name {name} --scope {scope} --id {id}"
_DELETE_ACL = (
    f'aws wafv2 delete-web-acl {_ACL} --lock-token "$(aws wafv2 get-web-acl {_ACL} --query LockToken --output text)"'
)
_UNPROTECT = (
    "aws elbv2 modify-load-balancer-attributes --load-balancer-arn {arn} "
    "--attributes Key=deletion_protection.enabled,Value=false"
)
_ALIVE = "[?!contains(['deleted', 'deleting', 'failed'], State)]"

REMOVALS: dict[str, Removal] = {
    "aws_cloudwatch_log_subscription_filter": Removal(
        ("aws logs delete-subscription-filter --log-group-name {log_group_name} --filter-name {name}",)
    ),
    "aws_iam_role_policy": Removal(
        ("aws iam delete-role-policy --role-name {role} --policy-name {name}",),
        read=Read("iam", "get_role_policy", {"RoleName": "{role}", "PolicyName": "{name}"}, "PolicyName"),
    ),
    "aws_iam_role_policy_attachment": Removal(
        ("aws iam detach-role-policy --role-name {role} --policy-arn {policy_arn}",),
        read=Read(
            "iam",
            "list_attached_role_policies",
            {"RoleName": "{role}"},
            "AttachedPolicies[?PolicyArn=='{policy_arn}'] | [0]",
        ),
    ),
    "aws_appautoscaling_policy": Removal(
        (f"aws application-autoscaling delete-scaling-policy {_TARGET} --policy-name {{name}}",)
    ),
    "aws_appautoscaling_target": Removal(
        (f"aws application-autoscaling deregister-scalable-target {_TARGET}",),
        "it starts and stops tasks of the older service",
        Read(
            "application-autoscaling",
            "describe_scalable_targets",
            {"ServiceNamespace": "{service_namespace}", "ResourceIds": ["{resource_id}"]},
            "ScalableTargets[0]",
        ),
    ),
    "aws_ecs_service": Removal(
        ("aws ecs delete-service --cluster {cluster} --service {name} --force",),
        "its tasks go on running",
        Read(
            "ecs",
            "describe_services",
            {"cluster": "{cluster}", "services": ["{name}"]},
            "services[?status!='INACTIVE'] | [0]",
        ),
    ),
    "aws_ecs_task_definition": Removal(("aws ecs deregister-task-definition --task-definition {arn}",)),
    "aws_ecs_cluster": Removal(("aws ecs delete-cluster --cluster {name}",)),
    "aws_wafv2_web_acl_association": Removal(("aws wafv2 disassociate-web-acl --resource-arn {resource_arn}",)),
    "aws_wafv2_web_acl_logging_configuration": Removal(
        ("aws wafv2 delete-logging-configuration --resource-arn {resource_arn}",)
    ),
    "aws_wafv2_web_acl": Removal(
        (_DELETE_ACL,),
        "5 USD a month, and each rule and request",
        Read("wafv2", "get_web_acl", {"Name": "{name}", "Scope": "{scope}", "Id": "{id}"}, "WebACL"),
    ),
    "aws_lb_listener_rule": Removal(("aws elbv2 delete-rule --rule-arn {arn}",)),
    "aws_lb_listener": Removal(("aws elbv2 delete-listener --listener-arn {arn}",)),
    "aws_lb": Removal(
        (
            _UNPROTECT,
            "aws elbv2 delete-load-balancer --load-balancer-arn {arn}",
        ),
        "a load balancer's hours",
        Read("elbv2", "describe_load_balancers", {"LoadBalancerArns": ["{arn}"]}, "LoadBalancers[0]"),
    ),
    "aws_lb_target_group": Removal(
        ("aws elbv2 delete-target-group --target-group-arn {arn}",),
        read=Read("elbv2", "describe_target_groups", {"TargetGroupArns": ["{arn}"]}, "TargetGroups[0]"),
    ),
    "aws_elasticache_replication_group": Removal(
        ("aws elasticache delete-replication-group --replication-group-id {id}",), "its nodes run"
    ),
    "aws_lambda_function": Removal(("aws lambda delete-function --function-name {function_name}",)),
    "aws_dynamodb_table": Removal(("aws dynamodb delete-table --table-name {name}",), "what it stores"),
    "aws_sqs_queue": Removal(
        ("aws sqs delete-queue --queue-url {id}",),
        read=Read("sqs", "get_queue_attributes", {"QueueUrl": "{id}"}, "ResponseMetadata"),
    ),
    "aws_ssm_parameter": Removal(("aws ssm delete-parameter --name {name}",)),
    "aws_vpc_endpoint": Removal(
        ("aws ec2 delete-vpc-endpoints --vpc-endpoint-ids {id}",),
        "an interface endpoint's hours",
        _ec2("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointIds", _ALIVE),
    ),
    "aws_flow_log": Removal(
        ("aws ec2 delete-flow-logs --flow-log-ids {id}",),
        read=_ec2("describe_flow_logs", "FlowLogs", "FlowLogIds"),
    ),
    "aws_nat_gateway": Removal(
        (
            "aws ec2 delete-nat-gateway --nat-gateway-id {id}",
            "aws ec2 wait nat-gateway-deleted --nat-gateway-ids {id}",
        ),
        "a NAT gateway's hours",
        _ec2("describe_nat_gateways", "NatGateways", "NatGatewayIds", _ALIVE),
    ),
    "aws_eip": Removal(
        ("aws ec2 release-address --allocation-id {id}",),
        "a public IPv4 address's hours",
        _ec2("describe_addresses", "Addresses", "AllocationIds"),
    ),
    "aws_route": Removal(
        ("aws ec2 delete-route --route-table-id {route_table_id} --destination-cidr-block {destination_cidr_block}",)
    ),
    "aws_route_table_association": Removal(("aws ec2 disassociate-route-table --association-id {id}",)),
    "aws_route_table": Removal(
        ("aws ec2 delete-route-table --route-table-id {id}",),
        read=_ec2("describe_route_tables", "RouteTables", "RouteTableIds"),
    ),
    "aws_vpc_security_group_ingress_rule": _rule("ingress"),
    "aws_vpc_security_group_egress_rule": _rule("egress"),
    "aws_security_group": Removal(
        ("aws ec2 delete-security-group --group-id {id}",),
        read=_ec2("describe_security_groups", "SecurityGroups", "GroupIds"),
    ),
    "aws_subnet": Removal(
        ("aws ec2 delete-subnet --subnet-id {id}",), read=_ec2("describe_subnets", "Subnets", "SubnetIds")
    ),
    "aws_internet_gateway": Removal(
        (
            "aws ec2 detach-internet-gateway --internet-gateway-id {id} --vpc-id {vpc_id}",
            "aws ec2 delete-internet-gateway --internet-gateway-id {id}",
        ),
        read=_ec2("describe_internet_gateways", "InternetGateways", "InternetGatewayIds"),
    ),
    "aws_vpc": Removal(("aws ec2 delete-vpc --vpc-id {id}",), read=_ec2("describe_vpcs", "Vpcs", "VpcIds")),
    "aws_iam_role": Removal(
        ("aws iam delete-role --role-name {name}",), read=Read("iam", "get_role", {"RoleName": "{name}"}, "Role")
    ),
    "aws_iam_policy": Removal(
        ("aws iam delete-policy --policy-arn {arn}",), read=Read("iam", "get_policy", {"PolicyArn": "{arn}"}, "Policy")
    ),
    "aws_cloudwatch_metric_alarm": Removal(
        ("aws cloudwatch delete-alarms --alarm-names {alarm_name}",),
        "0.10 USD a month",
        Read("cloudwatch", "describe_alarms", {"AlarmNames": ["{alarm_name}"]}, "MetricAlarms[0]"),
    ),
    "aws_cloudwatch_dashboard": Removal(
        ("aws cloudwatch delete-dashboards --dashboard-names {dashboard_name}",),
        "3 USD a month",
        Read("cloudwatch", "get_dashboard", {"DashboardName": "{dashboard_name}"}, "DashboardName"),
    ),
    "aws_sns_topic_subscription": Removal(("aws sns unsubscribe --subscription-arn {arn}",)),
    "aws_sns_topic": Removal(
        ("aws sns delete-topic --topic-arn {arn}",),
        read=Read("sns", "get_topic_attributes", {"TopicArn": "{arn}"}, "Attributes"),
    ),
    "aws_cloudwatch_log_metric_filter": Removal(
        ("aws logs delete-metric-filter --log-group-name {log_group_name} --filter-name {name}",)
    ),
    "aws_cloudwatch_query_definition": Removal(("aws logs delete-query-definition --query-definition-id {id}",)),
    "aws_cloudwatch_log_group": Removal(
        ("aws logs delete-log-group --log-group-name {name}",),
        "what it stores",
        Read(
            "logs", "describe_log_groups", {"logGroupNamePrefix": "{name}"}, "logGroups[?logGroupName=='{name}'] | [0]"
        ),
    ),
    "aws_secretsmanager_secret": Removal(
        ("aws secretsmanager delete-secret --secret-id {arn}",),
        "0.40 USD a month",
        Read("secretsmanager", "describe_secret", {"SecretId": "{arn}"}, "!DeletedDate"),
    ),
    "aws_ecr_repository": Removal(
        ("aws ecr delete-repository --repository-name {name} --force",),
        "its images",
        Read("ecr", "describe_repositories", {"repositoryNames": ["{name}"]}, "repositories[0]"),
    ),
    "aws_s3_bucket": Removal(
        ("aws s3 rb s3://{bucket} --force",),
        "what it stores",
        Read("s3", "head_bucket", {"Bucket": "{bucket}"}, "ResponseMetadata"),
    ),
    "aws_cognito_user_pool_client": Removal(
        ("aws cognito-idp delete-user-pool-client --user-pool-id {user_pool_id} --client-id {id}",)
    ),
    "aws_cognito_user_pool_domain": Removal(
        ("aws cognito-idp delete-user-pool-domain --user-pool-id {user_pool_id} --domain {domain}",)
    ),
    "aws_cognito_resource_server": Removal(
        ("aws cognito-idp delete-resource-server --user-pool-id {user_pool_id} --identifier {identifier}",)
    ),
    "aws_cognito_user_pool": Removal(
        (
            "aws cognito-idp update-user-pool --user-pool-id {id} --deletion-protection INACTIVE",
            "aws cognito-idp delete-user-pool --user-pool-id {id}",
        ),
        read=Read("cognito-idp", "describe_user_pool", {"UserPoolId": "{id}"}, "UserPool"),
    ),
    "aws_kms_alias": Removal(("aws kms delete-alias --alias-name {name}",)),
    "aws_kms_key": Removal(
        ("aws kms schedule-key-deletion --key-id {key_id} --pending-window-in-days 30",),
        "1 USD a month",
        Read("kms", "describe_key", {"KeyId": "{key_id}"}, "KeyMetadata.KeyState != 'PendingDeletion'"),
    ),
    "aws_acm_certificate": Removal(("aws acm delete-certificate --certificate-arn {arn}",)),
}
"""By type, in the order in which AWS lets go of them."""

PART_OF = frozenset(
    {
        "aws_acm_certificate_validation",
        "aws_default_network_acl",
        "aws_default_route_table",
        "aws_default_security_group",
        "aws_ecr_lifecycle_policy",
        "aws_ecs_cluster_capacity_providers",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
        "aws_secretsmanager_secret_version",
        "aws_sns_topic_policy",
    }
)
"""Types that are a property of something else, and gone with it."""
_ABSENT = re.compile(r"NotFound|NoSuch|Non[eE]xist|^404$")
"""How the services' codes for something that is not there are spelled; any other refusal says nothing about that."""
ORDER = {type_: place for place, type_ in enumerate(REMOVALS)}


class _Attributes(dict[str, Any]):
    """Fills a template; what a state does not have stays as `<name>` for a person to look up."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def commands_for(type_: str, values: Values) -> tuple[str, ...]:
    """The commands that delete a resource, ready for a shell; none for a type that is not known here."""
    removal = REMOVALS.get(type_)
    quoted = _Attributes({key: shlex.quote(str(value)) for key, value in values.items()})
    return tuple(command.format_map(quoted) for command in removal.commands) if removal else ()


def is_there(aws: Aws, type_: str, values: Values) -> bool:
    """Whether a resource still exists; true where that cannot be told."""
    removal = REMOVALS.get(type_)
    read = removal.read if removal else None
    if read is None:
        return True
    plain = _Attributes(values)
    arguments = {
        name: [value[0].format_map(plain)] if isinstance(value, list) else value.format_map(plain)
        for name, value in read.arguments.items()
    }
    try:
        answer = getattr(aws.client(read.service), read.call)(**arguments)
    except ClientError as error:
        return _ABSENT.search(code_of(error)) is None
    return bool(jmespath.search(read.there.format_map(plain), answer))
