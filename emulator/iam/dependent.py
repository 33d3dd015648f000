"""The permissions that a call needs in addition to its own action.

They are for roles that it passes, for tags of what it creates, and for what AWS does in the caller's name. All but the
tags are in dependent.toml, each with its page of AWS's documentation.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from emulator.expressions import NEW, Scope
from emulator.iam import tags
from emulator.iam.targets import Target, arn
from emulator.judge.cloud import Cloud
from emulator.records import ElementRecord, about, by_call, read
from emulator.wire.calls import Call

import attrs

TAG_ACTIONS = {
    "acm": "acm:AddTagsToCertificate",
    "application-autoscaling": "application-autoscaling:TagResource",
    "cloudwatch": "cloudwatch:TagResource",
    "cognito-idp": "cognito-idp:TagResource",
    "dynamodb": "dynamodb:TagResource",
    "ec2": "ec2:CreateTags",
    "ecr": "ecr:TagResource",
    "ecs": "ecs:TagResource",
    "elasticache": "elasticache:AddTagsToResource",
    "elbv2": "elasticloadbalancing:AddTags",
    "kms": "kms:TagResource",
    "logs": "logs:TagResource",
    "s3": "s3:TagResource",
    "secretsmanager": "secretsmanager:TagResource",
    "sns": "sns:TagResource",
    "wafv2": "wafv2:TagResource",
}
"""The permission that a service requires when a call that creates something carries tags (its API reference)."""
IAM_TAG_ACTIONS = {"role": "iam:TagRole", "policy": "iam:TagPolicy", "oidc-provider": "iam:TagOpenIDConnectProvider"}
WITH_CREATE_ACTION = {"ec2": "ec2", "ecs": "ecs", "elbv2": "elasticloadbalancing"}
"""The services with a condition key for the operation that creates what is tagged; its prefix, by botocore's name."""
Context = Mapping[str, str | Sequence[str]]


@attrs.frozen
class Dependent:
    """A permission that a call needs in addition to its own action."""

    action: str
    resource: str
    context: Context = attrs.field(factory=dict)
    everywhere: bool = False
    """Only statements on the resource `*` count."""


@attrs.frozen(kw_only=True)
class DependentRecord(ElementRecord):
    """The permissions that some calls need for each element of their requests."""

    source: str
    """A page below docs.aws.amazon.com."""
    actions: tuple[str, ...] = attrs.field(converter=tuple)
    resource: str
    """The ARN, as a template over the element."""
    context: dict[str, str | list[str]] = attrs.field(factory=dict)
    """Condition keys with their values, as templates over the element."""

    def dependents(self, scope: Scope) -> Iterator[Dependent]:
        """The permissions that a call needs."""
        for element in scope.elements(self.when, self.each):
            context = {
                key: [scope.filled(one, element) for one in value]
                if isinstance(value, list)
                else scope.filled(value, element)
                for key, value in self.context.items()
            }
            yield from (Dependent(action, scope.filled(self.resource, element), context) for action in self.actions)


RECORDS = by_call(read(Path(__file__).parent / "dependent.toml", "dependent", DependentRecord))


def _tagging(call: Call, cloud: Cloud, targets: Sequence[Target]) -> Iterator[Dependent]:
    """The permissions for tags of what a call creates."""
    written = tags.written(call)
    if not written or not tags.is_creating(call):
        return
    context: dict[str, str | Sequence[str]] = {f"aws:RequestTag/{key}": value for key, value in written.items()}
    context["aws:TagKeys"] = list(written)
    if prefix := WITH_CREATE_ACTION.get(call.service):
        context[f"{prefix}:CreateAction"] = call.operation
    if call.service == "kms":
        # KMS's refusals of this name no resource, so the embedded AWS requires the permission on every key.
        yield Dependent("kms:TagResource", arn(cloud, "kms", f"key/{NEW}"), context, everywhere=True)
    for target in targets:
        action = TAG_ACTIONS.get(call.service)
        if call.service == "iam":
            action = IAM_TAG_ACTIONS.get(target.arn.rpartition(":")[2].partition("/")[0])
        if target.new and action:
            # The permission for a log group's tags is on its ARN without `:log-stream:`.
            yield Dependent(action, target.arn.partition(":log-stream:")[0], context)


def of(call: Call, cloud: Cloud, targets: Sequence[Target]) -> Iterator[Dependent]:
    """Every permission that a call needs in addition to its own action."""
    yield from _tagging(call, cloud, targets)
    scope = Scope(call, cloud)
    for record in about(RECORDS, call):
        yield from record.dependents(scope)
