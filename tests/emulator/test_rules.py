"""Rules of the judge on calls of their own, without a server: what each refuses, by code and member."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from emulator.judge.verdict import verdict
from emulator.wire.calls import Call, service_model
from tests.emulator.world import KEY_POLICY, TRUST

import attrs
import boto3
import pytest
from moto import mock_aws
from moto.core.models import DEFAULT_ACCOUNT_ID

Params = dict[str, Any]
KEYS = {"AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}], "TableName": "table"} | {
    "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}]
}
NONE = "0123456789abcdef0"
"""The number of no resource."""


@attrs.frozen(kw_only=True)
class Held:
    """What the embedded AWS holds."""

    vpc: str
    subnets: list[str]
    small_subnet: str
    other_subnet: str
    group: str
    other_group: str
    allocation: str
    key: str
    locked_key: str
    gone_key: str
    role: str
    topic: str
    closed_topic: str
    balancer: str
    target_group: str
    foreign_group: str
    web_acl: str
    pool: str
    task: str


def held() -> Held:
    """Create it."""
    ec2, elb, kms, sns = (boto3.client(name, region_name="us-east-1") for name in ("ec2", "elbv2", "kms", "sns"))
    ecs, waf, iam = (boto3.client(name, region_name="us-east-1") for name in ("ecs", "wafv2", "iam"))
    cognito = boto3.client("cognito-idp", region_name="us-east-1")
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    small, elsewhere = (
        ec2.create_subnet(VpcId=other, CidrBlock=block, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for block, zone in (("10.9.0.0/28", "us-east-1a"), ("10.9.1.0/24", "us-east-1b"))
    )
    gone = kms.create_key(Policy=KEY_POLICY)["KeyMetadata"]["Arn"]
    kms.schedule_key_deletion(KeyId=gone.rpartition("/")[2], PendingWindowInDays=7)
    locked = kms.create_key(Policy=KEY_POLICY.replace("kms:*", "kms:Decrypt"))["KeyMetadata"]["Arn"]
    balancer = elb.create_load_balancer(Name="b", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]

    def target_group(name: str, network: str) -> str:
        made = elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=network, TargetType="ip")
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    used = target_group("used", vpc)
    forward = [{"Type": "forward", "TargetGroupArn": used}]
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)
    ecs.create_cluster(clusterName="w", capacityProviders=["FARGATE"])
    task = ecs.register_task_definition(**definition({}, "w"))["taskDefinition"]["taskDefinitionArn"]
    pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
    cognito.create_user_pool_domain(UserPoolId=pool, Domain="taken")
    visible = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    acl = waf.create_web_acl(
        Name="a", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=visible, Rules=[]
    )
    topic = sns.create_topic(Name="open", Attributes={"DisplayName": "d"})["TopicArn"]
    closed = sns.create_topic(Name="closed")["TopicArn"]
    nothing = json.dumps({"Version": "2012-10-17", "Statement": []})
    sns.set_topic_attributes(TopicArn=closed, AttributeName="Policy", AttributeValue=nothing)
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="bucket")
    return Held(
        vpc=vpc,
        subnets=subnets,
        small_subnet=small,
        other_subnet=elsewhere,
        group=ec2.create_security_group(GroupName="w", Description="w", VpcId=vpc)["GroupId"],
        other_group=ec2.create_security_group(GroupName="o", Description="o", VpcId=other)["GroupId"],
        allocation=ec2.allocate_address(Domain="vpc")["AllocationId"],
        key=kms.create_key(Policy=KEY_POLICY)["KeyMetadata"]["Arn"],
        locked_key=locked,
        gone_key=gone,
        role=iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"],
        topic=topic,
        closed_topic=closed,
        balancer=balancer,
        target_group=used,
        foreign_group=target_group("foreign", other),
        web_acl=acl["Summary"]["ARN"],
        pool=pool,
        task=task,
    )


def definition(container: Params, family: str = "f", **changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A task definition of one container."""
    whole = {"name": "c", "image": "i", "portMappings": [{"containerPort": 8787}], **container}
    return {"family": family, "networkMode": "awsvpc", "memory": "1024", "containerDefinitions": [whole], **changes}


def fargate(container: Params) -> Params:
    """A task definition for Fargate."""
    return definition(container, cpu="512", requiresCompatibilities=["FARGATE"])


