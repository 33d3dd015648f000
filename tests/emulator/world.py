"""Resources on an embedded AWS that valid and invalid requests refer to."""

import json
from collections.abc import Callable
from typing import Any

from tests.emulator.certificates import issued

import attrs

ACCOUNT = "123456789012"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
KEY_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Resource": "*"}],
    }
)
LOGS = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/w", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "s"},
}


@attrs.frozen(kw_only=True)
class World:
    """The existing resources, by id, name or ARN."""

    aws: Callable[[str], Any]
    vpc: str
    subnets: list[str]
    other_subnet: str
    other_group: str
    group: str
    used_group: str
    role: str
    key: str
    topic: str
    balancer: str
    target_group: str
    lonely_group: str
    foreign_group: str
    certificate: str
    pool: str
    task: str

    @classmethod
    def make(cls, aws: Callable[[str], Any]) -> "World":
        """Create a network, a load balancer, a cluster with a task definition, a key and a user pool."""
        ec2, elb, ecs = aws("ec2"), aws("elbv2"), aws("ecs")
        subnets = ec2.describe_subnets()["Subnets"]
        vpc = subnets[0]["VpcId"]
        other = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        other_subnet = ec2.create_subnet(VpcId=other, CidrBlock="10.9.1.0/24", AvailabilityZone="us-east-1a")
        role = aws("iam").create_role(RoleName="w", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
        key = aws("kms").create_key(Policy=KEY_POLICY)["KeyMetadata"]["Arn"]
        aws("logs").create_log_group(logGroupName="/w")
        aws("s3").create_bucket(Bucket="world-logs")

        def target_group(name: str, network: str) -> str:
            made = elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=network, TargetType="ip")
            return str(made["TargetGroups"][0]["TargetGroupArn"])

        used_group = ec2.create_security_group(GroupName="u", Description="u", VpcId=vpc)["GroupId"]
        balancer = elb.create_load_balancer(
            Name="w", Subnets=[one["SubnetId"] for one in subnets[:2]], SecurityGroups=[used_group]
        )
        arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
        used = target_group("used", vpc)
        forward = [{"Type": "forward", "TargetGroupArn": used}]
        elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=forward)
        ecs.create_cluster(clusterName="w", capacityProviders=["FARGATE", "FARGATE_SPOT"])
        task = ecs.register_task_definition(**fargate_task(role))["taskDefinition"]["taskDefinitionArn"]
        pool = aws("cognito-idp").create_user_pool(PoolName="w")["UserPool"]["Id"]
        aws("cognito-idp").create_resource_server(
            UserPoolId=pool, Identifier="api", Name="api", Scopes=[{"ScopeName": "invoke", "ScopeDescription": "i"}]
        )
        return cls(
            aws=aws,
            vpc=vpc,
            subnets=[one["SubnetId"] for one in subnets],
            other_subnet=other_subnet["Subnet"]["SubnetId"],
            other_group=ec2.create_security_group(GroupName="o", Description="o", VpcId=other)["GroupId"],
            group=ec2.create_security_group(GroupName="w", Description="w", VpcId=vpc)["GroupId"],
            used_group=used_group,
            role=role,
            key=key,
            topic=aws("sns").create_topic(Name="w", Attributes={"KmsMasterKeyId": key})["TopicArn"],
            balancer=arn,
            target_group=used,
            lonely_group=target_group("lonely", vpc),
            foreign_group=target_group("foreign", other),
            certificate=issued(aws("acm")),
            pool=pool,
            task=task,
        )


def fargate_task(role: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 (members of the API)
    """A valid task definition; `changes` go into it, `container` into its container."""
    container = {"name": "c", "image": "i", "portMappings": [{"containerPort": 8787}], "logConfiguration": LOGS}
    return {
        "family": "w",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "512",
        "memory": "1024",
        "executionRoleArn": role,
        "containerDefinitions": [{**container, **changes.pop("container", {})}],
        **changes,
    }


def service(world: World, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 (members of the API)
    """A valid service."""
    return {
        "cluster": "w",
        "serviceName": "s",
        "taskDefinition": world.task,
        "desiredCount": 1,
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}],
        "networkConfiguration": {
            "awsvpcConfiguration": {"subnets": world.subnets[:2], "securityGroups": [world.group]}
        },
        "loadBalancers": [{"targetGroupArn": world.target_group, "containerName": "c", "containerPort": 8787}],
        **changes,
    }


def alarm(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 (members of the API)
    """A valid alarm on one metric."""
    return {
        "AlarmName": "a",
        "MetricName": "m",
        "Namespace": "n",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 5,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        **changes,
    }


def acl(*rules: dict[str, Any]) -> dict[str, Any]:
    """A valid web ACL with these rules."""
    visible = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    return {
        "Name": "a",
        "Scope": "REGIONAL",
        "DefaultAction": {"Allow": {}},
        "VisibilityConfig": visible,
        "Rules": [
            {"Name": f"r{number}", "Priority": number, "VisibilityConfig": visible, **one}
            for number, one in enumerate(rules)
        ],
    }
