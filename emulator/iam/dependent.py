"""What a call needs beyond its own action: roles it passes, tags it writes at once, and what AWS does in its name.

dependent.toml lists what AWS does, each with the page of its documentation.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from emulator.expressions import NEW, Scope
from emulator.iam import tags
from emulator.iam.targets import Target, arn
from emulator.judge.cloud import Cloud
from emulator.records import about, by_call, read
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
"""The services with a condition key for the call that carries the tags."""
Context = Mapping[str, str | Sequence[str]]


@attrs.frozen
class Dependent:
    """A further question that a call raises."""

    action: str
    resource: str
    context: Context = attrs.field(factory=dict)
    everywhere: bool = False
    """Only a right on `*` counts."""


@attrs.frozen(kw_only=True)
class Question:
    """What AWS asks about for some calls. Conditions and values are expressions (emulator/expressions.py)."""

    calls: tuple[str, ...] = attrs.field(converter=tuple)
    """`service:Operation` each, by botocore's names."""
    source: str
    """A page below docs.aws.amazon.com."""
    when: str = ""
    """A condition on the request; empty: always."""
    each: str = ""
    """An expression of one or several things that are asked about, each by itself; empty: the request."""
    actions: tuple[str, ...] = attrs.field(converter=tuple)
    resource: str
    """The ARN, as a template over each of these."""
    context: dict[str, str | list[str]] = attrs.field(factory=dict)
    """Condition keys with templates of their values."""

    def questions(self, scope: Scope) -> Iterator[Dependent]:
        """The questions of a call."""
        for element in scope.elements(self.when, self.each):
            context = {
                key: [scope.filled(one, element) for one in value]
                if isinstance(value, list)
                else scope.filled(value, element)
                for key, value in self.context.items()
            }
            yield from (Dependent(action, scope.filled(self.resource, element), context) for action in self.actions)


RECORDS = by_call(read(Path(__file__).parent / "dependent.toml", "question", Question))


def _tagging(call: Call, cloud: Cloud, targets: Sequence[Target]) -> Iterator[Dependent]:
    """Tags that come with what a call creates."""
    written = tags.written(call)
    if not written or not tags.is_creating(call):
        return
    context: dict[str, str | Sequence[str]] = {f"aws:RequestTag/{key}": value for key, value in written.items()}
    context["aws:TagKeys"] = list(written)
    if prefix := WITH_CREATE_ACTION.get(call.service):
        context[f"{prefix}:CreateAction"] = call.operation
    if call.service == "kms":
        # KMS's refusals of it name no resource, so the embedded AWS asks for the right on every key.
        yield Dependent("kms:TagResource", arn(cloud, "kms", f"key/{NEW}"), context, everywhere=True)
    for target in targets:
        action = TAG_ACTIONS.get(call.service)
        if call.service == "iam":
            action = IAM_TAG_ACTIONS.get(target.arn.rpartition(":")[2].partition("/")[0])
        if target.new and action:
            # The permission for a log group's tags is on its plain ARN.
            yield Dependent(action, target.arn.partition(":log-stream:")[0], context)


def of(call: Call, cloud: Cloud, targets: Sequence[Target]) -> Iterator[Dependent]:
    """Every further question of a call."""
    yield from _tagging(call, cloud, targets)
    scope = Scope(call, cloud)
    for record in about(RECORDS, call):
        yield from record.questions(scope)
