"""Tables: their keys, their encryption, the items of a transaction, the expressions of a call."""

import re
from collections.abc import Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.documents import lets_account
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.judge.rules.kms import usable
from emulator.wire.calls import Call

API = "amazondynamodb/latest/APIReference/API_"
INVALID = "ValidationException"
GRANTED = ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey")
"""What DynamoDB needs of a key ("DynamoDB encryption at rest: authorizing use of your customer managed key")."""


@rule("dynamodb", "CreateTable", source=f"{API}CreateTable.html")
def attributes(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Every attribute that is defined is a key, and every key is defined."""
    indexes = call.params.get("GlobalSecondaryIndexes", []) + call.params.get("LocalSecondaryIndexes", [])
    schemas = [call.params.get("KeySchema", []), *(one.get("KeySchema", []) for one in indexes)]
    keys = {key.get("AttributeName") for schema in schemas for key in schema}
    defined = {one.get("AttributeName") for one in call.params.get("AttributeDefinitions", [])}
    if keys != defined:
        said = f"AttributeDefinitions must be exactly the attributes of the keys, {sorted(map(str, keys))}"
        yield Refusal(INVALID, "AttributeDefinitions", sorted(map(str, defined)), said)
    if call.params.get("BillingMode") != "PAY_PER_REQUEST" and not call.params.get("ProvisionedThroughput"):
        yield Refusal(INVALID, "ProvisionedThroughput", None, "is required unless billed by request")


@rule("dynamodb", "CreateTable", "UpdateTable", source=f"{API}SSESpecification.html")
def key_of_a_table(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The key exists here, is enabled and symmetric, and leaves its use to the account's roles."""
    given = call.params.get("SSESpecification") or {}
    identifier, place = given.get("KMSMasterKeyId"), "SSESpecification.KMSMasterKeyId"
    if identifier is None or identifier == "alias/aws/dynamodb":
        return
    if not given.get("Enabled"):
        said = "a key is for a table with Enabled=true and SSEType KMS"
        yield Refusal(INVALID, "SSESpecification.Enabled", given.get("Enabled"), said)
    key = usable(cloud, str(identifier))
    if key is None:
        said = "KMS key does not exist in this account and region, or is not enabled and symmetric"
        yield Refusal(INVALID, place, identifier, said)
    elif not all(lets_account(key.policy, cloud.account_id, action) for action in GRANTED):
        said = "the key's policy does not let the account's roles use it"
        yield Refusal("AccessDeniedException", place, identifier, said)


@rule("dynamodb", "UpdateContinuousBackups", source=f"{API}PointInTimeRecoverySpecification.html")
def recovery_period(call: Call, _: Cloud) -> Iterator[Refusal]:
    """1 to 35 days, of a table whose recovery is on."""
    given = call.params.get("PointInTimeRecoverySpecification") or {}
    days = given.get("RecoveryPeriodInDays")
    if days is not None and not given.get("PointInTimeRecoveryEnabled"):
        said = "can only be given where PointInTimeRecoveryEnabled is true"
        yield Refusal(INVALID, "PointInTimeRecoverySpecification.RecoveryPeriodInDays", days, said)


@rule("dynamodb", "TransactWriteItems", source=f"{API}TransactWriteItems.html")
def transaction(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Each of its parts is exactly one action."""
    for number, item in enumerate(call.params.get("TransactItems", [])):
        if len(item) != 1:
            said = "TransactItems can only contain one of Check, Put, Update or Delete"
            yield Refusal(INVALID, f"TransactItems[{number}]", sorted(item), said)


QUOTAS = "amazondynamodb/latest/developerguide/Constraints.html"
EXPRESSIONS = (
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "ProjectionExpression",
    "UpdateExpression",
)
MOST_EXPRESSION_BYTES = 4096
PLACEHOLDERS = (("ExpressionAttributeNames", "#"), ("ExpressionAttributeValues", ":"))
CLAUSE = re.compile(r"\b(SET|REMOVE|ADD|DELETE)\b", re.IGNORECASE)


@rule("dynamodb", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem", source=QUOTAS)
def expressions(call: Call, _: Cloud) -> Iterator[Refusal]:
    """At most 4 KB each, with every placeholder defined and every definition used."""
    texts = {name: call.params[name] for name in EXPRESSIONS if call.params.get(name)}
    for name, text in texts.items():
        if (size := len(text.encode())) > MOST_EXPRESSION_BYTES:
            said = f"Expression size has exceeded the maximum allowed size; expression size: {size}"
            yield Refusal(INVALID, name, f"{size} bytes", said)
    for kind, sigil in PLACEHOLDERS:
        used = {found for text in texts.values() for found in re.findall(rf"{sigil}\w+", text, re.ASCII)}
        given = set(call.params.get(kind, {}))
        if kind in call.params and not given:
            yield Refusal(INVALID, kind, {}, f"{kind} must not be empty")
        if malformed := sorted(one for one in given if not re.fullmatch(rf"{sigil}\w+", one, re.ASCII)):
            yield Refusal(INVALID, kind, malformed, f"{kind} contains invalid key: Syntax error")
        elif unused := sorted(given - used):
            yield Refusal(INVALID, kind, unused, "Value provided is unused in expressions")
        if missing := sorted(used - given):
            yield Refusal(INVALID, kind, missing, "An expression uses a placeholder that is not defined")


@rule("dynamodb", "UpdateItem", source=f"{API}UpdateItem.html")
def paths(call: Call, _: Cloud) -> Iterator[Refusal]:
    """An update names each attribute once: DynamoDB has no order of its clauses."""
    parts = CLAUSE.split(call.params.get("UpdateExpression") or "")[2::2]
    found = [entry.split("=")[0].split()[0] for part in parts for entry in _entries(part)]
    for path in sorted({one for one in found if found.count(one) > 1}):
        said = "Two document paths overlap with each other; must remove or rewrite one of these paths"
        yield Refusal(INVALID, "UpdateExpression", path, said)


def _entries(clause: str) -> Iterator[str]:
    """What stands between the commas of a clause, those within parentheses left out."""
    depth, entry = 0, ""
    for character in f"{clause},":
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            if entry.strip():
                yield entry
            entry = ""
        else:
            entry += character
