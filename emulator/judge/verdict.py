"""The judge's verdict on a call: the first rule that it breaks."""

from emulator.judge import rules, shapes
from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import EVERY, RULES
from emulator.wire.calls import Call


def verdict(call: Call) -> Refusal | None:
    """The refusal of a call, from the model first and then from the rules; None where it breaks none."""
    for refusal in shapes.refusals(call):
        return refusal
    rules.load()
    cloud = Cloud.of(call.access_key, call.region)
    for known in (*RULES.get(call.name, []), *RULES.get(f"{call.service}:{EVERY}", [])):
        for refusal in known.check(call, cloud):
            return refusal
    return None
