"""Injected faults: throttling and server errors, to test how callers handle them."""

import itertools

import attrs


@attrs.frozen
class Fault:
    """An error of AWS that has nothing to do with the request."""

    status: int
    code: str
    message: str


THROTTLES = {
    "s3": Fault(503, "SlowDown", "Please reduce your request rate."),
    "s3-control": Fault(503, "SlowDown", "Please reduce your request rate."),
    "ec2": Fault(503, "RequestLimitExceeded", "Request limit exceeded."),
}
"""The services whose throttling error is not ThrottlingException (their API references)."""
THROTTLE = Fault(400, "ThrottlingException", "Rate exceeded")
UNAVAILABLE = Fault(503, "ServiceUnavailable", "The service is unavailable. Please try again shortly.")
FAILURE = Fault(500, "InternalFailure", "The request processing has failed because of an unknown error.")


def throttle_of(host: str) -> Fault:
    """The throttling error of the service at a host name."""
    labels = host.removeprefix("https://").split(".")
    return next((fault for service, fault in THROTTLES.items() if service in labels), THROTTLE)


class Faults:
    """Fails every second one of the first `calls` calls, with a throttle, a 503 and a 500 in rotation."""

    def __init__(self, calls: int) -> None:
        self._left = iter(range(calls))
        self._kinds = itertools.cycle((None, UNAVAILABLE, FAILURE))

    def next_one(self, host: str) -> Fault | None:
        """The fault of the next call; None where it is answered as usual."""
        number = next(self._left, None)
        if number is None or number % 2:
            return None
        return next(self._kinds) or throttle_of(host)
