"""What the emulator adds to moto for newer AWS features and provider releases, called as the provider does."""

from collections.abc import Callable, Iterator
from typing import Any

from emulator import additions
from emulator.rehearsal import copy_of
from tests.emulator.certificates import issued
from tests.support.cloud import client

import pytest
from botocore.exceptions import ClientError

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AAAAAAAAA"
JWT_ACTION = {
    "Type": "jwt-validation",
    "Order": 1,
    "JwtValidationConfig": {
        "Issuer": ISSUER,
        "JwksEndpoint": f"{ISSUER}/.well-known/jwks.json",
        "AdditionalClaims": [
            {"Name": "scope", "Format": "space-separated-values", "Values": ["https://gateway.internal/invoke"]}
        ],
    },
}
CONTAINER = {"name": "x", "image": "y", "memory": 128}


@pytest.fixture(scope="module")
def aws(empty_aws: dict[str, str]) -> Iterator[Callable[[str], Any]]:
    """A function that creates clients of an embedded AWS."""
    with copy_of(empty_aws) as environ:
        yield lambda service: client(environ, service)


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    """AWS's error code."""
    return str(refused.value.response["Error"]["Code"])


def load_balancer(aws: Callable[[str], Any], name: str) -> tuple[str, str]:
    """The ARNs of a load balancer and a target group in the default VPC."""
    subnets = aws("ec2").describe_subnets()["Subnets"]
    balancer = aws("elbv2").create_load_balancer(Name=name, Subnets=[one["SubnetId"] for one in subnets[:2]])
    group = aws("elbv2").create_target_group(
        Name=name, Protocol="HTTP", Port=80, VpcId=subnets[0]["VpcId"], TargetType="ip"
    )
    return balancer["LoadBalancers"][0]["LoadBalancerArn"], group["TargetGroups"][0]["TargetGroupArn"]


def test_moto_lacks_what_is_added_and_has_what_is_changed() -> None:
    """The test fails if moto now has a call that the emulator adds, or no longer has one that the emulator changes."""
    assert additions.gained() == []
    assert additions.lost() == []


def test_an_addition_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """An added call that moto already has is reported, and moto's version is kept."""

    def put_metric_filter() -> None:
        """Must not be added: moto has it."""

    logs = next(response for response in additions.LACKING if response.__name__ == "LogsResponse")
    own = logs.put_metric_filter  # type: ignore[attr-defined]
    monkeypatch.setitem(additions.LACKING, logs, (*additions.LACKING[logs], put_metric_filter))
    assert additions.gained() == ["LogsResponse.put_metric_filter"]
    additions.add_calls()
    assert logs.put_metric_filter is own  # type: ignore[attr-defined]


def test_a_bucket_is_created_with_its_tags(aws: Callable[[str], Any]) -> None:
    """Tags in CreateBucket (provider 6.23 and later) are returned by S3 Control and S3, and can be changed there."""
    s3, control = aws("s3"), aws("s3control")
    tags = [{"Key": "Environment", "Value": "dev"}, {"Key": "Project", "Value": ""}]
    s3.create_bucket(Bucket="tagged-at-birth", CreateBucketConfiguration={"Tags": tags})
    asked = {"AccountId": "123456789012", "ResourceArn": "arn:aws:s3:::tagged-at-birth"}
    assert control.list_tags_for_resource(**asked)["Tags"] == tags
    assert s3.get_bucket_tagging(Bucket="tagged-at-birth")["TagSet"] == tags
    control.tag_resource(**asked, Tags=[{"Key": "Team", "Value": "a"}])
    control.untag_resource(**asked, TagKeys=["Project"])
    assert {tag["Key"] for tag in control.list_tags_for_resource(**asked)["Tags"]} == {"Environment", "Team"}


def test_a_new_bucket_refuses_customer_keys(aws: Callable[[str], Any]) -> None:
    """A new bucket has default encryption, and blocks SSE-C until that is changed."""
    s3 = aws("s3")
    s3.create_bucket(Bucket="blocked")

    def rule() -> dict[str, Any]:
        found = s3.get_bucket_encryption(Bucket="blocked")["ServerSideEncryptionConfiguration"]["Rules"]
        return dict(found[0])

    by_default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert rule() == {
        **by_default, "BucketKeyEnabled": False, "BlockedEncryptionTypes": {"EncryptionType": ["SSE-C"]},
    }  # fmt: skip
    for blocked in (["NONE"], ["SSE-C"]):
        rules = [{**by_default, "BlockedEncryptionTypes": {"EncryptionType": blocked}}]
        s3.put_bucket_encryption(Bucket="blocked", ServerSideEncryptionConfiguration={"Rules": rules})
        assert rule()["BlockedEncryptionTypes"] == {"EncryptionType": blocked}


