"""ElastiCache: what a parameter may be. Its other rules are records."""

from collections.abc import Iterator

from emulator.additions.elasticache import PARAMETERS
from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

VALUE = "InvalidParameterValue"


@rule("elasticache", "ModifyCacheParameterGroup", source="AmazonElastiCache/latest/dg/ParameterGroups.Engine.html")
def parameter(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A parameter that Valkey has, with a value that it takes."""
    for one in call.params.get("ParameterNameValues") or []:
        allowed = PARAMETERS.get(str(one.get("ParameterName")))
        if allowed is None:
            yield Refusal(VALUE, "ParameterName", one.get("ParameterName"), "is no parameter of the family")
        elif "-" not in allowed.split(",")[-1] and one.get("ParameterValue") not in allowed.split(","):
            yield Refusal(VALUE, "ParameterValue", one.get("ParameterValue"), f"must be one of {allowed}")
