"""What emulator/LIMITS.md says that the embedded AWS does and does not do, as far as calls can show it."""

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
    """Each rule's source is a page on docs.aws.amazon.com, not the site's front page."""
    rules.load()
    sources = {rule.source for registered in RULES.values() for rule in registered}
    assert len(sources) > 50
    bad = [one for one in sources if not one.removeprefix("https://docs.aws.amazon.com/").endswith(".html")]
    assert [one for one in bad if "#" not in one] == []


def test_no_task_runs(contract: Contract) -> None:
    """A service has its desired count but no running tasks. Its deployment still succeeds."""
    ecs = contract.client("ecs")
    ecs.create_cluster(clusterName="limits")
    ecs.register_task_definition(family="limits", containerDefinitions=[{"name": "x", "image": "y", "memory": 128}])
    ecs.create_service(cluster="limits", serviceName="s", taskDefinition="limits", desiredCount=2)
    found = ecs.describe_services(cluster="limits", services=["s"])["services"][0]
    assert (found["desiredCount"], found["runningCount"]) == (2, 0)
    (deployment,) = ecs.list_service_deployments(cluster="limits", service="s")["serviceDeployments"]
    assert deployment["status"] == "SUCCESSFUL"


def test_an_alarm_changes_through_its_state_alone(contract: Contract) -> None:
    """An alarm starts without data and ignores data. Only SetAlarmState changes it, and an update keeps its state."""
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
    """A subscription is confirmed at once."""
    sns = contract.client("sns")
    topic = sns.create_topic(Name="limits")["TopicArn"]
    made = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com", ReturnSubscriptionArn=True)
    attributes = sns.get_subscription_attributes(SubscriptionArn=made["SubscriptionArn"])["Attributes"]
    assert attributes["PendingConfirmation"] == "false"


def test_a_presigned_request_is_not_judged(contract: Contract) -> None:
    """An invalid name is accepted if the request is signed in the URL."""
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
    """The address is not in the NAT gateway's subnet, and the NAT gateway forwards no packets."""
    ec2 = contract.client("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=contract.subnets[0], AllocationId=address)["NatGateway"]
    subnet = ec2.describe_subnets(SubnetIds=[contract.subnets[0]])["Subnets"][0]["CidrBlock"]
    private = ipaddress.ip_address(made["NatGatewayAddresses"][0]["PrivateIp"])
    assert private not in ipaddress.ip_network(subnet)
    ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])


def test_arns_are_of_their_partition(contract: Contract) -> None:
    """GovCloud's roles and callers have GovCloud ARNs, and a role of one partition is not in another."""
    iam, sts = contract.client("iam", "us-gov-west-1"), contract.client("sts", "us-gov-west-1")
    made = iam.create_role(RoleName="limits", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    assert made == "arn:aws-us-gov:iam::123456789012:role/limits"
    assert sts.get_caller_identity()["Arn"].startswith("arn:aws-us-gov:")
    assert contract.refused("iam", "get_role", RoleName="limits") == "NoSuchEntity"


def test_a_requested_certificate_waits(contract: Contract) -> None:
    """A requested certificate stays pending, even with its validation record."""
    acm = contract.client("acm")
    made = acm.request_certificate(DomainName="limits.example.com", ValidationMethod="DNS")["CertificateArn"]
    assert acm.describe_certificate(CertificateArn=made)["Certificate"]["Status"] == "PENDING_VALIDATION"


def test_a_sessions_policy_is_not_weighed(contract: Contract) -> None:
    """A session policy has no effect: a session may do what its role may. The operator's key may do everything."""
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
