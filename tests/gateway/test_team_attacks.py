"""A team tries to use another team's name, models and budget, and the gateway refuses each attempt."""

import json
from collections.abc import Iterator

from tests.gateway.teams import CHAT, MESSAGES, SECRETS, budget, settled
from tests.gateway.teams_attacks import BOUNDED, HEADERS, NOT_ITS_MODELS, RAW, UNBOUNDED, forged
from tests.gateway.teams_world import Gateway, TeamsWorld
from tests.support.synthesized import Synthesized

import pytest

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]
LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
WITHIN = {"generationConfig": "maxOutputTokens", "inferenceConfig": "maxTokens"}
MINI = {"model": "gpt-4o-mini", "messages": MESSAGES, "max_tokens": 5}


@pytest.fixture(scope="module")
def gateway(outside_of_teams: TeamsWorld, quiet_stack: Synthesized) -> Iterator[Gateway]:
    """One gateway with teams."""
    with outside_of_teams.gateways(quiet_stack, SECRETS) as (made,):
        yield made


def test_a_forged_token_gets_nowhere(gateway: Gateway, outside_of_teams: TeamsWorld) -> None:
    """Forged, expired and malformed tokens get 401; a token without the gateway's scope gets 403."""
    outside_of_teams.control("/forget")
    answers = {what: gateway.get("/v1/models", token).status for what, token in forged(gateway.pool, "limited").items()}
    assert answers == dict.fromkeys(answers, 401)
    without_scope = gateway.get("/v1/models", gateway.pool.token("limited", scope="other/invoke"))
    assert (without_scope.status, without_scope.json()["error"]["code"]) == (403, "needs_invoke")
    assert outside_of_teams.records() == []
    assert gateway.get("/v1/models", gateway.pool.token("limited")).status == 200


def test_another_model_is_refused_in_every_spelling(gateway: Gateway, outside_of_teams: TeamsWorld) -> None:
    """A model that the team may not use is refused under any case, encoding, type or duplicate key."""
    outside_of_teams.control("/forget")
    for model in NOT_ITS_MODELS:
        answer = gateway.post("limited", CHAT, {"model": model, "messages": MESSAGES})
        assert answer.status in {400, 403}, (model, answer.data)
    token = gateway.pool.token("limited")
    for text in RAW:
        answer = gateway.send(token, CHAT, text.encode())
        assert answer.status in {400, 403}, (text, answer.data)
    assert outside_of_teams.records() == []


def test_headers_choose_nothing(gateway: Gateway, outside_of_teams: TeamsWorld) -> None:
    """Headers and query parameters change neither target nor model, token limit, team or key."""
    for headers in HEADERS:
        outside_of_teams.control("/forget")
        answer = gateway.post("limited", f"{CHAT}?model=gpt-4o&max_tokens=90000", MINI, headers=headers)
        assert answer.status == 200, (headers, answer.data)
        (record,) = outside_of_teams.records()
        assert (record["host"], record["model"], record["path"]) == ("api.openai.com", "gpt-4o-mini", CHAT)
        assert record["document"]["max_tokens"] == 5
        line = gateway.line(request_id=answer.headers["x-gateway-request-id"])
        assert (line["team"], line["model"]) == ("limited", "gpt-4o-mini")


def test_what_nothing_bounds_is_refused(gateway: Gateway, outside_of_teams: TeamsWorld) -> None:
    """With a budget, requests whose cost has no limit get 400: media, searches, provider-run tools and stored items."""
    outside_of_teams.control("/forget")
    for path, document in UNBOUNDED:
        answer = gateway.post("bounded", path, document)
        assert answer.status == 400, (path, document, answer.data[:300])
        assert answer.json()["error"]["code"] in {"unbounded_request", "stored_items_closed", "bad_model"}
    assert outside_of_teams.records() == []
    assert budget(outside_of_teams, "bounded")[0] == 0


def test_every_request_carries_its_limit(gateway: Gateway, outside_of_teams: TeamsWorld) -> None:
    """The provider receives a token limit even if the caller's is null, misspelled or in a provider's own field."""
    for path, document, most in BOUNDED:
        outside_of_teams.control("/forget")
        answer = gateway.post("bounded", path, document)
        assert answer.status == 200, (path, document, answer.data[:300])
        (record,) = outside_of_teams.records()
        sent = record["document"]
        limits = [sent[name] for name in LIMITS if sent.get(name) is not None]
        limits += [sent[place][name] for place, name in WITHIN.items() if place in sent]
        assert limits, record
        assert max(limits) == most, record
        if document.get("stream"):
            assert sent["stream_options"]["include_usage"] is True
    huge = {"model": "gpt-4o-mini", "messages": MESSAGES, "max_tokens": 2**52}
    answer = gateway.post("bounded", CHAT, huge)
    assert (answer.status, answer.json()["error"]["code"]) == (429, "budget_exceeded")
    many = gateway.post("bounded", CHAT, {**huge, "max_tokens": 1_000_000, "n": 128})
    assert many.status == 200
    assert settled(outside_of_teams, "bounded")[1] == 0


def test_a_gateway_of_the_same_pool_keeps_teams_apart(gateway: Gateway, outside_of_teams: TeamsWorld) -> None:
    """A request counts only for the team of its token, even if its body names another team."""
    before = outside_of_teams.items("usage#unlimited")
    body = {**MINI, "user": "unlimited", "metadata": {"team": "unlimited"}, "safety_identifier": "unlimited"}
    answer = gateway.post("limited", CHAT, body)
    assert answer.status == 200
    gateway.line(request_id=answer.headers["x-gateway-request-id"])
    assert outside_of_teams.items("usage#unlimited") == before
    assert json.loads(gateway.get("/v1/models", gateway.pool.token("limited")).data)["data"]
