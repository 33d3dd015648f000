"""CloudWatch: periods and expressions of alarms, searches of dashboards. Other rules are in cloudwatch.toml."""

import re
from collections.abc import Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.records import parts
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

API = "AmazonCloudWatch/latest/APIReference/API_"
INVALID = "ValidationError"
NAME = re.compile(r"\b[a-z][a-zA-Z0-9_]*\b")
SEARCHED = re.compile(r"SEARCH\(\s*'\s*\{([^}]*)\}")
DAY, WEEK = 86_400, 604_800


@rule("cloudwatch", "PutMetricAlarm", source=f"{API}PutMetricAlarm.html")
def periods(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A period is valid, and the evaluated time is at most a day, or a week with periods of an hour or more."""
    queries = call.params.get("Metrics") or []
    given = [call.params.get("Period"), *((one.get("MetricStat") or {}).get("Period") for one in queries)]
    found = list(filter(None, given)) or [60]
    for value in found:
        if value not in {1, 5, 10, 20, 30} and (value < 1 or value % 60):
            yield Refusal(INVALID, "Period", value, "must be 10, 20, 30 or a multiple of 60")
    count = call.params.get("EvaluationPeriods", 1)
    longest, most = max(found) * count, WEEK if min(found) >= 3600 else DAY
    if longest > most:
        said = f"EvaluationPeriods x Period must be at most {most} seconds; it is {longest}"
        yield Refusal(INVALID, "EvaluationPeriods", count, said)


@rule("cloudwatch", "PutMetricAlarm", source=f"{API}MetricDataQuery.html")
def expressions(call: Call, _: Cloud) -> Iterator[Refusal]:
    """The ids in an alarm's expressions are ids of its queries."""
    known = {str(one.get("Id")) for one in call.params.get("Metrics") or []}
    for place, text in parts(call.params, "Metrics[].Expression"):
        used = set(NAME.findall(re.sub(r"'[^']*'|\"[^\"]*\"", "", text or "")))
        for name in sorted(used - known):
            yield Refusal(INVALID, place, name, "is not the id of a query of this alarm")


@rule("cloudwatch", "PutCompositeAlarm", source=f"{API}PutCompositeAlarm.html")
def composite(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The alarms of a composite alarm's rule exist."""
    text = str(call.params.get("AlarmRule", ""))
    for name in re.findall(r"(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*[\"']?([^\"')]+)", text):
        if cloud.alarm(name.rpartition(":alarm:")[2]) is None:
            yield Refusal(INVALID, "AlarmRule", name, "there is no such alarm")


@rule(
    "cloudwatch", "PutDashboard", source="AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"
)
def searches(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Names in a search expression are in double quotes unless they have letters and digits only."""
    for place, line in parts(call.params, "DashboardBody.widgets[].properties.metrics[]"):
        expression = line[0].get("expression", "") if line and isinstance(line[0], dict) else ""
        for name in ",".join(SEARCHED.findall(expression)).split(","):
            bare = name.strip()
            if bare and not bare.isalnum() and not (bare.startswith('"') and bare.endswith('"')):
                said = "names with characters other than letters and digits need double quotes in a search expression"
                yield Refusal("InvalidParameterInput", place, bare, said)
