"""Cognito: how long tokens are valid. Other rules are in cognito.toml."""

from collections.abc import Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

API = "cognito-user-identity-pools/latest/APIReference/API_"
INVALID = "InvalidParameterException"
UNIT_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


@rule("cognito-idp", "CreateUserPoolClient", "UpdateUserPoolClient", source=f"{API}CreateUserPoolClient.html")
def token_lifetimes(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Access and id tokens are valid for five minutes to a day, and a refresh token for longer."""
    units = call.params.get("TokenValidityUnits") or {}
    seconds = {
        kind: value * UNIT_SECONDS[units.get(kind, unit)]
        for kind, unit in (("AccessToken", "hours"), ("IdToken", "hours"), ("RefreshToken", "days"))
        if (value := call.params.get(f"{kind}Validity"))
    }
    for kind in ("AccessToken", "IdToken"):
        if not 300 <= seconds.get(kind, 300) <= 86400:
            value = call.params[f"{kind}Validity"]
            yield Refusal(INVALID, f"{kind}Validity", value, "must be between 5 minutes and 1 day")
    refresh = seconds.get("RefreshToken")
    if refresh is not None and refresh < 3600:
        yield Refusal(INVALID, "RefreshTokenValidity", refresh, "must be between 60 minutes and 10 years")
    if refresh is not None and refresh <= seconds.get("AccessToken", 0):
        yield Refusal(INVALID, "RefreshTokenValidity", refresh, "must be longer than the other tokens' validity")
