"""Planted faults of single calls with conflicting members, after the API references."""

from collections.abc import Callable
from typing import Any

from tests.emulator.planted.account import Account
from tests.emulator.planted.balancers import listening
from tests.emulator.planted.cases import Call, Refusal, fault
from tests.emulator.planted.dynamodb import table
from tests.emulator.planted.ecr import expiry, lifecycle
from tests.emulator.planted.wafv2_more import created as web_acl

DOCS = "https://docs.aws.amazon.com/"
Parameters = Callable[[Account], dict[str, Any]]
CLIENT = "cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html"
TASK = "AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html"
RULE = "elasticloadbalancing/latest/APIReference/API_CreateRule.html"
ALARM = "AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"
CODE = {
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthScopes": ["openid"],
    "SupportedIdentityProviders": ["COGNITO"],
    "CallbackURLs": ["https://gateway.example.com/back"],
}
LIMIT = {"AlarmName": "gateway", "Namespace": "Gateway", "MetricName": "Errors", "Period": 60, "EvaluationPeriods": 1}
ABOVE = {"ComparisonOperator": "GreaterThanThreshold"}
REFUSE = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}


def call_of(service: str, operation: str, parameters: Parameters) -> Callable[[Account], Call]:
    """A setup that returns one call."""

    def prepare(aws: Account) -> Call:
        given = parameters(aws)
        return lambda: getattr(aws.client(service), operation)(**given)

    return prepare


def plant(name: str, call: str, expected: Refusal, source: str, parameters: Parameters) -> None:
    """Add a faulty call, `service.operation`."""
    service_name, _, operation = call.partition(".")
    setup = call_of(service_name, operation, parameters)
    setup.__name__ = name
    fault(expected.code, expected.word, DOCS + source)(setup)


def task(name: str, word: str, **changes: Any) -> None:
    """Add a faulty task definition."""
    plant(name, "ecs.register_task_definition", Refusal("ClientException", word), TASK, lambda aws: aws.task(**changes))


def service(name: str, code: str, word: str, **changes: Any) -> None:
    """Add a faulty service."""
    source = "AmazonECS/latest/APIReference/API_CreateService.html"
    plant(name, "ecs.create_service", Refusal(code, word), source, lambda aws: aws.service(**changes))


def rule(name: str, code: str, word: str, *actions: dict[str, Any], path: str = "/v2") -> None:
    """Add a faulty listener rule. An empty path means no condition."""

    def parameters(aws: Account) -> dict[str, Any]:
        conditions = [{"Field": "path-pattern", "Values": [path]}] if path else []
        return {"ListenerArn": listening(aws)[2], "Priority": 10, "Conditions": conditions, "Actions": list(actions)}

    plant(name, "elbv2.create_rule", Refusal(code, word), RULE, parameters)


def client(name: str, word: str, **changes: Any) -> None:
    """Add a faulty app client."""

    def parameters(aws: Account) -> dict[str, Any]:
        return {"UserPoolId": aws.pool(), "ClientName": "portal", **CODE, **changes}

    plant(name, "cognito-idp.create_user_pool_client", Refusal("InvalidParameterException", word), CLIENT, parameters)


def images(name: str, word: str, **selection: Any) -> None:
    """Add a faulty lifecycle policy of a repository."""

    def parameters(aws: Account) -> dict[str, Any]:
        aws.ecr.create_repository(repositoryName="gateway")
        return {"repositoryName": "gateway", "lifecyclePolicyText": lifecycle(expiry(1, **selection))}

    source = "AmazonECR/latest/userguide/lifecycle_policy_parameters.html"
    plant(name, "ecr.put_lifecycle_policy", Refusal("InvalidParameterException", word), source, parameters)


def alarm(name: str, word: str, **changes: Any) -> None:
    """Add a faulty alarm."""
    parameters = {**LIMIT, **ABOVE, **changes}
    plant(name, "cloudwatch.put_metric_alarm", Refusal("ValidationError", word), ALARM, lambda _: parameters)


