"""`make usage`: each team's usage and cost by model in a month, and what is left of its budget.

Reads the DynamoDB table that the gateway writes (gateway_runtime/): the items `usage#<team>` and `budget#<team>`.
"""

import csv
import io
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from constructs_lib.helpers.usage.teams import MICROS
from ops.aws import Aws, OperatorError, code_of
from ops.console import cell, out, say

import attrs
from botocore.exceptions import ClientError
from rich.table import Table
from rich.text import Text

FORMATS = ("table", "csv", "json")
UNKNOWN = "unknown"
"""The team of requests whose token belongs to no client in the settings."""
MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")
COUNTS = (
    *("requests", "input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens"),
    *("cost_micros", "estimated_requests", "estimated_input_tokens", "estimated_output_tokens"),
    *("estimated_cost_micros", "unpriced_requests", "errors"),
)
"""The counters of a usage item. Those of `estimated_…` are not included in the others. Costs are in micro-dollars."""


@attrs.frozen(kw_only=True)
class Usage:
    """One team's usage of one model in a month."""

    team: str
    model: str
    """`<provider>/<model>`."""
    counts: dict[str, int]

    def row(self) -> dict[str, Any]:
        """The usage as a flat row of the report."""
        return {"team": self.team, "model": self.model, **self.counts}


@attrs.frozen(kw_only=True)
class TeamMonth:
    """A team's month: its usage by model, and its budget in micro-dollars."""

    team: str
    models: tuple[Usage, ...]
    budget_micros: int | None
    spent_micros: int
    """Cost that counts against the budget, including answers whose usage was estimated."""

    def total(self, name: str) -> int:
        """The sum of a counter over the models."""
        return sum(usage.counts[name] for usage in self.models)

    @property
    def left_micros(self) -> int | None:
        """What is left of the budget, at least 0; None without a budget."""
        return None if self.budget_micros is None else max(0, self.budget_micros - self.spent_micros)


def month_of(text: str | None, now: datetime) -> str:
    """The month as YYYY-MM, by default the current one in UTC.

    Raises OperatorError for a string that is not a month, and for a month in the future.
    """
    current = f"{now.astimezone(UTC):%Y-%m}"
    if not text:
        return current
    if not MONTH.fullmatch(text):
        raise OperatorError(f"MONTH={text}: must be a year and a month, e.g. MONTH={current}")
    if text > current:
        raise OperatorError(f"MONTH={text}: is in the future; the current month in UTC is {current}")
    return text


def _items(aws: Aws, key: str, month: str) -> list[dict[str, Any]]:
    """The items of a partition whose sort key starts with a month."""
    pages = (
        aws.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=aws.environment.names.usage_table,
            KeyConditionExpression="pk = :key AND begins_with(sk, :month)",
            ExpressionAttributeValues={":key": {"S": key}, ":month": {"S": month}},
            ConsistentRead=True,
        )
    )
    return [item for page in pages for item in page["Items"]]


def _number(item: dict[str, Any], name: str) -> int:
    return int(item.get(name, {}).get("N", "0"))


def _team(aws: Aws, team: str, budget_micros: int | None, month: str) -> TeamMonth:
    models = [
        Usage(
            team=team,
            model=item["sk"]["S"].partition("#")[2],
            counts={name: _number(item, name) for name in COUNTS},
        )
        for item in _items(aws, f"usage#{team}", f"{month}#")
    ]
    spent = sum(usage.counts["cost_micros"] + usage.counts["estimated_cost_micros"] for usage in models)
    if budget_micros is not None:
        spent = sum(_number(item, "spent_micros") for item in _items(aws, f"budget#{team}", month))
    models.sort(key=lambda usage: (-usage.counts["cost_micros"], usage.model))
    return TeamMonth(team=team, models=tuple(models), budget_micros=budget_micros, spent_micros=spent)


def months(aws: Aws, month: str) -> list[TeamMonth]:
    """The month of every team in the settings, and of requests that belong to none of them.

    Raises OperatorError where the environment has no clients or the table does not exist.
    """
    environment = aws.environment
    place = f"envs/{environment.environment}.py"
    if not environment.clients:
        raise OperatorError(f"{place} has no clients, so nothing is counted: set clients=(Client(team=…),)")
    budgets = {client.team: client.monthly_budget_micros for client in environment.clients}
    try:
        found = [_team(aws, team, budget, month) for team, budget in budgets.items()]
        unknown = _team(aws, UNKNOWN, None, month)
    except ClientError as error:
        if code_of(error) == "ResourceNotFoundException":
            raise OperatorError(
                f"there is no table {environment.names.usage_table}: run `make deploy "
                f"ENV={environment.environment}` first"
            ) from None
        raise
    return [*found, *([unknown] if unknown.models else [])]


