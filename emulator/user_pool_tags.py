"""Cognito: tags of a user pool that are changed after it was made, as its API reference has it."""

from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.responses import ActionResult, EmptyResult


def _tags(self: CognitoIdpResponse) -> dict[str, str]:
    pool = self.backend.describe_user_pool(self._get_param("ResourceArn").rpartition("/")[2])
    found: dict[str, str] = pool.extended_config.setdefault("UserPoolTags", {})
    return found


def tag_resource(self: CognitoIdpResponse) -> ActionResult:
    """Add tags, or change their values."""
    _tags(self).update(self._get_param("Tags"))
    return EmptyResult()


def untag_resource(self: CognitoIdpResponse) -> ActionResult:
    """Remove tags by their keys; one that is not there is no error."""
    tags = _tags(self)
    for key in self._get_param("TagKeys"):
        tags.pop(key, None)
    return EmptyResult()
