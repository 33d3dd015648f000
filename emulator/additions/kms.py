"""KMS: keys by their ARN, an optional policy name, and rotation periods."""

import json
from datetime import UTC, datetime, timedelta

from emulator.additions.state import state

from moto.kms.responses import KmsResponse

ROTATION_DAYS = 365
"""The default rotation period of EnableKeyRotation (API reference)."""
_cancel_key_deletion = KmsResponse.cancel_key_deletion
_disable_key = KmsResponse.disable_key
_enable_key = KmsResponse.enable_key
_disable_key_rotation = KmsResponse.disable_key_rotation
_enable_key_rotation = KmsResponse.enable_key_rotation
_get_key_policy = KmsResponse.get_key_policy
_get_key_rotation_status = KmsResponse.get_key_rotation_status
_put_key_policy = KmsResponse.put_key_policy
_schedule_key_deletion = KmsResponse.schedule_key_deletion


def _by_id(self: KmsResponse) -> dict[str, object]:
    """The parameters with the key's id in place of its ARN."""
    given: dict[str, object] = json.loads(self.body)
    return {**given, "KeyId": self.kms_backend.get_key_id(str(given["KeyId"]))}


def schedule_key_deletion(self: KmsResponse) -> str:
    """Moto's call, for a key's ARN too (API reference, ScheduleKeyDeletion)."""
    self.body = json.dumps(_by_id(self))
    return _schedule_key_deletion(self)


def cancel_key_deletion(self: KmsResponse) -> str:
    """Moto's call, for a key's ARN too (API reference, CancelKeyDeletion)."""
    self.body = json.dumps(_by_id(self))
    return _cancel_key_deletion(self)


def disable_key(self: KmsResponse) -> str:
    """Moto's call, for a key's ARN too (API reference, DisableKey)."""
    self.body = json.dumps(_by_id(self))
    return _disable_key(self)


def enable_key(self: KmsResponse) -> str:
    """Moto's call, for a key's ARN too (API reference, EnableKey)."""
    self.body = json.dumps(_by_id(self))
    return _enable_key(self)


def put_key_policy(self: KmsResponse) -> str:
    """Moto's call, with the only policy name, `default`, where the request has none (API reference, PutKeyPolicy)."""
    self.body = json.dumps({"PolicyName": "default", **_by_id(self)})
    return _put_key_policy(self)


def get_key_policy(self: KmsResponse) -> str:
    """Moto's call; the policy name is optional, and is in the answer (API reference, GetKeyPolicy)."""
    self.body = json.dumps({"PolicyName": "default", **_by_id(self)})
    return json.dumps({**json.loads(_get_key_policy(self)), "PolicyName": "default"})


def enable_key_rotation(self: KmsResponse) -> str:
    """Moto's call; keeps the rotation period, which starts today (API reference, EnableKeyRotation)."""
    answer = _enable_key_rotation(self)
    given = _by_id(self)
    days = int(str(given.get("RotationPeriodInDays") or ROTATION_DAYS))
    state(self.kms_backend, "added_rotations")[str(given["KeyId"])] = {
        "RotationPeriodInDays": days,
        "NextRotationDate": (datetime.now(UTC) + timedelta(days=days)).timestamp(),
    }
    return answer


def disable_key_rotation(self: KmsResponse) -> str:
    """Moto's call; removes the rotation period."""
    answer = _disable_key_rotation(self)
    state(self.kms_backend, "added_rotations").pop(str(_by_id(self)["KeyId"]), None)
    return answer


def get_key_rotation_status(self: KmsResponse) -> str:
    """Moto's answer with the key, and the period where rotation is enabled (API reference, GetKeyRotationStatus)."""
    found = json.loads(_get_key_rotation_status(self))
    key = str(_by_id(self)["KeyId"])
    return json.dumps({**found, "KeyId": key, **state(self.kms_backend, "added_rotations").get(key, {})})
