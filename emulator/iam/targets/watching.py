"""CloudWatch, CloudWatch Logs and SNS."""

from collections.abc import Iterator

from emulator.iam.targets.registry import Target, arn, finder
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

EVERY = "every-alarm-there-is"
"""An alarm that no policy names: calls on all alarms are asked about `alarm:*`, which only wider policies allow."""


@finder("cloudwatch")
def cloudwatch(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Alarms and dashboards by name, tagged things by ARN."""
    params, operation = call.params, call.operation
    names = [*params.get("AlarmNames", []), *([params["AlarmName"]] if "AlarmName" in params else [])]
    if operation.startswith("DescribeAlarms") and not names:
        names = [EVERY]
    yield from (Target(arn(cloud, "cloudwatch", f"alarm:{name}"), _is_new(cloud, operation, name)) for name in names)
    boards = [*params.get("DashboardNames", []), *([params["DashboardName"]] if "DashboardName" in params else [])]
    yield from (Target(f"arn:{cloud.partition}:cloudwatch::{cloud.account_id}:dashboard/{name}") for name in boards)
    if found := params.get("ResourceARN"):
        yield Target(str(found))


def _is_new(cloud: Cloud, operation: str, name: str) -> bool:
    return operation == "PutMetricAlarm" and name not in cloud.backend("cloudwatch").alarms


@finder("logs")
def logs(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Log groups and streams: calls on a group are about `log-group:NAME:log-stream:`, those on tags about its ARN."""
    params = call.params
    name = params.get("logGroupName") or params.get("logGroupIdentifier")
    if name:
        name = str(name).partition(":log-group:")[2] or str(name)
        stream = str(params.get("logStreamName") or "")
        new = call.operation == "CreateLogGroup"
        yield Target(arn(cloud, "logs", f"log-group:{name.removesuffix(':*')}:log-stream:{stream}"), new)
    if found := params.get("resourceArn"):
        yield Target(str(found).removesuffix(":*"))


@finder("sns")
def sns(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Topics by name or ARN, or by a subscription of theirs."""
    params = call.params
    if name := params.get("Name"):
        yield Target(arn(cloud, "sns", str(name)), new=call.operation == "CreateTopic")
    for member in ("TopicArn", "ResourceArn", "TargetArn"):
        if found := params.get(member):
            yield Target(str(found))
    if found := params.get("SubscriptionArn"):
        yield Target(str(found).rpartition(":")[0])
