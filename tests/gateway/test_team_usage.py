"""Usage and cost per team with the real gateway, five providers that report usage, and a DynamoDB table."""

import json

from tests.gateway.teams import CHAT, MESSAGES, cost
from tests.gateway.teams_world import Gateway, TeamsWorld
from tests.support.waiting import until

import pytest

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]


def test_streams_are_as_they_were_asked_for(two: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """The caller gets the usage event only if it requested one; the gateway always requests it from the provider."""
    outside_of_teams.control("/forget")
    for model in ("gpt-4o-mini", "azure-gpt"):
        body = {"model": model, "messages": MESSAGES, "stream": True}
        plain = two[0].post("unlimited", CHAT, body).data
        asked = two[0].post("unlimited", CHAT, {**body, "stream_options": {"include_usage": True}}).data
        assert (b'"prompt_tokens"' in plain, b'"prompt_tokens"' in asked) == (False, True)
        assert plain.endswith(b"data: [DONE]\n\n")
    assert {record["document"]["stream_options"]["include_usage"] for record in outside_of_teams.records()} == {True}


def test_metrics_and_spans(two: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """Metrics and spans follow the conventions for generative AI, and the access log has the same numbers."""
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
    until(
        lambda: (
            names <= set(received.metrics) and any(span.get("gateway.team") == "bounded" for _, span in received.spans)
        ),
        lambda: (sorted(received.metrics), received.spans[-1:]),
    )
    points = received.metrics["gen_ai.client.token.usage"]
    assert {(point["gen_ai.request.model"], point["gen_ai.token.type"]) for point in points if point["gateway.team"] == "bounded"} >= {
        ("other", "input"), ("other", "output"),
    }  # fmt: skip
    span = next(span for _, span in received.spans if span.get("gateway.team") == "bounded")
    assert span["gen_ai.usage.input_tokens"] == str(used["plain"] + used["cached"])
    assert (span["gen_ai.provider.name"], span["gen_ai.request.stream"]) == ("openai", "True")


def test_who_calls(two: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """The gateway verifies the token itself, whoever connects to its port, and does not send it to the provider."""
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
    """Another model gets 403 in the API's format with the team's models, and the model list has only those."""
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
