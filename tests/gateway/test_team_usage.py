"""Who used what and what it cost, with the real gateway, five providers that count and a real table."""

import json
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.gateway.teams import CHAT, MESSAGES, PROVIDERS, cost, settled
from tests.gateway.teams_world import Gateway, TeamsWorld

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]


def left_in_the_middle(gateway: Gateway, client: str) -> int:
    """A caller that reads some events of a stream and goes; how many pieces of text it has."""
    answer = gateway.post(
        client, CHAT, {"model": "slow", "messages": MESSAGES, "stream": True, "max_tokens": 500}, preload_content=False
    )
    text = answer.read(700)
    answer.close()
    return text.count(b'"content":')


def one_of_many(gateway: Gateway, choice: random.Random) -> tuple[str, int]:
    """A request of any kind; what became of it, and how much of the answer a caller has that goes in the middle."""
    kind = choice.choices(
        ["chat", "messages", "responses", "completions", "embeddings", "fails", "falls-back", "cut", "leaves"],
        [50, 15, 10, 5, 8, 4, 4, 3, 3],
    )[0]
    stream = {"stream": True} if choice.random() < 0.5 else {}
    match kind:
        case "chat":
            model = choice.choice(["gpt-4o-mini", "azure-gpt", "claude", "gemini", "nova"])
            asked = {"stream_options": {"include_usage": True}} if stream and choice.random() < 0.3 else {}
            answer = gateway.post("mixed", CHAT, {"model": model, "messages": MESSAGES, **stream, **asked})
        case "messages":
            answer = gateway.post(
                "mixed", "/v1/messages", {"model": "claude", "max_tokens": 900, "messages": MESSAGES, **stream}
            )
        case "responses":
            answer = gateway.post("mixed", "/v1/responses", {"model": "gpt-4o-mini", "input": "Say hello.", **stream})
        case "completions":
            answer = gateway.post("mixed", "/v1/completions", {"model": "gpt-3.5", "prompt": "Say", **stream})
        case "embeddings":
            answer = gateway.post("mixed", "/v1/embeddings", {"model": "embed", "input": ["a", "b"]})
        case "cut":
            model = choice.choice(["cut", "claude-cut", "nova-cut"])
            try:
                gateway.post("mixed", CHAT, {"model": model, "messages": MESSAGES, "stream": True})
            except urllib3.exceptions.HTTPError:
                return "cut", 0
            return "whole", 0
        case "leaves":
            return "left", left_in_the_middle(gateway, "mixed")
        case _:
            answer = gateway.post("mixed", CHAT, {"model": kind, "messages": MESSAGES, **stream})
    return str(answer.status), 0


MIXED = 600


def counted(world: TeamsWorld, requests: int) -> dict[str, dict[str, Any]]:
    """The counters of the team `mixed` by provider and model, once they have all requests."""
    deadline = time.monotonic() + 15
    while True:
        found = {key.split("#")[-1]: item for key, item in world.items("usage#mixed").items()}
        if (seen := sum(item.get("requests", 0) for item in found.values())) == requests:
            return found
        assert time.monotonic() < deadline, (seen, requests)
        time.sleep(0.1)


