"""Prices of models: genai-prices' data for the models that routes reach, overridden by `model_prices`.

A price is a whole number of micro-dollars per million tokens. A model without a price is unpriced, never free.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from constructs_lib.helpers.task.packing import packed
from constructs_lib.helpers.task.routes import BEDROCK, Route, asked, targets
from constructs_lib.helpers.usage.model_patterns import overlap
from constructs_lib.helpers.usage.teams import MICROS, Client, ModelPrice, micros

import attrs

if TYPE_CHECKING:
    from genai_prices import types

Price = dict[str, Any]
"""`input`, `output`, `cached_input`, `cache_write` and `cache_write_1h` in micro-dollars per million tokens.

`above` has prices by number of input tokens, `later` by start date.
"""

SOURCES = {
    "anthropic": "anthropic", "azure-ai": "azure", "azure-openai": "azure", "bedrock": "aws", "cerebras": "cerebras",
    "cohere": "cohere", "deepseek": "deepseek", "fireworks-ai": "fireworks", "google": "google", "groq": "groq",
    "mistral-ai": "mistral", "moonshot": "moonshotai", "novita-ai": "novita", "openai": "openai",
    "openrouter": "openrouter", "ovhcloud": "ovhcloud", "perplexity-ai": "perplexity", "together-ai": "together",
    "vertex-ai": "google", "voyage": "voyageai", "workers-ai": "cloudflare", "x-ai": "x-ai", "z-ai": "zai",
    "zhipu": "zhipuai",
}  # fmt: skip
"""Portkey's name of a provider to genai-prices' name."""
WITHOUT_ROUTES = ("openai", "anthropic", "google", "mistral-ai", "azure-openai", "bedrock", "groq", "x-ai", "deepseek")
"""Without `routes`: the providers whose prices the gateway gets, in this order, as far as they fit."""
PUBLISHERS = {("vertex-ai", "anthropic"): "anthropic."}
"""(provider, publisher) to the prefix of model names that have the publisher's prices."""
RESOLVED_UNTIL = date(2026, 11, 26)
"""Prices that start by this day are current; later ones are passed on with their dates, because synthesis has no clock
and the gateway does. Set it to the day on which genai-prices is updated."""
MOST_BYTES = 6 * 1024
"""Most bytes of the packed prices in the task definition."""
_FIELDS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cached_input": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
}


_GEOGRAPHIES = {"us-gov": ("us-gov",), "us": ("us",), "ca": ("us",), "sa": ("us",), "eu": ("eu",)}
_ASIAN = ("apac", "au", "in", "jp")
_PROFILE = re.compile(rf"\*?(us-gov|us|eu|{'|'.join(_ASIAN)})\.")
"""Prefix of a Bedrock inference profile, which is its geography ("Supported Regions and models for inference profiles",
Amazon Bedrock user guide)."""


class PricesTooLargeError(Exception):
    """The prices of the models that teams can reach exceed MOST_BYTES."""


@attrs.frozen
class Priced:
    """A model in genai-prices: the patterns of its names, and its price."""

    patterns: tuple[str, ...]
    price: Price = attrs.field(eq=False)


