"""Rules about teams: what each may use and how much, and what that needs of other settings."""

# ruff: noqa: FBT001 (a switch is one of the values)
import difflib
import re
from collections.abc import Iterable, Iterator

from constructs_lib.helpers.access import SCOPES
from constructs_lib.helpers.task.routes import (
    BEDROCK,
    PROVIDERS,
    ByModel,
    Fallback,
    LoadBalance,
    Route,
    Target,
    targets,
)
from constructs_lib.helpers.usage.model_patterns import overlap
from constructs_lib.helpers.usage.teams import MICROS, Client, ModelPrice, micros
from envs.schema.rules import PairRule, Problem, matches
from envs.schema.values import NAME, NAME_SAYS

MOST_BUDGET_USD = 100_000_000
MOST_PRICE_USD = 1_000_000
_PATTERN = re.compile(r"[A-Za-z0-9@][A-Za-z0-9._:@+/-]*\*?|\*", re.ASCII)
"""What a model may be called (gateway_runtime/src/models.mjs), or the start of it."""
UNKNOWN_TEAM = "unknown"
"""What the gateway calls whoever has a token of none of the clients."""


def clients(values: tuple[Client, ...]) -> str | None:
    """Each team once, with scopes that exist and limits that are ones."""
    for client in values:
        if type(client.team) is not str or matches(NAME, NAME_SAYS, longest=64)(client.team):
            return f"team={client.team!r} must be {NAME_SAYS}, at most 64 characters"
        if problem := _client_problem(client):
            return f"team={client.team!r}: {problem}"
    teams = [client.team for client in values]
    repeated = next((team for team in teams if teams.count(team) > 1), None)
    return None if repeated is None else f"has the team {repeated!r} twice"


def _client_problem(client: Client) -> str | None:
    if client.team == UNKNOWN_TEAM:
        return "is what the gateway calls callers of no team: choose another name"
    if type(client.scopes) is not tuple or not client.scopes or not set(client.scopes) <= set(SCOPES):
        return f"scopes={client.scopes!r} must be a tuple of {', '.join(SCOPES)}"
    models = client.models
    if models is not None and (type(models) is not tuple or not models or not all(map(_is_pattern, models))):
        return (
            f"models={models!r} must be None for all, or a tuple of names or of starts of names followed by *, e.g. "
            '("gpt-4o-mini", "claude-*")'
        )
    budget = client.monthly_budget_usd
    if budget is not None and not _is_money(budget, lowest=1, most_usd=MOST_BUDGET_USD):
        return (
            f"monthly_budget_usd={budget!r} must be None for no budget, or dollars above 0 up to {MOST_BUDGET_USD:,} "
            "with at most six decimals"
        )
    for name, most in (("tokens_per_minute", 1_000_000_000), ("requests_per_minute", 1_000_000)):
        value = getattr(client, name)
        if value is not None and not (type(value) is int and 1 <= value <= most):
            return f"{name}={value!r} must be None for no limit, or a whole number from 1 to {most:,}"
    return None


def _is_pattern(value: object) -> bool:
    return type(value) is str and len(value) <= 256 and _PATTERN.fullmatch(value) is not None


def _is_money(value: object, *, lowest: int, most_usd: int) -> bool:
    """Whether a value is dollars: from `lowest` micro-dollars up, in whole micro-dollars."""
    if type(value) not in (int, float):
        return False
    found = micros(value)  # type: ignore[arg-type]  # one of the two
    return found is not None and lowest <= found <= most_usd * MICROS


def model_prices(values: tuple[ModelPrice, ...]) -> str | None:
    """Each model once, of a provider that Portkey has, with prices of 0 and more."""
    for price in values:
        if type(price.model) is not str or "/" not in price.model or not _is_pattern(price.model.partition("/")[2]):
            return f"model={price.model!r} must be <provider>/<model>, e.g. openai/gpt-4o-mini; * may stand at its end"
        if price.provider not in PROVIDERS:
            near = difflib.get_close_matches(price.provider, sorted(PROVIDERS), n=1)
            meant = f"did you mean {near[0]}?" if near else f"it has {', '.join(sorted(PROVIDERS))}"
            return f"model={price.model!r}: Portkey has no provider {price.provider!r}; {meant}"
        for name in ("input_usd", "output_usd", "cached_input_usd", "cache_write_usd"):
            value = getattr(price, name)
            optional = name.startswith("cache")
            if not (optional and value is None) and not _is_money(value, lowest=0, most_usd=MOST_PRICE_USD):
                allowed = f"{'None, or ' if optional else ''}dollars for a million tokens, from 0 to {MOST_PRICE_USD:,}"
                return f"model={price.model!r}: {name}={value!r} must be {allowed} with at most six decimals"
    models = [price.model.lower() for price in values]
    repeated = next((model for model in models if models.count(model) > 1), None)
    return None if repeated is None else f"has the model {repeated!r} twice"


