"""The newest 6.x provider's calls for clusters, scaling, target groups, logs and topics, made with boto3."""

import json
from typing import Any

from tests.emulator.conftest import ACCOUNT, Contract

import pytest

pytestmark = pytest.mark.xdist_group("contracts")


def test_a_target_group(contract: Contract) -> None:
    """A target group has AWS's defaults, the target optimizer's port (6.25), and no attributes of load balancers."""
    elb = contract.client("elbv2")
    asked = {"Protocol": "HTTP", "Port": 8787, "TargetType": "ip", "HealthCheckPath": "/", "VpcId": contract.vpc}
    made = elb.create_target_group(Name="contract", **asked, TargetControlPort=3000)["TargetGroups"][0]
    which = {"TargetGroupArn": made["TargetGroupArn"]}
    found = elb.describe_target_groups(TargetGroupArns=[made["TargetGroupArn"]])["TargetGroups"][0]
    filled: dict[str, Any] = {
        "HealthCheckEnabled": True, "HealthCheckIntervalSeconds": 30, "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 5, "UnhealthyThresholdCount": 2, "Matcher": {"HttpCode": "200"},
        "HealthCheckPort": "traffic-port", "HealthCheckProtocol": "HTTP", "ProtocolVersion": "HTTP1",
        "IpAddressType": "ipv4", "TargetControlPort": 3000,
    }  # fmt: skip
    assert {name: found[name] for name in filled | asked} == filled | asked
    attributes = {one["Key"]: one["Value"] for one in elb.describe_target_group_attributes(**which)["Attributes"]}
    assert attributes["deregistration_delay.timeout_seconds"] == "300"
    assert "waf.fail_open.enabled" not in attributes
    elb.modify_target_group(**which, HealthCheckIntervalSeconds=15)
    changed = elb.describe_target_groups(TargetGroupArns=[made["TargetGroupArn"]])["TargetGroups"][0]
    assert (changed["HealthCheckIntervalSeconds"], changed["TargetControlPort"]) == (15, 3000)
    plain = elb.create_target_group(Name="contract-plain", **asked)["TargetGroups"][0]
    assert "TargetControlPort" not in plain
    elb.delete_target_group(**which)
    gone = contract.refused("elbv2", "describe_target_groups", TargetGroupArns=[made["TargetGroupArn"]])
    assert gone == "TargetGroupNotFound"


def test_a_cluster_and_its_capacity(contract: Contract) -> None:
    """`include` returns settings and tags, capacity providers can be set, and a deleted cluster is inactive."""
    ecs = contract.client("ecs")
    insights = [{"name": "containerInsights", "value": "enabled"}]
    ecs.create_cluster(clusterName="contract", settings=insights, tags=[{"key": "a", "value": "b"}])

    def cluster() -> dict[str, Any]:
        include = ["TAGS", "CONFIGURATIONS", "SETTINGS"]
        return dict(ecs.describe_clusters(clusters=["contract"], include=include)["clusters"][0])

    assert (cluster()["status"], cluster()["settings"], cluster()["capacityProviders"]) == ("ACTIVE", insights, [])
    assert cluster()["tags"] == [{"key": "a", "value": "b"}]
    providers = ["FARGATE", "FARGATE_SPOT"]
    strategy = [{"capacityProvider": "FARGATE", "weight": 1}]
    ecs.put_cluster_capacity_providers(
        cluster="contract", capacityProviders=providers, defaultCapacityProviderStrategy=strategy
    )
    assert cluster()["capacityProviders"] == providers
    assert cluster()["defaultCapacityProviderStrategy"] == [{**strategy[0], "base": 0}]
    ecs.update_cluster(cluster="contract", settings=[{"name": "containerInsights", "value": "enhanced"}])
    assert cluster()["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
    ecs.put_cluster_capacity_providers(
        cluster="contract", capacityProviders=[], defaultCapacityProviderStrategy=[]
    )  # fmt: skip
    assert cluster()["capacityProviders"] == []
    ecs.delete_cluster(cluster="contract")
    assert cluster()["status"] == "INACTIVE"
    missing = ecs.describe_clusters(clusters=["none"])["failures"][0]
    assert missing["reason"] == "MISSING"


def test_scaling(contract: Contract) -> None:
    """A target with its tags and a policy with its alarms are returned, and are gone after their deletion."""
    ecs, scaling = contract.client("ecs"), contract.client("application-autoscaling")
    ecs.create_cluster(clusterName="scaled")
    ecs.register_task_definition(family="scaled", containerDefinitions=[{"name": "x", "image": "y", "memory": 128}])
    ecs.create_service(cluster="scaled", serviceName="s", taskDefinition="scaled", desiredCount=1)
    which = {
        "ServiceNamespace": "ecs", "ResourceId": "service/scaled/s", "ScalableDimension": "ecs:service:DesiredCount",
    }  # fmt: skip
    arn = scaling.register_scalable_target(**which, MinCapacity=1, MaxCapacity=3, Tags={"a": "b"})["ScalableTargetARN"]
    found = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=["service/scaled/s"])
    (target,) = found["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"], target["ScalableTargetARN"]) == (1, 3, arn)
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"a": "b"}
    tracking = {
        "TargetValue": 70.0, "ScaleInCooldown": 300, "ScaleOutCooldown": 60, "DisableScaleIn": False,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    }  # fmt: skip
    made = scaling.put_scaling_policy(
        **which, PolicyName="p", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=tracking
    )
    assert len(made["Alarms"]) == 2
    by_name = {**which, "PolicyNames": ["p"]}
    (policy,) = scaling.describe_scaling_policies(**by_name)["ScalingPolicies"]
    assert (policy["PolicyARN"], policy["PolicyType"]) == (made["PolicyARN"], "TargetTrackingScaling")
    assert policy["TargetTrackingScalingPolicyConfiguration"] == tracking
    scaling.delete_scaling_policy(**which, PolicyName="p")
    assert scaling.describe_scaling_policies(**by_name)["ScalingPolicies"] == []
    scaling.deregister_scalable_target(**which)
    found = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=["service/scaled/s"])
    assert found["ScalableTargets"] == []
    assert (
        contract.refused("application-autoscaling", "deregister_scalable_target", **which) == "ObjectNotFoundException"
    )


