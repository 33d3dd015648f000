"""Cognito: changing the tags and the name of a user pool, after the API reference."""

from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.responses import ActionResult, EmptyResult

_update_user_pool = CognitoIdpResponse.update_user_pool


def _tags(self: CognitoIdpResponse, pool_id: str) -> dict[str, str]:
    pool = self.backend.describe_user_pool(pool_id)
    found: dict[str, str] = pool.extended_config.setdefault("UserPoolTags", {})
    return found


def tag_resource(self: CognitoIdpResponse) -> ActionResult:
    """Add tags, or change their values."""
    _tags(self, self._get_param("ResourceArn").rpartition("/")[2]).update(self._get_param("Tags"))
    return EmptyResult()


def untag_resource(self: CognitoIdpResponse) -> ActionResult:
    """Remove tags by their keys; a key that the pool does not have is not an error."""
    tags = _tags(self, self._get_param("ResourceArn").rpartition("/")[2])
    for key in self._get_param("TagKeys"):
        tags.pop(key, None)
    return EmptyResult()


def update_user_pool(self: CognitoIdpResponse) -> None:
    """Moto's call with the new name, which moto drops; absent tags stay (API reference, UpdateUserPool)."""
    pool_id = self._get_param("UserPoolId")
    before = _tags(self, pool_id)
    _update_user_pool(self)
    if name := self._get_param("PoolName"):
        self.backend.describe_user_pool(pool_id).name = name
    if self._get_param("UserPoolTags") is None:
        _tags(self, pool_id).update(before)
