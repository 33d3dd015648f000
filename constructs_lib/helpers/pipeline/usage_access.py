"""What the usage table needs of IAM: for the gateway's task, for whoever deploys, and for whoever plans."""

from constructs_lib.helpers.pipeline.pipeline_access import Access, calls
from constructs_lib.helpers.policies import Condition, Statement

ITEM_ACTIONS = ("GetItem", "UpdateItem")
"""What the task does with items, each by its key (gateway_runtime/src/teams)."""
KEY_ACTIONS = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*")
"""What DynamoDB does with the table's key in the caller's name (DynamoDB developer guide, "Encryption at rest:
authorizing use of your customer managed key")."""


def deploying(scope: Access) -> tuple[Statement, ...]:
    """Create, change and delete the table, and let DynamoDB use its key."""
    return (
        Statement(
            sid="UsageTable",
            actions=calls(
                "dynamodb",
                *("CreateTable", "DeleteTable", "TagResource", "UntagResource", "UpdateContinuousBackups"),
                *("UpdateTable", "UpdateTimeToLive"),
            ),
            resources=(scope.usage_table,),
        ),
        Statement(
            sid="GrantsToUsage",
            actions=calls("kms", "CreateGrant", *KEY_ACTIONS),
            resources=(scope.arn("kms", "key/*"),),
            conditions=(
                *scope.tagged_or_new,
                Condition("StringEquals", "kms:ViaService", (scope.host("dynamodb"),)),
            ),
        ),
    )


def reading(scope: Access) -> tuple[Statement, ...]:
    """Read the table's settings, not its items."""
    return (
        Statement(
            sid="ReadUsageTable",
            actions=calls(
                "dynamodb", "DescribeContinuousBackups", "DescribeTable", "DescribeTimeToLive", "ListTagsOfResource"
            ),
            resources=(scope.usage_table,),
        ),
        # The provider compares a table's key with the one that AWS keeps for DynamoDB.
        Statement(
            sid="FindDefaultTableKey",
            actions=("kms:DescribeKey",),
            resources=(scope.arn("kms", "key/*"),),
            conditions=(Condition("ForAnyValue:StringEquals", "kms:ResourceAliases", ("alias/aws/dynamodb",)),),
        ),
    )