def test_the_table_has_what_the_providers_counted(two: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """Over many mixed requests on two gateways, to the token and the micro-dollar; what was cut off has its own columns."""
    world = outside_of_teams
    world.control("/forget")
    choice = random.Random(21)  # noqa: S311 (a choice of requests)
    seeds = [choice.random() for _ in range(MIXED)]
    with ThreadPoolExecutor(16) as pool:
        ends = list(pool.map(lambda n: one_of_many(two[n % 2], random.Random(seeds[n])), range(MIXED)))  # noqa: S311
    assert two[0].post("mixed", CHAT, {"model": "times-out", "messages": MESSAGES}).status == 200
    kinds = Counter(kind for kind, _ in ends)
    assert set(kinds) == {"200", "500", "cut", "left"}, kinds
    found = counted(world, MIXED + 1)
    spent, reserved, committed = settled(world, "mixed")
    expected: dict[str, Counter[str]] = {}
    for record in world.records():
        name = f"{PROVIDERS[record['host']]}/{record['model']}"
        counts = expected.setdefault(name, Counter())
        used = record["usage"]
        if record["whole"]:
            counts["input_tokens"] += used["plain"] + used["cached"] + used["written"]
            counts["output_tokens"] += used["output"]
            counts["cached_tokens"] += used["cached"]
            counts["reasoning_tokens"] += used["reasoning"]
            counts["cost_micros"] += cost(name, used)
        elif not record["model"].startswith("status"):
            counts["estimated_requests"] += 1
            if record["model"].startswith("cut"):
                counts["forwarded"] += record["forwarded"]
    expected["openai/slow-40-0.05"]["forwarded"] = sum(pieces for _, pieces in ends)
    assert set(found) == {name for name, counts in expected.items() if counts} | {"openai/status-500"}
    for name, item in found.items():
        counts = expected[name]
        for column in (
            "input_tokens",
            "output_tokens",
            "cached_tokens",
            "reasoning_tokens",
            "cost_micros",
            "estimated_requests",
        ):
            assert (name, column, item.get(column, 0)) == (name, column, counts[column])
        assert counts["forwarded"] <= item.get("estimated_output_tokens", 0) <= 4096 * counts["estimated_requests"], (
            name
        )
    total = {
        column: sum(item.get(column, 0) for item in found.values())
        for column in ("requests", "cost_micros", "estimated_cost_micros", "errors")
    }
    assert total["errors"] == kinds["500"] + kinds["cut"]
    assert (spent, reserved, committed) == (total["cost_micros"] + total["estimated_cost_micros"], 0, spent)


def test_streams_are_as_they_were_asked_for(two: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """The event of usage arrives where the caller asked for it, and nowhere else; the provider is always asked."""
    outside_of_teams.control("/forget")
    for model in ("gpt-4o-mini", "azure-gpt"):
        body = {"model": model, "messages": MESSAGES, "stream": True}
        plain = two[0].post("unlimited", CHAT, body).data
        asked = two[0].post("unlimited", CHAT, {**body, "stream_options": {"include_usage": True}}).data
        assert (b'"prompt_tokens"' in plain, b'"prompt_tokens"' in asked) == (False, True)
        assert plain.endswith(b"data: [DONE]\n\n")
    assert {record["document"]["stream_options"]["include_usage"] for record in outside_of_teams.records()} == {True}


def test_metrics_and_spans(two: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """By the conventions for generative AI, with bounded values; the access log has the same numbers."""
    world, received = outside_of_teams, outside_of_teams.received
    world.control("/forget")
    received.spans.clear()
    received.metrics.clear()
    answer = two[0].post("bounded", CHAT, {"model": "gpt-4o-mini", "messages": MESSAGES, "stream": True})
    two[0].post("bounded", CHAT, {"model": "gpt-unheard-of", "messages": MESSAGES})
    used = world.records()[0]["usage"]
    line = two[0].line(request_id=answer.headers["x-gateway-request-id"])
    assert (line["model"], line["input_tokens"], line["output_tokens"]) == (
        "gpt-4o-mini",
        used["plain"] + used["cached"],
        used["output"],
    )
    assert (line["cost_micros"], line["estimated"], line["team"]) == (
        cost("openai/gpt-4o-mini", used),
        False,
        "bounded",
    )
    names = {
        "gen_ai.client.token.usage",
        "gen_ai.client.operation.duration",
        "gen_ai.client.operation.time_to_first_chunk",
        "gateway.team.cost",
        "gateway.team.budget.used",
    }
    deadline = time.monotonic() + 15
    while not (
        names <= set(received.metrics) and any(span.get("gateway.team") == "bounded" for _, span in received.spans)
    ):
        assert time.monotonic() < deadline, (sorted(received.metrics), received.spans[-1:])
        time.sleep(0.2)
    points = received.metrics["gen_ai.client.token.usage"]
    assert {(point["gen_ai.request.model"], point["gen_ai.token.type"]) for point in points if point["gateway.team"] == "bounded"} >= {
        ("other", "input"), ("other", "output"),
    }  # fmt: skip
    span = next(span for _, span in received.spans if span.get("gateway.team") == "bounded")
    assert span["gen_ai.usage.input_tokens"] == str(used["plain"] + used["cached"])
    assert (span["gen_ai.provider.name"], span["gen_ai.request.stream"]) == ("openai", "True")


def test_who_calls(two: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """The token is verified here, whoever reaches the port; it goes no further."""
    gateway, pool = two[0], outside_of_teams.pool
    good = pool.token("limited")
    changed = f"{good.rsplit('.', 1)[0]}.{pool.token('other').rsplit('.', 1)[1]}"
    wrong = [
        "",
        "nonsense",
        changed,
        pool.token("limited", exp=1),
        pool.token("limited", token_use="id"),  # noqa: S106 (a kind of token)
        pool.token("limited", iss="https://evil.example.com"),
    ]
    assert [gateway.get("/v1/models", token).status for token in wrong] == [401] * len(wrong)
    outside_of_teams.control("/forget")
    answer = gateway.post("somebody", CHAT, {"model": "gpt-4o-mini", "messages": MESSAGES})
    assert answer.status == 200
    (record,) = outside_of_teams.records()
    assert good not in json.dumps(record)
    assert gateway.line(request_id=answer.headers["x-gateway-request-id"])["team"] == "unknown"


def test_a_teams_models(two: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """Another is a 403 that names what is allowed, in the shape of the API, and the list is the team's own."""
    gateway = two[0]
    for path in (CHAT, "/v1/messages"):
        answer = gateway.post("limited", path, {"model": "gemini", "max_tokens": 5, "messages": MESSAGES})
        error = answer.json()["error"]
        assert (answer.status, error["type"], error["code"]) == (403, "permission_error", "model_not_allowed")
        assert error["message"] == "the model gemini is not allowed; team limited may use: gpt-4o-mini, claude*"
    assert gateway.post("limited", CHAT, {"model": "claude", "messages": MESSAGES}).status == 200
    listed = gateway.get("/v1/models", outside_of_teams.pool.token("limited")).json()["data"]
    assert [model["id"] for model in listed] == ["claude", "claude-cut", "gpt-4o-mini"]
    assert gateway.line(team="limited", limit="model", path="/v1/messages")["reason"] == "model_not_allowed"
