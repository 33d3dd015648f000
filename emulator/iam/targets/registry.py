"""The functions that find a call's resources, by service."""

from collections.abc import Callable, Iterator

from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

import attrs


@attrs.frozen
class Target:
    """A resource that a call is on."""

    arn: str
    new: bool = False
    """The call creates it: it has no tags yet, and the request's tags are to be its own."""


Find = Callable[[Call, Cloud], Iterator[Target]]
FINDERS: dict[str, Find] = {}
"""By botocore's name of the service."""
NEW = "0123456789abcdef0"
"""What AWS will number a new resource with, which no policy can know."""


def finder(service: str) -> Callable[[Find], Find]:
    """Registers the function that finds the resources of a service's calls."""

    def register(find: Find) -> Find:
        FINDERS[service] = find
        return find

    return register


def arn(cloud: Cloud, service: str, resource: str) -> str:
    """The ARN of a resource of the caller's account and region."""
    return f"arn:{cloud.partition}:{service}:{cloud.region}:{cloud.account_id}:{resource}"
