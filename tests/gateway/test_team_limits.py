"""Team usage and limits with the real gateway and a DynamoDB table: sums, budgets, kills, months, outages."""

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from tests.conftest import Synthesize
from tests.gateway.teams import CHAT, MESSAGES, SECRETS, SMALL_MICROS, budget, settled, team_settings
from tests.gateway.teams_mixed import EXACT, counted, expected, sent
from tests.gateway.teams_world import Gateway, TeamsWorld
from tests.support.synthesized import Synthesized
from tests.support.waiting import until

import pytest

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]


MIXED = 3000


def test_the_table_has_what_the_providers_counted(three: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """Counters equal the providers' reports to the token and micro-dollar; cut-off requests have their own columns."""
    world = outside_of_teams
    world.control("/forget")
    ends = sent(three, MIXED, seed=21)
    assert three[0].post("mixed", CHAT, {"model": "times-out", "messages": MESSAGES}).status == 200
    kinds = Counter(kind for kind, _ in ends)
    assert set(kinds) == {"200", "500", "cut", "left"}, kinds
    found = counted(world, MIXED + 1)
    spent, reserved, committed = settled(world, "mixed")
    wanted = expected(world.records())
    wanted["openai/slow-40-0.05"]["forwarded"] = sum(pieces for _, pieces in ends)
    assert set(found) == {name for name, counts in wanted.items() if counts} | {"openai/status-500"}
    for name, item in found.items():
        for column in (*EXACT, "estimated_requests"):
            assert (name, column, item.get(column, 0)) == (name, column, wanted[name][column])
        most = 4096 * wanted[name]["estimated_requests"]
        assert wanted[name]["forwarded"] <= item.get("estimated_output_tokens", 0) <= most, name
    total = {
        column: sum(item.get(column, 0) for item in found.values())
        for column in ("requests", "cost_micros", "estimated_cost_micros", "errors")
    }
    assert total["errors"] == kinds["500"] + kinds["cut"]
    assert (spent, reserved, committed) == (total["cost_micros"] + total["estimated_cost_micros"], 0, spent)


def test_a_budget_for_fifty(three: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """Of 200 requests at once on three gateways, only those within the budget pass, and the others get 429."""
    # An output token costs 0.6 micro-dollars: 4,850 of them and a few hundred input bytes reserve 2,970 micro-dollars.
    body = {"model": "held", "messages": MESSAGES, "stream": True, "max_tokens": 4850}
    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda n: three[n % 3].post("small", CHAT, body, preload_content=False), range(200)))
        assert Counter(answer.status for answer in answers) == {200: 50, 429: 150}
        assert budget(outside_of_teams, "small")[2] <= SMALL_MICROS
        outside_of_teams.control("/release")
        texts = list(pool.map(lambda answer: answer.read(), answers))
    assert sum(text.endswith(b"data: [DONE]\n\n") for text in texts) == 50
    refused = next(text for text, answer in zip(texts, answers, strict=True) if answer.status == 429)
    assert json.loads(refused)["error"]["code"] == "budget_reserved"
    spent, reserved, committed = settled(outside_of_teams, "small")
    assert (reserved, committed) == (0, spent)
    assert spent <= SMALL_MICROS
    while (last := three[0].post("small", CHAT, {**body, "model": "gpt-4o-mini", "stream": False})).status == 200:
        assert budget(outside_of_teams, "small")[0] <= SMALL_MICROS
    assert (last.status, last.json()["error"]["code"]) == (429, "budget_exceeded")
    assert int(last.headers["retry-after"]) > 86_400
    assert "of its budget of $0.15 left for this month" in last.json()["error"]["message"]


def test_killed_in_the_middle_of_streams(
    three: list[Gateway], outside_of_teams: TeamsWorld, quiet_stack: Synthesized
) -> None:
    """A killed gateway's reservations expire a minute after its last write, and its recorded usage remains."""
    world = outside_of_teams
    body = {"model": "long", "messages": MESSAGES, "stream": True, "max_tokens": 15_000}
    small = {"model": "gpt-4o-mini", "messages": MESSAGES, "max_tokens": 15_000}
    living = three[0]
    with world.gateways(quiet_stack, SECRETS) as (dying,):
        assert living.post("killed", CHAT, {**small, "max_tokens": 500}).status == 200
        spent = settled(world, "killed")[0]
        streams = [dying.post("killed", CHAT, body, preload_content=False) for _ in range(2)]
        assert [stream.status for stream in streams] == [200, 200]
        dying.container.kill()
        held = budget(world, "killed")[1]
        assert held > 18_000
        refused = living.post("killed", CHAT, small)
        assert (refused.status, refused.json()["error"]["code"], refused.headers["retry-after"]) == (
            429,
            "budget_reserved",
            "2",
        )
    with world.gateways(quiet_stack, SECRETS, ahead_seconds=70) as (later,):
        answer = later.post("killed", CHAT, small)
        assert answer.status == 200, (answer.data, world.items("budget#killed"))
        assert settled(world, "killed")[0] > spent


