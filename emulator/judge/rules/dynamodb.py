"""Tables: their keys, their encryption, the items of a transaction."""

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
