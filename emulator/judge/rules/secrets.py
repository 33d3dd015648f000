"""Secrets: names that are free, and what happens in the recovery window."""

import re
from collections.abc import Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call


@rule("secretsmanager", "CreateSecret", source="secretsmanager/latest/apireference/API_CreateSecret.html")
def secret_name(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Letters, digits and /_+=.@-, and no secret of this name, not even one in its recovery window."""
    name = str(call.params.get("Name", ""))
    if not re.fullmatch(r"[A-Za-z0-9/_+=.@-]+", name):
        said = "Invalid name. Must be a valid name containing alphanumeric characters, or any of: -/_+=.@!"
        yield Refusal("ValidationException", "Name", name, said)
    held = next((one for one in cloud.backend("secretsmanager").secrets.values() if one.name == name), None)
    if held is not None and held.is_deleted():
        said = "a secret with this name is already scheduled for deletion"
        yield Refusal("InvalidRequestException", "Name", name, f"You can't create this secret because {said}.")


@rule(
    "secretsmanager",
    "GetSecretValue",
    "PutSecretValue",
    "UpdateSecret",
    source="secretsmanager/latest/apireference/API_GetSecretValue.html",
)
def secret_is_not_deleted(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A secret in its recovery window is not read and not written."""
    name = call.params.get("SecretId")
    for held in cloud.backend("secretsmanager").secrets.values():
        if name in {held.name, held.arn} and held.is_deleted():
            said = "You can't perform this operation on the secret because it was marked for deletion."
            yield Refusal("InvalidRequestException", "SecretId", name, said)


@rule("secretsmanager", "DeleteSecret", source="secretsmanager/latest/apireference/API_DeleteSecret.html")
def recovery_window(call: Call, _: Cloud) -> Iterator[Refusal]:
    """7 to 30 days, or none at all."""
    days = call.params.get("RecoveryWindowInDays")
    if days is not None and not 7 <= days <= 30:
        said = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
        yield Refusal("InvalidParameterException", "RecoveryWindowInDays", days, said)
    if days is not None and call.params.get("ForceDeleteWithoutRecovery"):
        said = "can't be used together with ForceDeleteWithoutRecovery"
        yield Refusal("InvalidParameterException", "RecoveryWindowInDays", days, said)
