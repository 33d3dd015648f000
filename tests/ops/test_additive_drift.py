"""Additions to an environment's resources that Terraform does not manage are found, with commands to remove them."""

import json
from collections.abc import Callable
from typing import Any

from ops.additive_drift import additions
from ops.aws import Aws
from ops.state.bootstrap import bootstrap
from tests.support.synthesized import settings

import pytest

ENVIRONMENT = settings(aws_region="us-east-1")
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
Managed = dict[str, dict[str, Any]]


@pytest.fixture
def managed(aws: Callable[..., Any]) -> Managed:
    """Resources as a state holds them: role, policy, security group, rule, listener, key and service."""
    assert bootstrap(Aws.of(ENVIRONMENT), yes=True, fix=False)
    iam, ec2, elb, ecs = (aws(name) for name in ("iam", "ec2", "elbv2", "ecs"))
    role = iam.create_role(RoleName="task", AssumeRolePolicyDocument=TRUST)["Role"]
    iam.put_role_policy(RoleName="task", PolicyName="task", PolicyDocument=POLICY)
    subnets = ec2.describe_subnets()["Subnets"][:2]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=subnets[0]["VpcId"])["GroupId"]
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    balancer = elb.create_load_balancer(Name="b", Subnets=[one["SubnetId"] for one in subnets])["LoadBalancers"][0]
    target = elb.create_target_group(
        Name="t", Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"], TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
    listener = elb.create_listener(
        LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": target}],
    )["Listeners"][0]  # fmt: skip
    key = aws("kms").create_key(Description="images")["KeyMetadata"]["KeyId"]
    ecs.create_cluster(clusterName="c")
    return {
        "aws_iam_role.Task": {"name": "task", "arn": role["Arn"]},
        "aws_iam_role_policy.Task": {"role": "task", "name": "task"},
        "aws_security_group.G": {"id": group},
        "aws_vpc_security_group_egress_rule.R": {"id": rules[0]["SecurityGroupRuleId"]},
        "aws_lb_listener.Http": {"arn": listener["ListenerArn"], "port": 80},
        "aws_lb_target_group.T": {"arn": target},
        "aws_kms_key.Images": {"key_id": key, "description": "images"},
    }


def found(managed: Managed) -> list[str]:
    """Return the lines found, and assert that everything could be read."""
    added, unread = additions(Aws.of(ENVIRONMENT), managed)
    assert unread == []
    return [str(one) for one in added]


def test_what_the_configuration_holds_is_no_drift(managed: Managed) -> None:
    """An environment as deployed has no drift."""
    assert found(managed) == []


def test_everything_that_was_added_is_found(aws: Callable[..., Any], managed: Managed) -> None:
    """Added policies, ingress rules, listener rules and grants are found, each with its command."""
    iam, ec2, elb = (aws(name) for name in ("iam", "ec2", "elbv2"))
    policy = iam.create_policy(PolicyName="p", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="task", PolicyArn=policy)
    iam.put_role_policy(RoleName="task", PolicyName="more", PolicyDocument=POLICY)
    group = managed["aws_security_group.G"]["id"]
    world = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    rule = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[world])["SecurityGroupRules"][0]
    listener = managed["aws_lb_listener.Http"]["arn"]
    target = managed["aws_lb_target_group.T"]["arn"]
    made = elb.create_rule(
        ListenerArn=listener, Priority=1, Conditions=[{"Field": "path-pattern", "Values": ["/x"]}],
        Actions=[{"Type": "forward", "TargetGroupArn": target}],
    )["Rules"][0]["RuleArn"]  # fmt: skip
    key = managed["aws_kms_key.Images"]["key_id"]
    someone = "arn:aws:iam::123456789012:role/task"
    grant = aws("kms").create_grant(KeyId=key, GranteePrincipal=someone, Operations=["Decrypt"])["GrantId"]
    for service in ("ecr.us-east-1.amazonaws.com",):
        aws("kms").create_grant(KeyId=key, GranteePrincipal=service, Operations=["Decrypt"])
    ours = " is not managed by Terraform; remove it with"
    assert found(managed) == [
        f"role task: managed policy {policy}{ours} `aws iam detach-role-policy --role-name task --policy-arn {policy}`",
        f"role task: inline policy more{ours} `aws iam delete-role-policy --role-name task --policy-name more`",
        f"security group {group}: ingress rule {rule['SecurityGroupRuleId']} (0.0.0.0/0, port 22){ours} `aws ec2 "
        f"revoke-security-group-ingress --group-id {group} --security-group-rule-ids {rule['SecurityGroupRuleId']}`",
        f"listener on port 80: rule {made}{ours} `aws elbv2 delete-rule --rule-arn {made}`",
        f"key {key} (images): grant {grant} for {someone}{ours} `aws kms revoke-grant --key-id {key} --grant-id {grant}`",
    ]