def logs(options: Params, driver: str = "awslogs") -> Params:
    """A container that logs."""
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
    """An alarm on one metric; None takes a member out."""
    whole = {"AlarmName": "a", "MetricName": "m", "Namespace": "n", "Statistic": "Sum", "Period": 60, **changes}
    known = {"EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}
    return {name: value for name, value in {**known, **whole}.items() if value is not None}


def queries(*metrics: Params, **changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """An alarm on queries."""
    return alarm(Metrics=list(metrics), **dict.fromkeys(("MetricName", "Namespace", "Statistic", "Period")), **changes)


def dashboard(*widgets: Params) -> Params:
    """A dashboard."""
    return {"DashboardName": "d", "DashboardBody": json.dumps({"widgets": list(widgets)})}


def listener(w: Held, *actions: Params, **changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A listener."""
    whole = {"LoadBalancerArn": w.balancer, "Protocol": "HTTP", "Port": 81, **changes}
    return {**whole, "DefaultActions": [*actions, {"Type": "forward", "TargetGroupArn": w.target_group, "Order": 9}]}


def jwt(**config: Any) -> Params:  # noqa: ANN401 (members of the API)
    """An action that validates tokens."""
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
    """A rule of a security group."""
    return {"GroupId": w.group, "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, **one}]}


def endpoint(w: Held, **changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """An endpoint."""
    return {"VpcId": w.vpc, "ServiceName": "com.amazonaws.us-east-1.logs", "VpcEndpointType": "Interface", **changes}


def record(**record_set: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A change of a record."""
    change = {"Action": "UPSERT", "ResourceRecordSet": {"Name": "a.example.com", "Type": "A", **record_set}}
    return {"HostedZoneId": "Z0", "ChangeBatch": {"Changes": [change]}}


def lifecycle(**one: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A lifecycle of one rule."""
    whole = {"ID": "a", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}, **one}
    rules = [{name: value for name, value in whole.items() if value is not None}]
    return {"Bucket": "bucket", "LifecycleConfiguration": {"Rules": rules}}


def images(*rules: Params) -> Params:
    """A lifecycle of a repository."""
    return {"repositoryName": "images", "lifecyclePolicyText": json.dumps({"rules": list(rules)})}


def image_rule(priority: int = 1, **selection: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A rule of such a lifecycle."""
    whole = {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1, **selection}
    return {"rulePriority": priority, "selection": whole, "action": {"type": "expire"}}


def client(w: Held, **changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A client of a user pool that brings its own credentials."""
    return {"UserPoolId": w.pool, "ClientName": "c", "GenerateSecret": True, **changes}


def mechanisms(*named: tuple[str, int]) -> Params:
    """How users of a pool recover their accounts."""
    listed = [{"Name": name, "Priority": priority} for name, priority in named]
    return {"PoolName": "p", "AccountRecoverySetting": {"RecoveryMechanisms": listed}}


def scaling(**tracking: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A policy that tracks a target."""
    place = {"ServiceNamespace": "ecs", "ResourceId": "service/w/s", "ScalableDimension": "ecs:service:DesiredCount"}
    return {**place, "PolicyName": "p", "TargetTrackingScalingPolicyConfiguration": tracking}


def metric_filter(**changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A metric filter of a group that there is not."""
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
    """A trust policy of one statement."""
    whole = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [whole]})


BLOCK = {"Action": {"Block": {}}, "Statement": {"GeoMatchStatement": {"CountryCodes": ["US"]}}}
METRIC = {"Id": "m", "MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}}
METRIC_VALUE = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
GONE_ROLE = f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:role/gone"
GONE_KEY = f"arn:aws:kms:us-east-1:{DEFAULT_ACCOUNT_ID}:key/12345678-1234-1234-1234-123456789012"
GONE_TOPIC = f"arn:aws:sns:us-east-1:{DEFAULT_ACCOUNT_ID}:gone"
REDIRECT = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
CASES: tuple[tuple[str, Callable[[Held], Params], str, str], ...] = (
    ("cloudwatch:PutMetricAlarm", lambda _: alarm(Metrics=[METRIC]), "InvalidParameterCombination", "Metrics"),
    ("cloudwatch:PutMetricAlarm", lambda _: queries(METRIC) | {"Period": 60}, "InvalidParameterCombination", "Metrics"),
    ("cloudwatch:PutMetricAlarm", lambda _: alarm(Statistic=None), "InvalidParameterCombination", "Statistic"),
    ("cloudwatch:PutMetricAlarm", lambda _: alarm(TreatMissingData="good"), "ValidationError", "TreatMissingData"),
    ("cloudwatch:PutMetricAlarm", lambda _: alarm(DatapointsToAlarm=2), "ValidationError", "DatapointsToAlarm"),
    ("cloudwatch:PutMetricAlarm", lambda _: queries(METRIC | {"Id": "M"}), "ValidationError", "Metrics[0].Id"),
    ("cloudwatch:PutMetricAlarm", lambda _: queries(METRIC, METRIC), "ValidationError", "Metrics.Id"),
    (
        "cloudwatch:PutMetricAlarm",
        lambda _: queries(METRIC, METRIC | {"Id": "n"}),
        "ValidationError",
        "Metrics.ReturnData",
    ),
    ("cloudwatch:PutMetricAlarm", lambda _: queries({"Id": "m"}), "ValidationError", "Metrics[0]"),
    (
        "cloudwatch:PutMetricAlarm",
        lambda _: alarm(OKActions=[GONE_TOPIC.replace("us-east-1", "eu-west-1")]),
        "ValidationError",
        "OKActions[0]",
    ),
    ("cloudwatch:PutMetricAlarm", lambda _: alarm(AlarmActions=[GONE_TOPIC]), "ValidationError", "AlarmActions[0]"),
    ("cloudwatch:PutMetricAlarm", lambda w: alarm(AlarmActions=[w.closed_topic]), "ValidationError", "AlarmActions[0]"),
    (
        "cloudwatch:PutDashboard",
        lambda _: dashboard(*[{"type": "text"}] * 501),
        "InvalidParameterInput",
        "DashboardBody",
    ),
    (
        "cloudwatch:PutDashboard",
        lambda _: {"DashboardName": "d", "DashboardBody": "[]"},
        "InvalidParameterInput",
        "DashboardBody",
    ),
    *(
        (
            "cloudwatch:PutDashboard",
            lambda _, one=one: dashboard({"type": "text", **one}),
            "InvalidParameterInput",
            place,
        )
        for one, place in (
            ({"x": 24}, "DashboardBody.widgets[0].x"),
            ({"x": 20}, "DashboardBody.widgets[0].x"),
            ({"y": -1}, "DashboardBody.widgets[0].y"),
            ({"width": 25}, "DashboardBody.widgets[0].width"),
            ({"height": 0}, "DashboardBody.widgets[0].height"),
            ({"type": "graph"}, "DashboardBody.widgets[0].type"),
        )
    ),
    (
        "cognito-idp:CreateUserPoolDomain",
        lambda w: {"UserPoolId": w.pool, "Domain": "my-amazon"},
        "InvalidParameterException",
        "Domain",
    ),
    (
        "cognito-idp:CreateUserPoolDomain",
        lambda w: {"UserPoolId": w.pool, "Domain": "my-cognito"},
        "InvalidParameterException",
        "Domain",
    ),
    (
        "cognito-idp:CreateUserPoolDomain",
        lambda w: {"UserPoolId": w.pool, "Domain": "other"},
        "InvalidParameterException",
        "UserPoolId",
    ),
    (
        "cognito-idp:CreateUserPoolClient",
        lambda w: client(w, UserPoolId="us-east-1_x"),
        "ResourceNotFoundException",
        "UserPoolId",
    ),
    (
        "cognito-idp:CreateUserPoolClient",
        lambda w: client(w, AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["openid"]),
        "InvalidOAuthFlowException",
        "AllowedOAuthScopes",
    ),
    (
        "cognito-idp:CreateUserPoolClient",
        lambda w: client(w, AllowedOAuthFlows=["code"]),
        "InvalidOAuthFlowException",
        "AllowedOAuthScopes",
    ),
    (
        "cognito-idp:CreateUserPoolClient",
        lambda w: client(
            w, AccessTokenValidity=12, RefreshTokenValidity=1, TokenValidityUnits={"RefreshToken": "hours"}
        ),
        "InvalidParameterException",
        "RefreshTokenValidity",
    ),
    (
        "cognito-idp:CreateUserPool",
        lambda _: mechanisms(("admin_only", 1), ("verified_email", 2)),
        "InvalidParameterException",
        "AccountRecoverySetting",
    ),
    (
        "cognito-idp:CreateUserPool",
        lambda _: mechanisms(("verified_phone_number", 1), ("verified_email", 1)),
        "InvalidParameterException",
        "AccountRecoverySetting",
    ),
    (
        "cognito-idp:CreateResourceServer",
        lambda _: {"UserPoolId": "us-east-1_x", "Identifier": "i", "Name": "n"},
        "ResourceNotFoundException",
        "UserPoolId",
    ),
    (
        "cognito-idp:CreateResourceServer",
        lambda w: {
            "UserPoolId": w.pool,
            "Identifier": "i",
            "Name": "n",
            "Scopes": [{"ScopeName": "a", "ScopeDescription": "d"}] * 2,
        },
        "InvalidParameterException",
        "Scopes",
    ),
    ("dynamodb:CreateTable", lambda _: KEYS, "ValidationException", "ProvisionedThroughput"),
    (
        "dynamodb:CreateTable",
        lambda w: {**KEYS, "BillingMode": "PAY_PER_REQUEST", "SSESpecification": {"KMSMasterKeyId": w.key}},
        "ValidationException",
        "SSESpecification.Enabled",
    ),
    (
        "dynamodb:UpdateTable",
        lambda w: {"TableName": "table", "SSESpecification": {"Enabled": True, "KMSMasterKeyId": w.locked_key}},
        "AccessDeniedException",
        "SSESpecification.KMSMasterKeyId",
    ),
    ("dynamodb:TransactWriteItems", lambda _: {"TransactItems": [{}]}, "ValidationException", "TransactItems[0]"),
    ("ec2:CreateSecurityGroup", lambda _: {"GroupName": "ü", "Description": "d"}, "InvalidParameterValue", "GroupName"),
    (
        "ec2:CreateSecurityGroup",
        lambda _: {"GroupName": "sg-1", "Description": "d"},
        "InvalidParameterValue",
        "GroupName",
    ),
    (
        "ec2:CreateSecurityGroup",
        lambda _: {"GroupName": "g", "Description": "d", "VpcId": f"vpc-{NONE}"},
        "InvalidVpcID.NotFound",
        "VpcId",
    ),
    (
        "ec2:AuthorizeSecurityGroupIngress",
        lambda w: permission(w) | {"GroupId": f"sg-{NONE}"},
        "InvalidGroup.NotFound",
        "GroupId",
    ),
    (
        "ec2:AuthorizeSecurityGroupEgress",
        lambda w: permission(w, IpRanges=[{"CidrIp": "10.0.0.0/8", "Description": "ü"}]),
        "InvalidParameterValue",
        "IpPermissions[0].IpRanges[0].Description",
    ),
    (
        "ec2:AuthorizeSecurityGroupIngress",
        lambda w: permission(w, UserIdGroupPairs=[{"GroupId": f"sg-{NONE}"}]),
        "InvalidGroup.NotFound",
        "IpPermissions[0].UserIdGroupPairs[0].GroupId",
    ),
    (
        "ec2:AuthorizeSecurityGroupEgress",
        lambda w: permission(w, IpRanges=[{"CidrIp": f"10.{n}.0.0/16"} for n in range(61)]),
        "RulesPerSecurityGroupLimitExceeded",
        "IpPermissions",
    ),
    ("ec2:CreateNatGateway", lambda _: {"SubnetId": f"subnet-{NONE}"}, "InvalidSubnetID.NotFound", "SubnetId"),
    (
        "ec2:CreateRoute",
        lambda _: {"RouteTableId": f"rtb-{NONE}", "NatGatewayId": f"nat-{NONE}"},
        "InvalidNatGatewayID.NotFound",
        "NatGatewayId",
    ),
    ("ec2:CreateVpcEndpoint", lambda w: endpoint(w, VpcId=f"vpc-{NONE}"), "InvalidVpcId.NotFound", "VpcId"),
    (
        "ec2:CreateVpcEndpoint",
        lambda w: endpoint(w, SubnetIds=[w.other_subnet]),
        "InvalidSubnetId.NotFound",
        "SubnetIds[0]",
    ),
    (
        "ec2:CreateVpcEndpoint",
        lambda w: endpoint(w, SecurityGroupIds=[w.other_group]),
        "InvalidSecurityGroupId.NotFound",
        "SecurityGroupIds[0]",
    ),
    (
        "ecs:CreateService",
        lambda w: service(w, capacityProviderStrategy=strategy(("FARGATE", 1, 1), ("FARGATE", 1, 1))),
        "InvalidParameterException",
        "capacityProviderStrategy",
    ),
    (
        "ecs:CreateService",
        lambda w: service(w, capacityProviderStrategy=strategy(("FARGATE_SPOT", 1, 0))),
        "InvalidParameterException",
        "capacityProviderStrategy[0].capacityProvider",
    ),
    (
        "ecs:CreateService",
        lambda w: service(w, capacityProviderStrategy=strategy(("FARGATE", 0, 0))),
        "InvalidParameterException",
        "capacityProviderStrategy",
    ),
    (
        "ecs:PutClusterCapacityProviders",
        lambda _: {
            "cluster": "w",
            "capacityProviders": ["FARGATE"],
            "defaultCapacityProviderStrategy": strategy(("X", 1, 0)),
        },
        "InvalidParameterException",
        "defaultCapacityProviderStrategy[0].capacityProvider",
    ),
    *(
        (
            "ecs:CreateService",
            lambda w, network=network: service(w, network=network(w)),
            "InvalidParameterException",
            f"networkConfiguration.awsvpcConfiguration.{place}",
        )
        for network, place in (
            (lambda w: {"subnets": [w.subnets[0], w.other_subnet]}, "subnets"),
            (lambda w: {"subnets": w.subnets * 9}, "subnets"),
            (lambda _: {"securityGroups": [f"sg-{NONE}"]}, "securityGroups[0]"),
            (lambda w: {"securityGroups": [w.group] * 6}, "securityGroups"),
        )
    ),
    (
        "ecs:CreateService",
        lambda w: service(w, loadBalancers=[{"targetGroupArn": f"{w.target_group}x", "containerName": "c"}]),
        "InvalidParameterException",
        "loadBalancers[0].targetGroupArn",
    ),
    *(
        (
            "ecs:CreateService",
            lambda w, given=given: service(w, **given),
            "InvalidParameterException",
            f"deploymentConfiguration.{place}",
        )
        for given, place in (
            ({"deploymentConfiguration": {"minimumHealthyPercent": 101}}, "minimumHealthyPercent"),
            ({"deploymentConfiguration": {"maximumPercent": 99, "minimumHealthyPercent": 0}}, "maximumPercent"),
            (
                {
                    "availabilityZoneRebalancing": "ENABLED",
                    "deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 0},
                },
                "maximumPercent",
            ),
        )
    ),
    (
        "ecs:RegisterTaskDefinition",
        lambda _: definition({}) | {"containerDefinitions": [{"name": "c", "image": "i"}] * 2},
        "ClientException",
        "containerDefinitions",
    ),
    (
        "ecs:RegisterTaskDefinition",
        lambda _: {"family": "f", "containerDefinitions": [{"name": "c", "image": "i"}]},
        "ClientException",
        "containerDefinitions[0].memory",
    ),
    *(
        (
            "ecs:RegisterTaskDefinition",
            lambda _, one=one: definition(one),
            "ClientException",
            f"containerDefinitions[0].{place}",
        )
        for one, place in (
            ({"image": ""}, "image"),
            ({"dependsOn": [{"containerName": "c", "condition": "HEALTHY"}]}, "dependsOn[0].condition"),
            ({"dependsOn": [{"containerName": "c", "condition": "SUCCESS"}]}, "dependsOn[0].condition"),
            ({"healthCheck": {"command": ["CMD"], "timeout": 1}}, "healthCheck.timeout"),
            ({"healthCheck": {"command": ["CMD"], "retries": 11}}, "healthCheck.retries"),
            ({"healthCheck": {"command": ["CMD"], "startPeriod": 301}}, "healthCheck.startPeriod"),
            ({"healthCheck": {"command": ["curl"]}}, "healthCheck.command"),
            ({"restartPolicy": {"enabled": True, "restartAttemptPeriod": 59}}, "restartPolicy.restartAttemptPeriod"),
            (logs({"awslogs-group": ""}), "logConfiguration.options"),
            (logs({"awslogs-region": ""}), "logConfiguration.options"),
            (logs({"awslogs-stream-prefix": ""}), "logConfiguration.options"),
        )
    ),
    *(
        (
            "ecs:RegisterTaskDefinition",
            lambda _, one=one: fargate(one),
            "ClientException",
            f"containerDefinitions[0].{place}",
        )
        for one, place in (
            ({"linuxParameters": {"devices": [{"hostPath": "/dev/x"}]}}, "linuxParameters.devices"),
            ({"linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 1}]}}, "linuxParameters.tmpfs"),
            ({"linuxParameters": {"sharedMemorySize": 1}}, "linuxParameters.sharedMemorySize"),
            ({"linuxParameters": {"maxSwap": 1}}, "linuxParameters.maxSwap"),
            ({"linuxParameters": {"swappiness": 1}}, "linuxParameters.swappiness"),
            (logs({}, "syslog"), "logConfiguration.logDriver"),
        )
    ),
    ("ecs:RegisterTaskDefinition", lambda _: definition({}, taskRoleArn=GONE_ROLE), "ClientException", "taskRoleArn"),
    (
        "elbv2:CreateLoadBalancer",
        lambda w: {"Name": "n", "Subnets": [w.small_subnet, w.other_subnet]},
        "InvalidSubnet",
        "Subnets[0]",
    ),
    (
        "elbv2:CreateLoadBalancer",
        lambda w: {"Name": "n", "Subnets": w.subnets, "SecurityGroups": [f"sg-{NONE}"]},
        "InvalidSecurityGroup",
        "SecurityGroups[0]",
    ),
    *(
        ("elbv2:CreateTargetGroup", lambda w, one=one: target_group(w, **one), "ValidationError", place)
        for one, place in (
            ({"HealthCheckIntervalSeconds": 301}, "HealthCheckIntervalSeconds"),
            ({"HealthCheckTimeoutSeconds": 121}, "HealthCheckTimeoutSeconds"),
            ({"HealthyThresholdCount": 1}, "HealthyThresholdCount"),
            ({"UnhealthyThresholdCount": 11}, "UnhealthyThresholdCount"),
            ({"HealthCheckPath": "health"}, "HealthCheckPath"),
            ({"Matcher": {"HttpCode": "200-599"}}, "Matcher.HttpCode"),
            ({"Matcher": {"HttpCode": "2000"}}, "Matcher.HttpCode"),
            ({"VpcId": f"vpc-{NONE}"}, "VpcId"),
        )
    ),
    (
        "elbv2:CreateListener",
        lambda w: listener(w, Protocol="HTTPS", Certificates=[{"CertificateArn": "a:iam:b"}] * 2),
        "TooManyCertificates",
        "Certificates",
    ),
    ("elbv2:CreateListener", lambda w: listener(w, LoadBalancerArn="none"), "LoadBalancerNotFound", "LoadBalancerArn"),
    (
        "elbv2:CreateListener",
        lambda w: listener(w, {"Type": "redirect", "RedirectConfig": REDIRECT, "Order": 9}),
        "ValidationError",
        "DefaultActions",
    ),
    *(
        (
            "elbv2:CreateListener",
            lambda w, action=action: listener(
                w, action, Protocol="HTTPS", Certificates=[{"CertificateArn": "arn:aws:iam::1:server-certificate/c"}]
            ),
            "InvalidLoadBalancerAction",
            f"DefaultActions[0].JwtValidationConfig{place}",
        )
        for action, place in (
            ({"Type": "jwt-validation", "Order": 1}, ""),
            (jwt(JwksEndpoint="http://k"), ".JwksEndpoint"),
            (
                jwt(
                    AdditionalClaims=[{"Name": f"n{n}", "Format": "single-string", "Values": ["v"]} for n in range(11)]
                ),
                ".AdditionalClaims",
            ),
            (
                jwt(AdditionalClaims=[{"Name": "n", "Format": "single-string", "Values": ["v" * 257]}]),
                ".AdditionalClaims[0].Values",
            ),
        )
    ),
    (
        "elbv2:SetSubnets",
        lambda w: {"LoadBalancerArn": w.balancer, "Subnets": [w.subnets[0], w.other_subnet]},
        "InvalidConfigurationRequest",
        "Subnets",
    ),
    *(
        (
            f"elbv2:Modify{kind}Attributes",
            lambda w, kind=kind, one=one: attribute(w, kind, *one),
            "InvalidConfigurationRequest",
            place,
        )
        for kind, one, place in (
            ("LoadBalancer", ("idle_timeout", "1"), "Attributes[0].Key"),
            ("LoadBalancer", ("deletion_protection.enabled", "yes"), "Attributes[0].Value"),
            ("LoadBalancer", ("client_keep_alive.seconds", "59"), "Attributes[0].Value"),
            ("LoadBalancer", ("routing.http.desync_mitigation_mode", "off"), "Attributes[0].Value"),
            ("LoadBalancer", ("routing.http.xff_header_processing.mode", "off"), "Attributes[0].Value"),
            ("TargetGroup", ("idle_timeout.timeout_seconds", "1"), "Attributes[0].Key"),
            ("TargetGroup", ("stickiness.enabled", "yes"), "Attributes[0].Value"),
            ("TargetGroup", ("deregistration_delay.timeout_seconds", "3601"), "Attributes[0].Value"),
            ("TargetGroup", ("stickiness.lb_cookie.duration_seconds", "0"), "Attributes[0].Value"),
            ("TargetGroup", ("slow_start.duration_seconds", "901"), "Attributes[0].Value"),
            ("TargetGroup", ("load_balancing.algorithm.type", "none"), "Attributes[0].Value"),
            ("TargetGroup", ("stickiness.type", "none"), "Attributes[0].Value"),
        )
    ),
    (
        "iam:CreateRole",
        lambda _: {"RoleName": "n", "AssumeRolePolicyDocument": of_trust(Sid="a" * 2049)},
        "LimitExceeded",
        "AssumeRolePolicyDocument",
    ),
    (
        "iam:UpdateAssumeRolePolicy",
        lambda _: {"RoleName": "r", "PolicyDocument": of_trust(Sid="a" * 2049)},
        "LimitExceeded",
        "PolicyDocument",
    ),
    (
        "iam:UpdateAssumeRolePolicy",
        lambda _: {"RoleName": "r", "PolicyDocument": of_trust(Resource="*")},
        "MalformedPolicyDocument",
        "PolicyDocument.Statement[0].Resource",
    ),
    (
        "iam:UpdateAssumeRolePolicy",
        lambda _: {"RoleName": "r", "PolicyDocument": of_trust(Principal={"AWS": [GONE_ROLE]})},
        "MalformedPolicyDocument",
        "PolicyDocument.Statement[0].Principal.AWS[0]",
    ),
    ("kms:CreateAlias", lambda w: {"AliasName": "a", "TargetKeyId": w.key}, "ValidationException", "AliasName"),
    (
        "kms:CreateAlias",
        lambda w: {"AliasName": "alias/aws/a", "TargetKeyId": w.key},
        "NotAuthorizedException",
        "AliasName",
    ),
    (
        "kms:CreateAlias",
        lambda _: {"AliasName": "alias/a", "TargetKeyId": GONE_KEY},
        "NotFoundException",
        "TargetKeyId",
    ),
    (
        "kms:CreateAlias",
        lambda w: {"AliasName": "alias/a", "TargetKeyId": w.gone_key},
        "KMSInvalidStateException",
        "TargetKeyId",
    ),
    (
        "ecr:CreateRepository",
        lambda w: {
            "repositoryName": "images",
            "encryptionConfiguration": {"encryptionType": "AES256", "kmsKey": w.key},
        },
        "InvalidParameterException",
        "encryptionConfiguration.kmsKey",
    ),
    (
        "ecr:CreateRepository",
        lambda w: {
            "repositoryName": "images",
            "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": w.locked_key},
        },
        "KmsException",
        "encryptionConfiguration.kmsKey",
    ),
    (
        "sns:CreateTopic",
        lambda _: {"Name": "n", "Attributes": {"KmsMasterKeyId": GONE_KEY}},
        "KMSNotFound",
        "Attributes.KmsMasterKeyId",
    ),
    (
        "sns:CreateTopic",
        lambda w: {"Name": "open", "Attributes": {"KmsMasterKeyId": w.key}},
        "InvalidParameter",
        "Attributes.KmsMasterKeyId",
    ),
    ("logs:PutMetricFilter", lambda _: metric_filter(), "ResourceNotFoundException", "logGroupName"),
    (
        "logs:PutResourcePolicy",
        lambda _: {"policyName": "p", "policyDocument": "{}"},
        "InvalidParameterException",
        "policyDocument",
    ),
    (
        "application-autoscaling:RegisterScalableTarget",
        lambda _: {
            "ServiceNamespace": "dynamodb",
            "ResourceId": "table/t",
            "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
            "MinCapacity": -1,
        },
        "ValidationException",
        "MinCapacity",
    ),
    (
        "application-autoscaling:PutScalingPolicy",
        lambda _: scaling(TargetValue=1.0),
        "ObjectNotFoundException",
        "ResourceId",
    ),
    (
        "ecr:PutLifecyclePolicy",
        lambda _: images(image_rule(), image_rule()),
        "InvalidParameterException",
        "lifecyclePolicyText.rules.rulePriority",
    ),
    *(
        (
            "ecr:PutLifecyclePolicy",
            lambda _, one=one: images(image_rule(**one)),
            "InvalidParameterException",
            f"lifecyclePolicyText.rules[0].selection.{place}",
        )
        for one, place in (
            ({"countType": "all"}, "countType"),
            ({"countNumber": 0}, "countNumber"),
            ({"countNumber": 1.5}, "countNumber"),
        )
    ),
    (
        "sns:Subscribe",
        lambda w: {"TopicArn": w.topic, "Protocol": "sqs", "Endpoint": "queue"},
        "InvalidParameter",
        "Endpoint",
    ),
    (
        "sns:Subscribe",
        lambda w: {"TopicArn": w.topic, "Protocol": "lambda", "Endpoint": "function"},
        "InvalidParameter",
        "Endpoint",
    ),
    ("acm:RequestCertificate", lambda _: {"DomainName": "a..example.com"}, "ValidationException", "DomainName"),
    (
        "ecs:CreateCluster",
        lambda _: {"clusterName": "t", "tags": [{"key": f"k{n}", "value": "v"} for n in range(51)]},
        "InvalidParameterException",
        "tags",
    ),
    (
        "sns:CreateTopic",
        lambda _: {"Name": "n", "Tags": [{"Key": f"k{n}", "Value": "v"} for n in range(51)]},
        "InvalidParameter",
        "Tags",
    ),
    ("sns:CreateTopic", lambda _: {"Name": "n", "Tags": [{"Key": "k", "Value": "v"}] * 2}, "InvalidParameter", "Tags"),
    (
        "route53:ChangeResourceRecordSets",
        lambda _: record(),
        "InvalidChangeBatch",
        "ChangeBatch.Changes[0].ResourceRecordSet",
    ),
    (
        "route53:ChangeResourceRecordSets",
        lambda _: record(ResourceRecords=[{"Value": "10.0.0.1"}]),
        "InvalidChangeBatch",
        "ChangeBatch.Changes[0].ResourceRecordSet.TTL",
    ),
    (
        "route53:ChangeResourceRecordSets",
        lambda _: record(ResourceRecords=[{"Value": "::1"}], TTL=1),
        "InvalidChangeBatch",
        "ChangeBatch.Changes[0].ResourceRecordSet.ResourceRecords",
    ),
    (
        "route53:ChangeResourceRecordSets",
        lambda _: record(Type="AAAA", ResourceRecords=[{"Value": "10.0.0.1"}], TTL=1),
        "InvalidChangeBatch",
        "ChangeBatch.Changes[0].ResourceRecordSet.ResourceRecords",
    ),
    (
        "s3:CreateBucket",
        lambda _: {"Bucket": f"b-{DEFAULT_ACCOUNT_ID}-us-east-1-an"},
        "MissingNamespaceHeader",
        "BucketNamespace",
    ),
    (
        "s3:CreateBucket",
        lambda _: {"Bucket": "b-name", "BucketNamespace": "account-regional"},
        "InvalidNamespaceHeader",
        "BucketNamespace",
    ),
    (
        "s3:PutBucketPolicy",
        lambda _: {"Bucket": "bucket", "Policy": of_trust(Sid="a" * 20480, Resource="arn:aws:s3:::bucket")},
        "PolicyTooLarge",
        "Policy",
    ),
    *(
        (
            "s3:PutBucketLifecycleConfiguration",
            lambda _, one=one: lifecycle(**one),
            code,
            f"LifecycleConfiguration.Rules[0]{place}",
        )
        for one, code, place in (
            ({"ID": "a" * 256}, "InvalidArgument", ".ID"),
            ({"Filter": None}, "MalformedXML", ""),
            ({"Expiration": {"Days": 0}}, "InvalidArgument", ".Expiration.Days"),
            (
                {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 0}},
                "InvalidArgument",
                ".AbortIncompleteMultipartUpload.DaysAfterInitiation",
            ),
            (
                {"NoncurrentVersionExpiration": {"NoncurrentDays": 0}},
                "InvalidArgument",
                ".NoncurrentVersionExpiration.NoncurrentDays",
            ),
        )
    ),
    ("secretsmanager:CreateSecret", lambda _: {"Name": "a b", "SecretString": "s"}, "ValidationException", "Name"),
    (
        "wafv2:CreateWebACL",
        lambda _: acl({**BLOCK, "Priority": 1}, {**BLOCK, "Priority": 2}),
        "WAFInvalidParameterException",
        "Rules.Name",
    ),
    (
        "wafv2:CreateWebACL",
        lambda _: acl({**BLOCK, "Action": {}, "OverrideAction": {"None": {}}}),
        "WAFInvalidParameterException",
        "Rules[0].Action",
    ),
    (
        "wafv2:AssociateWebACL",
        lambda w: {"WebACLArn": w.web_acl, "ResourceArn": f"{w.balancer}x"},
        "WAFUnavailableEntityException",
        "ResourceArn",
    ),
    (
        "wafv2:AssociateWebACL",
        lambda w: {"WebACLArn": w.web_acl.replace("us-east-1", "eu-west-1"), "ResourceArn": w.balancer},
        "WAFInvalidParameterException",
        "WebACLArn",
    ),
    (
        "wafv2:AssociateWebACL",
        lambda w: {"WebACLArn": f"{w.web_acl[:-4]}0000", "ResourceArn": w.balancer},
        "WAFNonexistentItemException",
        "WebACLArn",
    ),
    (
        "wafv2:PutLoggingConfiguration",
        lambda w: {
            "LoggingConfiguration": {
                "ResourceArn": w.web_acl,
                "LogDestinationConfigs": [f"arn:aws:logs:us-east-1:{DEFAULT_ACCOUNT_ID}:log-group:aws-waf-logs-none"],
            }
        },
        "WAFLogDestinationPermissionIssueException",
        "LoggingConfiguration.LogDestinationConfigs[0]",
    ),
)


@pytest.fixture(scope="module")
def world() -> Iterator[Held]:
    """One account in this process."""
    with pytest.MonkeyPatch.context() as patched:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patched.setenv(name, "EMULATED")
        with mock_aws():
            yield held()


@pytest.mark.parametrize(
    ("name", "params", "code", "member"), CASES, ids=lambda one: one if isinstance(one, str) else ""
)
def test_a_rule_refuses(world: Held, name: str, params: Callable[[Held], Params], code: str, member: str) -> None:
    """The code is the service's, and the member is the one that is wrong."""
    service_name, _, operation = name.partition(":")
    model = service_model(service_name)
    refusal = verdict(
        Call(
            service=service_name,
            operation=operation,
            protocol=str(model.protocol),
            region="us-east-1",
            access_key="EMULATED",
            model=model.operation_model(operation),
            params=params(world),
            faults=(),
        )
    )
    assert refusal is not None
    assert (refusal.code, refusal.member) == (code, member)
