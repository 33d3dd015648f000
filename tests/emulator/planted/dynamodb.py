"""Planted faults of DynamoDB, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

DYNAMO = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/"


def table(**changes: object) -> dict[str, object]:
    """The parameters of the table of a Terraform state lock."""
    return {
        "TableName": "gateway-lock",
        "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        **changes,
    }


@twin
def lock_table(aws: Account) -> Call:
    """The table of a state lock."""
    return lambda: aws.dynamodb.create_table(**table())


@fault("ResourceInUseException", "gateway-lock", DYNAMO + "API_CreateTable.html")
def second_table_of_a_name(aws: Account) -> Call:
    """The names of a region's tables differ."""
    aws.dynamodb.create_table(**table())
    return lambda: aws.dynamodb.create_table(**table())


@fault("ValidationException", "AttributeDefinitions", DYNAMO + "API_CreateTable.html")
def attribute_that_no_key_uses(aws: Account) -> Call:
    """Only attributes of keys are defined."""
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("LockID", "Digest")]
    return lambda: aws.dynamodb.create_table(**table(AttributeDefinitions=attributes))


@fault("ValidationException", "PAY_PER_REQUEST", DYNAMO + "API_CreateTable.html")
def throughput_of_a_table_on_demand(aws: Account) -> Call:
    """A table on demand has no provisioned throughput."""
    throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    return lambda: aws.dynamodb.create_table(**table(ProvisionedThroughput=throughput))


@fault("ValidationException", "deletion protection|DeletionProtectionEnabled", DYNAMO + "API_DeleteTable.html")
def protected_table_deleted(aws: Account) -> Call:
    """Deletion protection is turned off before the table is deleted."""
    aws.dynamodb.create_table(**table(DeletionProtectionEnabled=True))
    return lambda: aws.dynamodb.delete_table(TableName="gateway-lock")


@fault("ConditionalCheckFailedException", "conditional", DYNAMO + "API_PutItem.html")
def state_locked_twice(aws: Account) -> Call:
    """Terraform locks a state that is not locked."""
    aws.dynamodb.create_table(**table())
    lock = {
        "TableName": "gateway-lock",
        "Item": {"LockID": {"S": "state"}},
        "ConditionExpression": "attribute_not_exists(LockID)",
    }
    aws.dynamodb.put_item(**lock)
    return lambda: aws.dynamodb.put_item(**lock)


@fault("ValidationException", "TimeToLive", DYNAMO + "API_UpdateTimeToLive.html")
def time_to_live_enabled_twice(aws: Account) -> Call:
    """Time to live is enabled once."""
    aws.dynamodb.create_table(**table())
    settings = {"Enabled": True, "AttributeName": "Expires"}
    aws.dynamodb.update_time_to_live(TableName="gateway-lock", TimeToLiveSpecification=settings)
    return lambda: aws.dynamodb.update_time_to_live(TableName="gateway-lock", TimeToLiveSpecification=settings)
