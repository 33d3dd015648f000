"""Planted faults: requests that AWS refuses, each with the code, the member and the rule that the judge names."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from emulator.rehearsal import rehearsal
from tests.emulator.world import ACCOUNT, KEY_POLICY, TRUST, World, acl, alarm, fargate_task, service

import attrs
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

Params = Callable[[World], dict[str, Any]]


@attrs.frozen
class Planted:
    """One fault: the call, its parameters, and what the refusal must say."""

    name: str
    service: str
    call: str
    params: Params
    code: str
    says: str
    """A part of the message, the member among it."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """Resources to refer to; clients that leave every check to AWS."""
    with rehearsal() as environ:

        def unchecked(name: str) -> Any:  # noqa: ANN401 (boto3 has no types)
            return boto3.Session().client(
                name,
                region_name="us-east-1",
                aws_access_key_id=environ["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=environ["AWS_SECRET_ACCESS_KEY"],
                verify=environ["AWS_CA_BUNDLE"],
                config=Config(
                    proxies={"https": environ["HTTPS_PROXY"]},
                    retries={"total_max_attempts": 1},
                    parameter_validation=False,
                ),
            )

        yield World.make(unchecked)


def _policy(**changes: object) -> str:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **changes}
    return json.dumps({"Version": "2012-10-17", "Statement": [{k: v for k, v in statement.items() if v is not None}]})


def _trust(principal: dict[str, str]) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _listener(world: World, *actions: dict[str, Any], **changes: object) -> dict[str, Any]:
    https = {"Protocol": "HTTPS", "Port": 8443, "Certificates": [{"CertificateArn": world.certificate}]}
    return {"LoadBalancerArn": world.balancer, "DefaultActions": list(actions), **https, **changes}


def _forward(arn: str, **more: object) -> dict[str, Any]:
    return {"Type": "forward", "TargetGroupArn": arn, **more}


def _attribute(world: World, key: str, value: str) -> dict[str, Any]:
    return {"LoadBalancerArn": world.balancer, "Attributes": [{"Key": key, "Value": value}]}


def _ingress(world: World, **permission: object) -> dict[str, Any]:
    given = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}], **permission}
    return {"GroupId": world.group, "IpPermissions": [given]}


def _network(world: World, **changes: object) -> dict[str, Any]:
    configuration = {"subnets": world.subnets[:2], "securityGroups": [world.group], **changes}
    return {"networkConfiguration": {"awsvpcConfiguration": configuration}}


def _oauth(world: World, **changes: object) -> dict[str, Any]:
    return {
        "UserPoolId": world.pool, "ClientName": "c", "GenerateSecret": True, "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["api/invoke"], **changes,
    }  # fmt: skip


def _dashboard(expression: str) -> str:
    lines = [[{"expression": expression}]]
    return json.dumps({"widgets": [{"type": "metric", "x": 0, "y": 0, "properties": {"metrics": lines}}]})


NONE = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/none/0123456789abcdef"
JWT = {"Type": "jwt-validation", "Order": 1, "JwtValidationConfig": {"Issuer": "i", "JwksEndpoint": "https://k"}}
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/none"
OF_FORM = (
    Planted(
        "an enumeration",
        "ecs",
        "register_task_definition",
        lambda w: fargate_task(w.role, networkMode="bridged"),
        "InvalidParameterException",
        "'bridged' at 'networkMode'",
    ),
    Planted(
        "a pattern",
        "kms",
        "create_alias",
        lambda w: {"AliasName": "alias/a b", "TargetKeyId": w.key},
        "ValidationException",
        "at 'AliasName' failed to satisfy constraint: Member must satisfy regular expression",
    ),
    Planted(
        "a length",
        "logs",
        "create_log_group",
        lambda _: {"logGroupName": "x" * 513},
        "InvalidParameterException",
        "at 'logGroupName' failed to satisfy constraint: Member must have length less",
    ),
    Planted(
        "a range",
        "cognito-idp",
        "create_user_pool",
        lambda _: {"PoolName": "p", "Policies": {"PasswordPolicy": {"MinimumLength": 5}}},
        "InvalidParameterException",
        "'5' at 'Policies.PasswordPolicy.MinimumLength'",
    ),
    Planted(
        "a required member",
        "wafv2",
        "create_web_acl",
        lambda _: {"Name": "a", "Scope": "REGIONAL"},
        "WAFInvalidParameterException",
        "at 'DefaultAction' failed to satisfy constraint: Member must not be null",
    ),
    Planted(
        "a type",
        "application-autoscaling",
        "register_scalable_target",
        lambda _: {
            "ServiceNamespace": "ecs",
            "ResourceId": "service/w/s",
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": "one",
        },
        "ValidationException",
        "'one' at 'MinCapacity' failed to satisfy constraint: must be of type integer",
    ),
    Planted(
        "a list that is too short",
        "elbv2",
        "create_listener",
        lambda w: _listener(w, {"Type": "jwt-validation", "JwtValidationConfig": {"JwksEndpoint": "https://k"}}),
        "ValidationError",
        "at 'DefaultActions[0].JwtValidationConfig.Issuer'",
    ),
    Planted(
        "a number in a form",
        "ec2",
        "authorize_security_group_ingress",
        lambda w: _ingress(w, FromPort="http"),
        "InvalidParameterValue",
        "'http' at 'IpPermissions[0].FromPort'",
    ),
    Planted(
        "an enumeration in XML",
        "s3",
        "put_bucket_versioning",
        lambda _: {"Bucket": "world-logs", "VersioningConfiguration": {"Status": "On"}},
        "InvalidArgument",
        "'On' at 'VersioningConfiguration.Status'",
    ),
    Planted(
        "a name of IAM",
        "iam",
        "create_role",
        lambda _: {"RoleName": "a b", "AssumeRolePolicyDocument": TRUST},
        "ValidationError",
        "'a b' at 'RoleName'",
    ),
    Planted(
        "a repository's name",
        "ecr",
        "create_repository",
        lambda _: {"repositoryName": "Upper"},
        "InvalidParameterException",
        "'Upper' at 'repositoryName'",
    ),
)
OF_ECS = (
    Planted(
        "a size that Fargate lacks",
        "ecs",
        "register_task_definition",
        lambda w: fargate_task(w.role, memory="900"),
        "ClientException",
        "'900' at 'memory'",
    ),
    Planted(
        "a role that is missing",
        "ecs",
        "register_task_definition",
        lambda _: fargate_task(ROLE_ARN),
        "ClientException",
        "Role is not valid",
    ),
    Planted(
        "containers larger than the task",
        "ecs",
        "register_task_definition",
        lambda w: fargate_task(w.role, container={"cpu": 1024}),
        "ClientException",
        "more than the task's 512",
    ),
    Planted(
        "no essential container",
        "ecs",
        "register_task_definition",
        lambda w: fargate_task(w.role, container={"essential": False}),
        "ClientException",
        "must be essential",
    ),
    Planted(
        "a dependency on nobody",
        "ecs",
        "register_task_definition",
        lambda w: fargate_task(w.role, container={"dependsOn": [{"containerName": "x", "condition": "START"}]}),
        "ClientException",
        "containerDefinitions[0].dependsOn[0].containerName",
    ),
    Planted(
        "a stop timeout",
        "ecs",
        "register_task_definition",
        lambda w: fargate_task(w.role, container={"stopTimeout": 121}),
        "ClientException",
        "must be from 2 to 120",
    ),
    Planted(
        "a health check's interval",
        "ecs",
        "register_task_definition",
        lambda w: fargate_task(w.role, container={"healthCheck": {"command": ["CMD", "x"], "interval": 1}}),
        "ClientException",
        "healthCheck.interval",
    ),
    Planted(
        "a volume that is missing",
        "ecs",
        "register_task_definition",
        lambda w: fargate_task(w.role, container={"mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]}),
        "ClientException",
        "is no volume of the task",
    ),
    Planted(
        "a privilege",
        "ecs",
        "register_task_definition",
        lambda w: fargate_task(w.role, container={"privileged": True}),
        "ClientException",
        "privileged",
    ),
    Planted(
        "a capability",
        "ecs",
        "register_task_definition",
        lambda w: fargate_task(w.role, container={"linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}}}),
        "ClientException",
        "SYS_PTRACE only",
    ),
    Planted(
        "logs without a role",
        "ecs",
        "register_task_definition",
        lambda w: fargate_task(w.role, executionRoleArn=None),
        "ClientException",
        "needs an execution role",
    ),
    Planted(
        "a variable twice",
        "ecs",
        "register_task_definition",
        lambda w: fargate_task(w.role, container={"environment": [{"name": "A", "value": ""}] * 2}),
        "ClientException",
        "or twice",
    ),
    Planted(
        "a cluster that is missing",
        "ecs",
        "create_service",
        lambda w: service(w, cluster="none"),
        "ClusterNotFoundException",
        "'none' at 'cluster'",
    ),
    Planted(
        "a task definition that is missing",
        "ecs",
        "create_service",
        lambda w: service(w, taskDefinition="none:1"),
        "ClientException",
        "'none:1' at 'taskDefinition'",
    ),
    Planted(
        "a weight of 0",
        "ecs",
        "create_service",
        lambda w: service(w, capacityProviderStrategy=[{"capacityProvider": "FARGATE", "base": 1, "weight": 0}]),
        "InvalidParameterException",
        "weight of 0 cannot place tasks",
    ),
    Planted(
        "a subnet that is missing",
        "ecs",
        "create_service",
        lambda w: service(w, **_network(w, subnets=["subnet-0123456789abcdef0"])),
        "InvalidParameterException",
        "networkConfiguration.awsvpcConfiguration.subnets[0]",
    ),
    Planted(
        "a security group of another VPC",
        "ecs",
        "create_service",
        lambda w: service(w, **_network(w, securityGroups=[w.other_group])),
        "InvalidParameterException",
        "must belong to the same VPC",
    ),
    Planted(
        "a target group without a load balancer",
        "ecs",
        "create_service",
        lambda w: service(
            w, loadBalancers=[{"targetGroupArn": w.lonely_group, "containerName": "c", "containerPort": 8787}]
        ),
        "InvalidParameterException",
        "does not have an associated load balancer",
    ),
    Planted(
        "a port that no container has",
        "ecs",
        "create_service",
        lambda w: service(
            w, loadBalancers=[{"targetGroupArn": w.target_group, "containerName": "c", "containerPort": 80}]
        ),
        "InvalidParameterException",
        "did not have a container port 80 defined",
    ),
    Planted(
        "a deployment that cannot move",
        "ecs",
        "create_service",
        lambda w: service(w, deploymentConfiguration={"maximumPercent": 100, "minimumHealthyPercent": 100}),
        "InvalidParameterException",
        "deploymentConfiguration.maximumPercent",
    ),
    Planted(
        "an alarm that is missing",
        "ecs",
        "create_service",
        lambda w: service(
            w, deploymentConfiguration={"alarms": {"alarmNames": ["x"], "enable": True, "rollback": True}}
        ),
        "InvalidParameterException",
        "there is no such alarm",
    ),
    Planted(
        "a capacity provider that is missing",
        "ecs",
        "put_cluster_capacity_providers",
        lambda _: {"cluster": "w", "capacityProviders": ["X"], "defaultCapacityProviderStrategy": []},
        "InvalidParameterException",
        "capacityProviders[0]",
    ),
)
OF_LOAD_BALANCERS = (
    Planted(
        "one zone",
        "elbv2",
        "create_load_balancer",
        lambda w: {"Name": "one", "Subnets": w.subnets[:1]},
        "ValidationError",
        "two different Availability Zones",
    ),
    Planted(
        "two VPCs",
        "elbv2",
        "create_load_balancer",
        lambda w: {"Name": "two", "Subnets": [w.other_subnet, w.subnets[1]]},
        "InvalidConfigurationRequest",
        "must all be of one VPC",
    ),
    Planted(
        "a subnet that is missing",
        "elbv2",
        "create_load_balancer",
        lambda w: {"Name": "x", "Subnets": ["subnet-0123456789abcdef0", w.subnets[0]]},
        "SubnetNotFound",
        "Subnets[0]",
    ),
    Planted(
        "a name that ends in a hyphen",
        "elbv2",
        "create_load_balancer",
        lambda w: {"Name": "x-", "Subnets": w.subnets[:2]},
        "ValidationError",
        "'x-' at 'Name'",
    ),
    Planted(
        "a timeout longer than the interval",
        "elbv2",
        "create_target_group",
        lambda w: {
            "Name": "t",
            "Protocol": "HTTP",
            "Port": 80,
            "VpcId": w.vpc,
            "HealthCheckIntervalSeconds": 5,
            "HealthCheckTimeoutSeconds": 5,
        },
        "ValidationError",
        "interval must be greater than the timeout",
    ),
    Planted(
        "an idle timeout of 4001",
        "elbv2",
        "modify_load_balancer_attributes",
        lambda w: _attribute(w, "idle_timeout.timeout_seconds", "4001"),
        "InvalidConfigurationRequest",
        "must be between 1 and 4000",
    ),
    Planted(
        "a bucket that may not be written to",
        "elbv2",
        "modify_load_balancer_attributes",
        lambda w: {
            "LoadBalancerArn": w.balancer,
            "Attributes": [
                {"Key": "access_logs.s3.enabled", "Value": "true"},
                {"Key": "access_logs.s3.bucket", "Value": "world-logs"},
            ],
        },
        "InvalidConfigurationRequest",
        "Access Denied for bucket: world-logs",
    ),
    Planted(
        "a target group of another VPC",
        "elbv2",
        "create_listener",
        lambda w: _listener(w, _forward(w.foreign_group)),
        "InvalidConfigurationRequest",
        "both must be of one VPC",
    ),
    Planted(
        "a target group that is missing",
        "elbv2",
        "create_listener",
        lambda w: _listener(w, _forward(NONE)),
        "TargetGroupNotFound",
        "DefaultActions[0].TargetGroupArn",
    ),
    Planted(
        "a certificate of another region",
        "elbv2",
        "create_listener",
        lambda w: _listener(
            w,
            _forward(w.target_group),
            Certificates=[{"CertificateArn": w.certificate.replace("us-east-1", "eu-west-1")}],
        ),
        "CertificateNotFound",
        "there is none in us-east-1",
    ),
    Planted(
        "HTTPS without a certificate",
        "elbv2",
        "create_listener",
        lambda w: _listener(w, _forward(w.target_group), Certificates=[]),
        "CertificateNotFound",
        "A certificate must be specified",
    ),
    Planted(
        "tokens on HTTP",
        "elbv2",
        "create_listener",
        lambda w: _listener(w, JWT, _forward(w.target_group, Order=2), Protocol="HTTP", Certificates=[]),
        "InvalidLoadBalancerAction",
        "HTTPS listeners only",
    ),
    Planted(
        "no action that routes",
        "elbv2",
        "create_listener",
        lambda w: _listener(w, JWT),
        "InvalidLoadBalancerAction",
        "must come last",
    ),
)
OF_NETWORKS = (
    Planted(
        "61 rules",
        "ec2",
        "authorize_security_group_ingress",
        lambda w: _ingress(w, IpRanges=[{"CidrIp": f"10.{n}.0.0/16"} for n in range(61)]),
        "RulesPerSecurityGroupLimitExceeded",
        "at most 60 rules",
    ),
    Planted(
        "a description of other letters",
        "ec2",
        "create_security_group",
        lambda w: {"GroupName": "d", "Description": "für alle", "VpcId": w.vpc},
        "InvalidParameterValue",
        "at 'Description'",
    ),
    Planted(
        "ports in the wrong order",
        "ec2",
        "authorize_security_group_ingress",
        lambda w: _ingress(w, FromPort=90),
        "InvalidParameterValue",
        "Invalid TCP/UDP port range",
    ),
    Planted(
        "an address that is missing",
        "ec2",
        "create_nat_gateway",
        lambda w: {"SubnetId": w.subnets[0], "AllocationId": "eipalloc-0"},
        "InvalidAllocationID.NotFound",
        "AllocationId",
    ),
    Planted(
        "no internet gateway",
        "ec2",
        "create_nat_gateway",
        lambda w: {"SubnetId": w.other_subnet, "AllocationId": "eipalloc-0"},
        "Gateway.NotAttached",
        "no Internet gateway",
    ),
    Planted(
        "an endpoint of another region",
        "ec2",
        "create_vpc_endpoint",
        lambda w: {"VpcId": w.vpc, "ServiceName": "com.amazonaws.eu-west-1.s3"},
        "InvalidServiceName",
        "us-east-1",
    ),
    Planted(
        "flow logs to nowhere",
        "ec2",
        "create_flow_logs",
        lambda w: {
            "ResourceIds": [w.vpc],
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogDestinationType": "cloud-watch-logs",
            "LogDestination": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/none",
            "DeliverLogsPermissionArn": w.role,
        },
        "InvalidParameter",
        "no such log group",
    ),
    Planted(
        "a role that flow logs cannot assume",
        "ec2",
        "create_flow_logs",
        lambda w: {
            "ResourceIds": [w.vpc],
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogDestinationType": "cloud-watch-logs",
            "LogDestination": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/w",
            "DeliverLogsPermissionArn": w.role,
        },
        "InvalidParameter",
        "cannot assume the role",
    ),
)
OF_USE = (
    Planted(
        "a load balancer that moves",
        "elbv2",
        "set_subnets",
        lambda w: {"LoadBalancerArn": w.balancer, "Subnets": [w.other_subnet, w.subnets[1]]},
        "InvalidConfigurationRequest",
        "must all be of one VPC",
    ),
    Planted(
        "a group that a load balancer uses",
        "ec2",
        "delete_security_group",
        lambda w: {"GroupId": w.used_group},
        "DependencyViolation",
        "has a dependent object",
    ),
    Planted(
        "a target group that a listener uses",
        "elbv2",
        "delete_target_group",
        lambda w: {"TargetGroupArn": w.target_group},
        "ResourceInUse",
        "currently in use by a listener",
    ),
    Planted(
        "a subnet that a load balancer is in",
        "ec2",
        "delete_subnet",
        lambda w: {"SubnetId": w.subnets[0]},
        "DependencyViolation",
        "has dependencies and cannot be deleted",
    ),
)
OF_ACCESS = (
    Planted(
        "a policy that is too large",
        "iam",
        "put_role_policy",
        lambda _: {
            "RoleName": "w",
            "PolicyName": "p",
            "PolicyDocument": _policy(Resource=[f"arn:aws:s3:::{'x' * 90}{n:03}" for n in range(110)]),
        },
        "LimitExceeded",
        "10240 characters",
    ),
    Planted(
        "a policy without resources",
        "iam",
        "put_role_policy",
        lambda _: {"RoleName": "w", "PolicyName": "p", "PolicyDocument": _policy(Resource=None)},
        "MalformedPolicyDocument",
        "must name resources",
    ),
    Planted(
        "a principal that is missing",
        "iam",
        "create_role",
        lambda _: {"RoleName": "r", "AssumeRolePolicyDocument": _trust({"AWS": ROLE_ARN})},
        "MalformedPolicyDocument",
        "Invalid principal in policy",
    ),
    Planted(
        "a boundary that is missing",
        "iam",
        "create_role",
        lambda _: {
            "RoleName": "r",
            "AssumeRolePolicyDocument": TRUST,
            "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/none",
        },
        "NoSuchEntity",
        "PermissionsBoundary",
    ),
    Planted(
        "a key that locks its owner out",
        "kms",
        "create_key",
        lambda _: {"Policy": KEY_POLICY.replace("kms:*", "kms:Decrypt")},
        "MalformedPolicyDocumentException",
        "will not allow you to update the key policy",
    ),
    Planted(
        "a window of 6 days",
        "kms",
        "schedule_key_deletion",
        lambda w: {"KeyId": w.key, "PendingWindowInDays": 6},
        "ValidationException",
        "between 7 and 30",
    ),
    Planted(
        "a key that does not let logs in",
        "logs",
        "create_log_group",
        lambda w: {"logGroupName": "/k", "kmsKeyId": w.key},
        "InvalidParameterException",
        "at 'kmsKeyId'",
    ),
    Planted(
        "a key of another region",
        "secretsmanager",
        "create_secret",
        lambda w: {"Name": "s", "KmsKeyId": w.key.replace("us-east-1", "eu-west-1")},
        "InvalidParameterException",
        "at 'KmsKeyId'",
    ),
    Planted(
        "a topic whose key does not let alarms in",
        "cloudwatch",
        "put_metric_alarm",
        lambda w: alarm(AlarmActions=[w.topic]),
        "ValidationError",
        "no alarm would arrive",
    ),
    Planted(
        "a bucket policy for another bucket",
        "s3",
        "put_bucket_policy",
        lambda _: {"Bucket": "world-logs", "Policy": _policy(Principal="*", Resource="arn:aws:s3:::other/*")},
        "MalformedPolicy",
        "Policy has invalid resource",
    ),
)
OF_OTHERS = (
    Planted(
        "a bucket's name",
        "s3",
        "create_bucket",
        lambda _: {"Bucket": "Upper_Case"},
        "InvalidBucketName",
        "'Upper_Case'",
    ),
    Planted(
        "a lifecycle that does nothing",
        "s3",
        "put_bucket_lifecycle_configuration",
        lambda _: {
            "Bucket": "world-logs",
            "LifecycleConfiguration": {"Rules": [{"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}}]},
        },
        "InvalidRequest",
        "At least one action",
    ),
    Planted(
        "a retention of 100 days",
        "logs",
        "put_retention_policy",
        lambda _: {"logGroupName": "/w", "retentionInDays": 100},
        "InvalidParameterException",
        "retentionInDays",
    ),
    Planted(
        "a scope that is missing",
        "cognito-idp",
        "create_user_pool_client",
        lambda w: _oauth(w, AllowedOAuthScopes=["api/none"]),
        "ScopeDoesNotExistException",
        "api/none",
    ),
    Planted(
        "a client without a secret",
        "cognito-idp",
        "create_user_pool_client",
        lambda w: _oauth(w, GenerateSecret=False),
        "InvalidOAuthFlowException",
        "does not have a client secret",
    ),
    Planted(
        "a token of two days",
        "cognito-idp",
        "create_user_pool_client",
        lambda w: _oauth(w, AccessTokenValidity=48),
        "InvalidParameterException",
        "AccessTokenValidity",
    ),
    Planted(
        "a reserved word",
        "cognito-idp",
        "create_user_pool_domain",
        lambda w: {"UserPoolId": w.pool, "Domain": "my-aws"},
        "InvalidParameterException",
        "reserved word: aws",
    ),
    Planted(
        "a period of 45 seconds",
        "cloudwatch",
        "put_metric_alarm",
        lambda _: alarm(Period=45),
        "ValidationError",
        "'45' at 'Period'",
    ),
    Planted(
        "a window of two days",
        "cloudwatch",
        "put_metric_alarm",
        lambda _: alarm(Period=300, EvaluationPeriods=600),
        "ValidationError",
        "EvaluationPeriods x Period",
    ),
    Planted(
        "an expression of nothing",
        "cloudwatch",
        "put_metric_alarm",
        lambda _: {
            "AlarmName": "a",
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Metrics": [{"Id": "e", "Expression": "FILL(missing, 0)"}],
        },
        "ValidationError",
        "'missing' at 'Metrics[0].Expression'",
    ),
    Planted(
        "a search without quotes",
        "cloudwatch",
        "put_dashboard",
        lambda _: {"DashboardName": "d", "DashboardBody": _dashboard("SEARCH('{a/b,C} x', 'Sum', 60)")},
        "InvalidParameterInput",
        "'a/b' at",
    ),
    Planted(
        "two rules of one priority",
        "wafv2",
        "create_web_acl",
        lambda _: acl(
            *[{"Priority": 1, "Action": {"Block": {}}, "Statement": {"GeoMatchStatement": {"CountryCodes": ["US"]}}}]
            * 2
        ),
        "WAFInvalidParameterException",
        "Priority must be unique",
    ),
    Planted(
        "a rule group that AWS lacks",
        "wafv2",
        "create_web_acl",
        lambda _: acl(
            {
                "OverrideAction": {"None": {}},
                "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesEverything"}},
            }
        ),
        "WAFNonexistentItemException",
        "AWSManagedRulesEverything",
    ),
    Planted(
        "logs of a firewall",
        "wafv2",
        "put_logging_configuration",
        lambda _: {
            "LoggingConfiguration": {
                "ResourceArn": f"arn:aws:wafv2:us-east-1:{ACCOUNT}:regional/webacl/a/0",
                "LogDestinationConfigs": [f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/w"],
            }
        },
        "WAFInvalidParameterException",
        "aws-waf-logs-",
    ),
    Planted(
        "scaling of nothing",
        "application-autoscaling",
        "register_scalable_target",
        lambda _: {
            "ServiceNamespace": "ecs",
            "ResourceId": "service/w/none",
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": 1,
            "MaxCapacity": 2,
        },
        "ValidationException",
        "ECS service doesn't exist",
    ),
    Planted(
        "a lifecycle of a repository",
        "ecr",
        "put_lifecycle_policy",
        lambda _: {"repositoryName": "rr", "lifecyclePolicyText": "{}"},
        "InvalidParameterException",
        "lifecyclePolicyText",
    ),
    Planted(
        "an endpoint that is no address",
        "sns",
        "subscribe",
        lambda w: {"TopicArn": w.topic, "Protocol": "email", "Endpoint": "nobody"},
        "InvalidParameter",
        "'nobody'",
    ),
    Planted(
        "a certificate's long name",
        "acm",
        "request_certificate",
        lambda _: {"DomainName": f"{'a' * 60}.example.com"},
        "InvalidDomainValidationOptionsException",
        "64 bytes",
    ),
    Planted(
        "a table with an attribute too many",
        "dynamodb",
        "create_table",
        lambda _: {
            "TableName": "table",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in "ab"],
        },
        "ValidationException",
        "AttributeDefinitions",
    ),
    Planted(
        "a tag of AWS",
        "ecs",
        "create_cluster",
        lambda _: {"clusterName": "t", "tags": [{"key": "aws:x", "value": "y"}]},
        "InvalidParameterException",
        "are reserved",
    ),
)
PLANTED = (*OF_FORM, *OF_USE, *OF_ECS, *OF_LOAD_BALANCERS, *OF_NETWORKS, *OF_ACCESS, *OF_OTHERS)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: f"{one.service}:{one.name}")
def test_a_planted_fault_is_refused(world: World, planted: Planted) -> None:
    """The service's own code, and a message that names operation, member, value and rule."""
    with pytest.raises(ClientError) as refused:
        getattr(world.aws(planted.service), planted.call)(**planted.params(world))
    error = refused.value.response["Error"]
    assert error["Code"] == planted.code, error
    assert planted.says in error["Message"]
    assert error["Message"].startswith(f"{refused.value.operation_name}: Value '")


