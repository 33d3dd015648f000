"""Model prices equal those of genai-prices, are whole micro-dollars, and cover only the models that a team can use."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from constructs_lib.helpers.task.routes import PROVIDERS, ByModel, Fallback, LoadBalance, Target
from constructs_lib.helpers.usage import prices
from constructs_lib.helpers.usage.model_patterns import fits, overlap, price_key
from constructs_lib.helpers.usage.prices import PricesTooLargeError, table
from constructs_lib.helpers.usage.teams import Client, ModelPrice, micros
from tests.support.packing import unpacked

import pytest
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo
from hypothesis import given
from hypothesis import strategies as st

ANY = (Client(team="search"),)
OPENAI = Target(provider="openai")
MIDNIGHT = datetime.combine(prices.RESOLVED_UNTIL, time(0), UTC)
PATTERN = st.text("ab#1*", max_size=6)


def names_of(clause: Any) -> Iterator[str]:  # noqa: ANN401 (one of nine classes)
    """Names from a matching rule of genai-prices, also with a date and with a region prefix."""
    for attribute in ("equals", "starts_with", "contains", "ends_with"):
        if found := getattr(clause, attribute, None):
            yield from (found, f"{found}-2025-01-01", f"us.{found}")
    for inner in (*getattr(clause, "or_", ()), *getattr(clause, "and_", ())):
        yield from names_of(inner)


def of_genai(model: ModelInfo) -> dict[str, int] | None:
    """A model's input and output price at MIDNIGHT, in micro-dollars."""
    found = model.get_prices(MIDNIGHT)
    if found.input_mtok is None:
        return None
    base: dict[str, Any] = {"input": found.input_mtok, "output": found.output_mtok or Decimal(0)}
    return {name: int(getattr(value, "base", value) * 1_000_000) for name, value in base.items()}


@pytest.mark.parametrize("provider", sorted(set(prices.SOURCES) - {"deepseek", "openrouter", "vertex-ai"}))
def test_a_name_has_the_price_that_genai_prices_finds(provider: str) -> None:
    """Every name in genai-prices' rules has the price that genai-prices finds, or no price if it finds none."""
    providers = get_snapshot().providers
    source = next(one for one in providers if one.id == prices.SOURCES[provider])
    keys: dict[str, Any] = {
        pattern: model.price for model in reversed(prices.known(provider)) for pattern in model.patterns
    }
    names = {name.lower() for model in source.models for name in names_of(model.match)}
    assert len(names) > 10
    wrong = {}
    for name in sorted(names):
        found = source.find_model(name, all_providers=providers)
        expected = of_genai(found) if found else None
        key = price_key(keys, name)
        if key and "later" in keys[key]:
            continue  # its price changes on a later day
        actual = {kind: keys[key][kind] for kind in ("input", "output")} if key else None
        if actual != expected and not (expected is None and "tts" in name):
            wrong[name] = (actual, expected)
    assert wrong == {}


def test_a_publishers_name_begins_vertex_ais_name_of_its_models() -> None:
    """On Vertex AI, Anthropic's models have the prefix `anthropic.`, and Google's models have none."""
    patterns = {pattern for one in prices.known("vertex-ai") for pattern in one.patterns}
    assert any(fits(pattern, "anthropic.claude-3-haiku@20240307") for pattern in patterns)
    assert any(fits(pattern, "gemini-2.5-pro") for pattern in patterns)


def test_the_sources_are_providers_of_both() -> None:
    """The keys of SOURCES are Portkey's providers, and the values are providers of genai-prices."""
    assert set(prices.SOURCES) - PROVIDERS == set()
    assert set(prices.SOURCES.values()) - {one.id for one in get_snapshot().providers} == set()


def test_the_price_of_a_time_of_day_is_the_dearest() -> None:
    """If the price depends on the time of day, the highest one is used, so that no budget is exceeded."""
    (chat,) = [one.price for one in prices.known("deepseek") if "deepseek-chat*" in one.patterns]
    source = next(one for one in get_snapshot().providers if one.id == "deepseek").find_model("deepseek-chat")
    assert source is not None
    assert isinstance(source.prices, list)
    assert [one.constraint is None for one in source.prices] == [True, False]
    assert chat["input"] == max(one.prices.input_mtok for one in source.prices) * 1_000_000  # type: ignore[type-var, operator]  # no tiers


def test_long_prompts_and_later_prices_come_along() -> None:
    """Prices include those for long prompts, by number of input tokens, and future prices, by start date."""
    found = [one.price for provider in ("anthropic", "google") for one in prices.known(provider)]
    tiers = next(price["above"] for price in found if "above" in price)
    assert [start for start, _ in tiers] == sorted(start for start, _ in tiers)
    assert set(tiers[0][1]) >= {"input", "output"}
    days = [day for price in found for day, _ in price.get("later", [])]
    assert all(day > prices.RESOLVED_UNTIL.isoformat() for day in days)


