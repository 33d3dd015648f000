"""Settings of the team tests: routes to five providers, their prices, and the teams with their limits."""

import math
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from constructs_lib.helpers.task.routes import ByModel, Fallback, Route, Target
from constructs_lib.helpers.usage.teams import Client, ModelPrice
from envs.schema import Environment
from tests.gateway.teams_world import TeamsWorld
from tests.support.synthesized import CERTIFICATE, settings
from tests.support.waiting import until

AZURE = {"resource_name": "my-resource", "deployment_id": "azure-gpt", "api_version": "2024-10-21"}


def openai(model: str, **more: Any) -> Target:
    """A target at OpenAI; the model's name sets the provider's behaviour."""
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
CHEAP = (0.15, 0.6, 0.075, None)
"""Dollars per million tokens of input, output, cached input and input written to the cache."""
DOLLARS = {
    **{f"openai/{name}": CHEAP for name in ("gpt-*", "status-*", "hang-*", "cut-*", "slow-*", "held")},
    "openai/embed": (0.02, 0, None, None),
    "azure-openai/azure-gpt": (2.5, 10, 1.25, None),
    "anthropic/claude": (3, 15, 0.3, 3.75),
    "anthropic/cut-3": (3, 15, 0.3, 3.75),
    "google/gemini": (0.3, 2.5, 0.075, None),
    "bedrock/nova": (0.8, 3.2, 0.2, None),
    "bedrock/cut-2": (0.8, 3.2, None, None),
}
MODEL_PRICES = tuple(
    ModelPrice(model=model, input_usd=given, output_usd=made, cached_input_usd=cached, cache_write_usd=written)
    for model, (given, made, cached, written) in DOLLARS.items()
)
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
CLIENTS = (
    Client(team="mixed", monthly_budget_usd=1_000_000),
    Client(team="unlimited"),
    Client(team="limited", models=("gpt-4o-mini", "claude*")),
    Client(team="small", monthly_budget_usd=0.15),
    Client(team="killed", monthly_budget_usd=0.02),
    Client(team="month", monthly_budget_usd=0.02),
    Client(team="paced", requests_per_minute=5, tokens_per_minute=1_000_000),
    Client(team="bounded", monthly_budget_usd=1000),
    Client(team="fifty", requests_per_minute=50),
    Client(team="both", requests_per_minute=600, monthly_budget_usd=1000),
)
SMALL_MICROS = 150_000
"""The budget of the team `small` in micro-dollars."""
CHAT = "/v1/chat/completions"
MESSAGES = [{"role": "user", "content": "Say hello."}]


def team_settings(**changes: Any) -> Environment:
    """An environment with tokens, routes to five providers and the teams."""
    made = {"routes": ROUTES, "clients": CLIENTS, "model_prices": MODEL_PRICES, "certificate_arn": CERTIFICATE}
    return settings(enable_jwt_auth=True, **made, **changes)


def month() -> str:
    """The current month in UTC."""
    return datetime.now(UTC).strftime("%Y-%m")


def budget(world: TeamsWorld, team: str) -> tuple[int, int, int]:
    """Return what a team has spent, what it has reserved, and the sum of both."""
    item = world.items(f"budget#{team}").get(f"budget#{team} {month()}", {})
    return item.get("spent_micros", 0), item.get("reserved_micros", 1), item.get("committed_micros", 0)


def settled(world: TeamsWorld, team: str) -> tuple[int, int, int]:
    """Return the same as `budget` once something is spent and nothing is reserved any more."""

    def found() -> tuple[int, int, int] | None:
        spent, reserved, committed = budget(world, team)
        return (spent, reserved, committed) if spent and not reserved else None

    return until(found, lambda: budget(world, team))


def cost(name: str, used: dict[str, int]) -> int:
    """Return the cost in micro-dollars of reported usage, calculated without the gateway's code."""
    given, made, cached, written = DOLLARS.get(name) or CHEAP
    exact = (
        used["plain"] * Decimal(str(given))
        + used["cached"] * Decimal(str(given if cached is None else cached))
        + used["written"] * Decimal(str(given if written is None else written))
        + used["output"] * Decimal(str(made))
    )
    return math.ceil(exact)
