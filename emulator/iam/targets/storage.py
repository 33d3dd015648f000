"""S3, DynamoDB, ElastiCache, KMS and Secrets Manager."""

from collections.abc import Iterator

from emulator.iam.targets.registry import NEW, Target, arn, finder
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call


@finder("s3")
def s3(call: Call, cloud: Cloud) -> Iterator[Target]:
    """A bucket, or the objects that a call is on."""
    bucket = call.params.get("Bucket")
    if not bucket:
        return
    whole = f"arn:{cloud.partition}:s3:::{bucket}"
    keys = [call.params["Key"]] if call.params.get("Key") else []
    if call.operation == "DeleteObjects":
        keys = [one["Key"] for one in call.params["Delete"]["Objects"]]
    yield from (Target(f"{whole}/{key}") for key in keys)
    yield Target(whole, call.operation == "CreateBucket")


@finder("s3control")
def s3control(call: Call, cloud: Cloud) -> Iterator[Target]:
    """A bucket by its ARN, which is how the provider reads a bucket's tags since 6.23."""
    del cloud
    if found := call.params.get("resourceArn") or call.params.get("ResourceArn"):
        yield Target(str(found))


@finder("dynamodb")
def dynamodb(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Tables by name or ARN, those of a transaction's parts each once."""
    parts = [part for item in call.params.get("TransactItems", []) for part in item.values()]
    named = [one.get("TableName") for one in (call.params, *parts)]
    for found in dict.fromkeys((*named, call.params.get("ResourceArn"))):
        if found:
            table = str(found) if str(found).startswith("arn:") else arn(cloud, "dynamodb", f"table/{found}")
            yield Target(table, call.operation == "CreateTable")


CACHES = {
    "CacheClusterId": "cluster",
    "CacheParameterGroupName": "parametergroup",
    "CacheSubnetGroupName": "subnetgroup",
    "ReplicationGroupId": "replicationgroup",
    "UserGroupId": "usergroup",
    "UserId": "user",
}
"""The kinds of ElastiCache's resources by the members that name one."""
OF_SEVERAL = {"UserGroupIds": "usergroup", "UserGroupIdsToAdd": "usergroup", "UserIds": "user", "UserIdsToAdd": "user"}
CREATED = {
    "CreateCacheParameterGroup": "parametergroup",
    "CreateCacheSubnetGroup": "subnetgroup",
    "CreateReplicationGroup": "replicationgroup",
    "CreateUser": "user",
    "CreateUserGroup": "usergroup",
}


@finder("elasticache")
def elasticache(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Each thing that a call names, what it refers to included (Service Authorization Reference, "Resource types")."""
    found = [(kind, call.params[member]) for member, kind in CACHES.items() if call.params.get(member)]
    found += [(kind, name) for member, kind in OF_SEVERAL.items() for name in call.params.get(member) or []]
    for kind, name in found:
        yield Target(arn(cloud, "elasticache", f"{kind}:{name}"), CREATED.get(call.operation) == kind)
    if named := call.params.get("ResourceName"):
        yield Target(str(named))
    if not found and not named and call.operation.startswith("Describe"):
        yield Target(arn(cloud, "elasticache", "cluster:every-cache-there-is"))


@finder("kms")
def kms(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Keys and aliases. A key that is named by its alias is asked about as the key."""
    alias = call.params.get("AliasName")
    if alias:
        yield Target(arn(cloud, "kms", str(alias)))
    named = [call.params.get(member) for member in ("KeyId", "TargetKeyId")]
    if call.operation in {"DeleteAlias", "UpdateAlias"}:
        named.append(alias)
    for identifier in named:
        found = cloud.key(str(identifier)) if identifier else None
        if found is not None:
            yield Target(found.arn)
        elif identifier and not str(identifier).startswith("alias/"):
            yield Target(arn(cloud, "kms", f"key/{str(identifier).rpartition('/')[2]}"))


@finder("secretsmanager")
def secrets(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Secrets by name or ARN; a new one's ARN ends with six characters of AWS's."""
    if call.operation == "CreateSecret":
        yield Target(arn(cloud, "secretsmanager", f"secret:{call.params.get('Name')}-{NEW[:6]}"), new=True)
    elif identifier := call.params.get("SecretId"):
        held = cloud.backend("secretsmanager").secrets
        found = next((one.arn for one in held.values() if identifier in {one.arn, one.name}), None)
        yield Target(found or arn(cloud, "secretsmanager", f"secret:{str(identifier).rpartition(':')[2]}-{NEW[:6]}"))