def dollars(micros: int) -> str:
    """Micro-dollars as dollars, without trailing zeros after the cents: `1,234.50`, `0.000315`."""
    whole, rest = divmod(micros, MICROS)
    digits = f"{rest:06d}".rstrip("0")
    return f"{whole:,}.{digits.ljust(2, '0')}"


def _rows(teams: Iterable[TeamMonth]) -> list[dict[str, Any]]:
    """A row for each team and model; a team without usage has one row with an empty model."""
    rows = []
    for team in teams:
        rest = {"budget_micros": team.budget_micros, "budget_left_micros": team.left_micros}
        empty = Usage(team=team.team, model="", counts=dict.fromkeys(COUNTS, 0))
        rows += [{**usage.row(), **rest} for usage in team.models or (empty,)]
    return rows


def as_csv(teams: Iterable[TeamMonth], month: str) -> str:
    """The report as CSV, with a row for each team and model; amounts in micro-dollars, so that sums are exact."""
    rows = [{"month": month, **row} for row in _rows(teams)]
    made = io.StringIO()
    names = ["month", "team", "model", *COUNTS, "budget_micros", "budget_left_micros"]
    writer = csv.DictWriter(made, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return made.getvalue()


def as_json(teams: Iterable[TeamMonth], month: str) -> str:
    """The report as a JSON document; amounts in micro-dollars."""
    document = {
        "month": month,
        "teams": [
            {
                "team": team.team,
                "budget_micros": team.budget_micros,
                "spent_micros": team.spent_micros,
                "budget_left_micros": team.left_micros,
                "models": [{"model": usage.model, **usage.counts} for usage in team.models],
            }
            for team in teams
        ],
    }
    return json.dumps(document, indent=2) + "\n"


def _cells(counts: dict[str, int]) -> list[Text]:
    """The cells of a row of the table, from Requests to Estimated."""
    tokens = [cell(f"{counts[name]:,}") for name in ("requests", "input_tokens", "output_tokens", "cached_tokens")]
    unpriced, estimated = counts["unpriced_requests"], counts["estimated_requests"]
    cost = f"${dollars(counts['cost_micros'])}"
    if unpriced:
        cost = f"{cost} + {unpriced:,} unpriced" if counts["cost_micros"] else f"{unpriced:,} unpriced"
    guessed = f"${dollars(counts['estimated_cost_micros'])} in {estimated:,}" if estimated else ""
    return [*tokens, cell(cost, "yellow" if unpriced else ""), cell(guessed)]


def _left(team: TeamMonth) -> Text:
    if team.budget_micros is None or team.left_micros is None:
        return cell("no budget")
    share = 100 * team.left_micros // team.budget_micros
    style = "red" if share == 0 else "yellow" if share < 20 else "green"
    return cell(f"${dollars(team.left_micros)} of ${dollars(team.budget_micros)} ({share} %)", style)


def show(teams: list[TeamMonth], month: str, environment: str) -> None:
    """Print the report as a table."""
    say(f"{environment}, {month} (UTC)", "bold")
    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("Team", "Model"):
        shown.add_column(title)
    for title in ("Requests", "Input", "Output", "Cached", "Cost", "Estimated", "Budget left"):
        shown.add_column(title, justify="right")
    for team in teams:
        total = {name: team.total(name) for name in COUNTS}
        shown.add_row(cell(team.team, "bold"), cell("all", "bold"), *_cells(total), _left(team))
        for one in team.models:
            shown.add_row("", cell(one.model), *_cells(one.counts), "")
    out.print(shown)
    if any(team.total("unpriced_requests") for team in teams):
        say("Unpriced: the price of the model is not known, so its cost is missing; add it to model_prices.")
    if any(team.total("estimated_requests") for team in teams):
        say("Estimated: answers that were cancelled or cut off, so the provider reported no usage for them.")


def usage(aws: Aws, *, month: str | None, form: str | None) -> int:
    """Print the usage of a month as a table, CSV or JSON; returns 0. Raises OperatorError for an unknown format."""
    if form and form not in FORMATS:
        raise OperatorError(f"FORMAT={form}: must be one of {', '.join(FORMATS)}")
    chosen = month_of(month, datetime.now(UTC))
    teams = months(aws, chosen)
    if form == "csv":
        print(as_csv(teams, chosen), end="")
    elif form == "json":
        print(as_json(teams, chosen), end="")
    else:
        show(teams, chosen, aws.environment.environment)
        if not aws.environment.enable_jwt_auth:
            say("enable_jwt_auth is False: without tokens the gateway cannot tell teams apart, so it counts nothing.")
    return 0