STORE_FAILURES = ("closed", "open")


def store_failure(value: str) -> str | None:
    """What happens to a team with limits while the table cannot be reached."""
    return None if value in STORE_FAILURES else f"must be one of {', '.join(STORE_FAILURES)}"


RATE_LIMIT_STORES = ("dynamodb", "valkey")
_NODE_TYPE = re.compile(
    r"cache\.(?:c7gn|m[3-7]g?|r[3-7]g?|t[23]|t4g)\.(?:micro|small|medium|large|[1-9]?\d?xlarge)", re.ASCII
)
"""The families that encrypt what they hold ("At-rest encryption conditions", ElastiCache user guide)."""


def rate_limit_store(value: str) -> str | None:
    """Where requests and tokens per minute are kept."""
    return None if value in RATE_LIMIT_STORES else f"must be one of {', '.join(RATE_LIMIT_STORES)}"


def node_type(value: str) -> str | None:
    """A type of ElastiCache's nodes."""
    if _NODE_TYPE.fullmatch(value):
        return None
    return "must be a node type of ElastiCache that encrypts at rest, e.g. cache.t4g.micro or cache.m7g.large"


# Rules about several settings.


def _limits_need_tokens(clients: tuple[Client, ...], jwt: bool) -> Problem | None:
    limited = next((client for client in clients if client.limits), None)
    if jwt or limited is None:
        return None
    return Problem(
        "clients",
        limited,
        f"{', '.join(limited.limits)} need enable_jwt_auth=True: only a token tells which team calls; "
        "set it, or delete them",
    )


_OF_TEAMS = {
    "model_prices": (),
    "default_max_tokens": 4096,
    "allow_unbounded_requests": False,
    "usage_store_failure": "closed",
}
"""Settings about teams with their defaults."""


def _teams_are_there(clients: tuple[Client, ...], jwt: bool, *given: object) -> Iterator[Problem]:
    if clients and jwt:
        return
    needed = "enable_jwt_auth=True: only a token tells which team calls" if clients else "clients=(Client(team=…),)"
    for (name, default), value in zip(_OF_TEAMS.items(), given, strict=True):
        if value != default:
            yield Problem(name, value, f"has no effect without {needed}; set that, or delete it")


def _valkey_is_used(
    store: str, clients: tuple[Client, ...], jwt: bool, node_type: str, replicas: int
) -> Iterator[Problem]:
    if store == "valkey":
        if not clients:
            yield Problem(
                "rate_limit_store", store, "has no effect without clients=(Client(team=…),): set that, or delete it"
            )
        elif jwt and not any(client.tokens_per_minute or client.requests_per_minute for client in clients):
            yield Problem(
                "rate_limit_store",
                store,
                "no client has tokens_per_minute or requests_per_minute, which it would keep: set one, or delete it",
            )
        return
    for name, value, default in (
        ("valkey_node_type", node_type, "cache.t4g.micro"),
        ("valkey_replicas", replicas, 1),
    ):
        if value != default:
            yield Problem(name, value, 'has no effect without rate_limit_store="valkey": set that, or delete it')


def _named_models(route: Route) -> Iterator[str]:
    """The models that ByModel names, and those that targets set: what `GET /v1/models` lists."""
    match route:
        case Target():
            if model := dict(route.override_params).get("model"):
                yield str(model)
        case ByModel():
            for name, inner in route.models:
                yield name
                yield from _named_models(inner)
            yield from _named_models(route.default)
        case Fallback() | LoadBalance():
            for inner in route.targets:
                yield from _named_models(inner)


def _default_targets(route: Route) -> Iterator[Target]:
    """The targets of a model that no ByModel names, and that pass on the caller's name of it."""
    match route:
        case Target():
            if "model" not in dict(route.override_params):
                yield route
        case ByModel():
            yield from _default_targets(route.default)
        case Fallback() | LoadBalance():
            for inner in route.targets:
                yield from _default_targets(inner)


def _known(provider: str, prices: Iterable[ModelPrice]) -> list[str]:
    """Patterns of a provider's models, the settings' own among them."""
    from constructs_lib.helpers.usage.prices import known  # noqa: PLC0415 (only models of teams need genai-prices)

    own = [price.model.partition("/")[2].lower() for price in prices if price.provider == provider]
    return [*own, *(pattern for model in known(provider) for pattern in model.patterns)]


def _reaches(pattern: str, route: Route, prices: tuple[ModelPrice, ...]) -> bool:
    """Whether a team's pattern has a model in common with the route. Hosts of one's own serve any model."""
    from constructs_lib.helpers.usage.prices import SOURCES  # noqa: PLC0415 (as above)

    wanted = pattern.lower()
    if any(overlap(wanted, name.lower()) for name in _named_models(route)):
        return True
    for target in _default_targets(route):
        if target.custom_host or target.provider not in SOURCES:
            return True
        if any(overlap(wanted, one) for one in _known(target.provider, prices)):
            return True
    return False


