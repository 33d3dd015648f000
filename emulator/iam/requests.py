"""The questions to IAM about a call: its actions on its resources, and what AWS does with the caller's rights."""

from collections.abc import Iterator, Mapping, Sequence

from emulator.iam import dependent, keys, tags
from emulator.iam.actions import actions_of
from emulator.iam.evaluator import EvaluatorError
from emulator.iam.reference import kinds_of, takes
from emulator.iam.targets import Target, targets_of
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

import attrs
from moto.core.utils import unix_time

Context = Mapping[str, str | Sequence[str]]


@attrs.frozen
class Request:
    """One question to IAM."""

    action: str
    resource: str
    context: Context
    everywhere: bool = False
    """Only a right on `*` counts."""


UNRESOLVED = frozenset({"ec2:DisassociateAddress", "ec2:DisassociateRouteTable"})
"""Calls on an association: one that is gone leads to no resource to ask about, and is answered as not found."""
FIRST_CALLS = frozenset({"kms:CreateAlias", "kms:EnableKeyRotation"})
TAG_DELAY_SECONDS = 300
"""How long a new key's tags may not count for IAM yet (KMS developer guide, "ABAC for AWS KMS")."""


def _tags(call: Call, cloud: Cloud, arn: str) -> dict[str, str]:
    """The tags of a resource; none of a new key for the calls that a deployment makes right after it."""
    if call.name in FIRST_CALLS and ":key/" in arn:
        key = cloud.key(arn)
        if key is not None and unix_time() - key.creation_date < TAG_DELAY_SECONDS:
            return {}
    return tags.of(cloud, arn)


def _context(call: Call, cloud: Cloud, target: Target | None, common: Context) -> Context:
    """The condition keys of a call on one of its resources; `common` are those of every resource."""
    found: dict[str, str | Sequence[str]] = dict(common)
    # EC2 has the request's tags in the context of what a call creates, other services of each resource.
    if target is None or target.new or call.service != "ec2" or not tags.is_creating(call):
        found |= {f"aws:RequestTag/{key}": value for key, value in tags.written(call).items()}
        if named := tags.named(call):
            found["aws:TagKeys"] = named
    if target is not None and not target.new:
        found |= keys.of_resource(cloud, target.arn, _tags(call, cloud, target.arn))
    return found


def requests_of(call: Call, cloud: Cloud) -> Iterator[Request]:
    """The questions in the order in which AWS would refuse. Raises EvaluatorError where a resource is not known."""
    targets, common = targets_of(call, cloud), keys.of_request(call, cloud)
    for action in actions_of(call):
        if not kinds_of(action):
            yield Request(action, "*", _context(call, cloud, None, common))
            continue
        on = [target for target in targets if takes(action, target.arn)]
        if not on and call.name in UNRESOLVED:
            continue
        if not on:
            raise EvaluatorError(f"the embedded AWS does not know which resource a call of {action} is on")
        for target in on:
            yield Request(action, target.arn, _context(call, cloud, target, common))
    for one in dependent.of(call, cloud, targets):
        existing = keys.of_resource(cloud, one.resource, tags.of(cloud, one.resource)) if one.resource != "*" else {}
        context = {**common, **existing, **one.context}
        yield Request(one.action, one.resource, context, one.everywhere)
