"""What the cache of rates needs of IAM: for the gateway's task, for whoever deploys, and for whoever plans."""

from constructs_lib.helpers.pipeline.pipeline_access import Access, calls
from constructs_lib.helpers.policies import Condition, Statement

CONNECT = "elasticache:Connect"
"""Sign in as a user of a cache; it is asked about both ("Authenticating with IAM", ElastiCache user guide)."""


def deploying(scope: Access) -> tuple[Statement, ...]:
    """Create, change and delete the cache and what belongs to it, and let ElastiCache use the key."""
    return (
        Statement(
            sid="RateLimits",
            actions=calls(
                "elasticache",
                *("AddTagsToResource", "CreateCacheParameterGroup", "CreateCacheSubnetGroup", "CreateReplicationGroup"),
                *("CreateUser", "CreateUserGroup", "DecreaseReplicaCount", "DeleteCacheParameterGroup"),
                *("DeleteCacheSubnetGroup", "DeleteReplicationGroup", "DeleteUser", "DeleteUserGroup"),
                *("IncreaseReplicaCount", "ModifyCacheParameterGroup", "ModifyCacheSubnetGroup"),
                *("ModifyReplicationGroup", "ModifyUser", "ModifyUserGroup", "RemoveTagsFromResource"),
                "ResetCacheParameterGroup",
            ),
            resources=scope.cache,
        ),
        # "At-rest encryption", ElastiCache user guide: it uses a key by a grant of whoever creates the cache.
        Statement(
            sid="GrantsToRateLimits",
            actions=calls("kms", "CreateGrant", "DescribeKey"),
            resources=(scope.arn("kms", "key/*"),),
            conditions=(
                *scope.tagged_or_new,
                Condition("StringEquals", "kms:ViaService", (scope.host("elasticache"),)),
            ),
        ),
    )


def reading(scope: Access) -> tuple[Statement, ...]:
    """Read the settings of the cache and of what belongs to it."""
    return (
        Statement(
            sid="ReadRateLimits",
            actions=calls(
                "elasticache",
                *("DescribeCacheClusters", "DescribeCacheParameterGroups", "DescribeCacheParameters"),
                *("DescribeCacheSubnetGroups", "DescribeReplicationGroups", "DescribeUserGroups", "DescribeUsers"),
                "ListTagsForResource",
            ),
            resources=scope.cache,
        ),
    )