def _models_are_routed(
    clients: tuple[Client, ...], routes: Route | None, prices: tuple[ModelPrice, ...]
) -> Problem | None:
    if routes is None:
        return None
    for client in clients:
        for pattern in client.models or ():
            if _reaches(pattern, routes, prices):
                continue
            asked = sorted({target.provider for target in targets(routes)})
            named = sorted(set(_named_models(routes)))
            near = difflib.get_close_matches(pattern, [*named, *(p for one in asked for p in _known(one, prices))], n=1)
            meant = f"did you mean {near[0]}? " if near else ""
            return Problem(
                "clients",
                client,
                f"models has {pattern!r}, which matches no route: {meant}routes name {', '.join(named) or 'no model'} "
                f"and reach {', '.join(asked)}; correct it, or give a new model a price in model_prices",
            )
    return None


def _prices_are_used(routes: Route | None, prices: tuple[ModelPrice, ...]) -> Problem | None:
    used = {target.provider for target in targets(routes)} if routes is not None else set(PROVIDERS)
    for price in prices:
        if price.provider not in used:
            return Problem(
                "model_prices",
                price.model,
                f"no target of routes has the provider {price.provider!r}, they have {', '.join(sorted(used))}: "
                "delete it",
            )
    return None


def _has_price(provider: str, model: str, prices: tuple[ModelPrice, ...]) -> bool:
    return any(overlap(model.lower(), known) for known in _known(provider, prices))


def _unpriced(client: Client, route: Route, prices: tuple[ModelPrice, ...]) -> Iterator[str]:
    """Models that a team is refused whenever it asks for them, as `<provider>/<model>`."""
    from constructs_lib.helpers.usage.prices import asked  # noqa: PLC0415 (as above)

    for one in asked(route):
        theirs = one.name is None or client.models is None or any(overlap(p, one.name) for p in client.models)
        if theirs and one.model is not None and not _has_price(one.target.provider, one.model, prices):
            yield f"{one.target.provider}/{one.model}"
    # Each target that a name may reach needs its price: a reservation is for the dearest of them.
    named = set(_named_models(route))
    for model in sorted(set(client.models or ()) - {"*", *named}):
        for target in _default_targets(route):
            if not _has_price(target.provider, model, prices) and not any(overlap(model, name) for name in named):
                yield f"{target.provider}/{model}"


def _budgets_have_prices(
    clients: tuple[Client, ...], routes: Route | None, prices: tuple[ModelPrice, ...], unbounded: bool
) -> Problem | None:
    if unbounded or routes is None:
        return None
    for client in clients:
        name = None if client.monthly_budget_usd is None else next(_unpriced(client, routes, prices), None)
        if name is not None:
            return Problem(
                "clients",
                client,
                f"{name} has no price, so it is refused for a team with a budget: write "
                f'model_prices=(ModelPrice(model="{name}", input_usd=…, output_usd=…),), delete the budget, or set '
                "allow_unbounded_requests=True",
            )
    return None


def _endpoints_are_used(
    endpoints: tuple[str, ...], vpc: str, region: str, routes: Route | None, instrumented: bool
) -> Iterator[Problem]:
    if endpoints and vpc:
        yield Problem("interface_endpoints", endpoints, f"vpc_id={vpc!r} brings its own endpoints: delete it")
        return
    if "xray" in endpoints and not instrumented:
        yield Problem("interface_endpoints", endpoints, "xray needs instrument_gateway=True, which sends the traces")
    called = (
        [dict(target.options).get("aws_region") for target in targets(routes) if target.provider == BEDROCK]
        if routes
        else []
    )
    if "bedrock-runtime" in endpoints and routes is not None and region not in called:
        elsewhere = ", ".join(sorted({str(one) for one in called})) or "nowhere"
        yield Problem(
            "interface_endpoints",
            endpoints,
            f"bedrock-runtime is for Bedrock in aws_region={region!r}; routes call it in {elsewhere}: delete it",
        )


TEAM_PAIR_RULES = (
    PairRule(("clients", "enable_jwt_auth"), _limits_need_tokens),
    PairRule(("clients", "enable_jwt_auth", *_OF_TEAMS), _teams_are_there),
    PairRule(
        ("rate_limit_store", "clients", "enable_jwt_auth", "valkey_node_type", "valkey_replicas"), _valkey_is_used
    ),
    PairRule(("clients", "routes", "model_prices"), _models_are_routed),
    PairRule(("routes", "model_prices"), _prices_are_used),
    PairRule(("clients", "routes", "model_prices", "allow_unbounded_requests"), _budgets_have_prices),
    PairRule(("interface_endpoints", "vpc_id", "aws_region", "routes", "instrument_gateway"), _endpoints_are_used),
)
