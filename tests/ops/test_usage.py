"""`make usage` prints a month's usage from the table, exact to the micro-dollar, as table, CSV or JSON."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from envs.schema import Client, Environment
from ops.aws import OperatorError
from ops.gateway.usage import COUNTS, dollars, month_of
from tests.ops.conftest import Answer
from tests.support.synthesized import CERTIFICATE, settings

import pytest

MONTH = "2026-10"
TABLE = "ai-gateway-usage-test"
SEARCH = Client(team="search", monthly_budget_usd=2)
TEAMS = settings(
    aws_region="us-east-1",
    enable_jwt_auth=True,
    certificate_arn=CERTIFICATE.replace("eu-west-1", "us-east-1"),
    clients=(SEARCH, Client(team="research"), Client(team="idle")),
)
MINI = {
    "requests": 3,
    "input_tokens": 1200,
    "output_tokens": 340,
    "cached_tokens": 100,
    "cost_micros": 384,
    "estimated_requests": 1,
    "estimated_output_tokens": 20,
    "estimated_cost_micros": 12,
}
LLAMA = {"requests": 2, "input_tokens": 10, "output_tokens": 10, "unpriced_requests": 2}


def item(pk: str, sk: str, numbers: dict[str, int]) -> dict[str, Any]:
    """Return an item as the gateway writes it."""
    return {"pk": {"S": pk}, "sk": {"S": sk}, **{name: {"N": str(value)} for name, value in numbers.items()}}


@pytest.fixture
def table(aws: Callable[..., Any], only_environment: Callable[[Environment], None]) -> Any:  # noqa: ANN401 (boto3)
    """A table with one month of two teams, an earlier month, and requests without a team."""
    dynamodb = aws("dynamodb")
    dynamodb.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for one in (
        item("usage#search", f"{MONTH}#openai/gpt-4o-mini", MINI),
        item("usage#search", f"{MONTH}#anthropic/claude-haiku-4-5", {"requests": 1, "cost_micros": 1_500_000}),
        item("usage#search", "2026-09#openai/gpt-4o-mini", {"requests": 900, "cost_micros": 9}),
        item("usage#research", f"{MONTH}#groq/our-llama", LLAMA),
        item("usage#unknown", f"{MONTH}#openai/gpt-4o", {"requests": 1, "cost_micros": 10}),
        item("budget#search", MONTH, {"spent_micros": 1_500_396, "reserved_micros": 77}),
    ):
        dynamodb.put_item(TableName=TABLE, Item=one)
    only_environment(TEAMS)
    return dynamodb


@pytest.mark.usefixtures("table")
def test_a_month_for_people(ops: Callable[..., Answer]) -> None:
    """The table has teams and models, most expensive first, estimated and unpriced requests, and remaining budget."""
    done = ops("usage", "test", "--month", MONTH)
    assert done.code == 0, done.err
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0] == ["test,", MONTH, "(UTC)"]
    total, haiku, mini = lines[2:5]
    assert total[:2] == ["search", "all"]
    assert total[2:7] == ["4", "1,200", "340", "100", "$1.500384"]
    assert " ".join(total[7:]) == "$0.000012 in 1 $0.499604 of $2.00 (24 %)"
    assert (haiku[0], mini[0]) == ("anthropic/claude-haiku-4-5", "openai/gpt-4o-mini")
    assert "2 unpriced" in done.out
    assert "model_prices" in done.out
    assert [line[0] for line in lines if line[1:2] == ["all"]] == ["search", "research", "idle", "unknown"]


@pytest.mark.usefixtures("table")
def test_a_month_for_a_spreadsheet(ops: Callable[..., Answer]) -> None:
    """CSV has a line for each team and model, one for a team without usage, and money in micro-dollars."""
    done = ops("usage", "test", "--month", MONTH, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [(row["team"], row["model"]) for row in rows] == [
        ("search", "anthropic/claude-haiku-4-5"),
        ("search", "openai/gpt-4o-mini"),
        ("research", "groq/our-llama"),
        ("idle", ""),
        ("unknown", "openai/gpt-4o"),
    ]
    assert {name: int(rows[1][name]) for name in COUNTS} == dict.fromkeys(COUNTS, 0) | MINI
    assert (rows[1]["budget_micros"], rows[1]["budget_left_micros"]) == ("2000000", "499604")
    assert (rows[2]["budget_micros"], rows[2]["unpriced_requests"]) == ("", "2")
    assert sum(int(row["cost_micros"]) for row in rows) == 1_500_394


@pytest.mark.usefixtures("table")
def test_a_month_for_a_program(ops: Callable[..., Answer]) -> None:
    """JSON has teams with their budgets and models."""
    document = json.loads(ops("usage", "test", "--month", MONTH, "--format", "json").out)
    assert document["month"] == MONTH
    search = document["teams"][0]
    assert {name: search[name] for name in search if name != "models"} == {
        "team": "search",
        "budget_micros": 2_000_000,
        "spent_micros": 1_500_396,
        "budget_left_micros": 499_604,
    }
    assert search["models"][1] == {"model": "openai/gpt-4o-mini", **dict.fromkeys(COUNTS, 0), **MINI}


def test_every_page_is_read(table: Any, ops: Callable[..., Answer]) -> None:  # noqa: ANN401 (boto3)
    """All pages are read, because DynamoDB returns at most 1 MB for each query."""
    for number in range(40):
        sk = f"{MONTH}#openai/{number:03}"
        table.put_item(TableName=TABLE, Item={**item("usage#idle", sk, {"requests": 1}), "note": {"S": "x" * 60_000}})
    document = json.loads(ops("usage", "test", "--month", MONTH, "--format", "json").out)
    assert [len(team["models"]) for team in document["teams"] if team["team"] == "idle"] == [40]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--month", "2026-13"), "MONTH=2026-13: must be a year and a month, e.g. MONTH="),
        (("--month", "11/2026"), "MONTH=11/2026: must be a year and a month, e.g. MONTH="),
        (("--month", "2099-01"), "MONTH=2099-01: is in the future; the current month in UTC is "),
        (("--format", "xml"), "FORMAT=xml: must be one of table, csv, json"),
    ],
)
@pytest.mark.usefixtures("table")
def test_what_cannot_be_meant_is_named(ops: Callable[..., Answer], arguments: tuple[str, ...], said: str) -> None:
    """An invalid month or format is refused, with what is allowed."""
    done = ops("usage", "test", *arguments)
    assert (done.code, done.out, done.err.startswith(said)) == (1, "", True), done.err


@pytest.mark.usefixtures("aws")
def test_before_the_first_deployment(
    only_environment: Callable[[Environment], None], ops: Callable[..., Answer]
) -> None:
    """Before a deployment the error has the deploy command; without teams it names the setting to add."""
    only_environment(TEAMS)
    done = ops("usage", "test")
    assert (done.code, done.err) == (1, f"there is no table {TABLE}: run `make deploy ENV=test` first\n")
    only_environment(settings(aws_region="us-east-1"))
    done = ops("usage", "test")
    assert (done.code, done.err) == (
        1,
        "envs/test.py has no clients, so nothing is counted: set clients=(Client(team=…),)\n",
    )


def test_the_month_is_utc() -> None:
    """The month is in UTC, while in Auckland it begins half a day earlier."""
    auckland = datetime(2026, 12, 1, 8, 0, tzinfo=timezone(timedelta(hours=13)))
    assert month_of(None, auckland) == "2026-11"
    assert month_of("2026-11", auckland) == "2026-11"
    with pytest.raises(OperatorError, match="MONTH=2026-12: is in the future; the current month in UTC is 2026-11"):
        month_of("2026-12", auckland)
    assert month_of("", datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01"


@pytest.mark.parametrize(
    ("micros", "shown"),
    [(0, "0.00"), (1, "0.000001"), (500_000_000, "500.00"), (1_234_500_000, "1,234.50"), (1_250_000, "1.25")],
)
def test_dollars_lose_nothing(micros: int, shown: str) -> None:
    """Dollars have at least two decimals, and up to six for micro-dollars."""
    assert dollars(micros) == shown
