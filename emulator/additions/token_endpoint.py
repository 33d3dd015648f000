"""The token endpoint of a user pool's domain: the client_credentials grant, which moto lacks.

"Token endpoint" and "Understanding the access token", Amazon Cognito developer guide; errors: RFC 6749, section 5.2.
Tokens are signed with the private key of the JWKS that moto returns for the pool.
"""

import base64
import binascii
import json
import re
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from moto.cognitoidp.models import CognitoIdpUserPool, CognitoIdpUserPoolClient, cognitoidp_backends
from moto.core.models import DEFAULT_ACCOUNT_ID

Answer = tuple[int, dict[str, str], str]
HOST = re.compile(r"(?:https://)?([a-z0-9-]+)\.auth(?:-fips)?\.([a-z0-9-]+)\.amazoncognito\.com(?::443)?")
GRANT = "client_credentials"
KEY_ID = "dummy"
"""The `kid` in moto's JWKS."""
UNIT_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}


def answer(method: str, host: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer | None:
    """The answer to a request to a user pool's domain; None for any other host."""
    found = HOST.fullmatch(host)
    if found is None:
        return None
    if (method, path.partition("?")[0]) != ("POST", "/oauth2/token"):
        return 404, {}, ""
    pools = cognitoidp_backends[DEFAULT_ACCOUNT_ID][found[2]].user_pools.values()
    pool = next((one for one in pools if one.domain is not None and one.domain.domain == found[1]), None)
    if pool is None:
        return 404, {}, ""
    form = {name: values[0] for name, values in parse_qs((body or b"").decode("utf-8", "replace")).items()}
    return _granted(pool, form, *_credentials(headers, form))


def _credentials(headers: Mapping[str, str], form: Mapping[str, str]) -> tuple[str, str]:
    """Client id and secret, from the Authorization header or the form; empty where they cannot be read."""
    kind, _, encoded = next(
        (value for name, value in headers.items() if name.lower() == "authorization"), ""
    ).partition(" ")
    if kind.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client, secret


def _granted(pool: CognitoIdpUserPool, form: Mapping[str, str], client_id: str, secret: str) -> Answer:
    client: CognitoIdpUserPoolClient | None = pool.clients.get(client_id)
    if client is None or not client.generate_secret or not secrets.compare_digest(client.secret, secret):
        return _as_json(400, {"error": "invalid_client"})
    if form.get("grant_type") != GRANT:
        return _as_json(400, {"error": "unsupported_grant_type"})
    if GRANT not in client.extended_config.get("AllowedOAuthFlows", []):
        return _as_json(400, {"error": "unauthorized_client"})
    allowed = client.extended_config.get("AllowedOAuthScopes", [])
    scopes = form["scope"].split() if form.get("scope") else allowed
    if not set(scopes) <= set(allowed):
        return _as_json(400, {"error": "invalid_scope"})
    units = client.extended_config.get("TokenValidityUnits", {}).get("AccessToken", "hours")
    seconds = client.extended_config.get("AccessTokenValidity", 1) * UNIT_SECONDS[units]
    now = int(time.time())
    payload = {
        "sub": client_id,
        "token_use": "access",
        "scope": " ".join(scopes),
        "auth_time": now,
        "iss": f"https://cognito-idp.{pool.region}.amazonaws.com/{pool.id}",
        "exp": now + seconds,
        "iat": now,
        "version": 2,
        "jti": secrets.token_hex(16),
        "client_id": client_id,
    }
    token = jwt.encode({"kid": KEY_ID, "alg": "RS256"}, payload, pool.json_web_key)
    return _as_json(200, {"access_token": token, "expires_in": seconds, "token_type": "Bearer"})


def _as_json(status: int, document: dict[str, Any]) -> Answer:
    return status, {"Content-Type": "application/json;charset=UTF-8"}, json.dumps(document)
