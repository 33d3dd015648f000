"""Tables of cost estimates: Markdown for docs/costs.md and the README, and tables for a terminal."""

from collections.abc import Callable, Sequence

from views.costs.estimate import ByUse, Charge, Estimate
from views.costs.prices import PRICES, Price, Quote

from rich.table import Table

UNKNOWN = "unknown"
DOUBTED = "¹"
"""Marks a price that could not be verified."""


def _money(amount: float) -> str:
    return f"{amount:,.2f}"


def _span(least: float, most: float, shown: Callable[[float], str]) -> str:
    return shown(least) if shown(least) == shown(most) else f"{shown(least)} to {shown(most)}"


def _unit_price(price: Price, quote: Quote | None) -> str:
    return f"{quote.usd:g} per {price.unit}{DOUBTED if quote.doubt else ''}" if quote else UNKNOWN


def _amount(charge: Charge | None) -> str:
    if charge is None:
        return "—"
    return _span(*charge.usd, _money) if charge.usd else UNKNOWN


def _quotes(found: Sequence[Charge | ByUse]) -> str:
    """The unit price, in each region where there are several."""
    return "; ".join(dict.fromkeys(_unit_price(one.price, one.quote) for one in found))


def _total(estimate: Estimate) -> str:
    total = _span(*estimate.usd, _money)
    return f"{total}, and what is unknown" if estimate.without_price else total


def fixed(estimates: Sequence[Estimate]) -> list[list[str]]:
    """The rows of charges that do not depend on use, and the total as the last row."""
    rows = []
    for name, price in PRICES.items():
        found = {one.name: charge for one in estimates for charge in one.charges if charge.price.name == name}
        if found:
            amounts = [_amount(found.get(one.name)) for one in estimates]
            rows.append([price.title, _quotes(list(found.values())), *amounts])
    return [*rows, ["Total", "", *map(_total, estimates)]]


def by_use(estimates: Sequence[Estimate]) -> list[list[str]]:
    """The rows of charges that depend on use."""
    rows = []
    for name, price in PRICES.items():
        if found := [one for estimate in estimates for one in estimate.by_use if one.price.name == name]:
            rows.append([price.title, _quotes(found), found[0].depends_on])
    return rows


def _markdown(headings: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = ()) -> str:
    marks = ["---:" if column in numbers else "---" for column in range(len(headings))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (headings, marks, *rows))


def fixed_table(estimates: Sequence[Estimate]) -> str:
    """For docs/costs.md: USD a month for each environment."""
    names = [one.name for one in estimates]
    *rows, total = fixed(estimates)
    bold = [f"**{cell}**" if cell else "" for cell in total]
    return _markdown(["USD a month", "Price", *names], [*rows, bold], numbers=range(2, len(names) + 2))


def by_use_table(estimates: Sequence[Estimate]) -> str:
    """For docs/costs.md: prices of charges that depend on use."""
    return _markdown(["What", "USD", "Depends on"], by_use(estimates))


def unknown_list(estimates: Sequence[Estimate]) -> str:
    """For docs/costs.md: costs that are not in the tables, by resource type."""
    found = dict.fromkeys(item for one in estimates for item in one.unpriced)
    return "\n".join(f"- `{type_}`: {text}." for type_, text in found)


def sources_table() -> str:
    """For docs/costs.md: the sources of each price."""
    rows = [
        [
            price.title,
            f"{quote.usd:g}{DOUBTED if quote.doubt else ''}",
            region,
            str(quote.as_of),
            str(quote.looked_up),
            ", ".join(f"[{number}]({source})" for number, source in enumerate(quote.sources, 1)),
        ]
        for price in PRICES.values()
        for region, quote in price.quotes.items()
    ]
    return _markdown(["Price", "USD", "Region", "Date of the source", "Looked up", "Source"], rows, numbers=[1])


def doubts_list() -> str:
    """For docs/costs.md: why a marked price could not be verified."""
    return "\n".join(
        f"- {price.title}: {quote.doubt}."
        for price in PRICES.values()
        for quote in price.quotes.values()
        if quote.doubt
    )


def summary(estimates: Sequence[Estimate]) -> str:
    """For the README: the total of each environment."""
    heading = [
        "USD a month",
        "minimum tasks",
        "maximum tasks",
        "of which at unverified prices",
    ]
    rows = []
    for one in estimates:
        known = any(charge.usd for charge in one.charges)
        amounts = [f"{amount:,.0f}" if known else UNKNOWN for amount in (*one.usd, one.doubted)]
        rows.append([f"`{one.name}`", *amounts])
    return _markdown(heading, rows, numbers=(1, 2, 3))


def terminal(estimates: Sequence[Estimate]) -> list[Table]:
    """The tables of fixed and use-dependent charges, for a terminal."""
    first = Table("USD a month", "Price", *(one.name for one in estimates), box=None, pad_edge=False)
    *rows, total = fixed(estimates)
    for row in rows:
        first.add_row(*row)
    first.add_row(*total, style="bold")
    second = Table("By use", "USD", "Depends on", box=None, pad_edge=False)
    for row in by_use(estimates):
        second.add_row(*row)
    return [first, second]