def test_the_end_of_a_month(outside_of_teams: TeamsWorld, quiet_stack: Synthesized) -> None:
    """A team that has spent its budget gets 429 until the month ends at midnight UTC, and then has a new budget."""
    now = datetime.now(UTC)
    end = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
    body = {"model": "gpt-4o-mini", "messages": MESSAGES, "max_tokens": 33_000}
    before = (end - now).total_seconds() - 9
    with outside_of_teams.gateways(quiet_stack, SECRETS, ahead_seconds=before) as (gateway,):
        while (refused := gateway.post("month", CHAT, body)).status == 200:
            settled(outside_of_teams, "month")
        assert (refused.status, refused.json()["error"]["code"]) == (429, "budget_exceeded")
        wait = int(refused.headers["retry-after"])
        assert 1 <= wait <= 9
        assert end.strftime("%Y-%m-%d (UTC)") in refused.json()["error"]["message"]
        time.sleep(wait)
        assert gateway.post("month", CHAT, body).status == 200


def test_without_the_table(outside_of_teams: TeamsWorld, team_stack: Synthesized, synthesize: Synthesize) -> None:
    """Without the table, `usage_store_failure` decides: requests pass and are counted later, or get 503."""
    world = outside_of_teams
    body = {"model": "gpt-4o-mini", "messages": MESSAGES}
    opened = synthesize(team_settings(usage_store_failure="open", instrument_gateway=False))
    with world.gateways(opened, SECRETS) as (gateway,):
        world.control("/table/down")
        assert [gateway.post("bounded", CHAT, body).status for _ in range(3)] == [200, 200, 200]
        assert gateway.post("unlimited", CHAT, body).status == 200
        world.control("/table/up")
        assert settled(world, "bounded")[0] > 0
        assert '"what":"the table of budgets and limits cannot be reached"' in gateway.container.output
        gateway.container.stop()
    requests = [item["requests"] for item in world.items("usage#bounded").values()]
    assert requests == [3]
    with world.gateways(team_stack, SECRETS) as (gateway,):
        world.control("/table/down")
        refused = gateway.post("bounded", CHAT, body)
        assert (refused.status, refused.json()["error"]["code"], refused.headers["retry-after"]) == (
            503,
            "limits_unavailable",
            "5",
        )
        assert gateway.post("unlimited", CHAT, body).status == 200
        world.control("/table/up")
        until(lambda: gateway.post("bounded", CHAT, body).status == 200)
        until(lambda: "gateway.team.store.failures" in world.received.metrics, lambda: sorted(world.received.metrics))


def test_requests_per_minute(three: list[Gateway]) -> None:
    """All gateways share the limit, and answers have OpenAI's rate limit headers."""
    body = {"model": "gpt-4o-mini", "messages": MESSAGES}
    answers = [three[n % 3].post("paced", CHAT, body) for n in range(7)]
    assert [answer.status for answer in answers] == [200] * 5 + [429] * 2
    first, last = answers[0].headers, answers[-1].headers
    assert (first["x-ratelimit-limit-requests"], first["x-ratelimit-remaining-requests"]) == ("5", "4")
    assert (last["x-ratelimit-remaining-requests"], last["x-ratelimit-limit-tokens"]) == ("0", "1000000")
    assert 1 <= int(last["retry-after"]) <= 12
    assert answers[-1].json()["error"]["code"] == "rate_limit_exceeded"


def test_what_no_request_bounds(three: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """A team with a budget gets 400 for requests without a cost limit, and a default token limit if it sets none."""
    gateway, world = three[0], outside_of_teams
    image = [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]
    for path, more in (
        (CHAT, {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": image}]}),
        ("/v1/responses", {"model": "gpt-4o-mini", "input": "x", "tools": [{"type": "web_search"}]}),
        ("/v1/responses", {"model": "o9-unpriced", "input": "x"}),
        ("/v1/images/generations", {"model": "gpt-image", "prompt": "x"}),
    ):
        answer = gateway.post("bounded", path, more)
        assert (answer.status, answer.json()["error"]["code"]) == (400, "unbounded_request"), answer.data
        assert gateway.post("unlimited", path, more).status in {200, 404}
    for model, path, field in (
        ("gpt-4o-mini", CHAT, "max_completion_tokens"),
        ("claude", "/v1/messages", "max_tokens"),
        ("gpt-4o-mini", "/v1/responses", "max_output_tokens"),
    ):
        world.control("/forget")
        key = "input" if path == "/v1/responses" else "messages"
        assert gateway.post("bounded", path, {"model": model, key: MESSAGES}).status == 200
        assert world.records()[0]["document"][field] == 4096
