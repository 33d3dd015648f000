"""The DynamoDB table of teams' usage: the gateway writes it, `make usage` reads it."""

from constructs_lib.helpers.naming import Names

from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableServerSideEncryption,
    DynamodbTableTtl,
)
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct

PARTITION_KEY, SORT_KEY = "pk", "sk"
EXPIRES_AT = "expires_at"
"""Unix time in seconds after which DynamoDB deletes an item, up to days late; the gateway checks it itself."""


class UsageTable(Construct):
    """One on-demand table: usage by team, month and model, and the state of teams' budgets and rate limits."""

    def __init__(self, scope: Construct, id_: str, *, names: Names, key: KmsKey, deletion_protection: bool) -> None:
        super().__init__(scope, id_)
        self.key_arn = key.arn
        table = DynamodbTable(
            self,
            "Table",
            name=names.usage_table,
            billing_mode="PAY_PER_REQUEST",
            hash_key=PARTITION_KEY,
            range_key=SORT_KEY,
            attribute=[DynamodbTableAttribute(name=name, type="S") for name in (PARTITION_KEY, SORT_KEY)],
            ttl=DynamodbTableTtl(attribute_name=EXPIRES_AT, enabled=True),
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),
            server_side_encryption=DynamodbTableServerSideEncryption(enabled=True, kms_key_arn=self.key_arn),
            deletion_protection_enabled=deletion_protection,
        )
        self.name = table.name
        self.arn = table.arn
