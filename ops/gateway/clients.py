"""`make token`: credentials of the environment's Cognito clients, and access tokens obtained with them."""

import hashlib
import json
import os
import time
from pathlib import Path

from constructs_lib.helpers.access import RESOURCE_SERVER, token_endpoint
from ops.aws import Aws, OperatorError
from ops.state.finders import find_named
from tools.private import private_file

import attrs
import requests

RENEW_BEFORE_SECONDS = 60
"""A cached token that expires within this time is not used."""


@attrs.frozen(kw_only=True)
class Credentials:
    """What a client needs to request a token."""

    client_id: str
    client_secret: str = attrs.field(repr=False)
    token_endpoint: str
    scope: str

    def document(self) -> dict[str, str]:
        """The JSON document that a team's secret holds."""
        return attrs.asdict(self)


def credentials_of(aws: Aws, team: str | None) -> Credentials:
    """The credentials of a team's client, or without a team of the environment's first client.

    Raises OperatorError where the user pool or the client does not exist.
    """
    environment, names = aws.environment, aws.environment.names
    wanted = names.user_pool if team is None else names.client(team)
    pool = find_named(aws, "aws_cognito_user_pool", name=names.user_pool)
    if pool is None:
        raise OperatorError(
            f"there is no user pool {names.user_pool}: run `make deploy ENV={environment.environment}` first"
        )
    found = find_named(aws, "aws_cognito_user_pool_client", name=wanted, user_pool_id=pool["id"])
    if found is None:
        teams = ", ".join(client.team for client in environment.clients)
        raise OperatorError(
            f"there is no client {wanted}: envs/{environment.environment}.py has "
            f"{f'the teams {teams}' if teams else 'no teams'}; add the team to clients and run "
            f"`make deploy ENV={environment.environment}`"
        )
    which = {"UserPoolId": pool["id"], "ClientId": found["id"]}
    client = aws.client("cognito-idp").describe_user_pool_client(**which)["UserPoolClient"]
    return Credentials(
        client_id=client["ClientId"],
        client_secret=client["ClientSecret"],
        token_endpoint=token_endpoint(environment.cognito_domain_prefix, environment.aws_region),
        scope=" ".join(sorted(client.get("AllowedOAuthScopes", [f"{RESOURCE_SERVER}/invoke"]))),
    )


def _cache(credentials: Credentials) -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ai-gateway"
    key = f"{credentials.token_endpoint} {credentials.client_id} {credentials.scope}"
    return folder / f"token-{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"


def _cached(path: Path) -> str | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return str(found["token"]) if found["expires"] - time.time() > RENEW_BEFORE_SECONDS else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(path: Path, token: str, expires: float) -> None:
    """Write the token to a file that only its owner can read."""
    with private_file(path) as file:
        json.dump({"token": token, "expires": expires}, file)


def authorities() -> str | bool:
    """The CA bundle to trust, for `requests`: AWS_CA_BUNDLE as in the AWS SDK, or the default one."""
    return os.environ.get("AWS_CA_BUNDLE") or True


def token(aws: Aws, *, team: str | None) -> int:
    """Print an access token for a team's client, or for the environment's first client; returns 0."""
    print(access_token(credentials_of(aws, team)))
    return 0


def access_token(credentials: Credentials) -> str:
    """A token by the client_credentials grant, cached in ~/.cache/ai-gateway (or XDG_CACHE_HOME) until it expires.

    Raises OperatorError where the token endpoint cannot be reached or refuses.
    """
    path = _cache(credentials)
    if token := _cached(path):
        return token
    host = credentials.token_endpoint
    try:
        answer = requests.post(
            host,
            data={"grant_type": "client_credentials", "scope": credentials.scope},
            auth=(credentials.client_id, credentials.client_secret),
            timeout=15,
            verify=authorities(),
        )
        document = answer.json()
    except requests.JSONDecodeError:
        document = {}
    except requests.RequestException as error:
        raise OperatorError(f"{host} cannot be reached: {' '.join(str(error).split())}") from None
    if not isinstance(document, dict):
        document = {}
    if not answer.ok or "access_token" not in document:
        raise OperatorError(
            f"{host} returned no token: {document.get('error', f'status {answer.status_code}')} "
            f"(client {credentials.client_id}, scope {credentials.scope})"
        )
    token = str(document["access_token"])
    _keep(path, token, time.time() + float(document.get("expires_in", 0)))
    return token
