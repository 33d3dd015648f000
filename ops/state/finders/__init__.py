"""Finds on AWS what a stack describes and no state knows."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ops.aws import Aws
from ops.state.finders.named import NAMED_FINDERS
from ops.state.finders.network import NETWORK_FINDERS
from ops.state.finders.shape import Found, Values

REFERENCE = re.compile(r"\$\{([\w.-]+)\.(\w+)\}")
FINDERS = NETWORK_FINDERS | NAMED_FINDERS
"""How to find each type of resource of which AWS would make, or refuse, a second one."""

SET_AGAIN = frozenset(
    {
        "aws_acm_certificate_validation",
        "aws_appautoscaling_policy",
        "aws_appautoscaling_target",
        "aws_cloudwatch_dashboard",
        "aws_cloudwatch_log_metric_filter",
        "aws_cloudwatch_metric_alarm",
        "aws_default_security_group",
        "aws_ecr_lifecycle_policy",
        "aws_ecs_cluster_capacity_providers",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_sns_topic_policy",
        "aws_sns_topic_subscription",
        "aws_wafv2_web_acl_association",
        "aws_wafv2_web_acl_logging_configuration",
    }
)
"""Types that are a property of something else: making one again sets it again, so nobody has to find it."""


class UnknownReferenceError(Exception):
    """A value refers to a resource that does not exist, so what it describes cannot exist either."""


def resolved(value: Any, known: Mapping[str, Mapping[str, Any]]) -> Any:
    """A value with its references to other resources replaced. Raises UnknownReferenceError."""

    def replace(match: re.Match[str]) -> str:
        address, attribute = match.groups()
        try:
            return str(known[address][attribute])
        except KeyError:
            raise UnknownReferenceError(match[0]) from None

    return REFERENCE.sub(replace, value) if isinstance(value, str) else value


class Resolved(Mapping[str, Any]):
    """A resource's arguments; each is resolved when it is read, since a finder reads only what identifies it."""

    def __init__(self, values: Values, known: Mapping[str, Mapping[str, Any]]) -> None:
        self._values = values
        self._known = known

    def __getitem__(self, key: str) -> Any:
        return resolved(self._values[key], self._known)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def find_all(aws: Aws, resources: Mapping[str, Values], managed: Mapping[str, Mapping[str, Any]]) -> dict[str, Found]:
    """What of `resources` (arguments by address) exists and is not in `managed` (attributes by address).

    Raises OperatorError where there are two of something, so that a person has to choose.
    """
    known: dict[str, Mapping[str, Any]] = {"data.aws_caller_identity.Account": {"account_id": aws.account_id}}
    known.update(managed)
    found: dict[str, Found] = {}
    waiting = [address for address in resources if address not in managed and address.partition(".")[0] in FINDERS]
    # A resource is looked for once everything that identifies it has been found.
    while waiting:
        unknown: list[str] = []
        for address in waiting:
            try:
                item = FINDERS[address.partition(".")[0]](aws, Resolved(resources[address], known))
            except UnknownReferenceError:
                unknown.append(address)
                continue
            if item:
                found[address] = item
                known[address] = item.attributes
        if len(unknown) == len(waiting):
            break
        waiting = unknown
    return found
