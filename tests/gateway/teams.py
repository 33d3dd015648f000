"""The settings of the tests with teams: routes to five providers, what they cost, and the teams with their limits."""

import base64
import json
import time
from datetime import UTC, datetime
from typing import Any

from constructs_lib.helpers.task.deflate import deflate
from constructs_lib.helpers.task.routes import ByModel, Fallback, Route, Target
from tests.gateway.teams_world import ISSUER, TABLE_NAME, TeamsWorld

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
