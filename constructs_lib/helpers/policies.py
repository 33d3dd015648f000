"""IAM policy documents as typed values, so that a misspelt key fails here and is not ignored by AWS."""

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
    """A service's actions in IAM's form, e.g. `ecr:BatchGetImage`."""
    return tuple(f"{service}:{name}" for name in names)


@attrs.frozen
class Condition:
    """One condition of a statement, e.g. `Condition("StringEquals", "aws:SourceAccount", (account,))`."""

    operator: Operator = attrs.field(validator=attrs.validators.in_(get_args(Operator)))
    key: str
    values: tuple[str, ...]


@attrs.frozen(kw_only=True)
class Statement:
    """One statement of an IAM policy. `resources` is empty only in a role's trust policy."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    effect: Literal["Allow", "Deny"] = "Allow"
    services: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    """Principals by ARN, or `*` for any."""
    federated: tuple[str, ...] = ()
    """Identity providers by ARN, in a role's trust policy."""
    conditions: tuple[Condition, ...] = ()

    def document(self) -> dict[str, object]:
        """The statement as the dict that the policy's JSON contains."""
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
    """The JSON of an IAM policy. Equal statements give equal bytes."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement.document() for statement in statements]})


def trust_policy(service: str, *, account_id: str, source_arn: str) -> str:
    """A trust policy for one service, limited to `source_arn` of this account against confused deputies."""
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
