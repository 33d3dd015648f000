"""Alarms whose metrics make sense, and dashboards that CloudWatch can draw."""

import json
import re
from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

API = "AmazonCloudWatch/latest/APIReference/API_"
INVALID = "ValidationError"
MISSING_DATA = ("breaching", "notBreaching", "ignore", "missing")
IDENTIFIER = re.compile(r"[a-z][a-zA-Z0-9_]*")
SEARCHED = re.compile(r"SEARCH\(\s*'\s*\{([^}]*)\}")
DAY, WEEK = 86_400, 604_800


def _period(value: int) -> bool:
    return value in {1, 5, 10, 20, 30} or (value > 0 and value % 60 == 0)


@rule("cloudwatch", "PutMetricAlarm", source=f"{API}PutMetricAlarm.html")
def alarm(call: Call, _: Cloud) -> Iterator[Refusal]:
    """One metric or a list of queries, periods that exist, and a window that is not too long."""
    params = call.params
    queries = params.get("Metrics")
    if bool(queries) == bool(params.get("MetricName")):
        said = "exactly one of Metrics and MetricName must be given"
        yield Refusal("InvalidParameterCombination", "Metrics", sorted(params), said)
    if queries and any(params.get(name) for name in ("Namespace", "Statistic", "Period", "Dimensions")):
        said = "Namespace, Statistic, Period and Dimensions cannot be combined with Metrics"
        yield Refusal("InvalidParameterCombination", "Metrics", sorted(params), said)
    if params.get("MetricName") and bool(params.get("Statistic")) == bool(params.get("ExtendedStatistic")):
        said = "exactly one of Statistic and ExtendedStatistic must be given"
        yield Refusal("InvalidParameterCombination", "Statistic", params.get("Statistic"), said)
    periods = [params["Period"]] if params.get("Period") else []
    periods += [one["MetricStat"]["Period"] for one in queries or [] if one.get("MetricStat")]
    for value in periods:
        if not _period(value):
            yield Refusal(INVALID, "Period", value, "must be 10, 20, 30 or a multiple of 60")
    count = params.get("EvaluationPeriods", 1)
    longest = max(periods, default=60) * count
    most = WEEK if min(periods, default=60) >= 3600 else DAY
    if longest > most:
        said = f"EvaluationPeriods x Period must be at most {most} seconds; it is {longest}"
        yield Refusal(INVALID, "EvaluationPeriods", count, said)
    if params.get("DatapointsToAlarm", count) > count:
        said = "must be less than or equal to EvaluationPeriods"
        yield Refusal(INVALID, "DatapointsToAlarm", params["DatapointsToAlarm"], said)
    if params.get("TreatMissingData", "missing") not in MISSING_DATA:
        said = f"must be one of {', '.join(MISSING_DATA)}"
        yield Refusal(INVALID, "TreatMissingData", params["TreatMissingData"], said)


@rule("cloudwatch", "PutMetricAlarm", source=f"{API}MetricDataQuery.html")
def queries(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Ids are unique, one query returns data, and expressions use ids that there are."""
    given = call.params.get("Metrics") or []
    names = [str(one.get("Id")) for one in given]
    for name in names:
        if not IDENTIFIER.fullmatch(name):
            yield Refusal(
                INVALID, "Metrics.Id", name, "must begin with a lower-case letter, then letters, digits and _"
            )
    if len(set(names)) < len(names):
        yield Refusal(INVALID, "Metrics.Id", names, "must be unique")
    if given and len([one for one in given if one.get("ReturnData", True)]) != 1:
        shown = [one.get("ReturnData", True) for one in given]
        yield Refusal(INVALID, "Metrics.ReturnData", shown, "exactly one query must return data")
    for number, one in enumerate(given):
        place = f"Metrics[{number}]"
        if bool(one.get("Expression")) == bool(one.get("MetricStat")):
            yield Refusal(INVALID, place, sorted(one), "must have exactly one of Expression and MetricStat")
        used = set(
            re.findall(r"\b[a-z][a-zA-Z0-9_]*\b", re.sub(r"'[^']*'|\"[^\"]*\"", "", one.get("Expression") or ""))
        )
        for name in sorted(used - set(names)):
            yield Refusal(INVALID, f"{place}.Expression", name, "is no id of a query of this alarm")


@rule("cloudwatch", "PutMetricAlarm", source=f"{API}PutMetricAlarm.html")
def actions_are_here(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Actions are ARNs of this region."""
    for member in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        for arn in call.params.get(member, []):
            parts = str(arn).split(":")
            if parts[0] != "arn" or len(parts) < 6:
                yield Refusal(INVALID, member, arn, "must be an ARN")
            elif parts[2] in {"sns", "lambda"} and parts[3] != cloud.region:
                yield Refusal(INVALID, member, arn, f"must be of the alarm's region, {cloud.region}")


@rule("cloudwatch", "PutCompositeAlarm", source=f"{API}PutCompositeAlarm.html")
def composite(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The alarms of a composite alarm's rule exist."""
    text = str(call.params.get("AlarmRule", ""))
    for name in re.findall(r"(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*[\"']?([^\"')]+)", text):
        if name.rpartition(":alarm:")[2] not in cloud.backend("cloudwatch").alarms:
            yield Refusal(INVALID, "AlarmRule", name, "there is no such alarm")


def _widget(widget: dict[str, Any], place: str) -> Iterator[Refusal]:
    code = "InvalidParameterInput"
    for name, least, most in (("x", 0, 23), ("y", 0, 10_000), ("width", 1, 24), ("height", 1, 1000)):
        value = widget.get(name)
        if value is not None and not (isinstance(value, int) and least <= value <= most):
            yield Refusal(code, f"{place}.{name}", value, f"must be from {least} to {most}")
    if isinstance(widget.get("x"), int) and widget["x"] + widget.get("width", 6) > 24:
        yield Refusal(code, f"{place}.x", widget["x"], "the widget must end within 24 columns")
    kinds = ("metric", "text", "log", "alarm", "explorer", "custom")
    if widget.get("type") not in kinds:
        yield Refusal(code, f"{place}.type", widget.get("type"), f"must be one of {', '.join(kinds)}")
    properties = widget.get("properties") or {}
    for line in properties.get("metrics", []) if widget.get("type") == "metric" else []:
        expression = line[0].get("expression", "") if line and isinstance(line[0], dict) else ""
        for schema in SEARCHED.findall(expression):
            for name in schema.split(","):
                bare = name.strip()
                if not bare.isalnum() and not (bare.startswith('"') and bare.endswith('"')):
                    said = "names with other than letters and digits need double quotes in a search expression"
                    yield Refusal(code, f"{place}.properties.metrics", bare, said)


@rule(
    "cloudwatch", "PutDashboard", source="AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"
)
def dashboard(call: Call, _: Cloud) -> Iterator[Refusal]:
    """JSON with a list of widgets that fit on 24 columns, and searches whose names are quoted."""
    text = str(call.params.get("DashboardBody", ""))
    try:
        body = json.loads(text)
    except ValueError as error:
        yield Refusal("InvalidParameterInput", "DashboardBody", text, f"must be JSON: {error}")
        return
    widgets = body.get("widgets") if isinstance(body, dict) else None
    if not isinstance(widgets, list) or len(widgets) > 500:
        yield Refusal("InvalidParameterInput", "DashboardBody", text, "must hold up to 500 widgets in a list")
        return
    for number, widget in enumerate(widgets):
        yield from _widget(widget, f"DashboardBody.widgets[{number}]")
