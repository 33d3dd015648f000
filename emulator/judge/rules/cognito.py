"""User pools: domains that are free, and clients whose flows and scopes exist."""

from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

from moto.backends import get_backend

API = "cognito-user-identity-pools/latest/APIReference/API_"
INVALID = "InvalidParameterException"
STANDARD_SCOPES = frozenset({"phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"})
UNIT_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


@rule(
    "cognito-idp", "CreateUserPoolDomain", source="cognito/latest/developerguide/cognito-user-pools-assign-domain.html"
)
def domain(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A prefix without AWS's own words that no account has in this region; one for each pool."""
    name = str(call.params.get("Domain", ""))
    for word in ("aws", "amazon", "cognito"):
        if word in name and not call.params.get("CustomDomainConfig"):
            yield Refusal(INVALID, "Domain", name, f"Domain cannot contain reserved word: {word}")
    for regions in get_backend("cognito-idp").values():
        if cloud.region in regions and name in regions[cloud.region].user_pool_domains:
            yield Refusal(INVALID, "Domain", name, "Domain already associated with another user pool.")
    own = cloud.backend("cognito-idp").user_pool_domains.values()
    if any(one.user_pool_id == call.params.get("UserPoolId") for one in own):
        yield Refusal(INVALID, "UserPoolId", call.params.get("UserPoolId"), "the user pool has a domain already")


def _scopes(pool: Any) -> set[str]:
    return {
        f"{server.identifier}/{scope['ScopeName']}"
        for server in pool.resource_servers.values()
        for scope in server.scopes or []
    }


@rule("cognito-idp", "CreateUserPoolClient", "UpdateUserPoolClient", source=f"{API}CreateUserPoolClient.html")
def client_flows(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """client_credentials stands alone, with a secret and scopes of a resource server of the pool."""
    flows = call.params.get("AllowedOAuthFlows", [])
    scopes = call.params.get("AllowedOAuthScopes", [])
    pool = cloud.backend("cognito-idp").user_pools.get(call.params.get("UserPoolId"))
    if pool is None:
        yield Refusal("ResourceNotFoundException", "UserPoolId", call.params.get("UserPoolId"), "does not exist")
        return
    if "client_credentials" in flows:
        if len(flows) > 1:
            said = "client_credentials flow can not be selected along with code flow or implicit flow"
            yield Refusal("InvalidOAuthFlowException", "AllowedOAuthFlows", flows, said)
        if call.operation == "CreateUserPoolClient" and not call.params.get("GenerateSecret"):
            said = "client_credentials flow can not be selected if client does not have a client secret"
            yield Refusal("InvalidOAuthFlowException", "GenerateSecret", call.params.get("GenerateSecret"), said)
        if set(scopes) & STANDARD_SCOPES:
            said = "client_credentials takes custom scopes only"
            yield Refusal("InvalidOAuthFlowException", "AllowedOAuthScopes", scopes, said)
    if flows and not scopes:
        yield Refusal("InvalidOAuthFlowException", "AllowedOAuthScopes", scopes, "at least one scope is needed")
    unknown = set(scopes) - _scopes(pool) - STANDARD_SCOPES
    if unknown:
        said = "no resource server of the user pool has this scope"
        yield Refusal("ScopeDoesNotExistException", "AllowedOAuthScopes", sorted(unknown), said)


@rule("cognito-idp", "CreateUserPoolClient", "UpdateUserPoolClient", source=f"{API}CreateUserPoolClient.html")
def token_lifetimes(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Access and id tokens live five minutes to a day, and a refresh token longer than they do."""
    units = call.params.get("TokenValidityUnits") or {}
    seconds: dict[str, int] = {}
    for kind, unit in (("AccessToken", "hours"), ("IdToken", "hours"), ("RefreshToken", "days")):
        value = call.params.get(f"{kind}Validity")
        if value:
            seconds[kind] = value * UNIT_SECONDS[units.get(kind, unit)]
    for kind in ("AccessToken", "IdToken"):
        if kind in seconds and not 300 <= seconds[kind] <= 86400:
            value = call.params[f"{kind}Validity"]
            yield Refusal(INVALID, f"{kind}Validity", value, "must be between 5 minutes and 1 day")
    refresh = seconds.get("RefreshToken")
    if refresh is not None and refresh <= seconds.get("AccessToken", 0):
        yield Refusal(INVALID, "RefreshTokenValidity", refresh, "must be longer than the other tokens' validity")


@rule("cognito-idp", "CreateUserPool", "UpdateUserPool", source=f"{API}AccountRecoverySettingType.html")
def account_recovery(call: Call, _: Cloud) -> Iterator[Refusal]:
    """admin_only stands alone, and priorities are unique."""
    mechanisms = (call.params.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms", [])
    named = [one.get("Name") for one in mechanisms]
    if "admin_only" in named and len(named) > 1:
        yield Refusal(INVALID, "AccountRecoverySetting", named, "admin_only cannot be combined with other mechanisms")
    order = [one.get("Priority") for one in mechanisms]
    if len(set(order)) < len(order):
        yield Refusal(INVALID, "AccountRecoverySetting", order, "priorities must be unique")


@rule("cognito-idp", "CreateUserPool", "UpdateUserPool", source=f"{API}AdminCreateUserConfigType.html")
def temporary_passwords(call: Call, _: Cloud) -> Iterator[Refusal]:
    """One setting for how long a temporary password is valid."""
    days = (call.params.get("AdminCreateUserConfig") or {}).get("UnusedAccountValidityDays")
    policy = (call.params.get("Policies") or {}).get("PasswordPolicy") or {}
    if days is not None and policy.get("TemporaryPasswordValidityDays") is not None:
        said = "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays"
        yield Refusal(INVALID, "AdminCreateUserConfig.UnusedAccountValidityDays", days, said)


@rule("cognito-idp", "CreateResourceServer", "UpdateResourceServer", source=f"{API}CreateResourceServer.html")
def resource_server(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The pool exists, and scopes have names of their own."""
    if call.params.get("UserPoolId") not in cloud.backend("cognito-idp").user_pools:
        said = "User pool does not exist"
        yield Refusal("ResourceNotFoundException", "UserPoolId", call.params.get("UserPoolId"), said)
    names = [one.get("ScopeName") for one in call.params.get("Scopes", [])]
    if len(set(names)) < len(names):
        yield Refusal(INVALID, "Scopes", names, "scope names must be unique")
