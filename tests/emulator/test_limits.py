"""What emulator/LIMITS.md says the embedded AWS does and does not do, sentence by sentence where a call can tell."""

import ipaddress
import json
import ssl
import urllib.request

from emulator.judge import rules
from emulator.judge.registry import RULES
from tests.emulator.conftest import Contract
from tests.support.cloud import client

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.xdist_group("contracts")
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def test_each_rule_names_its_page() -> None:
    """Below docs.aws.amazon.com, and more than the site's front page."""
    rules.load()
    sources = {rule.source for registered in RULES.values() for rule in registered}
    assert len(sources) > 50
    bad = [one for one in sources if not one.removeprefix("https://docs.aws.amazon.com/").endswith(".html")]
    assert [one for one in bad if "#" not in one] == []


def test_no_task_runs(contract: Contract) -> None:
    """A service wants tasks and has none; its deployment has succeeded all the same."""
    ecs = contract.client("ecs")
    ecs.create_cluster(clusterName="limits")
    ecs.register_task_definition(family="limits", containerDefinitions=[{"name": "x", "image": "y", "memory": 128}])
    ecs.create_service(cluster="limits", serviceName="s", taskDefinition="limits", desiredCount=2)
    found = ecs.describe_services(cluster="limits", services=["s"])["services"][0]
    assert (found["desiredCount"], found["runningCount"]) == (2, 0)
    (deployment,) = ecs.list_service_deployments(cluster="limits", service="s")["serviceDeployments"]
    assert deployment["status"] == "SUCCESSFUL"


def test_an_alarm_changes_through_its_state_alone(contract: Contract) -> None:
    """It begins without data, data does not ring it, SetAlarmState does, and an update of it leaves its state."""
    cloudwatch = contract.client("cloudwatch")
    alarm = {
        "AlarmName": "limits", "MetricName": "m", "Namespace": "limits", "Period": 60, "EvaluationPeriods": 1,
        "Statistic": "Sum", "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
    }  # fmt: skip

    def state() -> str:
        return str(cloudwatch.describe_alarms(AlarmNames=["limits"])["MetricAlarms"][0]["StateValue"])

    cloudwatch.put_metric_alarm(**alarm)
    cloudwatch.put_metric_data(Namespace="limits", MetricData=[{"MetricName": "m", "Value": 100}])
    assert state() == "INSUFFICIENT_DATA"
    cloudwatch.set_alarm_state(AlarmName="limits", StateValue="ALARM", StateReason="r")
    cloudwatch.put_metric_alarm(**{**alarm, "Threshold": 2})
    assert state() == "ALARM"


def test_no_subscription_has_to_be_confirmed(contract: Contract) -> None:
    """An address is subscribed at once."""
    sns = contract.client("sns")
    topic = sns.create_topic(Name="limits")["TopicArn"]
    made = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com", ReturnSubscriptionArn=True)
    attributes = sns.get_subscription_attributes(SubscriptionArn=made["SubscriptionArn"])["Attributes"]
    assert attributes["PendingConfirmation"] == "false"


def test_a_presigned_request_is_not_judged(contract: Contract) -> None:
    """A name that the judge refuses is taken where the signature is in the address."""
    s3 = contract.client("s3")
    name = "sthree-limits"
    assert contract.refused("s3", "create_bucket", Bucket=name) == "InvalidBucketName"
    trusted = ssl.create_default_context(cafile=contract.environ["AWS_CA_BUNDLE"])
    proxy = urllib.request.ProxyHandler({"https": contract.environ["HTTPS_PROXY"]})
    opener = urllib.request.build_opener(proxy, urllib.request.HTTPSHandler(context=trusted))
    address = s3.generate_presigned_url("create_bucket", Params={"Bucket": name})
    with opener.open(urllib.request.Request(address, method="PUT")) as answer:  # noqa: S310 (an https address)
        assert answer.status == 200
    s3.delete_bucket(Bucket=name)


def test_a_nat_gateways_private_address_is_made_up(contract: Contract) -> None:
    """It is of no subnet of the VPC, and no packet is forwarded."""
    ec2 = contract.client("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=contract.subnets[0], AllocationId=address)["NatGateway"]
    subnet = ec2.describe_subnets(SubnetIds=[contract.subnets[0]])["Subnets"][0]["CidrBlock"]
    private = ipaddress.ip_address(made["NatGatewayAddresses"][0]["PrivateIp"])
    assert private not in ipaddress.ip_network(subnet)
    ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])


def test_arns_are_of_their_partition(contract: Contract) -> None:
    """GovCloud's roles and callers have its ARNs, and a role of one partition is not in another."""
    iam, sts = contract.client("iam", "us-gov-west-1"), contract.client("sts", "us-gov-west-1")
    made = iam.create_role(RoleName="limits", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    assert made == "arn:aws-us-gov:iam::123456789012:role/limits"
    assert sts.get_caller_identity()["Arn"].startswith("arn:aws-us-gov:")
    assert contract.refused("iam", "get_role", RoleName="limits") == "NoSuchEntity"


def test_a_requested_certificate_waits(contract: Contract) -> None:
    """It is pending at first; nothing looks at its record."""
    acm = contract.client("acm")
    made = acm.request_certificate(DomainName="limits.example.com", ValidationMethod="DNS")["CertificateArn"]
    assert acm.describe_certificate(CertificateArn=made)["Certificate"]["Status"] == "PENDING_VALIDATION"


def test_a_sessions_policy_is_not_weighed(contract: Contract) -> None:
    """A session with a policy that denies everything may what its role may, and no more; the operator's key may all."""
    iam, sts = contract.client("iam"), contract.client("sts")
    anyone = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName="limits-session", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
    )["Role"]["Arn"]
    reads = {"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"}
    nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    iam.put_role_policy(
        RoleName="limits-session", PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [reads]}),
    )  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [nothing]})
    held = sts.assume_role(RoleArn=role, RoleSessionName="limits", Policy=policy)["Credentials"]
    session = {
        **contract.environ,
        "AWS_ACCESS_KEY_ID": held["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": held["SecretAccessKey"],
    }
    logs = client(session, "logs")
    assert logs.describe_log_groups()["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(ClientError, match="is not authorized to perform: logs:CreateLogGroup"):
        logs.create_log_group(logGroupName="/limits")
    contract.client("logs").create_log_group(logGroupName="/limits")
