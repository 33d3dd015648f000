"""Throttles and server errors on purpose, to see what survives them."""

import itertools

import attrs


@attrs.frozen
class Fault:
    """An error that AWS gives on a bad day."""

    status: int
    code: str
    message: str


KINDS = (
    Fault(400, "ThrottlingException", "Rate exceeded"),
    Fault(503, "ServiceUnavailable", "The service is unavailable. Please try again shortly."),
    Fault(500, "InternalFailure", "The request processing has failed because of an unknown error."),
)
"""Errors that AWS's SDKs retry (the SDK reference's retry behaviour)."""


class Faults:
    """Every second call fails, each time in another way, until `calls` have been made."""

    def __init__(self, calls: int) -> None:
        self._left = iter(range(calls))
        self._kinds = itertools.cycle(KINDS)

    def next_one(self) -> Fault | None:
        """What is wrong with the call that comes now, if anything."""
        number = next(self._left, None)
        return next(self._kinds) if number is not None and number % 2 == 0 else None