def rate(name: str, kind: str, word: str) -> None:
    """Add a faulty rate-based statement."""
    statement = {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": kind}}

    def setup(aws: Account) -> Call:
        return web_acl(aws, statement)

    setup.__name__ = name
    fault("WAFInvalidParameterException", word, DOCS + "waf/latest/APIReference/API_RateBasedStatement.html")(setup)


task("storage_below_the_least", "sizeInGiB", ephemeralStorage={"sizeInGiB": 20})
task("folder_of_a_host", "sourcePath", volumes=[{"name": "data", "host": {"sourcePath": "/data"}}])
task(
    "placement_on_fargate",
    "placementConstraints",
    placementConstraints=[{"type": "memberOf", "expression": "attribute:a == b"}],
)
task("reservation_above_the_limit", "memoryReservation", container_memory=128, container_memoryReservation=256)
task("link_in_the_mode_awsvpc", "links", container_links=["other"])
task("hosts_in_the_mode_awsvpc", "extraHosts", container_extraHosts=[{"hostname": "a", "ipAddress": "10.0.0.1"}])
service("daemon_on_fargate", "InvalidParameterException", "DAEMON", schedulingStrategy="DAEMON")
service("platform_that_is_not_there", "PlatformUnknownException", "1.5.0", platformVersion="1.5.0")
service("strategy_on_fargate", "InvalidParameterException", "placement", placementStrategy=[{"type": "random"}])
rule("rule_without_a_condition", "ValidationError", "condition", REFUSE, path="")
rule("rule_of_two_answers", "InvalidLoadBalancerAction", "Actions", {**REFUSE, "Order": 1}, {**REFUSE, "Order": 2})
rule(
    "rule_that_redirects_to_itself",
    "InvalidLoadBalancerAction",
    "loop",
    {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}},
)
client("callback_without_tls", "https", CallbackURLs=["http://gateway.example.com/back"])
client("callback_with_a_fragment", "fragment", CallbackURLs=["https://gateway.example.com/back#top"])
client("default_that_is_no_callback", "DefaultRedirectURI", DefaultRedirectURI="https://gateway.example.com/other")
client("provider_that_the_pool_lacks", "Google", SupportedIdentityProviders=["COGNITO", "Google"])
client("attribute_that_the_pool_lacks", "custom:team", ReadAttributes=["email", "custom:team"])
images("unit_for_a_number_of_images", "countUnit", tagStatus="any", countUnit="days")
images("days_without_a_unit", "countUnit", tagStatus="any", countType="sinceImagePushed")
images("tags_of_untagged_images", "tagPrefixList", tagStatus="untagged", tagPrefixList=["v"])
alarm("alarm_without_a_threshold", "Threshold", Statistic="Sum")
alarm("percentile_above_100", "p101", ExtendedStatistic="p101", Threshold=1.0)
alarm(
    "band_without_a_metric",
    "ThresholdMetricId",
    Statistic="Sum",
    Threshold=1.0,
    ComparisonOperator="GreaterThanUpperThreshold",
)
rate("constant_rate_without_a_scope", "CONSTANT", "ScopeDownStatement")
rate("forwarded_rate_without_a_header", "FORWARDED_IP", "ForwardedIPConfig")
plant(
    "two_ways_to_sign_in",
    "cognito-idp.create_user_pool",
    Refusal("InvalidParameterException", "aliasAttributes"),
    "cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html",
    lambda _: {"PoolName": "gateway", "AliasAttributes": ["email"], "UsernameAttributes": ["email"]},
)
plant(
    "symmetric_key_that_signs",
    "kms.create_key",
    Refusal("ValidationException", "SIGN_VERIFY"),
    "kms/latest/APIReference/API_CreateKey.html",
    lambda _: {"KeyUsage": "SIGN_VERIFY"},
)
plant(
    "log_group_of_aws",
    "logs.create_log_group",
    Refusal("InvalidParameterException", "aws/"),
    "AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html",
    lambda _: {"logGroupName": "aws/gateway"},
)
plant(
    "secret_of_two_values",
    "secretsmanager.create_secret",
    Refusal("InvalidParameterException", "SecretBinary"),
    "secretsmanager/latest/apireference/API_CreateSecret.html",
    lambda _: {"Name": "gateway", "SecretString": "a", "SecretBinary": b"a", "ClientRequestToken": "a" * 32},
)
plant(
    "range_key_alone",
    "dynamodb.create_table",
    Refusal("ValidationException", "HASH"),
    "amazondynamodb/latest/APIReference/API_CreateTable.html",
    lambda _: table(KeySchema=[{"AttributeName": "LockID", "KeyType": "RANGE"}]),
)
plant(
    "gateway_endpoint_with_a_group",
    "ec2.create_vpc_endpoint",
    Refusal("InvalidParameter", "ecurity"),
    "AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html",
    lambda aws: {
        "VpcId": (vpc := aws.vpc()),
        "ServiceName": "com.amazonaws.us-east-1.s3",
        "SecurityGroupIds": [aws.group(vpc)],
    },
)
plant(
    "endpoint_policy_that_is_no_json",
    "ec2.create_vpc_endpoint",
    Refusal("InvalidPolicyDocument", "JSON"),
    "AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html",
    lambda aws: {"VpcId": aws.vpc(), "ServiceName": "com.amazonaws.us-east-1.s3", "PolicyDocument": "{"},
)
plant(
    "route_table_of_another_vpc",
    "ec2.associate_route_table",
    Refusal("InvalidParameterValue", "different networks"),
    "AWSEC2/latest/APIReference/API_AssociateRouteTable.html",
    lambda aws: {"RouteTableId": aws.routes(aws.vpc("10.1.0.0/16")), "SubnetId": aws.subnet(aws.vpc())},
)
plant(
    "old_versions_moved_too_soon",
    "s3.put_bucket_lifecycle_configuration",
    Refusal("InvalidArgument", "30"),
    "AmazonS3/latest/API/API_NoncurrentVersionTransition.html",
    lambda aws: {
        "Bucket": aws.bucket(),
        "LifecycleConfiguration": {
            "Rules": [
                {
                    "ID": "old",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "NoncurrentVersionTransitions": [{"NoncurrentDays": 10, "StorageClass": "STANDARD_IA"}],
                }
            ]
        },
    },
)
