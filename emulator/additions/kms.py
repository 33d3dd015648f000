"""KMS: keys that are named by their ARN, and the policy's name, which a caller may leave out."""

import json

from moto.kms.responses import KmsResponse

_schedule_key_deletion = KmsResponse.schedule_key_deletion
_put_key_policy = KmsResponse.put_key_policy


def _by_id(self: KmsResponse) -> dict[str, object]:
    """The parameters with the key's id in place of its ARN."""
    given: dict[str, object] = json.loads(self.body)
    return {**given, "KeyId": self.kms_backend.get_key_id(str(given["KeyId"]))}


def schedule_key_deletion(self: KmsResponse) -> str:
    """Moto's own, which does not find a key by its ARN (API reference, ScheduleKeyDeletion)."""
    self.body = json.dumps(_by_id(self))
    return _schedule_key_deletion(self)


def put_key_policy(self: KmsResponse) -> str:
    """Moto's own, which wants the policy's name; `default` is the only one (API reference, PutKeyPolicy)."""
    self.body = json.dumps({"PolicyName": "default", **_by_id(self)})
    return _put_key_policy(self)
