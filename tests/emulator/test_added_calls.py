"""Calls that moto lacks keep state and return errors as the API references say. The tests use boto3."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from emulator.rehearsal import copy_of
from tests.support.cloud import client

import pytest
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def aws(empty_aws: dict[str, str]) -> Iterator[Callable[[str], Any]]:
    """A function that creates clients of an embedded AWS."""
    with copy_of(empty_aws) as environ:
        yield lambda service: client(environ, service)


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    """AWS's error code."""
    return str(refused.value.response["Error"]["Code"])


def test_a_query_is_saved_changed_and_deleted(aws: Callable[[str], Any]) -> None:
    """An update replaces the whole definition, a prefix finds it, and after its deletion it is not found."""
    logs = aws("logs")
    identifier = logs.put_query_definition(name="dev/errors", queryString="fields @message", logGroupNames=["/a"])[
        "queryDefinitionId"
    ]
    logs.put_query_definition(name="dev/errors", queryString="stats count()", queryDefinitionId=identifier)
    found = logs.describe_query_definitions(queryDefinitionNamePrefix="dev/")["queryDefinitions"]
    assert [(item["queryDefinitionId"], item["queryString"], item["logGroupNames"]) for item in found] == [
        (identifier, "stats count()", [])
    ]
    assert logs.describe_query_definitions(queryDefinitionNamePrefix="prod/")["queryDefinitions"] == []
    assert logs.delete_query_definition(queryDefinitionId=identifier)["success"] is True
    for call, more in (("delete_query_definition", {}), ("put_query_definition", {"name": "n", "queryString": "q"})):
        with pytest.raises(ClientError) as refused:
            getattr(logs, call)(queryDefinitionId=identifier, **more)
        assert code(refused) == "ResourceNotFoundException"


def test_saved_queries_come_in_pages(aws: Callable[[str], Any]) -> None:
    """maxResults limits a page, and nextToken returns the next one."""
    logs = aws("logs")
    for number in range(3):
        logs.put_query_definition(name=f"page/{number}", queryString="fields @message")
    first = logs.describe_query_definitions(queryDefinitionNamePrefix="page/", maxResults=2)
    second = logs.describe_query_definitions(
        queryDefinitionNamePrefix="page/", maxResults=2, nextToken=first["nextToken"]
    )
    assert [item["name"] for item in first["queryDefinitions"]] == ["page/0", "page/1"]
    assert [item["name"] for item in second["queryDefinitions"]] == ["page/2"]
    assert "nextToken" not in second


def test_a_scalable_target_has_tags(aws: Callable[[str], Any]) -> None:
    """Tags from the registration and later tags are returned, removed ones are not, and an unknown ARN is an error."""
    scaling = aws("application-autoscaling")
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(family="f", containerDefinitions=[{"name": "x", "image": "y", "memory": 128}])
    ecs.create_service(cluster="c", serviceName="s", taskDefinition="f", desiredCount=1)
    arn = scaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/c/s",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=2,
        Tags={"a": "1", "b": "2"},
    )["ScalableTargetARN"]
    scaling.tag_resource(ResourceARN=arn, Tags={"c": "3"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a", "unknown"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"b": "2", "c": "3"}
    with pytest.raises(ClientError) as refused:
        scaling.list_tags_for_resource(ResourceARN=f"{arn}x")
    assert code(refused) == "ResourceNotFoundException"


def test_a_service_is_what_it_was_asked_to_be(aws: Callable[[str], Any]) -> None:
    """Settings such as zone rebalancing and deployment configuration are returned, also after an update."""
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="d", capacityProviders=["FARGATE"])
    ecs.register_task_definition(family="g", containerDefinitions=[{"name": "x", "image": "y", "memory": 128}])
    asked: dict[str, Any] = {
        "availabilityZoneRebalancing": "ENABLED",
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
        },
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 100, "base": 1}],
        "enableECSManagedTags": True,
    }
    ecs.create_service(cluster="d", serviceName="s", taskDefinition="g", desiredCount=1, **asked)
    ecs.update_service(cluster="d", service="s", availabilityZoneRebalancing="DISABLED")
    found = ecs.describe_services(cluster="d", services=["s"])["services"][0]
    filled_in = {"strategy": "ROLLING", "bakeTimeInMinutes": 0}
    assert {name: found[name] for name in asked} == {
        **asked,
        "availabilityZoneRebalancing": "DISABLED",
        "deploymentConfiguration": {**asked["deploymentConfiguration"], **filled_in},
    }