def test_only_what_a_team_can_reach_has_a_price() -> None:
    """Only models that a team may use have a price, including those that ByModel names or a target sets."""
    route = ByModel(
        models={"fast": Target(provider="groq", override_params={"model": "llama-3.1-8b-instant"})},
        default=Fallback(targets=(OPENAI, LoadBalance(targets=(Target(provider="anthropic"), OPENAI)))),
    )
    made = table(route, (Client(team="a", models=("gpt-4o-mini", "claude-3-5-*", "fast")),), ())
    assert {key for key in made if key.startswith("groq/")} == {"groq/llama-3.1-8b", "groq/llama-3.1-8b-instant"} & set(
        made
    )
    assert made["openai/gpt-4o-mini"] == {"input": 150_000, "output": 600_000, "cached_input": 75_000}
    assert any(fits(key, "anthropic/claude-3-5-sonnet-20241022") for key in made)
    assert [key for key in made if key.startswith("openai/gpt-4-")] == []
    assert len(table(OPENAI, ANY, ())) > len(made)


def test_a_price_of_the_settings_replaces_what_it_covers() -> None:
    """A price in the settings adds a model, or replaces the price of each name that it covers."""
    own = (
        ModelPrice(model="openai/gpt-4o-mini", input_usd=0.12, output_usd=0.48, cache_write_usd=0.2),
        ModelPrice(model="openai/o1*", input_usd=1, output_usd=2),
        ModelPrice(model="openai/our-llama", input_usd=0, output_usd=0),
    )
    made = table(OPENAI, ANY, own)
    assert made["openai/gpt-4o-mini"] == {"input": 120_000, "output": 480_000, "cache_write": 200_000}
    assert [key for key in made if fits("openai/o1*", key)] == ["openai/o1*"]
    assert made["openai/our-llama"] == {"input": 0, "output": 0}
    assert "openai/gpt-4o" in made


def test_what_does_not_fit_is_an_error() -> None:
    """A price table that is too large is an error with a remedy; no price is silently left out."""
    with pytest.raises(PricesTooLargeError, match=r"at most 6144 fit: list each team's models"):
        table(Target(provider="openrouter"), ANY, ())


def test_bedrocks_profiles_are_those_of_the_regions() -> None:
    """Bedrock prices include the inference profiles of the region's geography and the global ones."""
    patterns = {}
    for region in ("us-east-1", "ap-northeast-1", "eu-west-1"):
        target = Target(provider="bedrock", options={"aws_region": region})
        made = table(target, (Client(team="a", models=("*",)),), ())
        patterns[region] = {key.partition("/")[2].lstrip("*").partition(".")[0] for key in made}
    assert patterns["us-east-1"] >= {"us", "global", "anthropic", "amazon"}
    assert patterns["us-east-1"] & {"eu", "jp", "apac", "us-gov"} == set()
    assert patterns["ap-northeast-1"] >= {"jp", "apac"}
    assert patterns["eu-west-1"] & {"us", "jp"} == set()


def test_a_usual_set_of_providers_fits() -> None:
    """All models of OpenAI, Anthropic and Bedrock in one region fit."""
    bedrock = Target(provider="bedrock", options={"aws_region": "us-east-1"})
    made = table(Fallback(targets=(OPENAI, Target(provider="anthropic"), bedrock)), ANY, ())
    assert len(made) > 400


def test_without_routes_the_largest_providers_have_prices() -> None:
    """Without routes, the largest providers have prices, up to the size limit."""
    made = table(None, ANY, ())
    assert {"openai", "anthropic"} <= {key.partition("/")[0] for key in made}
    assert len(prices.compressed(made)) <= prices.MOST_BYTES


def test_the_gateway_reads_what_is_written() -> None:
    """The packed table, which stores each price once, unpacks to the same prices."""
    made = table(OPENAI, (Client(team="a", models=("gpt-4o-mini",)),), ())
    assert {name: price for price, names in unpacked(prices.compressed(made)) for name in names} == made


@pytest.mark.parametrize(
    ("usd", "expected"),
    [(500, 500_000_000), (0.1, 100_000), (0.000001, 1), (1e-7, None), (float("nan"), None), (float("inf"), None)],
)
def test_money_is_whole_micro_dollars(usd: float, expected: int | None) -> None:
    """A dollar amount converts exactly to whole micro-dollars, or to None if it is not a whole number of them."""
    assert micros(usd) == expected


@given(PATTERN, PATTERN)
def test_patterns_overlap_where_a_name_fits_both(one: str, other: str) -> None:
    """Overlap is symmetric, and a pattern overlaps with each name that it matches."""
    assert overlap(one, other) == overlap(other, one)
    name = one.replace("*", "").replace("#", "1")
    assert fits(one, name)
    if "*" not in name and fits(other, name):
        assert overlap(one, other)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("gpt-4o*", "gpt-4*-mini", True),
        ("claude-*", "gpt-*", False),
        ("us.amazon.nova-*", "*amazon.nova-lite*", True),
        ("gpt-6-####", "gpt-6-2026", True),
        ("gpt-6-####", "gpt-6-mini", False),
        ("*", "", True),
    ],
)
def test_overlaps(one: str, other: str, *, expected: bool) -> None:
    """Patterns overlap if some name matches both."""
    assert overlap(one, other) is expected


def test_the_longest_pattern_counts() -> None:
    """An exact name is preferred, then the longest matching pattern."""
    keys: dict[str, object] = dict.fromkeys(("p/a*", "p/a-b*", "p/a-b-c", "p/*b*"))
    found = [price_key(keys, name) for name in ("p/a-b-c", "p/a-b-d", "p/a", "p/xbx", "q/a")]
    assert found == ["p/a-b-c", "p/a-b*", "p/a*", "p/*b*", None]