def test_a_services_extra_target_group_is_found(aws: Callable[..., Any], managed: Managed) -> None:
    """An added target group of a service is found; a deployment removes it."""
    ecs, elb = aws("ecs"), aws("elbv2")
    ecs.register_task_definition(
        family="f",
        containerDefinitions=[{"name": "x", "image": "y", "memory": 128, "portMappings": [{"containerPort": 80}]}],
    )
    own = managed["aws_lb_target_group.T"]["arn"]
    vpc = elb.describe_target_groups(TargetGroupArns=[own])["TargetGroups"][0]["VpcId"]
    other = elb.create_target_group(Name="o", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
    groups = [own, other["TargetGroups"][0]["TargetGroupArn"]]
    (balancer,) = elb.describe_target_groups(TargetGroupArns=[own])["TargetGroups"][0]["LoadBalancerArns"]
    elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=81,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": groups[1]}],
    )  # fmt: skip
    ecs.create_service(
        cluster="c", serviceName="s", taskDefinition="f", desiredCount=1,
        loadBalancers=[{"targetGroupArn": arn, "containerName": "x", "containerPort": 80} for arn in groups],
    )  # fmt: skip
    assert found({**managed, "aws_ecs_service.S": {"cluster": "c", "name": "s"}}) == [
        f"service s: target group {groups[1]} is not managed by Terraform; remove it with `make deploy ENV=test`"
    ]


def test_a_grant_on_a_later_page_is_found(aws: Callable[..., Any], managed: Managed) -> None:
    """A grant is found even if AWS's own grants fill the first page."""
    kms, key = aws("kms"), managed["aws_kms_key.Images"]["key_id"]
    for number in range(60):
        kms.create_grant(
            KeyId=key, GranteePrincipal="ecr.us-east-1.amazonaws.com", Operations=["Decrypt"], Name=f"n{number}"
        )
    kms.create_grant(
        KeyId=key, GranteePrincipal="arn:aws:iam::123456789012:role/task", Operations=["Decrypt"], Name="last"
    )  # fmt: skip
    (line,) = found(managed)
    assert "for arn:aws:iam::123456789012:role/task" in line


def test_a_clusters_configuration_is_drift_until_it_says_nothing(aws: Callable[..., Any], managed: Managed) -> None:
    """Terraform's plan does not show an earlier execute-command configuration; the printed command resets it."""
    ecs = aws("ecs")
    held = {"logging": "OVERRIDE", "logConfiguration": {"cloudWatchLogGroupName": "/aws/ecs/c"}}
    ecs.update_cluster(cluster="c", configuration={"executeCommandConfiguration": held})
    managed["aws_ecs_cluster.C"] = {"name": "c"}
    assert found(managed) == [
        "cluster c: execute-command configuration (logging OVERRIDE, /aws/ecs/c) is not managed by Terraform; remove "
        "it with `aws ecs update-cluster --cluster c --configuration executeCommandConfiguration={logging=DEFAULT}`"
    ]
    ecs.update_cluster(cluster="c", configuration={"executeCommandConfiguration": {"logging": "DEFAULT"}})
    assert found(managed) == []


def test_the_state_bucket_is_part_of_it(aws: Callable[..., Any], managed: Managed) -> None:
    """The state bucket's settings are compared with those that `make bootstrap` creates."""
    aws("s3").put_bucket_versioning(
        Bucket="ai-gateway-tfstate-test", VersioningConfiguration={"Status": "Suspended"}
    )  # fmt: skip
    (line,) = found(managed)
    assert "versioning is" in line
    assert line.endswith("`make bootstrap ENV=test FIX=1`")


def test_what_may_not_be_read_is_said(managed: Managed) -> None:
    """Calls that AWS refused are listed, and everything else is still checked."""
    managed["aws_iam_role.Gone"] = {"name": "gone"}
    refused = ["ListAttachedRolePolicies: NoSuchEntity", "ListRolePolicies: NoSuchEntity"]
    assert additions(Aws.of(ENVIRONMENT), managed) == ([], refused)
