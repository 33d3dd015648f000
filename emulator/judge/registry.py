"""The rules beyond a request's form: what they check, and the page of AWS's documentation each comes from."""

from collections.abc import Callable, Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.wire.calls import Call

import attrs

Check = Callable[[Call, Cloud], Iterator[Refusal]]
DOCS = "https://docs.aws.amazon.com/"


@attrs.frozen
class Rule:
    """A check of some operations."""

    check: Check
    source: str


EVERY = "*"
"""In place of an operation: every one of the service."""
RULES: dict[str, list[Rule]] = {}
"""The rules by `service:Operation`."""


def rule(service: str, *operations: str, source: str) -> Callable[[Check], Check]:
    """Registers a check for operations of a service; `source` is a page below docs.aws.amazon.com."""

    def register(check: Check) -> Check:
        for operation in operations:
            RULES.setdefault(f"{service}:{operation}", []).append(Rule(check, DOCS + source))
        return check

    return register
