"""Rates in Valkey with the real gateway: exact across gateways, with a killed server, and with a refused token."""

import math
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.conftest import Synthesize
from tests.gateway.network import VALKEY_NAMES
from tests.gateway.teams import CHAT, MESSAGES, SECRETS, settled, team_settings
from tests.gateway.teams_world import Gateway, TeamsWorld
from tests.gateway.valkey import ANY_TOKEN, NO_TOKEN, USER, Valkey
from tests.support.waiting import until

import pytest

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]
BODY = {"model": "gpt-4o-mini", "messages": MESSAGES}


@pytest.fixture(scope="module")
def valkey(outside_of_teams: TeamsWorld) -> Iterator[Valkey]:
    """A Valkey server at the cache's name."""
    made = Valkey(outside_of_teams.folder, outside_of_teams.certificates)
    made.start()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def gateways(valkey: Valkey, outside_of_teams: TeamsWorld, synthesize: Synthesize) -> Iterator[list[Gateway]]:
    """Three tasks as synthesized, with rates in Valkey."""
    assert valkey.process is not None
    stack = synthesize(team_settings(rate_limit_store="valkey", instrument_gateway=False))
    with outside_of_teams.gateways(stack, SECRETS, 3) as made:
        yield made
        for one in made:
            assert [word for word in ("X-Amz-Signature", "the-session-token") if word in one.container.output] == []


def logged(gateway: Gateway, code: str) -> bool:
    """Return whether the gateway logged that the rate limit store is unreachable, with this code."""
    start = f'"what":"the store of rate limits cannot be reached","store":"{VALKEY_NAMES[0]}","code":"{code}"'
    return start in gateway.container.output


def served_again(gateway: Gateway) -> None:
    """Wait until a team with rates is served again."""
    until(lambda: gateway.post("both", CHAT, BODY).status == 200)


def test_fifty_a_minute(gateways: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """Of 200 requests at once on three gateways, 50 pass, plus those for which the bucket refills meanwhile."""
    before = time.monotonic()
    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda n: gateways[n % 3].post("fifty", CHAT, BODY), range(200)))
    more = math.ceil((time.monotonic() - before) / 1.2)
    counted = Counter(answer.status for answer in answers)
    assert set(counted) == {200, 429}
    assert 50 <= counted[200] <= 50 + more
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.json()["error"]["code"] == "rate_limit_exceeded"
    assert refused.headers["x-ratelimit-limit-requests"] == "50"
    assert int(refused.headers["retry-after"]) >= 1
    # The table has no item for a team that has only rates.
    assert outside_of_teams.items("budget#fifty") == {}


def test_a_budget_next_to_the_rates(gateways: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """The budget is in the table, and the rate limit headers come from Valkey."""
    answer = gateways[0].post("both", CHAT, BODY)
    assert (answer.status, answer.headers["x-ratelimit-limit-requests"]) == (200, "600")
    spent, reserved, committed = settled(outside_of_teams, "both")
    assert (reserved, committed) == (0, spent)
    (item,) = outside_of_teams.items("budget#both").values()
    assert [name for name in item if name.endswith("_full_at")] == []


def test_a_token_that_is_refused(gateways: list[Gateway], valkey: Valkey) -> None:
    """Teams with rates get 503 until the server accepts tokens again; the log has the reason and no token."""
    assert valkey.ask(f"ACL SETUSER {USER} {NO_TOKEN}") == "+OK"
    valkey.ask(f"CLIENT KILL USER {USER}")
    refused = gateways[1].post("both", CHAT, BODY)
    assert (refused.status, refused.json()["error"]["code"]) == (503, "limits_unavailable")
    assert logged(gateways[1], "WRONGPASS")
    assert valkey.ask(f"ACL SETUSER {USER} {ANY_TOKEN}") == "+OK"
    served_again(gateways[1])


def test_a_server_that_is_killed(gateways: list[Gateway], valkey: Valkey) -> None:
    """While Valkey is down, teams with rates get 503 within seconds, and teams without rates are served."""
    served_again(gateways[2])
    valkey.kill()
    before = time.monotonic()
    with ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda _: gateways[2].post("both", CHAT, BODY), range(30)))
    assert time.monotonic() - before < 10
    assert {answer.status for answer in answers} == {503}
    assert answers[0].headers["retry-after"] == "5"
    assert gateways[2].post("unlimited", CHAT, BODY).status == 200
    assert "the store of rate limits cannot be reached" in gateways[2].container.output
    valkey.start()
    served_again(gateways[2])


def test_open_serves_without_it(outside_of_teams: TeamsWorld, valkey: Valkey, synthesize: Synthesize) -> None:
    """With `usage_store_failure="open"` requests pass without Valkey, and their cost is still counted."""
    valkey.kill()
    stack = synthesize(team_settings(rate_limit_store="valkey", usage_store_failure="open", instrument_gateway=False))
    with outside_of_teams.gateways(stack, SECRETS) as (gateway,):
        spent = settled(outside_of_teams, "both")[0]
        answer = gateway.post("both", CHAT, BODY)
        assert (answer.status, answer.headers.get("x-ratelimit-limit-requests")) == (200, None)
        until(lambda: settled(outside_of_teams, "both")[0] > spent)
    valkey.start()
