"""The embedded AWS's two uses of IAM: before it answers a call, and when an ECS task assumes a role."""

from emulator.iam import authorize, trust, web_identity
from emulator.iam.authorize import DECISIONS, Denial
from emulator.iam.principal import caller, session_of
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

from moto.core.models import DEFAULT_ACCOUNT_ID

__all__ = ["DECISIONS", "denial", "task_session"]
UNKNOWN_KEY = Denial("InvalidClientTokenId", 403, "The security token included in the request is invalid.")
"""AWS's answer to the access key of a session that does not exist."""
TEMPORARY = "ASIA"
"""The start of a session's access key id (IAM user guide, "Unique identifiers")."""


def denial(call: Call) -> Denial | None:
    """IAM's refusal of a call; None where it is allowed."""
    role_arn = str(call.params.get("RoleArn", ""))
    if call.name in {web_identity.ACTION, trust.ACTION}:
        account = role_arn.split(":")[4] if role_arn.count(":") == 5 else DEFAULT_ACCOUNT_ID
        place = Cloud(account, call.region)
        if call.name == web_identity.ACTION:
            return web_identity.denial(call.params, place)
        return trust.denial(role_arn, caller(call, Cloud.of(call.access_key, call.region)), place)
    if call.access_key.startswith(TEMPORARY) and session_of(call.access_key) is None:
        return UNKNOWN_KEY
    return authorize.denial(call)


def task_session(role: str) -> dict[str, str] | None:
    """The access key that ECS gives a task in us-east-1 for a role; None where the role does not trust ECS."""
    return trust.task_session(role, Cloud(DEFAULT_ACCOUNT_ID, "us-east-1"))