def test_a_metric_filter(contract: Contract) -> None:
    """A second put changes the filter, the setting for transformed logs (6.4) is returned, and the group counts it."""
    logs, group = contract.client("logs"), "/contract/filtered"
    logs.create_log_group(logGroupName=group)
    metric = {"metricName": "m", "metricNamespace": "n", "metricValue": "1", "unit": "None"}
    which = {"logGroupName": group, "filterName": "f", "metricTransformations": [metric]}
    for pattern, transformed in (("{ $.a = 1 }", False), ("{ $.a = 2 }", True)):
        more = {"applyOnTransformedLogs": True} if transformed else {}
        logs.put_metric_filter(**which, filterPattern=pattern, **more)
        (found,) = logs.describe_metric_filters(logGroupName=group, filterNamePrefix="f")["metricFilters"]
        assert (found["filterPattern"], found["applyOnTransformedLogs"]) == (pattern, transformed)
        assert found["metricTransformations"] == [metric]
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["metricFilterCount"] == 1
    logs.delete_metric_filter(logGroupName=group, filterName="f")
    assert logs.describe_metric_filters(logGroupName=group)["metricFilters"] == []
    assert logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"][0]["metricFilterCount"] == 0


def test_a_query_definition(contract: Contract) -> None:
    """A query definition is found by name prefix, changed by id, and not found after its deletion."""
    logs = contract.client("logs")
    logs.create_log_group(logGroupName="/contract/asked")
    content = {"name": "contract/q", "queryString": "fields @message", "logGroupNames": ["/contract/asked"]}
    made = logs.put_query_definition(**content)["queryDefinitionId"]
    logs.put_query_definition(**{**content, "queryString": "stats count()"}, queryDefinitionId=made)
    (found,) = logs.describe_query_definitions(queryDefinitionNamePrefix="contract/")["queryDefinitions"]
    assert (found["queryDefinitionId"], found["queryString"]) == (made, "stats count()")
    assert (found["logGroupNames"], found["queryLanguage"]) == (["/contract/asked"], "CWLI")
    assert logs.delete_query_definition(queryDefinitionId=made)["success"] is True
    assert logs.describe_query_definitions(queryDefinitionNamePrefix="contract/")["queryDefinitions"] == []


def test_a_topic_its_policy_and_a_subscription(contract: Contract) -> None:
    """Each attribute of a topic is set by a separate call. Deleted subscriptions and topics are not found."""
    sns = contract.client("sns")
    made = sns.create_topic(Name="contract", Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish",
                "Resource": made,
            }
        ],
    }  # fmt: skip
    for name, value in (("KmsMasterKeyId", "alias/aws/sns"), ("Policy", json.dumps(policy))):
        sns.set_topic_attributes(TopicArn=made, AttributeName=name, AttributeValue=value)
    found = sns.get_topic_attributes(TopicArn=made)["Attributes"]
    assert (found["Owner"], found["KmsMasterKeyId"], found["TopicArn"]) == (ACCOUNT, "alias/aws/sns", made)
    assert json.loads(found["Policy"]) == policy
    assert sns.list_tags_for_resource(ResourceArn=made)["Tags"] == [{"Key": "a", "Value": "b"}]
    mail = {"Protocol": "email", "Endpoint": "oncall@example.com"}
    subscription = sns.subscribe(TopicArn=made, **mail, ReturnSubscriptionArn=True)["SubscriptionArn"]
    attributes = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    expected = {**mail, "TopicArn": made, "Owner": ACCOUNT, "RawMessageDelivery": "false"}
    assert {name: attributes[name] for name in expected} == expected
    sns.unsubscribe(SubscriptionArn=subscription)
    gone = contract.refused("sns", "get_subscription_attributes", SubscriptionArn=subscription)
    assert gone == "NotFound"
    sns.delete_topic(TopicArn=made)
    assert contract.refused("sns", "get_topic_attributes", TopicArn=made) == "NotFound"
