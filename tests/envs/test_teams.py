"""Rules about teams: models, budgets, limits, prices and endpoints, each with its exact message."""

from typing import Any

from constructs_lib.helpers.task.routes import ByModel, Fallback, Route, Target
from envs.schema import Client, ModelPrice
from stacks.warnings import warnings
from tests.support.synthesized import CERTIFICATE, WITH_TEAMS, problems, settings

import attrs
import pytest

OPENAI = Target(provider="openai")
GUARDED: dict[str, Any] = {"enable_jwt_auth": True, "certificate_arn": CERTIFICATE, "routes": OPENAI}
ONE = {**GUARDED, "clients": (Client(team="a"),)}


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (
            {"models": ()},
            "models=() must be None for all models, or a tuple of names or of prefixes followed by *, e.g. "
            '("gpt-4o-mini", "claude-*")',
        ),
        (
            {"models": ("gpt-4o mini",)},
            "models=('gpt-4o mini',) must be None for all models, or a tuple of names or of prefixes followed by *, e.g. "
            '("gpt-4o-mini", "claude-*")',
        ),
        (
            {"models": ("*-mini",)},
            "models=('*-mini',) must be None for all models, or a tuple of names or of prefixes followed by *, e.g. "
            '("gpt-4o-mini", "claude-*")',
        ),
        (
            {"monthly_budget_usd": -5},
            "monthly_budget_usd=-5 must be None for no budget, or dollars above 0 up to 100,000,000 with at most six decimals",
        ),
        (
            {"monthly_budget_usd": 0},
            "monthly_budget_usd=0 must be None for no budget, or dollars above 0 up to 100,000,000 with at most six decimals",
        ),
        (
            {"monthly_budget_usd": 0.0000001},
            "monthly_budget_usd=1e-07 must be None for no budget, or dollars above 0 up to 100,000,000 with at most six "
            "decimals",
        ),
        (
            {"monthly_budget_usd": float("nan")},
            "monthly_budget_usd=nan must be None for no budget, or dollars above 0 up to 100,000,000 with at most six decimals",
        ),
        (
            {"monthly_budget_usd": True},
            "monthly_budget_usd=True must be None for no budget, or dollars above 0 up to 100,000,000 with at most six "
            "decimals",
        ),
        (
            {"tokens_per_minute": 0},
            "tokens_per_minute=0 must be None for no limit, or a whole number from 1 to 1,000,000,000",
        ),
        (
            {"requests_per_minute": 1.5},
            "requests_per_minute=1.5 must be None for no limit, or a whole number from 1 to 1,000,000",
        ),
    ],
)
def test_a_limit_that_is_none_is_named(limits: dict[str, Any], said: str) -> None:
    """The message has the team, the value and what is allowed."""
    client = Client(team="a", **limits)
    assert problems(**{**GUARDED, "clients": (client,)}) == [f"clients=({client!r},): team='a': {said}"]


def test_the_name_of_callers_without_a_team_is_taken() -> None:
    """The team name `unknown` is reserved for the usage of callers without a team."""
    client = Client(team="unknown")
    assert problems(clients=(client,)) == [
        f"clients=({client!r},): team='unknown': is the gateway's name for callers without a team: choose another name"
    ]


PRICE: dict[str, Any] = {"model": "openai/gpt-4o", "input_usd": 1, "output_usd": 2}


@pytest.mark.parametrize(
    ("price", "said"),
    [
        (
            {"model": "gpt-4o"},
            "model='gpt-4o' must be <provider>/<model>, e.g. openai/gpt-4o-mini; it may end in *",
        ),
        (
            {"model": "opnai/gpt-4o"},
            "model='opnai/gpt-4o': Portkey has no provider 'opnai'; did you mean openai?",
        ),
        (
            {"input_usd": -1},
            "model='openai/gpt-4o': input_usd=-1 must be dollars per million tokens, from 0 to 1,000,000 with at most six "
            "decimals",
        ),
        (
            {"output_usd": None},
            "model='openai/gpt-4o': output_usd=None must be dollars per million tokens, from 0 to 1,000,000 with at most "
            "six decimals",
        ),
        (
            {"cached_input_usd": "0.5"},
            "model='openai/gpt-4o': cached_input_usd='0.5' must be None, or dollars per million tokens, from 0 to 1,000,000 "
            "with at most six decimals",
        ),
    ],
)
def test_a_price_that_is_none_is_named(price: dict[str, Any], said: str) -> None:
    """The message has the model, the value and what is allowed."""
    given = ModelPrice(**{**PRICE, **price})
    assert problems(**{**ONE, "model_prices": (given,)}) == [f"model_prices=({given!r},): {said}"]