def test_a_resource_server_ends(aws: Callable[[str], Any]) -> None:
    """A deleted resource server is no longer listed, and deleting it again is an error."""
    cognito = aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
    which = {"UserPoolId": pool, "Identifier": "https://example.internal"}
    cognito.create_resource_server(**which, Name="n", Scopes=[])
    cognito.delete_resource_server(**which)
    assert cognito.list_resource_servers(UserPoolId=pool, MaxResults=5)["ResourceServers"] == []
    with pytest.raises(ClientError) as refused:
        cognito.delete_resource_server(**which)
    assert code(refused) == "ResourceNotFoundException"


def test_the_tags_of_a_user_pool_change(aws: Callable[[str], Any]) -> None:
    """Tags are added, changed and removed, an update of the pool keeps them, and an unknown pool is an error."""
    cognito = aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName="t", UserPoolTags={"a": "1", "b": "2"})["UserPool"]
    cognito.tag_resource(ResourceArn=pool["Arn"], Tags={"a": "3", "c": "4"})
    cognito.untag_resource(ResourceArn=pool["Arn"], TagKeys=["b", "unknown"])
    cognito.update_user_pool(UserPoolId=pool["Id"], MfaConfiguration="OFF")
    assert cognito.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]["UserPoolTags"] == {"a": "3", "c": "4"}
    with pytest.raises(ClientError) as refused:
        cognito.tag_resource(ResourceArn=f"{pool['Arn']}0", Tags={"a": "1"})
    assert code(refused) == "ResourceNotFoundException"


def test_a_protected_user_pool_stays(aws: Callable[[str], Any]) -> None:
    """A user pool with deletion protection is not deleted until the protection is turned off."""
    cognito = aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName="q", DeletionProtection="ACTIVE")["UserPool"]["Id"]
    with pytest.raises(ClientError) as refused:
        cognito.delete_user_pool(UserPoolId=pool)
    assert code(refused) == "InvalidParameterException"
    cognito.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
    cognito.delete_user_pool(UserPoolId=pool)


def test_a_protected_load_balancer_stays(aws: Callable[[str], Any]) -> None:
    """A protected load balancer is not deleted. Without a scheme, a load balancer is internet-facing."""
    elb = aws("elbv2")
    subnets = [subnet["SubnetId"] for subnet in aws("ec2").describe_subnets()["Subnets"]][:2]
    balancer = elb.create_load_balancer(Name="b", Subnets=subnets)["LoadBalancers"][0]
    arn = balancer["LoadBalancerArn"]
    on, off = ([{"Key": "deletion_protection.enabled", "Value": value}] for value in ("true", "false"))
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=on)
    with pytest.raises(ClientError) as refused:
        elb.delete_load_balancer(LoadBalancerArn=arn)
    assert balancer["Scheme"] == "internet-facing"
    assert code(refused) == "OperationNotPermitted"
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=off)
    elb.delete_load_balancer(LoadBalancerArn=arn)


def test_a_rules_description_comes_back(aws: Callable[[str], Any]) -> None:
    """The description of a rule that references a group is returned."""
    ec2 = aws("ec2")
    group = ec2.create_security_group(GroupName="g", Description="d")["GroupId"]
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "UserIdGroupPairs": [{"GroupId": group, "Description": "from itself"}],
    }
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    assert [rule.get("Description") for rule in rules if not rule["IsEgress"]] == ["from itself"]


@pytest.mark.parametrize("value", ["false", ["false"]])
def test_a_policy_that_wants_tls_lets_tls_through(aws: Callable[[str], Any], value: str | list[str]) -> None:
    """A Deny on requests without TLS does not apply to TLS requests, but a plain Deny does."""
    s3 = aws("s3")
    s3.create_bucket(Bucket="tls")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::tls/*"}
    tls = {**deny, "Condition": {"Bool": {"aws:SecureTransport": value}}}
    s3.put_bucket_policy(Bucket="tls", Policy=json.dumps({"Version": "2012-10-17", "Statement": [tls]}))
    s3.put_object(Bucket="tls", Key="k", Body=b"v")
    assert s3.get_object(Bucket="tls", Key="k")["Body"].read() == b"v"
    s3.put_bucket_policy(Bucket="tls", Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    with pytest.raises(ClientError):
        s3.get_object(Bucket="tls", Key="k")


def test_awss_own_policies_can_be_attached(aws: Callable[[str], Any]) -> None:
    """AWS managed policies can be attached by their path, and unknown ones are refused."""
    iam = aws("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="older", AssumeRolePolicyDocument=document)
    arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    iam.attach_role_policy(RoleName="older", PolicyArn=arn)
    assert [one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName="older")["AttachedPolicies"]] == [arn]
    for unknown in ("arn:aws:iam::aws:policy/AmazonECSTaskExecutionRolePolicy", "arn:aws:iam::aws:policy/Unheard"):
        with pytest.raises(ClientError) as refused:
            iam.attach_role_policy(RoleName="older", PolicyArn=unknown)
        assert code(refused) == "NoSuchEntity"
