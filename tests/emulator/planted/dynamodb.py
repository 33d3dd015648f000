"""Planted faults of DynamoDB, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

DYNAMO = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/"


def table(**changes: object) -> dict[str, object]:
    """The parameters of the table for a Terraform state lock."""
    return {
        "TableName": "gateway-lock",
        "AttributeDefinitions": [{"AttributeName": "LockID", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "LockID", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        **changes,
    }


@twin
def lock_table(aws: Account) -> Call:
    """The table for a state lock is accepted."""
    return lambda: aws.dynamodb.create_table(**table())


@fault("ResourceInUseException", "gateway-lock", DYNAMO + "API_CreateTable.html")
def second_table_of_a_name(aws: Account) -> Call:
    """Table names are unique in a region."""
    aws.dynamodb.create_table(**table())
    return lambda: aws.dynamodb.create_table(**table())


@fault("ValidationException", "AttributeDefinitions", DYNAMO + "API_CreateTable.html")
def attribute_that_no_key_uses(aws: Account) -> Call:
    """Only key attributes may be defined."""
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("LockID", "Digest")]
    return lambda: aws.dynamodb.create_table(**table(AttributeDefinitions=attributes))


@fault("ValidationException", "PAY_PER_REQUEST", DYNAMO + "API_CreateTable.html")
def throughput_of_a_table_on_demand(aws: Account) -> Call:
    """An on-demand table has no provisioned throughput."""
    throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    return lambda: aws.dynamodb.create_table(**table(ProvisionedThroughput=throughput))


@fault("ValidationException", "deletion protection|DeletionProtectionEnabled", DYNAMO + "API_DeleteTable.html")
def protected_table_deleted(aws: Account) -> Call:
    """Deletion protection must be turned off before the table is deleted."""
    aws.dynamodb.create_table(**table(DeletionProtectionEnabled=True))
    return lambda: aws.dynamodb.delete_table(TableName="gateway-lock")


@fault("ConditionalCheckFailedException", "conditional", DYNAMO + "API_PutItem.html")
def state_locked_twice(aws: Account) -> Call:
    """Terraform can only lock a state that is not locked."""
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
    """Time to live cannot be enabled twice."""
    aws.dynamodb.create_table(**table())
    settings = {"Enabled": True, "AttributeName": "Expires"}
    aws.dynamodb.update_time_to_live(TableName="gateway-lock", TimeToLiveSpecification=settings)
    return lambda: aws.dynamodb.update_time_to_live(TableName="gateway-lock", TimeToLiveSpecification=settings)


def usage_table(key: str, **changes: object) -> dict[str, object]:
    """The parameters of a table with a partition key, a sort key and a KMS key."""
    return table(
        TableName="gateway-usage",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key},
        **changes,
    )


def new_key(aws: Account) -> str:
    """A symmetric KMS key with AWS's default policy."""
    return str(aws.kms.create_key()["KeyMetadata"]["Arn"])


@twin
def table_with_a_key(aws: Account) -> Call:
    """A usage table that is encrypted with a key of the account is accepted."""
    key = new_key(aws)
    return lambda: aws.dynamodb.create_table(**usage_table(key))


@fault("ValidationException", "KMS key|KMSMasterKeyId", DYNAMO + "API_SSESpecification.html")
def table_with_a_key_that_is_going(aws: Account) -> Call:
    """A key that is scheduled for deletion cannot encrypt a new table."""
    key = new_key(aws)
    aws.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    return lambda: aws.dynamodb.create_table(**usage_table(key))


@fault("ValidationException", "KMS key|KMSMasterKeyId", DYNAMO + "API_SSESpecification.html")
def table_with_a_key_of_another_region(aws: Account) -> Call:
    """A table's KMS key must be in the table's region."""
    key = new_key(aws).replace("us-east-1", "eu-west-1")
    return lambda: aws.dynamodb.create_table(**usage_table(key))


@fault("ValidationException", "RecoveryPeriodInDays", DYNAMO + "API_PointInTimeRecoverySpecification.html")
def recovery_period_without_recovery(aws: Account) -> Call:
    """A recovery period requires point-in-time recovery."""
    aws.dynamodb.create_table(**table())
    settings = {"PointInTimeRecoveryEnabled": False, "RecoveryPeriodInDays": 7}
    return lambda: aws.dynamodb.update_continuous_backups(
        TableName="gateway-lock", PointInTimeRecoverySpecification=settings
    )


@fault("TransactionCanceledException", "ConditionalCheckFailed", DYNAMO + "API_TransactWriteItems.html")
def transaction_whose_condition_fails(aws: Account) -> Call:
    """If one condition of a transaction fails, nothing is written."""
    aws.dynamodb.create_table(**table())
    put = {
        "TableName": "gateway-lock",
        "Item": {"LockID": {"S": "state"}},
        "ConditionExpression": "attribute_exists(LockID)",
    }
    return lambda: aws.dynamodb.transact_write_items(TransactItems=[{"Put": put}])


@fault("ValidationException", "range key", DYNAMO + "API_LocalSecondaryIndex.html")
def local_index_of_a_table_without_order(aws: Account) -> Call:
    """A local index requires a table with a range key."""
    names = [{"AttributeName": name, "AttributeType": "S"} for name in ("LockID", "Owner")]
    keys = [{"AttributeName": "LockID", "KeyType": "HASH"}, {"AttributeName": "Owner", "KeyType": "RANGE"}]
    index = {"IndexName": "owner", "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
    return lambda: aws.dynamodb.create_table(**table(AttributeDefinitions=names, LocalSecondaryIndexes=[index]))


def indexed(aws: Account, **projection: object) -> Call:
    """Create a table with an index that projects these attributes."""
    names = [{"AttributeName": name, "AttributeType": "S"} for name in ("LockID", "Owner")]
    keys = [{"AttributeName": "Owner", "KeyType": "HASH"}]
    index = {"IndexName": "owner", "KeySchema": keys, "Projection": {"ProjectionType": "INCLUDE", **projection}}
    return lambda: aws.dynamodb.create_table(**table(AttributeDefinitions=names, GlobalSecondaryIndexes=[index]))


@fault("ValidationException", "NonKeyAttributes", DYNAMO + "API_Projection.html")
def projection_of_no_attributes(aws: Account) -> Call:
    """The projection INCLUDE must name attributes."""
    return indexed(aws)


@twin
def projection_of_an_attribute(aws: Account) -> Call:
    """A projection of one attribute is accepted."""
    return indexed(aws, NonKeyAttributes=["Since"])


@fault("ValidationException", "ProvisionedThroughput", DYNAMO + "API_UpdateTable.html")
def provisioned_without_a_throughput(aws: Account) -> Call:
    """A change to provisioned mode requires a throughput."""
    aws.dynamodb.create_table(**table())
    return lambda: aws.dynamodb.update_table(TableName="gateway-lock", BillingMode="PROVISIONED")
