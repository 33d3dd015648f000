"""The wire format: errors in each service's form, throttles as SDKs expect them, and CBOR for CloudWatch."""

import json
from collections.abc import Iterator
from typing import Any

from emulator.faults import Fault, throttle_of
from emulator.rehearsal import copy_of
from emulator.wire import cbor
from emulator.wire.calls import service_model
from emulator.wire.errors import error_answer, form_of
from tests.support.cloud import REGION

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import create_parser

FAULT = Fault(503, "SlowDown", "Please reduce your request rate.")
HOSTS = {
    "https://s3.us-east-1.amazonaws.com": "rest-xml",
    "https://bucket.s3.us-east-1.amazonaws.com": "rest-xml",
    "https://ec2.us-east-1.amazonaws.com": "ec2",
    "https://iam.amazonaws.com": "query",
    "https://sts.us-east-1.amazonaws.com": "query",
    "https://elasticloadbalancing.us-east-1.amazonaws.com": "query",
    "https://sns.us-east-1.amazonaws.com": "query",
    "https://route53.amazonaws.com": "rest-xml",
    "https://123456789012.s3-control.us-east-1.amazonaws.com": "rest-xml",
    "https://logs.us-east-1.amazonaws.com": "json",
    "https://secretsmanager.us-east-1.amazonaws.com": "json",
}
"""Hosts for which a fault can be injected, and the protocol with which AWS's SDKs parse the response."""


@pytest.mark.parametrize("host", HOSTS)
def test_an_error_is_read_by_its_services_sdk(host: str) -> None:
    """The SDK's parser finds the code and the message, also for S3 Control, whose host names begin with the account."""
    status, headers, body = error_answer(form_of(host), FAULT.status, FAULT.code, FAULT.message)
    raw = body.encode() if isinstance(body, str) else body
    parsed = create_parser(HOSTS[host]).parse({"status_code": status, "headers": headers, "body": raw}, None)
    assert (parsed["Error"]["Code"], parsed["Error"]["Message"]) == (FAULT.code, FAULT.message)


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("https://bucket.s3.us-east-1.amazonaws.com", "SlowDown"),
        ("https://123456789012.s3-control.us-east-1.amazonaws.com", "SlowDown"),
        ("https://ec2.us-east-1.amazonaws.com", "RequestLimitExceeded"),
        ("https://logs.us-east-1.amazonaws.com", "ThrottlingException"),
    ],
)
def test_a_throttle_has_its_services_name(host: str, code: str) -> None:
    """A throttle is SlowDown for S3 and S3 Control, RequestLimitExceeded for EC2, and ThrottlingException otherwise."""
    assert throttle_of(host).code == code


