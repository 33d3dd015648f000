"""What models cost: genai-prices' data for the models that the routes reach, and the settings' own prices over it.

A price is an integer of micro-dollars for a million tokens. A model without one is unpriced, never free.
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
"""`input`, `output`, `cached_input`, `cache_write`, `cache_write_1h`, and `above` and `later` with further prices."""

SOURCES = {
    "anthropic": "anthropic", "azure-ai": "azure", "azure-openai": "azure", "bedrock": "aws", "cerebras": "cerebras",
    "cohere": "cohere", "deepseek": "deepseek", "fireworks-ai": "fireworks", "google": "google", "groq": "groq",
    "mistral-ai": "mistral", "moonshot": "moonshotai", "novita-ai": "novita", "openai": "openai",
    "openrouter": "openrouter", "ovhcloud": "ovhcloud", "perplexity-ai": "perplexity", "together-ai": "together",
    "vertex-ai": "google", "voyage": "voyageai", "workers-ai": "cloudflare", "x-ai": "x-ai", "z-ai": "zai",
    "zhipu": "zhipuai",
}  # fmt: skip
"""Portkey's name of a provider to genai-prices'."""
WITHOUT_ROUTES = ("openai", "anthropic", "google", "mistral-ai", "azure-openai", "bedrock", "groq", "x-ai", "deepseek")
"""The providers whose prices the gateway gets where callers bring their own keys, in this order, as far as they fit."""
PUBLISHERS = {("vertex-ai", "anthropic"): "anthropic."}
"""What a provider's name of a model starts with where another provider's prices are taken for it."""
RESOLVED_UNTIL = date(2026, 11, 26)
"""Prices that began by this day are simply the price; later ones go along with their dates, for the gateway has a clock
and synthesis has none. Set it to the day on which genai-prices is updated."""
MOST_BYTES = 6 * 1024
"""The most that the prices may take of the task definition, packed."""
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
"""How the name of one of Bedrock's inference profiles begins: the geography that it is for ("Supported Regions and
models for inference profiles", Amazon Bedrock user guide)."""


class PricesTooLargeError(Exception):
    """The prices of all the models that teams can reach do not fit into the task definition."""


@attrs.frozen
class Priced:
    """A model that genai-prices knows: the patterns of its names, most specific ones included, and its price."""

    patterns: tuple[str, ...]
    price: Price = attrs.field(eq=False)


def _whole(usd: Decimal) -> int:
    """Micro-dollars, rounded up: a price is never understated."""
    exact = usd * MICROS
    return -int(-exact // 1)


def _regex_pattern(regex: str) -> str | None:
    """A regular expression of genai-prices as a pattern: a literal with digits. None where it is more than that."""
    body = regex.removeprefix("^").removesuffix("$")
    body = re.sub(r"\\d\{(\d)\}", lambda found: "#" * int(found[1]), body).replace("\\d", "#").replace("[-@]", "-")
    literal = body.replace("\\.", ".")
    if not regex.startswith("^") or not re.fullmatch(r"[\w.:@/#-]+", literal):
        return None
    return literal if regex.endswith("$") else f"{literal}*"


def _patterns(clause: Any) -> Iterator[str]:  # noqa: ANN401 (one of nine classes)
    """How genai-prices recognizes a model, as patterns; of conditions that have to hold together, the first."""
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
    """One set of prices; None where the input is not charged by tokens."""
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
    """A model's price: the latest that has begun, later ones by date, and the dearest of those of a time of day."""
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
    """The models of one of Portkey's providers that genai-prices has a price for; none for a provider it lacks.

    The first call imports genai-prices, which takes some tenths of a second: only environments with teams call it.
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
    """A price of the settings as the gateway reads it."""
    given = {
        "input": price.input_usd,
        "output": price.output_usd,
        "cached_input": price.cached_input_usd,
        "cache_write": price.cache_write_usd,
    }
    return {name: micros(usd) for name, usd in given.items() if usd is not None}


def reachable(route: Route | None, clients: Iterable[Client]) -> dict[str, tuple[str, ...] | None]:
    """Provider to the patterns of models that can be asked of it; None: any model."""
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
    """Whether a pattern is that of an inference profile that none of these regions has."""
    profile = _PROFILE.match(pattern)
    starts = [next((one for one in _GEOGRAPHIES if region.startswith(f"{one}-")), "") for region in regions]
    return profile is not None and not any(profile[1] in _GEOGRAPHIES.get(start, _ASIAN) for start in starts)


def _regions(route: Route | None) -> frozenset[str]:
    """The regions in which Bedrock is called; none without routes, where callers choose."""
    called = targets(route) if route is not None else ()
    return frozenset(str(dict(one.options)["aws_region"]) for one in called if "aws_region" in dict(one.options))


def _fits(model: Priced, wanted: tuple[str, ...] | None) -> bool:
    return wanted is None or any(overlap(pattern, one.lower()) for pattern in model.patterns for one in wanted)


def table(route: Route | None, clients: Iterable[Client], overrides: Iterable[ModelPrice]) -> dict[str, Price]:
    """`<provider>/<pattern>` to price, for every model that a team can reach.

    An exact name counts before patterns, and the longest pattern that fits before shorter ones.
    Raises PricesTooLargeError where they do not fit into the task definition.
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
    # A price of the settings counts for every name that it fits, whatever genai-prices knows more exactly.
    made = {key: price for key, price in made.items() if not any(overlap(mine, key) for mine in own)}
    made |= own
    size = len(compressed(made))
    if size > MOST_BYTES:
        raise PricesTooLargeError(
            f"the prices of {len(made)} names of models take {size} bytes, at most {MOST_BYTES} fit: name the models "
            "of each team (Client(models=…)), so that only theirs are needed"
        )
    return made


def by_price(prices: Mapping[str, Price]) -> list[tuple[Price, list[str]]]:
    """The table with each price once, and the names that have it, both in the order of the names."""
    made: list[tuple[Price, list[str]]] = []
    for name, price in sorted(prices.items()):
        held = next((names for other, names in made if other == price), None)
        if held is None:
            made.append((price, [name]))
        else:
            held.append(name)
    return made


def compressed(prices: Mapping[str, Price]) -> str:
    """The table by itself, packed: a measure of its size."""
    return packed(by_price(prices), sort_keys=True)
