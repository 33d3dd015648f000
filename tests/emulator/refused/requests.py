"""Helpers that build the parameters of calls."""

import json
from collections.abc import Callable
from typing import Any

from tests.emulator.refused.held import Held, Params, definition

from moto.core.models import DEFAULT_ACCOUNT_ID

Case = tuple[str, Callable[[Held], Params], str, str]
"""`service:Operation`, its parameters, and the code and member of the refusal."""
KEYS = {"AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}], "TableName": "table"} | {
    "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}]
}
NONE = "0123456789abcdef0"
"""The number in the id of a resource that does not exist."""
BLOCK = {"Action": {"Block": {}}, "Statement": {"GeoMatchStatement": {"CountryCodes": ["US"]}}}
METRIC = {"Id": "m", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}}
METRIC_VALUE = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
GONE_ROLE = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/gone"
GONE_KEY = f"arn:aws:kms:us-east-1:{DEFAULT_ACCOUNT_ID}:key/12345678-1234-1234-1234-123456789012"
GONE_TOPIC = f"arn:aws:sns:us-east-1:{DEFAULT_ACCOUNT_ID}:gone"
REDIRECT = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}


def fargate(container: Params) -> Params:
    """A task definition for Fargate."""
    return definition(container, cpu="512", requiresCompatibilities=["FARGATE"])


def logs(options: Params, driver: str = "awslogs") -> Params:
    """A container with a log configuration."""
    known = {"awslogs-group": "/g", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "p"}
    given = {name: value for name, value in (known | options).items() if value}
    return {"logConfiguration": {"logDriver": driver, "options": given}}


def service(w: Held, **changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A service."""
    network = {"subnets": w.subnets, "securityGroups": [w.group], **changes.pop("network", {})}
    whole = {"cluster": "w", "serviceName": "s", "taskDefinition": w.task, "desiredCount": 1}
    return {**whole, "networkConfiguration": {"awsvpcConfiguration": network}, **changes}


def strategy(*items: tuple[str, int, int]) -> list[Params]:
    """Capacity providers with weights and bases."""
    return [{"capacityProvider": name, "weight": weight, "base": base} for name, weight, base in items]


def alarm(**changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """An alarm on one metric; None removes a member."""
    whole = {"AlarmName": "a", "MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60, **changes}
    known = {"EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}
    return {name: value for name, value in {**known, **whole}.items() if value is not None}


def queries(*metrics: Params, **changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """An alarm on metric queries."""
    return alarm(Metrics=list(metrics), **dict.fromkeys(("MetricName", "Namespace", "Statistic", "Period")), **changes)


def dashboard(*widgets: Params) -> Params:
    """A dashboard."""
    return {"DashboardName": "d", "DashboardBody": json.dumps({"widgets": list(widgets)})}


def listener(w: Held, *actions: Params, **changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A listener."""
    whole = {"LoadBalancerArn": w.balancer, "Protocol": "HTTP", "Port": 81, **changes}
    return {**whole, "DefaultActions": [*actions, {"Type": "forward", "TargetGroupArn": w.target_group, "Order": 9}]}


def jwt(**config: Any) -> Params:  # noqa: ANN401 (members of the API)
    """An action that validates JWTs."""
    whole = {"JwksEndpoint": "https://k", "Issuer": "https://i", **config}
    return {"Type": "jwt-validation", "Order": 1, "JwtValidationConfig": whole}


def target_group(w: Held, **changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A target group."""
    return {"Name": "t", "Protocol": "HTTP", "Port": 80, "VpcId": w.vpc, "TargetType": "ip", **changes}


def attribute(w: Held, kind: str, key: str, value: str) -> Params:
    """One attribute of a load balancer or target group."""
    arn = w.balancer if kind == "LoadBalancer" else w.target_group
    return {f"{kind}Arn": arn, "Attributes": [{"Key": key, "Value": value}]}


def permission(w: Held, **one: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A security group rule."""
    return {"GroupId": w.group, "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, **one}]}


def endpoint(w: Held, **changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A VPC endpoint."""
    return {"VpcId": w.vpc, "ServiceName": "com.amazonaws.us-east-1.logs", "VpcEndpointType": "Interface", **changes}


def record(**record_set: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A change of a DNS record."""
    change = {"Action": "UPSERT", "ResourceRecordSet": {"Name": "a.example.com", "Type": "A", **record_set}}
    return {"HostedZoneId": "Z0", "ChangeBatch": {"Changes": [change]}}


def lifecycle(**one: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A lifecycle configuration with one rule."""
    whole = {"ID": "a", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}, **one}
    rules = [{name: value for name, value in whole.items() if value is not None}]
    return {"Bucket": "bucket", "LifecycleConfiguration": {"Rules": rules}}


def images(*rules: Params) -> Params:
    """A lifecycle policy of a repository."""
    return {"repositoryName": "images", "lifecyclePolicyText": json.dumps({"rules": list(rules)})}


def image_rule(priority: int = 1, **selection: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A rule of a repository's lifecycle policy."""
    whole = {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1, **selection}
    return {"rulePriority": priority, "selection": whole, "action": {"type": "expire"}}


def client(w: Held, **changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A user pool client with a secret."""
    return {"UserPoolId": w.pool, "ClientName": "c", "GenerateSecret": True, **changes}


def mechanisms(*named: tuple[str, int]) -> Params:
    """A user pool with these account recovery mechanisms."""
    listed = [{"Name": name, "Priority": priority} for name, priority in named]
    return {"PoolName": "p", "AccountRecoverySetting": {"RecoveryMechanisms": listed}}


def scaling(**tracking: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A target tracking policy."""
    place = {"ServiceNamespace": "ecs", "ResourceId": "service/w/s", "ScalableDimension": "ecs:service:DesiredCount"}
    return {**place, "PolicyName": "p", "TargetTrackingScalingPolicyConfiguration": tracking}


def metric_filter(**changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A metric filter of a log group that does not exist."""
    return {
        "logGroupName": "/none",
        "filterName": "f",
        "filterPattern": "",
        "metricTransformations": [METRIC_VALUE],
        **changes,
    }


def acl(*rules: Params) -> Params:
    """A web ACL."""
    visible = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    listed = [{"Name": "r", "Priority": number, "VisibilityConfig": visible, **one} for number, one in enumerate(rules)]
    return {
        "Name": "n",
        "Scope": "REGIONAL",
        "DefaultAction": {"Allow": {}},
        "VisibilityConfig": visible,
        "Rules": listed,
    }


def of_trust(**statement: Any) -> str:  # noqa: ANN401 (elements of a policy)
    """A trust policy with one statement."""
    whole = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [whole]})
