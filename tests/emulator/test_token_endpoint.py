"""The token endpoint of a user pool's domain, called as by a team's program. The pool's keys verify the tokens."""

import json
from typing import Any

from tests.emulator.conftest import Contract
from tests.support.cloud import REGION

import attrs
import pytest
import urllib3
from joserfc import jwk, jwt

DOMAIN = "ai-gateway-tokens"
SERVER = "https://gateway.internal"


@attrs.frozen
class Pool:
    """A pool with a client, and calls of its endpoints."""

    contract: Contract
    id: str
    client: str
    secret: str

    def post(self, form: dict[str, str], *, secret: str | None = None, path: str = "/oauth2/token") -> Any:  # noqa: ANN401
        """Send a request with the client's credentials. Returns the status and the JSON response."""
        environ = self.contract.environ
        with urllib3.ProxyManager(environ["HTTPS_PROXY"], ca_certs=environ["AWS_CA_BUNDLE"], retries=False) as pool:
            answer = pool.request_encode_body(
                "POST",
                f"https://{DOMAIN}.auth.{REGION}.amazoncognito.com{path}",
                fields=form,
                encode_multipart=False,
                headers=urllib3.make_headers(basic_auth=f"{self.client}:{secret or self.secret}"),
            )
        return answer.status, json.loads(answer.data or b"null")

    def keys(self) -> Any:  # noqa: ANN401 (JSON)
        """The pool's JWKS."""
        environ = self.contract.environ
        with urllib3.ProxyManager(environ["HTTPS_PROXY"], ca_certs=environ["AWS_CA_BUNDLE"], retries=False) as pool:
            answer = pool.request("GET", f"https://cognito-idp.{REGION}.amazonaws.com/{self.id}/.well-known/jwks.json")
        return answer.json()


@pytest.fixture(scope="module")
def pool(contract: Contract) -> Pool:
    """A pool with one machine client."""
    cognito = contract.client("cognito-idp")
    pool_id = cognito.create_user_pool(PoolName="tokens")["UserPool"]["Id"]
    cognito.create_user_pool_domain(Domain=DOMAIN, UserPoolId=pool_id)
    scopes = [{"ScopeName": name, "ScopeDescription": name} for name in ("invoke", "admin")]
    cognito.create_resource_server(UserPoolId=pool_id, Identifier=SERVER, Name="gateway", Scopes=scopes)
    made = cognito.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="search",
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[f"{SERVER}/invoke"],
        AccessTokenValidity=2,
        TokenValidityUnits={"AccessToken": "hours"},
    )["UserPoolClient"]
    return Pool(contract, pool_id, made["ClientId"], made["ClientSecret"])


GRANT = {"grant_type": "client_credentials"}


def test_a_client_gets_a_token(pool: Pool) -> None:
    """The token is signed with the pool's key and has the claims of a Cognito access token."""
    status, document = pool.post({**GRANT, "scope": f"{SERVER}/invoke"})
    assert (status, document["token_type"], document["expires_in"]) == (200, "Bearer", 7200)
    found = jwt.decode(document["access_token"], jwk.KeySet.import_key_set(pool.keys()), algorithms=["RS256"])
    claims = found.claims
    assert (claims["client_id"], claims["token_use"], claims["scope"]) == (pool.client, "access", f"{SERVER}/invoke")
    assert claims["iss"] == f"https://cognito-idp.{REGION}.amazonaws.com/{pool.id}"
    assert claims["exp"] - claims["iat"] == 7200
    assert pool.post(GRANT)[0] == 200  # for all scopes that the client may request


@pytest.mark.parametrize(
    ("form", "secret", "error"),
    [
        (GRANT, "wrong", "invalid_client"),
        ({"grant_type": "password"}, None, "unsupported_grant_type"),
        ({**GRANT, "scope": f"{SERVER}/admin"}, None, "invalid_scope"),
    ],
)
def test_what_gets_no_token(pool: Pool, form: dict[str, str], secret: str | None, error: str) -> None:
    """A wrong secret, another grant type, and a scope that the client may not request are refused."""
    assert pool.post(form, secret=secret) == (400, {"error": error})


def test_another_path_is_not_there(pool: Pool) -> None:
    """The login pages are not implemented."""
    assert pool.post(GRANT, path="/login") == (404, None)
