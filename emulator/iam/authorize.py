"""Whether a caller may make a call; every decision is kept for tests."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.iam.evaluator import Document, Evaluator, Question, Rights
from emulator.iam.principal import Session, caller
from emulator.iam.reference import GAPS, kinds_of
from emulator.iam.refusals import code_of, sentence, status_of
from emulator.iam.requests import Request, requests_of
from emulator.iam.resource_policies import policy_of
from emulator.judge.cloud import Cloud
from emulator.judge.documents import listed
from emulator.wire.calls import Call

import attrs

EVALUATOR = Evaluator()
FREE = frozenset({"sts:GetCallerIdentity"})
"""Calls that need no permission (their API references)."""


@attrs.frozen
class Denial:
    """A call that IAM does not allow."""

    code: str
    status: int
    message: str


@attrs.frozen(kw_only=True)
class Decision:
    """One permission that a call needed, and whether IAM allowed it."""

    role_arn: str
    action: str
    resource: str
    context: Mapping[str, str | Sequence[str]]
    everywhere: bool
    resource_policy: Document | None
    allowed: bool


@attrs.define
class Decisions:
    """The decisions of an embedded AWS; equal ones are kept once."""

    _kept: dict[str, Decision] = attrs.field(factory=dict)

    def add(self, session: Session, request: Request, cloud: Cloud, *, allowed: bool) -> None:
        """Keep a decision."""
        one = Decision(
            role_arn=session.role_arn,
            action=request.action,
            resource=request.resource,
            context={**request.context, **session.keys},
            everywhere=request.everywhere,
            resource_policy=_policy(request, cloud),
            allowed=allowed,
        )
        self._kept[repr(one)] = one

    def as_json(self) -> list[dict[str, Any]]:
        """The decisions in the order in which they were first made."""
        return [attrs.asdict(one) for one in self._kept.values()]


DECISIONS = Decisions()


def only_everywhere(document: Document) -> Document:
    """A policy without the statements that name resources."""
    kept = [one for one in document["Statement"] if "*" in listed(one.get("Resource"))]
    return {**document, "Statement": kept}


def _policy(request: Request, cloud: Cloud) -> Document | None:
    return policy_of(cloud, request.resource) if kinds_of(request.action) else None


def question(request: Request, *, principal: str, keys: Mapping[str, str], cloud: Cloud) -> Question:
    """The evaluator's question about one permission."""
    return Question(
        principal=principal,
        action=request.action,
        resource=request.resource,
        account_id=cloud.account_id,
        context={**request.context, **keys},
        resource_policy=_policy(request, cloud),
        unchecked=request.action in GAPS,
    )


def allows(session: Session, request: Request, cloud: Cloud, *, bounded: bool = True) -> bool:
    """Whether a session has a permission; `bounded=False` ignores its permissions boundary."""
    identity: dict[str, Document] = dict(session.rights.identity)
    if request.everywhere:
        cut = {name: only_everywhere(document) for name, document in identity.items()}
        identity = {name: document for name, document in cut.items() if document["Statement"]}
    rights = Rights(identity=identity, boundary=session.rights.boundary if bounded else None)
    asked = question(request, principal=session.arn, keys=session.keys, cloud=cloud)
    (answer,) = EVALUATOR.ask(rights, [asked])
    return answer.allowed


def _refused(session: Session, call: Call, cloud: Cloud) -> Iterator[Request]:
    for request in requests_of(call, cloud):
        allowed = request.action in FREE or allows(session, request, cloud)
        DECISIONS.add(session, request, cloud, allowed=allowed)
        if not allowed:
            yield request


def denial(call: Call) -> Denial | None:
    """IAM's refusal of a call; None where it is allowed, as is every call of the operator.

    Raises EvaluatorError where the embedded AWS does not know which permissions the call needs.
    """
    cloud = Cloud.of(call.access_key, call.region)
    session = caller(call, cloud)
    if session is None:
        return None
    for request in _refused(session, call, cloud):
        bounded = session.rights.boundary is not None and allows(session, request, cloud, bounded=False)
        said = sentence(session.arn, request, bounded=bounded)
        prefix = "You are not authorized to perform this operation. " if call.service == "ec2" else ""
        return Denial(code_of(call.service), status_of(call.protocol), prefix + said)
    return None
