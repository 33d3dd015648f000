"""AssumeRoleWithWebIdentity: whether a role's trust policy allows a token's claims.

The token's signature and expiry are not checked: tests write their own tokens.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from emulator.iam.authorize import EVALUATOR, Denial
from emulator.iam.evaluator import Question, Rights
from emulator.iam.reference import claims_of
from emulator.judge.cloud import Cloud

ACTION = "sts:AssumeRoleWithWebIdentity"
ALWAYS = ("aud", "sub", "amr")
"""The claims that STS supports for every provider (IAM user guide, "Available keys for AWS OIDC federation")."""
NOT_AUTHORIZED = f"Not authorized to perform {ACTION}"
KNOWN_IN = frozenset({"aws"})
"""The partitions whose STS supports the other claims of GitHub's tokens (AWS, "What's new", January 2026)."""


def claims(token: str) -> dict[str, Any]:
    """The claims of a JSON Web Token. Raises ValueError for a string that is not one."""
    parts = token.split(".")
    if len(parts) != 3:
        raise ValueError(f"a JSON Web Token has three parts; this one has {len(parts)}")
    try:
        found = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (binascii.Error, ValueError) as error:
        raise ValueError(f"the token's second part is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError("the token's second part is not a JSON object")  # noqa: TRY004 (a malformed value, not a type)
    return found


def keys_of(token: Mapping[str, Any], partition: str) -> dict[str, str]:
    """The condition keys that STS sets from a token's claims."""
    issuer = str(token.get("iss", "")).removeprefix("https://")
    known = claims_of(ACTION) if partition in KNOWN_IN else frozenset()
    return {
        f"{issuer}:{name}": str(value)
        for name, value in token.items()
        if name in ALWAYS or f"{issuer}:{name}".lower() in known
    }


def denial(params: Mapping[str, Any], cloud: Cloud) -> Denial | None:
    """The refusal of AssumeRoleWithWebIdentity; None where it is allowed."""
    try:
        token = claims(str(params.get("WebIdentityToken", "")))
    except ValueError as error:
        return Denial("InvalidIdentityToken", 400, f"The web identity token could not be read: {error}")
    issuer = str(token.get("iss", "")).removeprefix("https://")
    provider = f"arn:{cloud.partition}:iam::{cloud.account_id}:oidc-provider/{issuer}"
    held = cloud.backend("iam").open_id_providers.get(provider)
    if held is None:
        return Denial("InvalidIdentityToken", 400, f"No OpenIDConnect provider found in your account for {issuer}")
    if token.get("aud") not in held.client_id_list:
        return Denial("InvalidIdentityToken", 400, "Incorrect token audience")
    role = cloud.role(str(params.get("RoleArn")))
    if role is None:
        return Denial("AccessDenied", 403, NOT_AUTHORIZED)
    asked = Question(
        principal=provider,
        action=ACTION,
        resource=str(role.arn),
        account_id=cloud.account_id,
        context=keys_of(token, cloud.partition),
        resource_policy=json.loads(role.assume_role_policy_document),
        unchecked=True,
    )
    (answer,) = EVALUATOR.ask(Rights(), [asked])
    return None if answer.allowed else Denial("AccessDenied", 403, NOT_AUTHORIZED)
