"""Evaluates a role's trust policy for a caller of AssumeRole, and for ECS."""

import json
from typing import Any

from emulator.iam.authorize import EVALUATOR, Denial
from emulator.iam.evaluator import Question, Rights
from emulator.iam.principal import Session, session_for
from emulator.judge.cloud import Cloud

ACTION = "sts:AssumeRole"
ADMINISTRATOR = Rights(
    identity={
        "administrator": {
            "Version": "2012-10-17",
            "Statement": [{"Sid": "Everything", "Effect": "Allow", "Action": ["*"], "Resource": ["*"]}],
        }
    }
)
"""The operator's permissions."""


def _question(role: Any, cloud: Cloud, principal: str, context: dict[str, str]) -> Question:
    return Question(
        principal=principal,
        action=ACTION,
        resource=str(role.arn),
        account_id=cloud.account_id,
        context=context,
        resource_policy=json.loads(role.assume_role_policy_document),
    )


def denial(role_arn: str, session: Session | None, cloud: Cloud) -> Denial | None:
    """The refusal of AssumeRole; None where it is allowed. `session` is None for the operator.

    A role that does not exist is allowed: moto returns a session, which counts as an operator's.
    """
    role = cloud.role(role_arn)
    if role is None:
        return None
    caller = session.arn if session is not None else f"arn:{cloud.partition}:iam::{cloud.account_id}:user/operator"
    rights = session.rights if session is not None else ADMINISTRATOR
    (answer,) = EVALUATOR.ask(rights, [_question(role, cloud, caller, session.keys if session is not None else {})])
    said = f"User: {caller} is not authorized to perform: {ACTION} on resource: {role_arn}"
    return None if answer.allowed else Denial("AccessDenied", 403, said)


def task_session(role_name: str, cloud: Cloud) -> dict[str, str] | None:
    """The access key that ECS gives a task for a role; None where the role does not exist or does not trust ECS."""
    role = cloud.role(role_name)
    if role is None:
        return None
    source = f"arn:{cloud.partition}:ecs:{cloud.region}:{cloud.account_id}:task/any"
    context = {"aws:SourceAccount": cloud.account_id, "aws:SourceArn": source}
    (answer,) = EVALUATOR.ask(Rights(), [_question(role, cloud, "ecs-tasks.amazonaws.com", context)])
    if not answer.allowed:
        return None
    key = session_for(cloud, role.arn, "task")
    return {"AccessKeyId": key.access_key_id, "SecretAccessKey": key.secret_access_key}
