"""The judge's verdict on a call: the first rule it breaks."""

from emulator.judge import rules, shapes
from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import EVERY, RULES
from emulator.wire.calls import Call


def verdict(call: Call) -> Refusal | None:
    """What AWS would refuse a call for; None where it would not."""
    for refusal in shapes.refusals(call):
        return refusal
    rules.load()
    cloud = Cloud.of(call.access_key, call.region)
    for known in (*RULES.get(call.name, []), *RULES.get(f"{call.service}:{EVERY}", [])):
        for refusal in known.check(call, cloud):
            return refusal
    return None
