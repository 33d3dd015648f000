"""ElastiCache: the values of parameters, and time windows. Other rules are in elasticache.toml."""

import re
from collections.abc import Iterator

from emulator.additions.elasticache import PARAMETERS
from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

VALUE = "InvalidParameterValue"


@rule("elasticache", "ModifyCacheParameterGroup", source="AmazonElastiCache/latest/dg/ParameterGroups.Engine.html")
def parameter(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A parameter is one of Valkey's known here, with a value that Valkey accepts."""
    for one in call.params.get("ParameterNameValues") or []:
        allowed = PARAMETERS.get(str(one.get("ParameterName")))
        if allowed is None:
            yield Refusal(VALUE, "ParameterName", one.get("ParameterName"), "is not a parameter of the family")
        elif "-" not in allowed.split(",")[-1] and one.get("ParameterValue") not in allowed.split(","):
            yield Refusal(VALUE, "ParameterValue", one.get("ParameterValue"), f"must be one of {allowed}")


@rule(
    "elasticache",
    "CreateReplicationGroup",
    source="AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html",
)
def windows(call: Call, _: Cloud) -> Iterator[Refusal]:
    """The daily snapshot is taken outside the weekly maintenance."""
    daily, weekly = call.params.get("SnapshotWindow"), call.params.get("PreferredMaintenanceWindow")
    if daily and weekly and _minutes(daily) & _minutes(weekly):
        yield Refusal(VALUE, "SnapshotWindow", daily, f"must not overlap the maintenance window, {weekly}")


def _minutes(window: str) -> set[int]:
    """The minutes of the day that lie within `hh24:mi-hh24:mi`, or the same with days before the hours."""
    found = [60 * int(hour) + int(minute) for hour, minute in re.findall(r"(\d\d):(\d\d)", window)]
    if len(found) != 2:
        return set()
    start, end = found
    return {minute % 1440 for minute in range(start, end if end > start else end + 1440)}
