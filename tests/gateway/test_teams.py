"""Teams with the real gateway, five providers that count and a real table: who used what, what it cost, where it stops."""

import base64
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from constructs_lib.helpers.task.deflate import deflate
from constructs_lib.helpers.task.routes import ByModel, Fallback, Route, Target
from tests.conftest import Synthesize
from tests.gateway.network import NoNamespaceError
from tests.gateway.teams_world import ISSUER, TABLE_NAME, Gateway, TeamsWorld, teams_world
from tests.synthesized import CERTIFICATE, Synthesized, settings

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

AZURE = {"resource_name": "my-resource", "deployment_id": "azure-gpt", "api_version": "2024-10-21"}


def openai(model: str, **more: Any) -> Target:
    """OpenAI, which behaves as the model's name says."""
    return Target(provider="openai", override_params={"model": model}, **more)


ROUTES: Route = ByModel(
    models={
        "azure-gpt": Target(provider="azure-openai", options=AZURE),
        "claude": Target(provider="anthropic"),
        "gemini": Target(provider="google"),
        "nova": Target(provider="bedrock", options={"aws_region": "eu-west-1"}),
        "fails": openai("status-500"),
        "falls-back": Fallback(
            targets=(openai("status-503"), Target(provider="anthropic", override_params={"model": "claude"}))
        ),
        "times-out": Fallback(targets=(openai("hang-9", timeout_seconds=1), openai("gpt-4o-mini"))),
        "cut": openai("cut-3"),
        "claude-cut": Target(provider="anthropic", override_params={"model": "cut-3"}),
        "nova-cut": Target(provider="bedrock", options={"aws_region": "eu-west-1"}, override_params={"model": "cut-2"}),
        "slow": openai("slow-40-0.05"),
        "long": openai("slow-600-0.1"),
    },
    default=Target(provider="openai"),
)
PRICES = {
    **{
        f"openai/{name}": {"input": 150_000, "cached_input": 75_000, "output": 600_000}
        for name in ("gpt-*", "status-*", "hang-*", "cut-*", "slow-*", "held")
    },
    "openai/embed": {"input": 20_000, "output": 0},
    "azure-openai/azure-gpt": {"input": 2_500_000, "cached_input": 1_250_000, "output": 10_000_000},
    "anthropic/claude": {"input": 3_000_000, "cached_input": 300_000, "cache_write": 3_750_000, "output": 15_000_000},
    "anthropic/cut-3": {"input": 3_000_000, "cached_input": 300_000, "cache_write": 3_750_000, "output": 15_000_000},
    "google/gemini": {"input": 300_000, "cached_input": 75_000, "output": 2_500_000},
    "bedrock/nova": {"input": 800_000, "cached_input": 200_000, "cache_write": 800_000, "output": 3_200_000},
    "bedrock/cut-2": {"input": 800_000, "output": 3_200_000},
}
SECRETS = {
    name: f"sk-server-{name.lower()}"
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GOOGLE_API_KEY", "AZURE_OPENAI_API_KEY")
}
PROVIDERS = {
    "api.openai.com": "openai",
    "my-resource.openai.azure.com": "azure-openai",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "google",
    "bedrock-runtime.eu-west-1.amazonaws.com": "bedrock",
}
TEAMS: dict[str, dict[str, Any]] = {
    "mixed": {"monthly_budget_micros": 10**12},
    "unlimited": {},
    "limited": {"models": ["gpt-4o-mini", "claude*"]},
    "small": {"monthly_budget_micros": 50 * 3000},
    "killed": {"monthly_budget_micros": 20_000},
    "month": {"monthly_budget_micros": 20_000},
    "paced": {"requests_per_minute": 5, "tokens_per_minute": 1_000_000},
    "bounded": {"monthly_budget_micros": 10**9},
}
CHAT = "/v1/chat/completions"
MESSAGES = [{"role": "user", "content": "Say hello."}]
MICROS = 1_000_000


