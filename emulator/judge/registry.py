"""The registered rules: checks beyond botocore's model, each with its page of AWS's documentation."""

from collections.abc import Callable, Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.wire.calls import Call

import attrs

Check = Callable[[Call, Cloud], Iterator[Refusal]]
DOCS = "https://docs.aws.amazon.com/"


@attrs.frozen
class Rule:
    """A check and its page of AWS's documentation."""

    check: Check
    source: str


EVERY = "*"
"""In place of an operation: every operation of the service."""
RULES: dict[str, list[Rule]] = {}
"""The rules by `service:Operation`."""


def rule(service: str, *operations: str, source: str) -> Callable[[Check], Check]:
    """Register the decorated check for operations of a service; `source` is a page below docs.aws.amazon.com."""

    def register(check: Check) -> Check:
        for operation in operations:
            RULES.setdefault(f"{service}:{operation}", []).append(Rule(check, DOCS + source))
        return check

    return register
