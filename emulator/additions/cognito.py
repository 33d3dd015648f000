"""Cognito: resource servers that change and end, and user pools that are protected."""

from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult

_delete_user_pool = CognitoIdpResponse.delete_user_pool


def delete_resource_server(self: CognitoIdpResponse) -> ActionResult:
    """Remove a resource server and its scopes from its pool."""
    pool_id = self._get_param("UserPoolId")
    identifier = self._get_param("Identifier")
    self.backend.describe_resource_server(pool_id, identifier)  # raises ResourceNotFoundException
    del self.backend.user_pools[pool_id].resource_servers[identifier]
    return EmptyResult()


def update_resource_server(self: CognitoIdpResponse) -> ActionResult:
    """Replace name and scopes; scopes that are not named go (API reference, UpdateResourceServer)."""
    server = self.backend.describe_resource_server(self._get_param("UserPoolId"), self._get_param("Identifier"))
    server.name = self._get_param("Name")
    server.scopes = self._get_param("Scopes") or []
    return ActionResult({"ResourceServer": server.to_json()})


def delete_user_pool(self: CognitoIdpResponse) -> ActionResult:
    """Moto's own, and deletion protection protects."""
    pool = self.backend.describe_user_pool(self._get_param("UserPoolId"))
    if pool.extended_config.get("DeletionProtection") == "ACTIVE":
        raise JsonRESTError(
            "InvalidParameterException",
            "The user pool cannot be deleted because deletion protection is activated. "
            "Deletion protection must be inactivated first.",
        )
    return _delete_user_pool(self)
