"""Rules for teams' models: a route must reach each of them, and a budget needs their prices."""

import itertools
from collections.abc import Iterable, Iterator

from constructs_lib.helpers.suggestions import did_you_mean
from constructs_lib.helpers.task.routes import PROVIDERS, ByModel, Route, Target, parts, target_models, targets
from constructs_lib.helpers.usage.model_patterns import overlap
from constructs_lib.helpers.usage.teams import Client, ModelPrice
from envs.schema.rules import PairRule, Problem


def _named_models(route: Route) -> Iterator[str]:
    """Models that ByModel names or targets override; `GET /v1/models` lists them."""
    if isinstance(route, Target) and (model := dict(route.override_params).get("model")):
        yield str(model)
    if isinstance(route, ByModel):
        yield from dict(route.models)
    for inner in parts(route):
        yield from _named_models(inner)


def _default_targets(route: Route) -> Iterator[Target]:
    """Targets that get the caller's model name unchanged, for models that no ByModel names."""
    return (one.target for one in target_models(route) if one.model is None)


def _known(provider: str, prices: Iterable[ModelPrice]) -> list[str]:
    """Patterns of a provider's models, from genai-prices and from `prices`."""
    from constructs_lib.helpers.usage.prices import known  # noqa: PLC0415 (genai-prices, only with teams)

    own = [price.model.partition("/")[2].lower() for price in prices if price.provider == provider]
    return [*own, *(pattern for model in known(provider) for pattern in model.patterns)]


def _reaches(pattern: str, route: Route, prices: tuple[ModelPrice, ...]) -> bool:
    """Whether a route may serve a model that `pattern` matches. A custom host counts as serving every model."""
    from constructs_lib.helpers.usage.prices import SOURCES  # noqa: PLC0415 (as above)

    wanted = pattern.lower()
    return any(overlap(wanted, name.lower()) for name in _named_models(route)) or any(
        target.custom_host
        or target.provider not in SOURCES
        or any(overlap(wanted, one) for one in _known(target.provider, prices))
        for target in _default_targets(route)
    )


def _models_are_routed(
    *, clients: tuple[Client, ...], routes: Route | None, model_prices: tuple[ModelPrice, ...]
) -> Iterator[Problem]:
    if routes is None:
        return
    asked = [(client, pattern) for client in clients for pattern in client.models or ()]
    for client, pattern in asked:
        if not _reaches(pattern, routes, model_prices):
            providers = sorted({target.provider for target in targets(routes)})
            named = sorted(set(_named_models(routes)))
            known = [model for provider in providers for model in _known(provider, model_prices)]
            meant = did_you_mean(pattern, [*named, *known])
            yield Problem(
                "clients",
                client,
                f"models has {pattern!r}, which matches no route: {f'{meant} ' if meant else ''}routes name "
                f"{', '.join(named) or 'no model'} and reach {', '.join(providers)}; correct it, or give a new model a "
                "price in model_prices",
            )
            return


def _prices_are_used(*, routes: Route | None, model_prices: tuple[ModelPrice, ...]) -> Iterator[Problem]:
    used = {target.provider for target in targets(routes)} if routes is not None else set(PROVIDERS)
    unused = next((price for price in model_prices if price.provider not in used), None)
    if unused is not None:
        yield Problem(
            "model_prices",
            unused.model,
            f"no target of routes has the provider {unused.provider!r}, they have {', '.join(sorted(used))}: delete it",
        )


def _has_price(provider: str, model: str, prices: tuple[ModelPrice, ...]) -> bool:
    return any(overlap(model.lower(), known) for known in _known(provider, prices))


def _unpriced(client: Client, route: Route, prices: tuple[ModelPrice, ...]) -> Iterator[str]:
    """Models as `<provider>/<model>` that the team may request but that have no price, so every request is refused."""
    for one in target_models(route):
        theirs = (
            one.requested is None
            or client.models is None
            or any(overlap(pattern, one.requested) for pattern in client.models)
        )
        if theirs and one.model is not None and not _has_price(one.target.provider, one.model, prices):
            yield f"{one.target.provider}/{one.model}"
    # The gateway reserves the price of the most expensive target, so every target needs one.
    names = {model for model in client.models or () if not model.endswith("*")} - set(_named_models(route))
    for model in sorted(names):
        for target in _default_targets(route):
            if not _has_price(target.provider, model, prices):
                yield f"{target.provider}/{model}"


def _budgets_have_prices(
    *,
    clients: tuple[Client, ...],
    routes: Route | None,
    model_prices: tuple[ModelPrice, ...],
    allow_unbounded_requests: bool,
) -> Iterator[Problem]:
    if allow_unbounded_requests or routes is None:
        return
    budgeted = (client for client in clients if client.monthly_budget_usd is not None)
    missing = ((client, name) for client in budgeted for name in _unpriced(client, routes, model_prices))
    for client, name in itertools.islice(missing, 1):
        yield Problem(
            "clients",
            client,
            f"{name} has no price, so it is refused for a team with a budget: write "
            f'model_prices=(ModelPrice(model="{name}", input_usd=…, output_usd=…),), delete the budget, or set '
            "allow_unbounded_requests=True",
        )


PAIR_RULES: tuple[PairRule, ...] = (_models_are_routed, _prices_are_used, _budgets_have_prices)
