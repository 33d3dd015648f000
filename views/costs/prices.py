"""Reads the prices in prices.toml."""

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import attrs

FILE = Path(__file__).with_name("prices.toml")


@attrs.frozen(kw_only=True)
class Quote:
    """The price of a unit in a region, in US dollars, and its sources."""

    usd: float
    as_of: dt.date
    """The date of the first source."""
    looked_up: dt.date
    """The day on which the source was read."""
    sources: tuple[str, ...] = attrs.field(converter=tuple)
    doubt: str = ""
    """Why it could not be verified; empty where it was."""


@attrs.frozen(kw_only=True)
class Price:
    """Something that AWS charges for, with its price in each region."""

    name: str
    title: str
    unit: str
    a_month: int = 1
    """Units that one of them takes in a month, e.g. 730 hours."""
    quotes: dict[str, Quote]
    """By region."""


def _price(name: str, given: dict[str, Any]) -> Price:
    quotes = {region: Quote(**one) for region, one in given.items() if isinstance(one, dict)}
    facts = {key: one for key, one in given.items() if not isinstance(one, dict)}
    return Price(name=name, quotes=quotes, **facts)


def read(text: str) -> dict[str, Price]:
    """The prices by name, in the order of the file. Raises ValueError for an invalid table, with its name."""
    found = {}
    for name, given in tomllib.loads(text).items():
        try:
            found[name] = _price(name, given)
        except TypeError as error:
            raise ValueError(f"views/costs/{FILE.name}: [{name}]: {error}") from None
    return found


PRICES = read(FILE.read_text(encoding="utf-8"))
