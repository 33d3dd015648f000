"""Estimates the monthly costs of a stack, by the cost rules in the records of its resource types."""

from collections.abc import Iterator
from math import prod
from typing import Any

from resource_types import record_of
from resource_types.questions import Questions
from resource_types.record import Cost
from resource_types.stack import PROVIDER, Block, SynthesizedStack
from views.costs.prices import PRICES, Price, Quote

import attrs


@attrs.frozen
class Charge:
    """A price that applies to a stack, and the number of units a month."""

    price: Price
    quote: Quote | None
    """None where the price in the stack's region is unknown."""
    least: float
    """Units a month with autoscaling's minimum number of tasks."""
    most: float
    """Units a month with autoscaling's maximum number of tasks."""

    @property
    def usd(self) -> tuple[float, float] | None:
        """The least and the most that it costs a month, in US dollars; None where the price is unknown."""
        return None if self.quote is None else (self.least * self.quote.usd, self.most * self.quote.usd)


@attrs.frozen
class ByUse:
    """A price whose number of units depends on use only."""

    price: Price
    quote: Quote | None
    depends_on: str


@attrs.frozen
class Estimate:
    """The estimated costs of one environment."""

    name: str
    region: str
    charges: tuple[Charge, ...]
    by_use: tuple[ByUse, ...]
    unpriced: tuple[tuple[str, str], ...]
    """Resource types with costs that are not in the estimate, and a description of these costs."""

    @property
    def usd(self) -> tuple[float, float]:
        """The sum of all known charges a month, least and most, in US dollars."""
        known = [charge.usd for charge in self.charges if charge.usd]
        return sum(least for least, _ in known), sum(most for _, most in known)

    @property
    def doubted(self) -> float:
        """The part of the least sum whose prices could not be verified, in US dollars."""
        return sum(one.usd[0] for one in self.charges if one.usd and one.quote and one.quote.doubt)

    @property
    def without_price(self) -> list[str]:
        """The titles of charges whose price in the region is unknown."""
        return [charge.price.title for charge in self.charges if charge.quote is None]


def _number(found: Any) -> float:  # noqa: ANN401 (any JSON)
    if isinstance(found, list | dict):
        return len(found) if isinstance(found, list) else 1
    return float(found)


def _units(questions: Questions, block: Block, cost: Cost, expressions: tuple[str, ...], price: Price) -> float:
    """Units a month. Raises ValueError where an expression of the rule finds nothing in the stack."""
    numbers = []
    for expression in expressions:
        found = questions.ask(block, expression)
        if found is None:
            raise ValueError(
                f"{block.address}: cost rule for {cost.price} in resource_types/: {expression} finds nothing"
            )
        numbers.append(_number(found))
    return prod(numbers, start=price.a_month) / cost.per


def _costs(stack: SynthesizedStack, region: str) -> Iterator[Charge | ByUse]:
    questions = Questions.of(stack)
    for block in stack.resources.values():
        for cost in record_of(block.type).costs:
            if cost.when and not questions.ask(block, cost.when):
                continue
            price = PRICES[cost.price]
            quote = price.quotes.get(region)
            if cost.by_use:
                yield ByUse(price, quote, cost.by_use)
                continue
            least = _units(questions, block, cost, cost.each, price)
            most = _units(questions, block, cost, cost.most, price) if cost.most else least
            yield Charge(price, quote, least, most)


def estimate(name: str, stack: SynthesizedStack) -> Estimate:
    """Estimate the costs of a stack. Raises ValueError where a cost rule does not fit its resource."""
    region = str(stack.by_address[PROVIDER]["region"])
    order = list(PRICES)
    charges: dict[str, Charge] = {}
    by_use: dict[str, ByUse] = {}
    for one in _costs(stack, region):
        if isinstance(one, ByUse):
            by_use.setdefault(one.price.name, one)
        elif before := charges.get(one.price.name):
            charges[one.price.name] = attrs.evolve(before, least=before.least + one.least, most=before.most + one.most)
        else:
            charges[one.price.name] = one
    types = dict.fromkeys(block.type for block in stack.resources.values())
    unpriced = [(type_, record_of(type_).unpriced) for type_ in types if record_of(type_).unpriced]
    return Estimate(
        name,
        region,
        tuple(sorted(charges.values(), key=lambda charge: order.index(charge.price.name))),
        tuple(sorted(by_use.values(), key=lambda one: order.index(one.price.name))),
        tuple(unpriced),
    )
