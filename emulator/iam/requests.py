"""The permissions that a call needs: its actions on its resources, and what AWS does in the caller's name."""

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
    """One permission that a call needs."""

    action: str
    resource: str
    context: Context
    everywhere: bool = False
    """Only statements on the resource `*` count."""


UNRESOLVED = frozenset({"ec2:DisassociateAddress", "ec2:DisassociateRouteTable"})
"""Calls on an association: IAM is not evaluated for one that does not exist, which is answered as not found."""
FIRST_CALLS = frozenset({"kms:CreateAlias", "kms:EnableKeyRotation"})
TAG_DELAY_SECONDS = 300
"""How long IAM may not see a new key's tags (KMS developer guide, "ABAC for AWS KMS")."""


def _tags(call: Call, cloud: Cloud, arn: str) -> dict[str, str]:
    """The tags of a resource as IAM sees them: a new key has none yet for `FIRST_CALLS`."""
    if call.name in FIRST_CALLS and ":key/" in arn:
        key = cloud.key(arn)
        if key is not None and unix_time() - key.creation_date < TAG_DELAY_SECONDS:
            return {}
    return tags.of(cloud, arn)


def _context(call: Call, cloud: Cloud, target: Target | None, common: Context) -> Context:
    """The condition keys of a call for one of its resources; `common` has those that every resource shares."""
    found: dict[str, str | Sequence[str]] = dict(common)
    # In EC2 the request's tags count only for what the call creates, in other services for every resource.
    if target is None or target.new or call.service != "ec2" or not tags.is_creating(call):
        found |= {f"aws:RequestTag/{key}": value for key, value in tags.written(call).items()}
        if named := tags.named(call):
            found["aws:TagKeys"] = named
    if target is not None and not target.new:
        found |= keys.of_resource(cloud, target.arn, _tags(call, cloud, target.arn))
    return found


def requests_of(call: Call, cloud: Cloud) -> Iterator[Request]:
    """The permissions that a call needs, its own actions first. Raises EvaluatorError where a resource is not known."""
    targets, common = targets_of(call, cloud), keys.of_request(call, cloud)
    for action in actions_of(call):
        if not kinds_of(action):
            yield Request(action, "*", _context(call, cloud, None, common))
            continue
        on = [target for target in targets if takes(action, target.arn)]
        if not on and call.name in UNRESOLVED:
            continue
        if not on:
            raise EvaluatorError(
                f"the embedded AWS does not know the resource of {action}: add the call to emulator/iam/targets.toml"
            )
        for target in on:
            yield Request(action, target.arn, _context(call, cloud, target, common))
    for one in dependent.of(call, cloud, targets):
        existing = keys.of_resource(cloud, one.resource, tags.of(cloud, one.resource)) if one.resource != "*" else {}
        context = {**common, **existing, **one.context}
        yield Request(one.action, one.resource, context, one.everywhere)