def test_a_model_has_one_price() -> None:
    """Two prices whose model names differ only in case are refused."""
    twice = (ModelPrice(**PRICE), ModelPrice(**{**PRICE, "model": "openai/GPT-4o"}))
    (said,) = problems(**{**ONE, "model_prices": twice})
    assert said.endswith(": has the model 'openai/gpt-4o' twice")


PACED = {**GUARDED, "clients": (Client(team="a", requests_per_minute=1),), "rate_limit_store": "valkey"}
LIMITED = Client(team="a", monthly_budget_usd=5, requests_per_minute=1)
MINI = Client(team="a", models=("gpt-4o-mini",), monthly_budget_usd=5)
LOCAL = Target(provider="openai", custom_host="https://models.example.com/v1")
LLAMA = Target(provider="groq", override_params={"model": "our-llama"})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"clients": (LIMITED,)},
            "clients=Client(team='a', scopes=('invoke',), monthly_budget_usd=5, requests_per_minute=1): monthly_budget_usd, "
            "requests_per_minute need enable_jwt_auth=True: only a token identifies the team; set it, or delete them",
        ),
        (
            {"default_max_tokens": 100},
            "default_max_tokens=100: has no effect without clients=(Client(team=…),); set that, or delete it",
        ),
        (
            {"clients": (Client(team="a"),), "usage_store_failure": "open"},
            "usage_store_failure='open': has no effect without enable_jwt_auth=True: only a token identifies the team; set "
            "that, or delete it",
        ),
        (
            {**ONE, "rate_limit_store": "redis"},
            "rate_limit_store='redis': must be one of dynamodb, valkey",
        ),
        (
            {"rate_limit_store": "valkey"},
            "rate_limit_store='valkey': has no effect without clients=(Client(team=…),): set that, or delete it",
        ),
        (
            {**GUARDED, "clients": (Client(team="a"),), "rate_limit_store": "valkey"},
            "rate_limit_store='valkey': has no effect, as no client has tokens_per_minute or requests_per_minute: set one, or delete it",
        ),
        (
            {"valkey_node_type": "cache.m7g.large"},
            "valkey_node_type='cache.m7g.large': has no effect without rate_limit_store=\"valkey\": set that, or delete it",
        ),
        (
            {"valkey_replicas": 0},
            'valkey_replicas=0: has no effect without rate_limit_store="valkey": set that, or delete it',
        ),
        (
            {**PACED, "valkey_node_type": "cache.t1.micro"},
            "valkey_node_type='cache.t1.micro': must be an ElastiCache node type that supports encryption at rest, e.g. "
            "cache.t4g.micro or cache.m7g.large",
        ),
        ({**PACED, "valkey_replicas": 6}, "valkey_replicas=6: must be from 0 to 5 replicas"),
        ({**ONE, "usage_store_failure": "maybe"}, "usage_store_failure='maybe': must be one of closed, open"),
        ({**ONE, "default_max_tokens": 0}, "default_max_tokens=0: must be from 1 to 1000000 tokens"),
        (
            {**GUARDED, "clients": (Client(team="a", models=("clade-3-*",)),)},
            "clients=Client(team='a', scopes=('invoke',), models=('clade-3-*',)): models has 'clade-3-*', which matches no "
            "route: routes name no model and reach openai; correct it, or give a new model a price in model_prices",
        ),
        (
            {
                **GUARDED,
                "routes": ByModel(models={"fast": OPENAI}, default=Fallback(targets=(OPENAI, LLAMA))),
                "clients": (Client(team="a", models=("fst",)),),
            },
            "clients=Client(team='a', scopes=('invoke',), models=('fst',)): models has 'fst', which matches no route: did you "
            "mean fast? routes name fast, our-llama and reach groq, openai; correct it, or give a new model a price in "
            "model_prices",
        ),
        (
            {**ONE, "model_prices": (ModelPrice(model="groq/our-llama", input_usd=0, output_usd=0),)},
            "model_prices='groq/our-llama': no target of routes has the provider 'groq', they have openai: delete it",
        ),
        (
            {**GUARDED, "routes": LLAMA, "clients": (Client(team="a", monthly_budget_usd=5),)},
            "clients=Client(team='a', scopes=('invoke',), monthly_budget_usd=5): groq/our-llama has no price, so it is refused "
            'for a team with a budget: write model_prices=(ModelPrice(model="groq/our-llama", input_usd=…, output_usd=…),), '
            "delete the budget, or set allow_unbounded_requests=True",
        ),
        ({"interface_endpoints": ("kms",)}, "interface_endpoints=('kms',): 'kms' must be one of bedrock-runtime, xray"),
        (
            {"interface_endpoints": ("xray",), "instrument_gateway": False},
            "interface_endpoints=('xray',): xray needs instrument_gateway=True, which sends the traces",
        ),
        (
            {**GUARDED, "interface_endpoints": ("bedrock-runtime",)},
            "interface_endpoints=('bedrock-runtime',): bedrock-runtime is for Bedrock in aws_region='eu-west-1'; routes call "
            "it in nowhere: delete it",
        ),
        (
            {
                "interface_endpoints": ("xray",),
                "vpc_id": "vpc-0123456789abcdef0",
                "internal_load_balancer": True,
                "private_subnet_ids": ("subnet-0123456789abcdef2", "subnet-0123456789abcdef3"),
            },
            "interface_endpoints=('xray',): vpc_id='vpc-0123456789abcdef0' has endpoints of its own: delete this setting",
        ),
    ],
)
def test_what_a_setting_needs_of_others(changes: dict[str, Any], said: str) -> None:
    """The message has the setting, its value, what is missing and what to write."""
    assert problems(**changes) == [said]