def test_a_nat_gateway_is_zonal(aws: Callable[[str], Any]) -> None:
    """AvailabilityMode is returned, because provider 6.24 and later read it."""
    ec2 = aws("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
    found = ec2.describe_nat_gateways(NatGatewayIds=[made["NatGatewayId"]])["NatGateways"][0]
    assert (made["AvailabilityMode"], found["AvailabilityMode"]) == ("zonal", "zonal")


def test_a_nat_gateway_gives_its_address_back(aws: Callable[[str], Any]) -> None:
    """After a NAT gateway is deleted, another one can use its address."""
    ec2 = aws("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    for _ in range(2):
        made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
        ec2.delete_nat_gateway(NatGatewayId=made)


def test_a_listener_validates_tokens(aws: Callable[[str], Any]) -> None:
    """CreateListener, ModifyListener and DescribeListeners keep the JWT action and the forward action after it."""
    elb = aws("elbv2")
    balancer, group = load_balancer(aws, "jwt")
    certificate = issued(aws("acm"))
    forward = {"Type": "forward", "Order": 2, "TargetGroupArn": group}
    made = elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTPS",
        Port=443,
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[JWT_ACTION, forward],
    )["Listeners"][0]

    def actions() -> list[Any]:
        found = elb.describe_listeners(ListenerArns=[made["ListenerArn"]])["Listeners"][0]
        return list(found["DefaultActions"])

    assert actions()[0] == JWT_ACTION
    assert actions()[1]["TargetGroupArn"] == group
    changed = {**JWT_ACTION, "JwtValidationConfig": {"Issuer": ISSUER, "JwksEndpoint": f"{ISSUER}/jwks"}}
    elb.modify_listener(ListenerArn=made["ListenerArn"], DefaultActions=[changed, forward])
    assert actions()[0] == changed


def test_a_plain_listener_has_no_policy_for_tls(aws: Callable[[str], Any]) -> None:
    """AWS returns no SslPolicy for HTTP. If it did, Terraform would send it back and be refused."""
    elb = aws("elbv2")
    balancer, group = load_balancer(aws, "plain")
    actions = [{"Type": "forward", "TargetGroupArn": group}]
    made = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=actions)
    described = elb.describe_listeners(ListenerArns=[made["Listeners"][0]["ListenerArn"]])
    assert ["SslPolicy" in one for answer in (made, described) for one in answer["Listeners"]] == [False, False]


def test_a_modified_listener_is_its_new_groups_load_balancer(aws: Callable[[str], Any]) -> None:
    """When a listener is modified to forward to a new target group, the target group gets its load balancer."""
    elb = aws("elbv2")
    balancer, group = load_balancer(aws, "turned")
    vpc = elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["VpcId"]
    new = elb.create_target_group(Name="new", Protocol="HTTP", Port=8787, TargetType="ip", VpcId=vpc)
    arn = new["TargetGroups"][0]["TargetGroupArn"]
    actions = [{"Type": "forward", "TargetGroupArn": group}]
    made = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=actions)
    elb.modify_listener(
        ListenerArn=made["Listeners"][0]["ListenerArn"], DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}]
    )
    found = elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]
    assert found["LoadBalancerArns"] == [balancer]


def test_a_task_definition_comes_back_in_aws_shape(aws: Callable[[str], Any]) -> None:
    """Nested objects have the lists that AWS adds; without them the provider always replaces the task definition."""
    ecs = aws("ecs")
    definition = {
        **CONTAINER,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        "restartPolicy": {"enabled": True, "restartAttemptPeriod": 60},
        "healthCheck": {"command": ["CMD", "true"]},
    }
    ecs.register_task_definition(family="shape", containerDefinitions=[definition])
    found = ecs.describe_task_definition(taskDefinition="shape")["taskDefinition"]["containerDefinitions"][0]
    assert found["linuxParameters"]["capabilities"] == {"add": [], "drop": ["ALL"]}
    assert found["restartPolicy"]["ignoredExitCodes"] == []
    assert found["healthCheck"] == {"command": ["CMD", "true"], "interval": 30, "timeout": 5, "retries": 3}
    assert (found["cpu"], found["environment"], found["systemControls"]) == (0, [], [])


