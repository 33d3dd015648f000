"""ElastiCache: the values of parameters. Other rules are in elasticache.toml."""

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