@pytest.mark.parametrize(
    ("route", "models"),
    [
        (OPENAI, ("gpt-4o-mini", "gpt-4*", "*")),
        (LOCAL, ("anything",)),
        (ByModel(models={"fast": LLAMA}, default=OPENAI), ("fast", "our-llama", "FA*")),
        (Target(provider="bedrock", options={"aws_region": "eu-west-1"}), ("us.amazon.nova-*",)),
        (None, ("whatever",)),
    ],
)
def test_a_model_of_a_route_is_accepted(route: Route | None, models: tuple[str, ...]) -> None:
    """A model is accepted by name, by prefix or by its ByModel name. Custom hosts may serve any model."""
    made = settings(**{**GUARDED, "routes": route, "clients": (Client(team="a", models=models),)})
    assert made.clients[0].models == models


def test_a_model_without_a_price_keeps_only_those_out_who_may_use_it() -> None:
    """A budget requires prices only for the models that the team may use."""
    routes = ByModel(models={"ours": LLAMA}, default=OPENAI)
    client = Client(team="a", models=("gpt-4o*",), monthly_budget_usd=5)
    assert settings(**{**GUARDED, "routes": routes, "clients": (client,)}).clients == (client,)
    (said,) = problems(**{**GUARDED, "routes": routes, "clients": (attrs.evolve(client, models=("our*",)),)})
    assert "groq/our-llama has no price, so it is refused for a team with a budget" in said


def test_every_target_needs_a_price_for_a_budget() -> None:
    """With a budget, a fallback target without a price for the model's name is reported."""
    bedrock = Target(provider="bedrock", options={"aws_region": "eu-west-1"})
    client = Client(team="a", models=("gpt-4o-mini",), monthly_budget_usd=5)
    routes = Fallback(targets=(OPENAI, bedrock))
    (said,) = problems(**{**GUARDED, "routes": routes, "clients": (client,)})
    assert "bedrock/gpt-4o-mini has no price, so it is refused for a team with a budget" in said
    named = Fallback(targets=(OPENAI, attrs.evolve(bedrock, override_params={"model": "amazon.nova-lite-v1:0"})))
    assert settings(**{**GUARDED, "routes": named, "clients": (client,)}).clients == (client,)


def test_a_price_makes_a_new_model_known() -> None:
    """A price makes a new model known to the rules about models and about budgets."""
    price = ModelPrice(model="openai/next-1*", input_usd=1, output_usd=2)
    client = Client(team="a", models=("next-1-mini",), monthly_budget_usd=5)
    assert settings(**{**GUARDED, "clients": (client,), "model_prices": (price,)}).clients == (client,)


def test_only_tokens_make_teams_known() -> None:
    """Teams without limits may be configured before tokens are turned on."""
    assert settings(clients=(Client(team="a"),)).knows_teams is False
    assert settings(**ONE).knows_teams is True


def test_a_reviewer_learns_of_unpriced_models_and_missing_alarms() -> None:
    """Unpriced models and missing alarms each give a warning that names the setting."""
    made = attrs.evolve(WITH_TEAMS, instrument_gateway=False, interface_endpoints=())
    found = [one for one in warnings(made) if "budget" in one or "price" in one]
    assert found == [
        "instrument_gateway=False: without OpenTelemetry's metrics no alarm is sent at 80 % and 100 % of the budgets of "
        "search: set instrument_gateway=True",
        "routes send anthropic/fast, which genai-prices has no price for: their requests count without a cost until "
        "model_prices has one",
    ]
    assert [one for one in warnings(settings(**ONE)) if "price" in one] == []
