"""Planted faults of ElastiCache, after the API reference and the user guide."""

from typing import Any

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

API = "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/"
GUIDE = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/"
NAME = "gateway-rates"


def user(**changes: object) -> dict[str, object]:
    """The parameters of a user with IAM authentication."""
    return {
        "UserId": NAME,
        "UserName": NAME,
        "Engine": "valkey",
        "AccessString": "on ~rate:* resetchannels -@all +eval",
        "AuthenticationMode": {"Type": "iam"},
        **changes,
    }


def belongings(aws: Account, family: str = "valkey8") -> None:
    """A user with its group, and a subnet group and a parameter group."""
    cache = aws.elasticache
    cache.create_user(**user())
    cache.create_user_group(UserGroupId=NAME, Engine="valkey", UserIds=[NAME])
    cache.create_cache_subnet_group(
        CacheSubnetGroupName=NAME, CacheSubnetGroupDescription="rates", SubnetIds=aws.subnets(aws.vpc())
    )
    cache.create_cache_parameter_group(
        CacheParameterGroupName=NAME, CacheParameterGroupFamily=family, Description="rates"
    )


def group(aws: Account, **changes: object) -> dict[str, Any]:
    """The parameters of a replication group like the stack's."""
    made: dict[str, Any] = {
        "ReplicationGroupId": NAME,
        "ReplicationGroupDescription": "rates",
        "Engine": "valkey",
        "EngineVersion": "8.1",
        "CacheNodeType": "cache.t4g.micro",
        "NumCacheClusters": 2,
        "AutomaticFailoverEnabled": True,
        "MultiAZEnabled": True,
        "AtRestEncryptionEnabled": True,
        "KmsKeyId": aws.kms.create_key()["KeyMetadata"]["Arn"],
        "TransitEncryptionEnabled": True,
        "UserGroupIds": [NAME],
        "CacheSubnetGroupName": NAME,
        "CacheParameterGroupName": NAME,
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def with_belongings(aws: Account, **changes: object) -> Call:
    """Create a replication group like the stack's with changes, and everything that it requires."""
    belongings(aws)
    return lambda: aws.elasticache.create_replication_group(**group(aws, **changes))


@twin
def cache_of_rates(aws: Account) -> Call:
    """Two nodes with failover, a key, TLS and a user with IAM authentication are accepted."""
    return with_belongings(aws)


@fault("InvalidParameterCombination", "NumCacheClusters", f"{API}API_CreateReplicationGroup.html")
def failover_without_a_replica(aws: Account) -> Call:
    """Automatic failover requires two nodes."""
    return with_belongings(aws, NumCacheClusters=1)


@fault("InvalidParameterCombination", "MultiAZEnabled", f"{API}API_CreateReplicationGroup.html")
def zones_without_failover(aws: Account) -> Call:
    """Multi-AZ requires automatic failover."""
    return with_belongings(aws, AutomaticFailoverEnabled=False)


@fault("InvalidParameterCombination", "AtRestEncryptionEnabled", f"{GUIDE}at-rest-encryption.html")
def key_without_encryption(aws: Account) -> Call:
    """A KMS key requires encryption at rest."""
    return with_belongings(aws, AtRestEncryptionEnabled=False)


@fault("InvalidKMSKeyFault", "KMS key", f"{GUIDE}at-rest-encryption.html")
def key_of_another_region(aws: Account) -> Call:
    """A cache's KMS key must be in the cache's region."""
    belongings(aws)
    key = aws.kms.create_key()["KeyMetadata"]["Arn"].replace("us-east-1", "eu-west-1")
    return lambda: aws.elasticache.create_replication_group(**group(aws, KmsKeyId=key))


@fault("InvalidParameterCombination", "TransitEncryptionEnabled", f"{GUIDE}Clusters.RBAC.html")
def users_without_tls(aws: Account) -> Call:
    """User authentication requires TLS."""
    return with_belongings(aws, TransitEncryptionEnabled=False)


@fault("InvalidParameterCombination", "family", f"{API}API_CreateReplicationGroup.html")
def parameters_of_another_release(aws: Account) -> Call:
    """A parameter group must be for the engine's major version."""
    belongings(aws, "valkey7")
    return lambda: aws.elasticache.create_replication_group(**group(aws))


@fault("UserGroupNotFound", "does not exist", f"{API}API_CreateReplicationGroup.html")
def users_that_are_not_there(aws: Account) -> Call:
    """A cache's user group must exist."""
    return with_belongings(aws, UserGroupIds=["others"])


@fault("ReplicationGroupAlreadyExists", "already exists", f"{API}API_CreateReplicationGroup.html")
def second_cache_of_a_name(aws: Account) -> Call:
    """Cache names are unique in a region, regardless of case."""
    belongings(aws)
    aws.elasticache.create_replication_group(**group(aws))
    return lambda: aws.elasticache.create_replication_group(**group(aws, ReplicationGroupId=NAME.upper()))


@fault("InvalidParameterValue", "hyphens", f"{API}API_CreateReplicationGroup.html", semantic=False)
def name_with_two_hyphens(aws: Account) -> Call:
    """A name cannot contain two consecutive hyphens."""
    return with_belongings(aws, ReplicationGroupId="gateway--rates")


@fault("InvalidParameterCombination", "must be same", f"{GUIDE}auth-iam.html")
def iam_user_with_another_name(aws: Account) -> Call:
    """With IAM authentication, a user's id and name must be equal."""
    return lambda: aws.elasticache.create_user(**user(UserName="other"))


@fault("InvalidParameterCombination", "iam or password", f"{GUIDE}Clusters.RBAC.html")
def valkey_user_without_a_password(aws: Account) -> Call:
    """A Valkey user must have a password or use IAM authentication."""
    return lambda: aws.elasticache.create_user(**user(AuthenticationMode={"Type": "no-password-required"}))


@fault("DefaultUserRequired", "default", f"{GUIDE}Clusters.RBAC.html")
def redis_group_without_default(aws: Account) -> Call:
    """A user group for Redis must include a user named default."""
    aws.elasticache.create_user(**user(Engine="redis"))
    return lambda: aws.elasticache.create_user_group(UserGroupId=NAME, Engine="redis", UserIds=[NAME])


@fault("UserNotFound", "does not exist", f"{API}API_CreateUserGroup.html")
def group_of_an_unknown_user(aws: Account) -> Call:
    """The users of a group must exist."""
    return lambda: aws.elasticache.create_user_group(UserGroupId=NAME, Engine="valkey", UserIds=["unknown"])


@fault("InvalidParameterValue", "CacheParameterGroupFamily", f"{API}API_CreateCacheParameterGroup.html")
def family_of_no_release(aws: Account) -> Call:
    """A parameter group family must belong to an existing version."""
    given = {"CacheParameterGroupName": NAME, "CacheParameterGroupFamily": "valkey8.1", "Description": "rates"}
    return lambda: aws.elasticache.create_cache_parameter_group(**given)


@fault("InvalidParameterValue", "must be one of", f"{GUIDE}ParameterGroups.Engine.html")
def policy_that_valkey_lacks(aws: Account) -> Call:
    """A parameter accepts only its allowed values."""
    belongings(aws)
    values = [{"ParameterName": "maxmemory-policy", "ParameterValue": "never"}]
    return lambda: aws.elasticache.modify_cache_parameter_group(
        CacheParameterGroupName=NAME, ParameterNameValues=values
    )


@fault("CacheSubnetGroupInUse", "used by a cache", f"{API}API_DeleteCacheSubnetGroup.html")
def subnets_of_a_cache_deleted(aws: Account) -> Call:
    """A subnet group that a cache uses cannot be deleted."""
    belongings(aws)
    aws.elasticache.create_replication_group(**group(aws))
    return lambda: aws.elasticache.delete_cache_subnet_group(CacheSubnetGroupName=NAME)


@fault("InvalidCacheParameterGroupState", "used by a cache", f"{API}API_DeleteCacheParameterGroup.html")
def parameters_of_a_cache_deleted(aws: Account) -> Call:
    """A parameter group that a cache uses cannot be deleted."""
    belongings(aws)
    aws.elasticache.create_replication_group(**group(aws))
    return lambda: aws.elasticache.delete_cache_parameter_group(CacheParameterGroupName=NAME)


@fault("InvalidUserGroupState", "disassociated", f"{API}API_DeleteUserGroup.html")
def users_of_a_cache_deleted(aws: Account) -> Call:
    """A user group that a cache uses cannot be deleted."""
    belongings(aws)
    aws.elasticache.create_replication_group(**group(aws))
    return lambda: aws.elasticache.delete_user_group(UserGroupId=NAME)


@fault("InvalidParameterValue", "SnapshotWindow", API + "API_CreateReplicationGroup.html")
def snapshot_during_maintenance(aws: Account) -> Call:
    """The snapshot window cannot overlap the maintenance window."""
    return with_belongings(
        aws, SnapshotRetentionLimit=1, SnapshotWindow="03:30-04:30", PreferredMaintenanceWindow="sun:03:00-sun:04:00"
    )


@twin
def cache_with_default_parameters(aws: Account) -> Call:
    """A cache with the default parameter group and a snapshot window after its maintenance window is accepted."""
    return with_belongings(
        aws,
        CacheParameterGroupName=None,
        SnapshotWindow="04:00-05:00",
        PreferredMaintenanceWindow="sun:03:00-sun:04:00",
    )
