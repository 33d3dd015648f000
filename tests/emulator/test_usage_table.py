"""The gateway's DynamoDB requests are valid: its tests of budgets and rates pass on the embedded AWS."""

import os
import re
import subprocess
from typing import Any

from local.embedded_aws import EmbeddedAws, passing
from local.task import NODE
from tests.emulator.conftest import Contract
from tools.environment import ROOT

import pytest

LEDGER = ROOT / "gateway_runtime" / "test" / "teams" / "ledger.test.mjs"
REGION = "eu-west-1"
TABLE = "judged-usage"
KEY = {"pk": {"S": "budget#search"}, "sk": {"S": "2026-11"}}


def test_budgets_and_rates_on_motos_table(contract: Contract) -> None:
    """The tests for reservations, settlements, retries, sweeps and month ends, which otherwise use dynalite, pass."""
    aws = EmbeddedAws.of(contract.environ, REGION)
    with passing(aws, host=f"dynamodb.{REGION}.amazonaws.com") as port:
        environ = {**os.environ, "TABLE_URL": f"http://127.0.0.1:{port}/"}
        done = subprocess.run(
            [NODE, "--test", str(LEDGER)], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout[-4000:]
    assert re.search(r"^# pass ([1-9]\d)", done.stdout, re.MULTILINE)


@pytest.fixture(scope="module")
def table(contract: Contract) -> Any:  # noqa: ANN401 (boto3)
    """A table like the gateway's."""
    dynamodb = contract.client("dynamodb")
    keyed = (("pk", "HASH"), ("sk", "RANGE"))
    dynamodb.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keyed],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keyed],
        BillingMode="PAY_PER_REQUEST",
    )
    return dynamodb


SOUND: dict[str, Any] = {
    "TableName": TABLE,
    "Key": KEY,
    "UpdateExpression": "ADD #spent :_spent",
    "ConditionExpression": "attribute_not_exists(#spent) OR #spent <= :most",
    "ExpressionAttributeNames": {"#spent": "spent_micros"},
    "ExpressionAttributeValues": {":_spent": {"N": "5"}, ":most": {"N": "100"}},
}
LONG = " AND ".join(f"(attribute_not_exists(#spent) OR #spent <> :most{number:03})" for number in range(90))


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    "changes",
    [
        {"ConditionExpression": LONG, "ExpressionAttributeValues": {
            ":_spent": {"N": "5"}, **{f":most{number:03}": {"N": "1"} for number in range(90)},
        }},
        {"ExpressionAttributeValues": {**SOUND["ExpressionAttributeValues"], ":unused": {"N": "1"}}},
        {"ExpressionAttributeNames": {**SOUND["ExpressionAttributeNames"], "#unused": "a"}},
        {"ExpressionAttributeValues": {":_spent": {"N": "5"}}},
        {"ExpressionAttributeNames": {}},
        {"ExpressionAttributeValues": {**SOUND["ExpressionAttributeValues"], ":_spent": {"S": "5"}}},
        {"ExpressionAttributeNames": {"#spent-micros": "spent_micros"}},
        {"UpdateExpression": "ADD #spent :_spent SET #spent = :most"},
    ],
)  # fmt: skip
def test_an_update_that_dynamodb_refuses(contract: Contract, changes: dict[str, Any]) -> None:
    """Refused: more than 4 KB, unused, missing or misspelled names or values, a wrong type, and one attribute twice."""
    assert contract.refused("dynamodb", "update_item", **{**SOUND, **changes}) == "ValidationException"


def test_a_sound_update_is_made(table: Any) -> None:  # noqa: ANN401 (boto3)
    """The update without these faults is accepted, and an item of more than 400 KB is refused."""
    assert table.update_item(**SOUND)["ResponseMetadata"]["HTTPStatusCode"] == 200
    large = {
        **SOUND,
        "UpdateExpression": "SET #spent = :_spent",
        "ConditionExpression": "attribute_exists(#spent) OR #spent <> :most",
    }
    with pytest.raises(table.exceptions.ClientError, match="ValidationException"):
        table.update_item(
            **{**large, "ExpressionAttributeValues": {":_spent": {"S": "x" * 410_000}, ":most": {"N": "1"}}}
        )


def test_a_transaction_is_bounded(contract: Contract, table: Any) -> None:  # noqa: ANN401 (boto3)
    """A client token of more than 36 characters and a transaction of more than 100 items are refused."""
    update = {name: value for name, value in SOUND.items() if name != "ConditionExpression"}
    update["ExpressionAttributeValues"] = {":_spent": {"N": "5"}}
    one = {"Update": update}
    assert table.transact_write_items(TransactItems=[one], ClientRequestToken="x" * 36)
    assert contract.refused("dynamodb", "transact_write_items", TransactItems=[one], ClientRequestToken="x" * 37)
    many = [{"Update": {**update, "Key": {**KEY, "sk": {"S": str(number)}}}} for number in range(101)]
    assert contract.refused("dynamodb", "transact_write_items", TransactItems=many) == "ValidationException"