def _whole(usd: Decimal) -> int:
    """Dollars as micro-dollars, rounded up, so that a price is never too low."""
    exact = usd * MICROS
    return -int(-exact // 1)


def _regex_pattern(regex: str) -> str | None:
    """A regular expression of genai-prices as a pattern, if it is a literal with digits; otherwise None."""
    body = regex.removeprefix("^").removesuffix("$")
    body = re.sub(r"\\d\{(\d)\}", lambda found: "#" * int(found[1]), body).replace("\\d", "#").replace("[-@]", "-")
    literal = body.replace("\\.", ".")
    if not regex.startswith("^") or not re.fullmatch(r"[\w.:@/#-]+", literal):
        return None
    return literal if regex.endswith("$") else f"{literal}*"


def _patterns(clause: Any) -> Iterator[str]:  # noqa: ANN401 (one of nine classes)
    """genai-prices' conditions for a model name, as patterns; of conditions joined by AND, the first."""
    match type(clause).__name__:
        case "ClauseEquals":
            yield clause.equals.lower()
        case "ClauseStartsWith":
            yield f"{clause.starts_with.lower()}*"
        case "ClauseContains":
            yield f"*{clause.contains.lower()}*"
        case "ClauseEndsWith":
            yield f"*{clause.ends_with.lower()}"
        case "ClauseRegex":
            if found := _regex_pattern(clause.regex):
                yield found
        case "ClauseOr":
            for inner in clause.or_:
                yield from _patterns(inner)
        case "ClauseAnd":
            yield from _patterns(clause.and_[0])


def _flat(prices: "types.ModelPrice") -> Price | None:
    """One set of prices; None if input is not priced by tokens."""
    found = {ours: getattr(prices, theirs) for ours, theirs in _FIELDS.items()}
    if found["input"] is None:
        return None
    if found["output"] is None:
        found["output"] = Decimal(0)  # embeddings
    base = {name: getattr(value, "base", value) for name, value in found.items() if value is not None}
    made: Price = {name: _whole(value) for name, value in base.items()}
    starts = sorted({tier.start for value in found.values() for tier in getattr(value, "tiers", ())})
    above = []
    for start in starts:
        tiers = {name: [t for t in getattr(found[name], "tiers", ()) if t.start <= start] for name in base}
        above.append([start, {name: _whole(tiers[name][-1].price if tiers[name] else base[name]) for name in base}])
    return made | ({"above": above} if above else {})


def _price(prices: Any) -> Price | None:  # noqa: ANN401 (one set of prices, or several with conditions)
    """A model's price: the current one, with later ones by date. Of prices by time of day, the highest."""
    if not isinstance(prices, list):
        return _flat(prices)
    of_hours = [one for one in prices if type(one.constraint).__name__ == "TimeOfDateConstraint"]
    dated = [one for one in prices if one not in of_hours]
    begun = [one for one in dated if one.constraint is None or one.constraint.start_date <= RESOLVED_UNTIL]
    now = [found for one in (*begun[-1:], *of_hours) if (found := _flat(one.prices))]
    if not now:
        return None
    made = max(now, key=lambda price: (price["input"], price["output"]))
    later = [
        [one.constraint.start_date.isoformat(), found]
        for one in dated
        if one not in begun and (found := _flat(one.prices))
    ]
    return made | ({"later": later} if later else {})


@cache
def known(provider: str) -> tuple[Priced, ...]:
    """A provider's models with a price in genai-prices; empty for a provider that it lacks.

    The first call imports genai-prices, which takes 0.3 s, so only environments with teams call it.
    """
    if provider not in SOURCES:
        return ()
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415 (pydantic and 1.6 MB of data)

    providers = {one.id: one for one in get_snapshot().providers}
    own = providers[SOURCES[provider]]
    found: list[Priced] = []
    for source in (own, *(providers[name] for name in own.fallback_model_providers or ())):
        start = PUBLISHERS.get((provider, source.id), "")
        for model in source.models:
            price = _price(model.prices)
            patterns = tuple(dict.fromkeys(f"{start}{pattern}" for pattern in _patterns(model.match)))
            if price is not None and patterns:
                found.append(Priced(patterns, price))
    return tuple(found)


def own_price(price: ModelPrice) -> Price:
    """A price of `model_prices` in the gateway's form."""
    given = {
        "input": price.input_usd,
        "output": price.output_usd,
        "cached_input": price.cached_input_usd,
        "cache_write": price.cache_write_usd,
    }
    return {name: micros(usd) for name, usd in given.items() if usd is not None}


def reachable(route: Route | None, clients: Iterable[Client]) -> dict[str, tuple[str, ...] | None]:
    """Provider to the patterns of models that teams can request from it; None: any model."""
    allowed = [client.models for client in clients]
    every = None if any(models is None for models in allowed) else {one for models in allowed for one in models or ()}
    if route is None:
        return dict.fromkeys(WITHOUT_ROUTES, tuple(sorted(every)) if every is not None else None)
    found: dict[str, set[str] | None] = {}
    for one in asked(route):
        names = every if one.model is None else {one.model}
        held = found.setdefault(one.target.provider, set())
        found[one.target.provider] = None if names is None or held is None else held | names
    return {provider: tuple(sorted(names)) if names is not None else None for provider, names in found.items()}


def _elsewhere(pattern: str, regions: frozenset[str]) -> bool:
    """Whether a pattern belongs to an inference profile that none of the regions has."""
    profile = _PROFILE.match(pattern)
    starts = [next((one for one in _GEOGRAPHIES if region.startswith(f"{one}-")), "") for region in regions]
    return profile is not None and not any(profile[1] in _GEOGRAPHIES.get(start, _ASIAN) for start in starts)


def _regions(route: Route | None) -> frozenset[str]:
    """The regions in which routes call Bedrock; empty without routes, where callers choose."""
    called = targets(route) if route is not None else ()
    return frozenset(str(dict(one.options)["aws_region"]) for one in called if "aws_region" in dict(one.options))


def _fits(model: Priced, wanted: tuple[str, ...] | None) -> bool:
    return wanted is None or any(overlap(pattern, one.lower()) for pattern in model.patterns for one in wanted)


def table(route: Route | None, clients: Iterable[Client], overrides: Iterable[ModelPrice]) -> dict[str, Price]:
    """`<provider>/<pattern>` to price, for all models that teams can reach.

    The gateway prefers an exact name to a pattern, and a longer pattern to a shorter one.
    Raises PricesTooLargeError if the packed prices exceed MOST_BYTES.
    """
    own = {price.model.lower(): own_price(price) for price in overrides}
    made: dict[str, Price] = {}
    room = MOST_BYTES - len(compressed(own))
    regions = _regions(route)
    for provider, wanted in reachable(route, clients).items():
        more = {
            f"{provider}/{pattern}": model.price
            for model in reversed(known(provider))
            if _fits(model, wanted)
            for pattern in model.patterns
            if not (provider == BEDROCK and regions and _elsewhere(pattern, regions))
        }
        if route is None:
            size = len(compressed(more))
            if size > room:
                continue
            room -= size
        made |= more
    # A price in the settings applies to every name that it matches, even if genai-prices has a more specific one.
    made = {key: price for key, price in made.items() if not any(overlap(mine, key) for mine in own)}
    made |= own
    size = len(compressed(made))
    if size > MOST_BYTES:
        raise PricesTooLargeError(
            f"the prices of {len(made)} model names take {size} bytes; at most {MOST_BYTES} fit: list each team's "
            "models in Client(models=…), so that only their prices are needed"
        )
    return made


def by_price(prices: Mapping[str, Price]) -> list[tuple[Price, list[str]]]:
    """The table grouped by price, as (price, names), sorted by name."""
    made: list[tuple[Price, list[str]]] = []
    for name, price in sorted(prices.items()):
        held = next((names for other, names in made if other == price), None)
        if held is None:
            made.append((price, [name]))
        else:
            held.append(name)
    return made


def compressed(prices: Mapping[str, Price]) -> str:
    """The packed table, to measure its size."""
    return packed(by_price(prices), sort_keys=True)