@pytest.fixture(scope="module")
def cloudwatch(empty_aws: dict[str, str]) -> Iterator[tuple[Any, list[Any]]]:
    """A CloudWatch client that uses CBOR, as Go's SDK does, and the requests it sent."""
    with copy_of(empty_aws) as environ:
        session = boto3.Session()
        session._session.get_component("data_loader")
        made = session.client(
            "cloudwatch",
            region_name=REGION,
            aws_access_key_id=environ["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environ["AWS_SECRET_ACCESS_KEY"],
            verify=environ["AWS_CA_BUNDLE"],
            config=Config(
                proxies={"https": environ["HTTPS_PROXY"]},
                retries={"total_max_attempts": 1},
            ),
        )
        from botocore import parsers, serialize  # noqa: PLC0415 (only to choose the protocol)

        protocol = "smithy-rpc-v2-cbor"
        model = made.meta.service_model
        model.__dict__["resolved_protocol"] = protocol
        made._serializer = serialize.create_serializer(protocol, include_validation=True)
        made._response_parser = parsers.create_parser(protocol)
        made._endpoint._response_parser_factory = type(
            "Factory", (), {"create_parser": staticmethod(lambda _: parsers.create_parser(protocol))}
        )()
        sent: list[Any] = []
        made.meta.events.register("before-send.cloudwatch", lambda request, **_: sent.append(request))
        yield made, sent


def test_cloudwatch_speaks_cbor(cloudwatch: tuple[Any, list[Any]]) -> None:
    """An alarm is created, described, tagged and deleted with Smithy RPC v2 CBOR in both directions."""
    client, sent = cloudwatch
    answers: list[Any] = []
    client.meta.events.register(
        "response-received.cloudwatch", lambda response_dict, **_: answers.append(response_dict)
    )
    alarm = {
        "AlarmName": "dev-5xx",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 10.5,
        "TreatMissingData": "notBreaching",
        "Metrics": [
            {
                "Id": "value",
                "ReturnData": True,
                "MetricStat": {
                    "Metric": {"Namespace": "n", "MetricName": "m", "Dimensions": [{"Name": "a", "Value": "b"}]},
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
        ],
    }
    client.put_metric_alarm(**alarm, Tags=[{"Key": "Environment", "Value": "dev"}])
    found = client.describe_alarms(AlarmNames=["dev-5xx"])["MetricAlarms"][0]
    assert {name: found[name] for name in alarm} == alarm
    assert found["AlarmConfigurationUpdatedTimestamp"].year >= 2025
    assert client.list_tags_for_resource(ResourceARN=found["AlarmArn"])["Tags"] == [
        {"Key": "Environment", "Value": "dev"}
    ]
    client.delete_alarms(AlarmNames=["dev-5xx"])
    assert client.describe_alarms(AlarmNames=["dev-5xx"])["MetricAlarms"] == []
    paths = [request.url.partition("amazonaws.com")[2] for request in sent]
    assert paths[0] == "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm"
    assert {request.headers["smithy-protocol"] for request in sent} == {b"rpc-v2-cbor"}
    assert {answer["headers"]["smithy-protocol"] for answer in answers} == {"rpc-v2-cbor"}
    assert cbor.loads(sent[0].body)["AlarmName"] == "dev-5xx"


def test_a_refusal_in_cbor_names_the_rule(cloudwatch: tuple[Any, list[Any]]) -> None:
    """A CBOR request is validated by the same rules as a JSON request."""
    client, _ = cloudwatch
    with pytest.raises(ClientError) as refused:
        client.put_metric_alarm(
            AlarmName="a", ComparisonOperator="Greater", EvaluationPeriods=1, Threshold=1, Period=60, MetricName="m",
            Namespace="n", Statistic="Sum",
        )  # fmt: skip
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationError"
    assert error["Message"].startswith(
        "PutMetricAlarm: Value 'Greater' at 'ComparisonOperator' failed to satisfy constraint: "
        "Member must satisfy enum value set: [GreaterThanOrEqualToThreshold,"
    )


def test_a_dashboard_that_is_missing_is_not_found_in_cbor(cloudwatch: tuple[Any, list[Any]]) -> None:
    """moto's own errors keep their code."""
    client, _ = cloudwatch
    with pytest.raises(ClientError) as refused:
        client.get_dashboard(DashboardName="none")
    assert refused.value.response["Error"]["Code"] in {"ResourceNotFound", "DashboardNotFoundError"}
    client.put_dashboard(DashboardName="one", DashboardBody=json.dumps({"widgets": []}))
    assert json.loads(client.get_dashboard(DashboardName="one")["DashboardBody"]) == {"widgets": []}


def test_cbor_keeps_every_value() -> None:
    """A value that is serialized with its shape is parsed as the same value."""
    shape = service_model("cloudwatch").operation_model("PutMetricAlarm").input_shape
    value = {"AlarmName": "ä", "Threshold": 0.1, "EvaluationPeriods": 70000, "ActionsEnabled": False, "OKActions": []}
    assert cbor.loads(cbor.dumps(value, shape)) == value
