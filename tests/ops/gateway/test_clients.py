"""Access tokens: requested from Cognito's token endpoint, cached while they are valid, with one-line errors."""

import json
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from envs.schema import Client, Environment
from ops.aws import OperatorError
from ops.gateway.clients import Credentials, access_token
from tests.ops.conftest import Answer
from tests.support.clients import make_clients
from tests.support.servers import Response, server
from tests.support.synthesized import settings

import pytest

SCOPE = "https://gateway.internal/invoke"


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give each test its own cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "ai-gateway"


def credentials(url: str) -> Credentials:
    """Return a client's credentials with a token endpoint on this machine."""
    return Credentials(client_id="id", client_secret="secret", token_endpoint=f"{url}/oauth2/token", scope=SCOPE)  # noqa: S106


def test_a_token_is_asked_for_once(cache: Path) -> None:
    """The token is requested with the client_credentials grant, then read from a file that only its owner may read."""
    with server(lambda _: Response.of({"access_token": "a-token", "expires_in": 3600})) as (url, asked):
        tokens = [access_token(credentials(url)) for _ in range(2)]
    assert tokens == ["a-token", "a-token"]
    (request,) = asked
    assert request.headers["authorization"] == "Basic aWQ6c2VjcmV0"
    assert request.body == b"grant_type=client_credentials&scope=https%3A%2F%2Fgateway.internal%2Finvoke"
    (kept,) = cache.iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_token_near_its_end_is_asked_for_anew() -> None:
    """A token that is valid for less than a minute is requested again."""
    with server(lambda _: Response.of({"access_token": "a-token", "expires_in": 59})) as (url, asked):
        for _ in range(2):
            access_token(credentials(url))
    assert len(asked) == 2


def test_a_cache_that_cannot_be_read_is_no_obstacle(cache: Path) -> None:
    """An unreadable cache file is ignored, and a new token is requested."""
    with server(lambda _: Response.of({"access_token": "a-token", "expires_in": 3600})) as (url, asked):
        access_token(credentials(url))
        next(cache.iterdir()).write_text("{", encoding="utf-8")
        assert access_token(credentials(url)) == "a-token"
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Response.of({"error": "invalid_client"}, 400), "invalid_client"),
        (Response(200, "<html>"), "status 200"),
        (Response(503, "[]"), "status 503"),
    ],
)
def test_no_token(answer: Response, said: str, cache: Path) -> None:
    """The error has the endpoint's answer, the client and the scope, but no secret; nothing is cached."""
    with server(lambda _: answer) as (url, _), pytest.raises(OperatorError) as caught:
        access_token(credentials(url))
    assert str(caught.value) == f"{url}/oauth2/token returned no token: {said} (client id, scope {SCOPE})"
    assert not cache.exists()


def test_an_endpoint_that_is_away() -> None:
    """An unreachable endpoint gives a one-line error with its URL."""
    with server(lambda _: Response(200, "")) as (url, _):
        pass
    with pytest.raises(OperatorError, match=rf"^{url}/oauth2/token cannot be reached: [^\n]+$"):
        access_token(credentials(url))


def test_make_token_reads_the_clients_credentials(
    aws: Callable[..., Any],
    ops: Callable[..., Answer],
    only_environment: Callable[[Environment], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`make token` uses the admin's or the named team's client and scopes, and prints only the token."""
    environment = settings(clients=(Client(team="search", scopes=("invoke",)),))
    make_clients(aws, environment)
    only_environment(environment)
    used: list[Credentials] = []

    def token(given: Credentials) -> str:
        used.append(given)
        return "a-token"

    monkeypatch.setattr("ops.gateway.clients.access_token", token)
    answers = [ops("token", "test"), ops("token", "test", "--client", "search")]
    assert answers == [Answer(0, "a-token\n", "")] * 2
    assert [one.scope for one in used] == [f"https://gateway.internal/admin {SCOPE}", SCOPE]
    assert len({one.client_id for one in used}) == 2
    assert {one.token_endpoint for one in used} == {
        "https://ai-gateway-test.auth.eu-west-1.amazoncognito.com/oauth2/token"
    }


def test_nothing_is_deployed_yet(
    aws: Callable[..., Any], ops: Callable[..., Answer], only_environment: Callable[[Environment], None]
) -> None:
    """Without a user pool the error has the deploy command; without the team's client it lists the teams."""
    environment = settings()
    only_environment(environment)
    assert ops("token", "test").err == ("there is no user pool ai-gateway-test: run `make deploy ENV=test` first\n")
    make_clients(aws, environment)
    assert ops("token", "test", "--client", "search").err == (
        "there is no client ai-gateway-test-search: envs/test.py has no teams; add the team to clients and run "
        "`make deploy ENV=test`\n"
    )


def test_what_the_cache_keeps(cache: Path) -> None:
    """The cache has the token and its expiry, but no client secret."""
    began = time.time()
    with server(lambda _: Response.of({"access_token": "a-token", "expires_in": 3600})) as (url, _):
        access_token(credentials(url))
    kept = json.loads(next(cache.iterdir()).read_text(encoding="utf-8"))
    assert 3600 <= kept.pop("expires") - began < 3630
    assert kept == {"token": "a-token"}