def document(**more: Any) -> str:
    """GATEWAY_TEAMS: every client's identifier is its team's name."""
    empty = {"models": None, "monthly_budget_micros": None, "tokens_per_minute": None, "requests_per_minute": None}
    made = {
        "issuer": ISSUER,
        "table": TABLE_NAME,
        "region": "eu-west-1",
        "suffix": "amazonaws.com",
        "rate_limit_store": "dynamodb",
        "valkey": None,
        "when_unreachable": "open",
        "default_max_tokens": 4096,
        "allow_unbounded": False,
        "teams": {name: {"team": name, **empty, **limits} for name, limits in TEAMS.items()},
    }
    return json.dumps({**made, **more})


PACKED = base64.b64encode(deflate(json.dumps(PRICES).encode())).decode("ascii")


@pytest.fixture(scope="module")
def outside_of_teams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TeamsWorld]:
    """The providers, the table and the pool."""
    try:
        with teams_world(tmp_path_factory.mktemp("teams")) as made:
            yield made
    except NoNamespaceError as error:
        pytest.skip(f"no network namespace ({error}): run as root on Linux, e.g. sudo .venv/bin/python -m pytest")


@pytest.fixture(scope="module")
def stack(synthesize: Synthesize) -> Synthesized:
    """With tokens and routes to five providers."""
    return synthesize(settings(routes=ROUTES, enable_jwt_auth=True, certificate_arn=CERTIFICATE))


@pytest.fixture(scope="module")
def three(outside_of_teams: TeamsWorld, stack: Synthesized) -> Iterator[list[Gateway]]:
    """Three gateways that share the table."""
    with outside_of_teams.gateways(stack, document(), SECRETS, 3, prices=PACKED) as made:
        yield made


def month() -> str:
    """The month by UTC."""
    return datetime.now(UTC).strftime("%Y-%m")


def budget(world: TeamsWorld, team: str) -> tuple[int, int, int]:
    """What a team has spent, has reserved, and both."""
    item = world.items(f"budget#{team}").get(f"budget#{team} {month()}", {})
    return item.get("spent_micros", 0), item.get("reserved_micros", 1), item.get("committed_micros", 0)


def settled(world: TeamsWorld, team: str) -> tuple[int, int, int]:
    """The same once nothing is reserved any more."""
    deadline = time.monotonic() + 10
    while (found := budget(world, team))[1]:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


