"""IAM documents as typed values: what cannot be written here, AWS cannot drop in silence."""

import json
from typing import Literal, get_args

import attrs

Operator = Literal[
    "ArnEquals",
    "ArnLike",
    "ArnLikeIfExists",
    "Bool",
    "ForAllValues:StringEquals",
    "ForAllValues:StringLike",
    "ForAnyValue:StringEquals",
    "Null",
    "StringEquals",
    "StringEqualsIfExists",
    "StringLike",
]


def calls(service: str, *names: str) -> tuple[str, ...]:
    """A service's actions as IAM writes them."""
    return tuple(f"{service}:{name}" for name in names)


@attrs.frozen
class Condition:
    """One line of a statement's condition, e.g. `Condition("StringEquals", "aws:SourceAccount", (account,))`."""

    operator: Operator = attrs.field(validator=attrs.validators.in_(get_args(Operator)))
    key: str
    values: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Statement:
    """One statement of an IAM document; `resources` stays empty in a role's trust policy only."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    effect: Literal["Allow", "Deny"] = "Allow"
    services: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    """Principals by ARN, or `*` for everybody."""
    federated: tuple[str, ...] = ()
    """Identity providers by ARN, in a role's trust policy."""
    conditions: tuple[Condition, ...] = ()

    def document(self) -> dict[str, object]:
        """What the JSON holds for it."""
        given = {"Service": self.services, "AWS": self.accounts, "Federated": self.federated}
        principal = {kind: list(names) for kind, names in given.items() if names}
        condition: dict[str, dict[str, list[str]]] = {}
        for line in self.conditions:
            condition.setdefault(line.operator, {})[line.key] = list(line.values)
        return {
            "Sid": self.sid,
            "Effect": self.effect,
            **({"Principal": principal} if principal else {}),
            "Action": list(self.actions),
            **({"Resource": list(self.resources)} if self.resources else {}),
            **({"Condition": condition} if condition else {}),
        }


def policy(*statements: Statement) -> str:
    """The JSON of an IAM document with these statements, the same bytes for the same values."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement.document() for statement in statements]})


def trust_policy(service: str, *, account_id: str, source_arn: str) -> str:
    """Who may assume a role: one service, and only on behalf of this account's `source_arn` (confused deputy)."""
    return policy(
        Statement(
            sid="AssumedByService",
            actions=("sts:AssumeRole",),
            services=(service,),
            conditions=(
                Condition("StringEquals", "aws:SourceAccount", (account_id,)),
                Condition("ArnLike", "aws:SourceArn", (source_arn,)),
            ),
        )
    )
