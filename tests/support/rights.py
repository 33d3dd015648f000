"""The IAM requests that an embedded AWS evaluated, and which statements of a role's policies they needed."""

import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

from emulator import control
from emulator.iam.authorize import only_everywhere
from emulator.iam.evaluator import Answer, Document, Evaluator, Question, Rights
from tests.support.cloud import ACCOUNT_ID, client

Asked = dict[str, Any]


def _control(environ: Mapping[str, str], method: str, path: str) -> tuple[int, str]:
    return control.ask(int(environ["HTTPS_PROXY"].rpartition(":")[2]), method, path)


def asked(environ: Mapping[str, str], role: str = "") -> list[Asked]:
    """The distinct requests of a role's sessions; of all sessions if `role` is empty."""
    _, body = _control(environ, "GET", "/authorizations")
    found: list[Asked] = json.loads(body)
    return [one for one in found if not role or one["role_arn"].endswith(f"/{role}")]


def task_key(environ: Mapping[str, str], role: str) -> dict[str, str]:
    """The variables of a session that ECS would give to a task, or to its agent, for a role."""
    status, body = _control(environ, "POST", f"/tasks/{role}")
    assert status == 200, f"{role} does not trust ECS"
    key = json.loads(body)
    return {
        **environ,
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
    }


def policies(environ: dict[str, str], role: str) -> dict[str, Document]:
    """The policies of a role on AWS, by name."""
    iam = client(environ, "iam")
    found: dict[str, Document] = {
        one["PolicyName"]: iam.get_policy_version(
            PolicyArn=one["PolicyArn"],
            VersionId=iam.get_policy(PolicyArn=one["PolicyArn"])["Policy"]["DefaultVersionId"],
        )["PolicyVersion"]["Document"]
        for one in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    }
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        found[f"{name} (inline)"] = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    return found


def _answers(evaluator: Evaluator, held: Mapping[str, Document], questions: Iterable[Asked]) -> list[Answer]:
    put = [
        Question(
            principal=f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/test/run",
            action=one["action"],
            resource=one["resource"],
            account_id=ACCOUNT_ID,
            context=one["context"],
            resource_policy=one["resource_policy"],
        )
        for one in questions
    ]
    return evaluator.ask(Rights(identity=held), put)


GAPS = ("elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags")
"""Actions for which the evaluator does not name the matching statement (emulator/iam/reference.py)."""


def needed(held: Mapping[str, Document], questions: list[Asked]) -> set[str]:
    """The Sids of the statements without which one of the requests would be denied."""
    told = [one for one in questions if one["action"] not in GAPS and one["action"] != "sts:GetCallerIdentity"]
    plain = [one for one in told if not one["everywhere"]]
    whole = {name: only_everywhere(document) for name, document in held.items()}
    with closing(Evaluator()) as evaluator:
        answers = _answers(evaluator, held, plain)
        whole = {name: document for name, document in whole.items() if document["Statement"]}
        answers += _answers(evaluator, whole, [one for one in told if one["everywhere"]])
    return {answer.statements[0][1] for answer in answers if len(answer.statements) == 1}