def cost(name: str, used: dict[str, int]) -> int:
    """What the provider's numbers of `<provider>/<model>` cost, worked out here once more."""
    price = PRICES.get(name) or next(
        value for key, value in PRICES.items() if key.endswith("*") and name.startswith(key[:-1])
    )
    total = (
        used["plain"] * price["input"]
        + used["cached"] * price.get("cached_input", price["input"])
        + used["written"] * price.get("cache_write", price["input"])
        + used["output"] * price["output"]
    )
    return -(-total // MICROS)


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


MIXED = 300


def test_the_table_has_what_the_providers_counted(outside_of_teams: TeamsWorld, stack: Synthesized) -> None:
    """Over many mixed requests on two gateways, to the token and the micro-dollar; what was cut off has its own columns."""
    world = outside_of_teams
    world.control("/forget")
    with world.gateways(stack, document(), SECRETS, 2, prices=PACKED) as gateways:
        choice = random.Random(21)  # noqa: S311 (a choice of requests)
        seeds = [choice.random() for _ in range(MIXED)]
        with ThreadPoolExecutor(16) as pool:
            ends = list(pool.map(lambda n: one_of_many(gateways[n % 2], random.Random(seeds[n])), range(MIXED)))  # noqa: S311
            [answer] = list(
                pool.map(
                    lambda _: gateways[0].post("mixed", CHAT, {"model": "times-out", "messages": MESSAGES}), range(1)
                )
            )
        assert answer.status == 200
        kinds = Counter(kind for kind, _ in ends)
        assert set(kinds) == {"200", "500", "cut", "left"}, kinds
        spent, reserved, committed = settled(world, "mixed")
        for gateway in gateways:
            gateway.container.stop()
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
    found = {key.split("#")[-1]: item for key, item in world.items("usage#mixed").items()}
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
    assert total["requests"] == MIXED + 1
    assert total["errors"] == kinds["500"] + kinds["cut"]
    assert (spent, reserved, committed) == (total["cost_micros"] + total["estimated_cost_micros"], 0, spent)


def test_a_budget_for_fifty(three: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """200 requests at once on three gateways: what is spent never passes the budget, and the rest gets 429 with the reason."""
    # A token of output costs 0.6 micro-dollars: with 4,850 of them, and some hundred bytes, 2,970 are reserved.
    body = {"model": "held", "messages": MESSAGES, "stream": True, "max_tokens": 4850}
    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(lambda n: three[n % 3].post("small", CHAT, body, preload_content=False), range(200)))
        assert Counter(answer.status for answer in answers) == {200: 50, 429: 150}
        assert budget(outside_of_teams, "small")[2] <= TEAMS["small"]["monthly_budget_micros"]
        outside_of_teams.control("/release")
        texts = list(pool.map(lambda answer: answer.read(), answers))
    assert sum(text.endswith(b"data: [DONE]\n\n") for text in texts) == 50
    refused = next(text for text, answer in zip(texts, answers, strict=True) if answer.status == 429)
    assert json.loads(refused)["error"]["code"] == "budget_reserved"
    spent, reserved, committed = settled(outside_of_teams, "small")
    assert (reserved, committed) == (0, spent)
    assert spent <= TEAMS["small"]["monthly_budget_micros"]
    while (last := three[0].post("small", CHAT, {**body, "model": "gpt-4o-mini", "stream": False})).status == 200:
        assert budget(outside_of_teams, "small")[0] <= TEAMS["small"]["monthly_budget_micros"]
    assert (last.status, last.json()["error"]["code"]) == (429, "budget_exceeded")
    assert int(last.headers["retry-after"]) > 86_400
    assert "of its budget of $0.15 left for this month" in last.json()["error"]["message"]


def test_killed_in_the_middle_of_streams(outside_of_teams: TeamsWorld, stack: Synthesized) -> None:
    """Its reservations keep others out until they expire, a minute after its last write; then all is there but what it held."""
    world = outside_of_teams
    body = {"model": "long", "messages": MESSAGES, "stream": True, "max_tokens": 15_000}
    small = {"model": "gpt-4o-mini", "messages": MESSAGES, "max_tokens": 15_000}
    with world.gateways(stack, document(), SECRETS, 2, prices=PACKED) as (dying, living):
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
    with world.gateways(stack, document(), SECRETS, prices=PACKED, ahead_seconds=70) as (later,):
        answer = later.post("killed", CHAT, small)
        assert answer.status == 200, (answer.data, world.items("budget#killed"))
        assert settled(world, "killed")[0] > spent


def test_the_end_of_a_month(outside_of_teams: TeamsWorld, stack: Synthesized) -> None:
    """A team at its budget waits until midnight UTC, and has a new one then."""
    now = datetime.now(UTC)
    end = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
    body = {"model": "gpt-4o-mini", "messages": MESSAGES, "max_tokens": 33_000}
    before = (end - now).total_seconds() - 9
    with outside_of_teams.gateways(stack, document(), SECRETS, prices=PACKED, ahead_seconds=before) as (gateway,):
        while (refused := gateway.post("month", CHAT, body)).status == 200:
            settled(outside_of_teams, "month")
        assert (refused.status, refused.json()["error"]["code"]) == (429, "budget_exceeded")
        wait = int(refused.headers["retry-after"])
        assert 1 <= wait <= 9
        assert end.strftime("%Y-%m-%d (UTC)") in refused.json()["error"]["message"]
        time.sleep(wait)
        assert gateway.post("month", CHAT, body).status == 200


def test_without_the_table(outside_of_teams: TeamsWorld, stack: Synthesized) -> None:
    """A setting decides: requests pass and are counted when it is back, or get 503; the log and a metric say so."""
    world = outside_of_teams
    body = {"model": "gpt-4o-mini", "messages": MESSAGES}
    with (
        world.gateways(stack, document(), SECRETS, prices=PACKED) as (gateway,),
    ):
        world.control("/table/down")
        assert [gateway.post("bounded", CHAT, body).status for _ in range(3)] == [200, 200, 200]
        assert gateway.post("unlimited", CHAT, body).status == 200
        world.control("/table/up")
        assert settled(world, "bounded")[0] > 0
        assert '"what":"the table of budgets and limits cannot be reached"' in gateway.container.output
        gateway.container.stop()
    requests = [item["requests"] for item in world.items("usage#bounded").values()]
    assert requests == [3]
    with world.gateways(stack, document(when_unreachable="closed"), SECRETS, prices=PACKED) as (gateway,):
        world.control("/table/down")
        refused = gateway.post("bounded", CHAT, body)
        assert (refused.status, refused.json()["error"]["code"], refused.headers["retry-after"]) == (
            503,
            "limits_unavailable",
            "5",
        )
        assert gateway.post("unlimited", CHAT, body).status == 200
        world.control("/table/up")
        deadline = time.monotonic() + 10
        while gateway.post("bounded", CHAT, body).status != 200:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        deadline = time.monotonic() + 10
        while "gateway.team.store.failures" not in world.received.metrics:
            assert time.monotonic() < deadline, sorted(world.received.metrics)
            time.sleep(0.2)


def test_who_calls(three: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """The token is verified here, whoever reaches the port; it goes no further."""
    gateway, pool = three[0], outside_of_teams.pool
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


def test_a_teams_models(three: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """Another is a 403 that names what is allowed, in the shape of the API, and the list is the team's own."""
    gateway = three[0]
    for path in (CHAT, "/v1/messages"):
        answer = gateway.post("limited", path, {"model": "gemini", "max_tokens": 5, "messages": MESSAGES})
        error = answer.json()["error"]
        assert (answer.status, error["type"], error["code"]) == (403, "permission_error", "model_not_allowed")
        assert error["message"] == "the model gemini is not allowed; team limited may use: gpt-4o-mini, claude*"
    assert gateway.post("limited", CHAT, {"model": "claude", "messages": MESSAGES}).status == 200
    listed = gateway.get("/v1/models", outside_of_teams.pool.token("limited")).json()["data"]
    assert [model["id"] for model in listed] == ["claude", "claude-cut", "gpt-4o-mini"]
    assert gateway.line(team="limited", limit="model", path="/v1/messages")["reason"] == "model_not_allowed"


def test_requests_per_minute(three: list[Gateway]) -> None:
    """Shared by all gateways, with the headers that OpenAI sends."""
    body = {"model": "gpt-4o-mini", "messages": MESSAGES}
    answers = [three[n % 3].post("paced", CHAT, body) for n in range(7)]
    assert [answer.status for answer in answers] == [200] * 5 + [429] * 2
    first, last = answers[0].headers, answers[-1].headers
    assert (first["x-ratelimit-limit-requests"], first["x-ratelimit-remaining-requests"]) == ("5", "4")
    assert (last["x-ratelimit-remaining-requests"], last["x-ratelimit-limit-tokens"]) == ("0", "1000000")
    assert 1 <= int(last["retry-after"]) <= 12
    assert answers[-1].json()["error"]["code"] == "rate_limit_exceeded"


def test_what_no_request_bounds(three: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """A team with a budget gets 400 for it, and a limit where it gave none."""
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


def test_streams_are_as_they_were_asked_for(three: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """The event of usage arrives where the caller asked for it, and nowhere else; the provider is always asked."""
    outside_of_teams.control("/forget")
    for model in ("gpt-4o-mini", "azure-gpt"):
        body = {"model": model, "messages": MESSAGES, "stream": True}
        plain = three[0].post("unlimited", CHAT, body).data
        asked = three[0].post("unlimited", CHAT, {**body, "stream_options": {"include_usage": True}}).data
        assert (b'"prompt_tokens"' in plain, b'"prompt_tokens"' in asked) == (False, True)
        assert plain.endswith(b"data: [DONE]\n\n")
    assert {record["document"]["stream_options"]["include_usage"] for record in outside_of_teams.records()} == {True}


def test_metrics_and_spans(three: list[Gateway], outside_of_teams: TeamsWorld) -> None:
    """By the conventions for generative AI, with bounded values; the access log has the same numbers."""
    world, received = outside_of_teams, outside_of_teams.received
    world.control("/forget")
    received.spans.clear()
    received.metrics.clear()
    answer = three[0].post("bounded", CHAT, {"model": "gpt-4o-mini", "messages": MESSAGES, "stream": True})
    three[0].post("bounded", CHAT, {"model": "gpt-unheard-of", "messages": MESSAGES})
    used = world.records()[0]["usage"]
    line = three[0].line(request_id=answer.headers["x-gateway-request-id"])
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
