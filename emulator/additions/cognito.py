"""Cognito: updating and deleting resource servers, deletion protection of user pools, and domains."""

from typing import Any

from emulator.additions.state import state

from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult, EmptyResult

_create_user_pool_domain = CognitoIdpResponse.create_user_pool_domain
_delete_user_pool = CognitoIdpResponse.delete_user_pool
_describe_user_pool_domain = CognitoIdpResponse.describe_user_pool_domain
_update_user_pool_domain = CognitoIdpResponse.update_user_pool_domain


def delete_resource_server(self: CognitoIdpResponse) -> ActionResult:
    """Delete a resource server and its scopes."""
    pool_id = self._get_param("UserPoolId")
    identifier = self._get_param("Identifier")
    self.backend.describe_resource_server(pool_id, identifier)  # raises ResourceNotFoundException
    del self.backend.user_pools[pool_id].resource_servers[identifier]
    return EmptyResult()


def update_resource_server(self: CognitoIdpResponse) -> ActionResult:
    """Replace name and scopes; scopes that the call leaves out are removed (API reference, UpdateResourceServer)."""
    server = self.backend.describe_resource_server(self._get_param("UserPoolId"), self._get_param("Identifier"))
    server.name = self._get_param("Name")
    server.scopes = self._get_param("Scopes") or []
    return ActionResult({"ResourceServer": server.to_json()})


def delete_user_pool(self: CognitoIdpResponse) -> ActionResult:
    """Moto's call, refused where deletion protection is active."""
    pool = self.backend.describe_user_pool(self._get_param("UserPoolId"))
    if pool.extended_config.get("DeletionProtection") == "ACTIVE":
        raise JsonRESTError(
            "InvalidParameterException",
            "The user pool cannot be deleted because deletion protection is activated. "
            "Deletion protection must be inactivated first.",
        )
    return _delete_user_pool(self)


def _keep_version(self: CognitoIdpResponse, answer: ActionResult) -> ActionResult:
    """Keep the version of a domain's sign-in pages, and add it to the answer."""
    versions = state(self.backend, "added_login_versions")
    if version := self._get_param("ManagedLoginVersion"):
        versions[self._get_param("Domain")] = version
    found: dict[str, Any] = answer.result  # type: ignore[assignment] # moto types it as object
    return ActionResult({**found, "ManagedLoginVersion": versions.get(self._get_param("Domain"), 1)})


def create_user_pool_domain(self: CognitoIdpResponse) -> ActionResult:
    """Moto's call with the version of the sign-in pages (API reference, CreateUserPoolDomain)."""
    state(self.backend, "added_login_versions").pop(self._get_param("Domain"), None)
    return _keep_version(self, _create_user_pool_domain(self))


def update_user_pool_domain(self: CognitoIdpResponse) -> ActionResult:
    """Moto's call with the version of the sign-in pages (API reference, UpdateUserPoolDomain)."""
    return _keep_version(self, _update_user_pool_domain(self))


def describe_user_pool_domain(self: CognitoIdpResponse) -> ActionResult:
    """Moto's answer with the real account id; a domain that does not exist has an empty description."""
    found: dict[str, Any] = _describe_user_pool_domain(self).result  # type: ignore[assignment] # as above
    if found["DomainDescription"]:
        versions = state(self.backend, "added_login_versions")
        found["DomainDescription"] |= {
            "AWSAccountId": self.current_account,
            "ManagedLoginVersion": versions.get(self._get_param("Domain"), 1),
        }
    return ActionResult(found)