def test_a_sound_service_is_created(world: World) -> None:
    """What the faults above are planted into is sound without them."""
    ecs = world.aws("ecs")
    ecs.register_task_definition(**fargate_task(world.role))
    ecs.create_service(**service(world))
    world.aws("cloudwatch").put_metric_alarm(**alarm())
    world.aws("cognito-idp").create_user_pool_client(**_oauth(world))
    world.aws("ec2").authorize_security_group_ingress(**_ingress(world))
    rule = {"Action": {"Block": {}}, "Statement": {"GeoMatchStatement": {"CountryCodes": ["US"]}}}
    world.aws("wafv2").create_web_acl(**acl(rule))
    search = "SEARCH('{\"a/b\",C} x', 'Sum', 60)"
    world.aws("cloudwatch").put_dashboard(DashboardName="d", DashboardBody=_dashboard(search))


def test_names_of_other_accounts_are_taken(world: World) -> None:
    """A bucket and a Cognito domain that another account has are refused."""
    sts = world.aws("sts").assume_role(RoleArn="arn:aws:iam::210987654321:role/r", RoleSessionName="other")[
        "Credentials"
    ]

    def other(name: str) -> Any:  # noqa: ANN401 (boto3 has no types)
        mine = world.aws(name)
        return boto3.Session().client(
            name, region_name="us-east-1", aws_access_key_id=sts["AccessKeyId"],
            aws_secret_access_key=sts["SecretAccessKey"], aws_session_token=sts["SessionToken"],
            verify=mine._endpoint.http_session._verify, config=mine.meta.config,
        )  # fmt: skip

    other("s3").create_bucket(Bucket="taken-elsewhere")
    pool = other("cognito-idp").create_user_pool(PoolName="p")["UserPool"]["Id"]
    other("cognito-idp").create_user_pool_domain(UserPoolId=pool, Domain="taken-elsewhere")
    with pytest.raises(ClientError) as bucket:
        world.aws("s3").create_bucket(Bucket="taken-elsewhere")
    with pytest.raises(ClientError) as domain:
        world.aws("cognito-idp").create_user_pool_domain(UserPoolId=world.pool, Domain="taken-elsewhere")
    assert bucket.value.response["Error"]["Code"] == "BucketAlreadyExists"
    assert domain.value.response["Error"]["Code"] == "InvalidParameterException"
    assert "'taken-elsewhere' at 'Domain'" in domain.value.response["Error"]["Message"]


def test_a_secret_in_recovery_keeps_its_name(world: World) -> None:
    """A secret that is scheduled for deletion blocks its name."""
    secrets = world.aws("secretsmanager")
    secrets.create_secret(Name="recovering", SecretString="x")
    secrets.delete_secret(SecretId="recovering", RecoveryWindowInDays=7)
    with pytest.raises(ClientError) as refused:
        secrets.create_secret(Name="recovering", SecretString="y")
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"


def test_an_unknown_member_is_refused(world: World) -> None:
    """A key that ECS would drop in silence is a refusal here."""
    ecs = world.aws("ecs")
    body = {"family": "u", "containerDefinitions": [{"name": "c", "image": "i", "port_mappings": []}]}

    def rewrite(request: Any, **_: Any) -> None:  # noqa: ANN401 (botocore's request)
        request.data = json.dumps(body).encode()

    ecs.meta.events.register("before-sign.ecs.RegisterTaskDefinition", rewrite)
    with pytest.raises(ClientError) as refused:
        ecs.register_task_definition(family="u", containerDefinitions=[])
    assert "'containerDefinitions[0].port_mappings' failed to satisfy constraint: the API has no such member" in str(
        refused.value
    )