def test_a_log_groups_key_and_protection_change(aws: Callable[[str], Any]) -> None:
    """AssociateKmsKey and DisassociateKmsKey change the key, and a protected log group is not deleted."""
    logs, kms = aws("logs"), aws("kms")
    policy = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "kms:*", '
        '"Resource": "*"}]}'
    )
    key = kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]
    logs.create_log_group(logGroupName="/protected")

    def group() -> dict[str, Any]:
        return dict(logs.describe_log_groups(logGroupNamePrefix="/protected")["logGroups"][0])

    assert (group().get("kmsKeyId"), group()["logGroupClass"], group()["deletionProtectionEnabled"]) == (
        None, "STANDARD", False,
    )  # fmt: skip
    logs.associate_kms_key(logGroupName="/protected", kmsKeyId=key)
    assert group()["kmsKeyId"] == key
    logs.disassociate_kms_key(logGroupName="/protected")
    assert "kmsKeyId" not in group()
    logs.put_log_group_deletion_protection(logGroupIdentifier="/protected", deletionProtectionEnabled=True)
    assert group()["deletionProtectionEnabled"] is True
    with pytest.raises(ClientError) as refused:
        logs.delete_log_group(logGroupName="/protected")
    assert code(refused) == "ValidationException"
    logs.put_log_group_deletion_protection(logGroupIdentifier="/protected", deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="/protected")
    for call in ("associate_kms_key", "disassociate_kms_key"):
        with pytest.raises(ClientError) as refused:
            getattr(logs, call)(logGroupName="/none", **({"kmsKeyId": key} if call == "associate_kms_key" else {}))
        assert code(refused) == "ResourceNotFoundException"


def test_a_resource_server_changes(aws: Callable[[str], Any]) -> None:
    """UpdateResourceServer replaces name and scopes, and an unknown resource server is an error."""
    cognito = aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
    which = {"UserPoolId": pool, "Identifier": "https://gateway.internal"}
    cognito.create_resource_server(**which, Name="old", Scopes=[{"ScopeName": "a", "ScopeDescription": "A"}])
    scopes = [{"ScopeName": "b", "ScopeDescription": "B"}]
    cognito.update_resource_server(**which, Name="new", Scopes=scopes)
    found = cognito.describe_resource_server(**which)["ResourceServer"]
    assert (found["Name"], found["Scopes"]) == ("new", scopes)
    with pytest.raises(ClientError) as refused:
        cognito.update_resource_server(UserPoolId=pool, Identifier="https://other.internal", Name="n")
    assert code(refused) == "ResourceNotFoundException"


def test_health_check_logs_go_to_a_bucket(aws: Callable[[str], Any]) -> None:
    """All attributes of a load balancer are returned, and those for health check logs can be set."""
    elb = aws("elbv2")
    balancer, _ = load_balancer(aws, "logs")
    before = {
        one["Key"]: one["Value"]
        for one in elb.describe_load_balancer_attributes(LoadBalancerArn=balancer)["Attributes"]
    }
    assert (before["idle_timeout.timeout_seconds"], before["routing.http2.enabled"]) == ("60", "true")
    wanted = {"health_check_logs.s3.bucket": "bucket", "health_check_logs.s3.prefix": "prefix"}
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=balancer, Attributes=[{"Key": key, "Value": value} for key, value in wanted.items()]
    )
    after = {
        one["Key"]: one["Value"]
        for one in elb.describe_load_balancer_attributes(LoadBalancerArn=balancer)["Attributes"]
    }
    assert {**before, **wanted} == after


@pytest.mark.parametrize(("state", "status"), [("OK", "SUCCESSFUL"), ("ALARM", "ROLLBACK_SUCCESSFUL")])
def test_a_deployment_is_rolled_back_by_its_alarm(aws: Callable[[str], Any], state: str, status: str) -> None:
    """A service's deployments are listed and described. One whose alarm fires returns to the previous tasks."""
    ecs, cloudwatch = aws("ecs"), aws("cloudwatch")
    name = f"alarms-{state.lower()}"
    cloudwatch.put_metric_alarm(
        AlarmName=name, MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Statistic="Sum",
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    ecs.create_cluster(clusterName=name)
    tasks = [
        ecs.register_task_definition(family=name, containerDefinitions=[CONTAINER])["taskDefinition"][
            "taskDefinitionArn"
        ]
        for _ in range(2)
    ]
    alarms = {"alarmNames": [name], "enable": True, "rollback": True}
    service = {"cluster": name, "serviceName": "s", "taskDefinition": tasks[0], "desiredCount": 1}
    ecs.create_service(**service, deploymentConfiguration={"alarms": alarms})
    assert ecs.list_service_deployments(cluster=name, service="s")["serviceDeployments"][0]["status"] == "SUCCESSFUL"
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")
    ecs.update_service(cluster=name, service="s", taskDefinition=tasks[1])
    newest, first = ecs.list_service_deployments(cluster=name, service="s")["serviceDeployments"]
    assert (newest["status"], first["status"]) == (status, "SUCCESSFUL")
    arn = newest["serviceDeploymentArn"]
    answer = ecs.describe_service_deployments(serviceDeploymentArns=[arn, f"{arn}0"])
    assert [one["arn"] for one in answer["failures"]] == [f"{arn}0"]
    described = answer["serviceDeployments"][0]
    rang = state == "ALARM"
    assert described["alarms"]["triggeredAlarmNames"] == ([name] if rang else [])
    assert ("rollback" in described) is rang
    running = ecs.describe_services(cluster=name, services=["s"])["services"][0]
    assert running["taskDefinition"] == tasks[0 if rang else 1]
    assert running["deploymentConfiguration"]["alarms"] == alarms
