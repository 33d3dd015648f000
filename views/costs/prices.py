"""The prices of prices.toml."""

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

import attrs

FILE = Path(__file__).with_name("prices.toml")


@attrs.frozen(kw_only=True)
class Quote:
    """What one unit costs in a region, and who says so."""

    usd: float
    as_of: dt.date
    """The date of the first source."""
    looked_up: dt.date
    sources: tuple[str, ...] = attrs.field(converter=tuple)
    doubt: str = ""
    """Why it could not be verified."""


@attrs.frozen(kw_only=True)
class Price:
    """A thing that AWS charges for."""

    name: str
    title: str
    unit: str
    a_month: int = 1
    """How many units one of them is in a month, e.g. 730 hours."""
    quotes: dict[str, Quote]
    """By region."""


def _price(name: str, given: dict[str, Any]) -> Price:
    quotes = {region: Quote(**one) for region, one in given.items() if isinstance(one, dict)}
    facts = {key: one for key, one in given.items() if not isinstance(one, dict)}
    return Price(name=name, quotes=quotes, **facts)


def read(text: str) -> dict[str, Price]:
    """The prices by name, in the order of the file. Raises ValueError that names the table of a price that is none."""
    found = {}
    for name, given in tomllib.loads(text).items():
        try:
            found[name] = _price(name, given)
        except TypeError as error:
            raise ValueError(f"views/costs/{FILE.name}: [{name}]: {error}") from None
    return found


PRICES = read(FILE.read_text(encoding="utf-8"))
