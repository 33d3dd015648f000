"""Where the embedded AWS asks IAM: before it answers a call, and when a task of ECS's wants a role."""

import json

from emulator.iam import authorize, web_identity
from emulator.iam.authorize import EVALUATOR, RECORD, Denial
from emulator.iam.evaluator import Question, Rights
from emulator.iam.principal import session_for, session_of
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

from moto.core.models import DEFAULT_ACCOUNT_ID

__all__ = ["RECORD", "denial", "task_session"]
UNKNOWN_KEY = Denial("InvalidClientTokenId", 403, "The security token included in the request is invalid.")
"""STS's answer to the key of a session that there is not."""
TEMPORARY = "ASIA"
"""What the key of a session begins with (IAM user guide, "Unique identifiers")."""


def denial(call: Call) -> Denial | None:
    """Why a call is refused; None where it may be made."""
    if call.name == "sts:AssumeRoleWithWebIdentity":
        account = str(call.params.get("RoleArn")).split(":")[4]
        return web_identity.denial(call.params, Cloud(account, call.region))
    if call.access_key.startswith(TEMPORARY) and session_of(call.access_key) is None:
        return UNKNOWN_KEY
    return authorize.denial(call)


def task_session(role: str, region: str = "us-east-1") -> dict[str, str] | None:
    """The access key of a task's session, as ECS hands it out; None where the role does not trust ECS.

    `region`: where the task is, for the source that the trust policy wants.
    """
    cloud = Cloud(DEFAULT_ACCOUNT_ID, region)
    held = cloud.role(role)
    if held is None:
        return None
    source = f"arn:{cloud.partition}:ecs:{region}:{cloud.account_id}:task/any"
    asked = Question(
        principal="ecs-tasks.amazonaws.com",
        action="sts:AssumeRole",
        resource=str(held.arn),
        account_id=cloud.account_id,
        context={"aws:SourceAccount": cloud.account_id, "aws:SourceArn": source},
        resource_policy=json.loads(held.assume_role_policy_document),
    )
    (answer,) = EVALUATOR.ask(Rights(), [asked])
    if not answer.allowed:
        return None
    key = session_for(cloud, held.arn, "task")
    return {"AccessKeyId": key.access_key_id, "SecretAccessKey": key.secret_access_key}
