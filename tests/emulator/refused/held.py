"""The resources that exist in the embedded AWS, in this process, when the calls are made."""

import json
from typing import Any

from tests.emulator.world import KEY_POLICY, TRUST

import attrs
import boto3

Params = dict[str, Any]


@attrs.frozen(kw_only=True)
class Held:
    """The resources in the embedded AWS."""

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


def definition(container: Params, family: str = "f", **changes: Any) -> Params:  # noqa: ANN401 (members of the API)
    """A task definition with one container."""
    whole = {"name": "c", "image": "i", "portMappings": [{"containerPort": 8787}], **container}
    return {"family": family, "networkMode": "awsvpc", "memory": "1024", "containerDefinitions": [whole], **changes}


def held() -> Held:
    """Create the resources."""
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
