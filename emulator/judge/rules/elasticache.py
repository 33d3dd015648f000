"""ElastiCache: names, encryption, failover, and what a cache, a user and a group of users need of each other."""

import re
from collections.abc import Iterator
from typing import Any

from emulator.additions.elasticache import PARAMETERS, kept
from emulator.judge.cloud import Cloud
from emulator.judge.documents import lets_account
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

API = "AmazonElastiCache/latest/APIReference/API_"
GUIDE = "AmazonElastiCache/latest/dg/"
VALUE, TOGETHER = "InvalidParameterValue", "InvalidParameterCombination"
FAMILIES = ("redis6.x", "redis7", "valkey7", "valkey8")
"""Families of parameter groups that a new group of today's releases can have."""
MOST_NODES = 6
"""One primary and five replicas (CreateReplicationGroup, NumCacheClusters)."""
NAMED = {
    "CreateReplicationGroup": ("ReplicationGroupId", "groups", "ReplicationGroupAlreadyExists", 40),
    "CreateCacheSubnetGroup": ("CacheSubnetGroupName", "subnets", "CacheSubnetGroupAlreadyExists", 255),
    "CreateCacheParameterGroup": ("CacheParameterGroupName", "parameters", "CacheParameterGroupAlreadyExists", 255),
    "CreateUserGroup": ("UserGroupId", "users", "UserGroupAlreadyExists", 40),
}


def _held(cloud: Cloud, kind: str) -> dict[str, dict[str, Any]]:
    return kept(cloud.backend("elasticache"), kind)


def _users(cloud: Cloud) -> dict[str, Any]:
    found: dict[str, Any] = cloud.backend("elasticache").users
    return found


def _is_on(call: Call, member: str) -> bool:
    return str(call.params.get(member)).lower() == "true"


@rule("elasticache", *NAMED, source=f"{API}CreateReplicationGroup.html")
def name(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Letters, digits and single hyphens, a letter first; one of a name, in whatever case."""
    member, kind, taken, longest = NAMED[call.operation]
    given = str(call.params.get(member, ""))
    if len(given) > longest or not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*", given):
        said = f"must be letters, digits and single hyphens, begin with a letter, and have at most {longest} characters"
        yield Refusal(VALUE, member, given, said)
    elif given.lower() in _held(cloud, kind):
        yield Refusal(taken, member, given, "exists already")


@rule("elasticache", "CreateReplicationGroup", source=f"{API}CreateReplicationGroup.html")
def failover(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Automatic failover needs a replica, Multi-AZ automatic failover; at most five replicas."""
    nodes = int(call.params.get("NumCacheClusters") or 1)
    if nodes > MOST_NODES:
        yield Refusal(VALUE, "NumCacheClusters", nodes, f"must be at most {MOST_NODES}")
    if _is_on(call, "AutomaticFailoverEnabled") and nodes < 2:
        said = "must be at least 2 where AutomaticFailoverEnabled is true"
        yield Refusal(TOGETHER, "NumCacheClusters", nodes, said)
    if _is_on(call, "MultiAZEnabled") and not _is_on(call, "AutomaticFailoverEnabled"):
        yield Refusal(TOGETHER, "MultiAZEnabled", value=True, rule="needs AutomaticFailoverEnabled=true")


@rule("elasticache", "CreateReplicationGroup", source=f"{GUIDE}at-rest-encryption.html")
def encryption(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A key is for encryption at rest; it is this account's and region's, enabled, and left to the account's roles."""
    identifier = call.params.get("KmsKeyId")
    if identifier is None:
        return
    if not _is_on(call, "AtRestEncryptionEnabled"):
        yield Refusal(TOGETHER, "KmsKeyId", identifier, "needs AtRestEncryptionEnabled=true")
    key = cloud.usable_key(str(identifier))
    if key is None:
        said = "KMS key does not exist in this account and region, or is not enabled and symmetric"
        yield Refusal("InvalidKMSKeyFault", "KmsKeyId", identifier, said)
    elif not all(lets_account(key.policy, cloud.account_id, one) for one in ("kms:CreateGrant", "kms:DescribeKey")):
        said = "the key's policy does not let the account's roles grant its use"
        yield Refusal("InvalidKMSKeyFault", "KmsKeyId", identifier, said)


@rule("elasticache", "CreateReplicationGroup", source=f"{GUIDE}Clusters.RBAC.html")
def access(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Users and AUTH need TLS, and only one of them; a group of users is there, and of Valkey's where it says so."""
    groups = call.params.get("UserGroupIds") or []
    if (groups or call.params.get("AuthToken")) and not _is_on(call, "TransitEncryptionEnabled"):
        said = "must be true where UserGroupIds or AuthToken is given"
        yield Refusal(TOGETHER, "TransitEncryptionEnabled", call.params.get("TransitEncryptionEnabled"), said)
    if groups and call.params.get("AuthToken"):
        yield Refusal(TOGETHER, "UserGroupIds", groups, "cannot be given together with AuthToken")
    if len(groups) > 1:
        yield Refusal(VALUE, "UserGroupIds", groups, "must be one group of users")
    for one in groups:
        found = _held(cloud, "users").get(str(one))
        if found is None:
            yield Refusal("UserGroupNotFound", "UserGroupIds", one, "does not exist", status=404)
        elif found["Engine"] == "valkey" and str(call.params.get("Engine")).lower() != "valkey":
            yield Refusal(TOGETHER, "UserGroupIds", one, "is of the engine valkey, and the cache is not")


@rule("elasticache", "CreateReplicationGroup", source=f"{API}CreateReplicationGroup.html")
def belongings(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Groups of subnets and parameters exist, the parameters are of the engine, the security groups of the VPC."""
    subnets = _held(cloud, "subnets").get(str(call.params.get("CacheSubnetGroupName")).lower())
    if subnets is None:
        said = "does not exist"
        yield Refusal(
            "CacheSubnetGroupNotFoundFault", "CacheSubnetGroupName", call.params.get("CacheSubnetGroupName"), said
        )
    identifier = str(call.params.get("CacheParameterGroupName"))
    parameters = _held(cloud, "parameters").get(identifier.lower())
    wanted = f"{call.params.get('Engine')}{str(call.params.get('EngineVersion')).partition('.')[0]}".lower()
    if parameters is None and not identifier.startswith("default."):
        yield Refusal(
            "CacheParameterGroupNotFound", "CacheParameterGroupName", identifier, "does not exist", status=404
        )
    elif parameters is not None and parameters["CacheParameterGroupFamily"] != wanted:
        said = f"is of the family {parameters['CacheParameterGroupFamily']}, and the cache needs {wanted}"
        yield Refusal(TOGETHER, "CacheParameterGroupName", identifier, said)
    for one in call.params.get("SecurityGroupIds") or []:
        found = cloud.security_group(str(one))
        if found is None or (subnets is not None and found.vpc_id != subnets["VpcId"]):
            yield Refusal(VALUE, "SecurityGroupIds", one, "must be a security group of the subnets' VPC")


@rule("elasticache", "CreateCacheSubnetGroup", "ModifyCacheSubnetGroup", source=f"{API}CreateCacheSubnetGroup.html")
def subnets_of_one_vpc(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Subnets exist, in one VPC."""
    identifiers = call.params.get("SubnetIds") or []
    found = {one: cloud.subnet(str(one)) for one in identifiers}
    for one, subnet in found.items():
        if subnet is None:
            yield Refusal("InvalidSubnet", "SubnetIds", one, "does not exist")
    if len({subnet.vpc_id for subnet in found.values() if subnet is not None}) > 1:
        yield Refusal("InvalidSubnet", "SubnetIds", identifiers, "must be of one VPC")


@rule("elasticache", "CreateCacheParameterGroup", source=f"{API}CreateCacheParameterGroup.html")
def family(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A family of a release that there is."""
    given = call.params.get("CacheParameterGroupFamily")
    if given not in FAMILIES:
        yield Refusal(VALUE, "CacheParameterGroupFamily", given, f"must be one of {', '.join(FAMILIES)}")


@rule("elasticache", "ModifyCacheParameterGroup", source=f"{GUIDE}ParameterGroups.Engine.html")
def parameter(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A parameter that Valkey has, with a value that it takes."""
    for one in call.params.get("ParameterNameValues") or []:
        allowed = PARAMETERS.get(str(one.get("ParameterName")))
        if allowed is None:
            yield Refusal(VALUE, "ParameterName", one.get("ParameterName"), "is no parameter of the family")
        elif "-" not in allowed.split(",")[-1] and one.get("ParameterValue") not in allowed.split(","):
            yield Refusal(VALUE, "ParameterValue", one.get("ParameterValue"), f"must be one of {allowed}")


@rule("elasticache", "CreateUser", source=f"{GUIDE}auth-iam.html")
def user(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """One of an id; by IAM its id and name are the same, and it has no password; Valkey's users have to sign in."""
    identifier, mode = str(call.params.get("UserId", "")), call.params.get("AuthenticationMode") or {}
    if identifier in _users(cloud):
        yield Refusal("UserAlreadyExists", "UserId", identifier, "exists already")
    if mode.get("Type") == "iam":
        if identifier != call.params.get("UserName"):
            said = "User Id and User name must be same for authentication type: iam"
            yield Refusal(TOGETHER, "UserName", call.params.get("UserName"), said)
        if mode.get("Passwords") or call.params.get("Passwords"):
            yield Refusal(TOGETHER, "Passwords", "…", "cannot be given where the user signs in by IAM")
    without = _is_on(call, "NoPasswordRequired") or mode.get("Type") == "no-password-required"
    if without and str(call.params.get("Engine")).lower() == "valkey":
        yield Refusal(TOGETHER, "AuthenticationMode", mode, "of a user of the engine valkey must be iam or password")


@rule("elasticache", "CreateUserGroup", "ModifyUserGroup", source=f"{GUIDE}Clusters.RBAC.html")
def users(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Users exist; those of a group of Valkey's sign in, and Redis's have one with the name default."""
    identifiers = call.params.get("UserIds") or call.params.get("UserIdsToAdd") or []
    found = {one: _users(cloud).get(str(one)) for one in identifiers}
    for one, held in found.items():
        if held is None:
            yield Refusal("UserNotFound", "UserIds", one, "does not exist", status=404)
        elif str(call.params.get("Engine")).lower() == "valkey" and held.no_password_required:
            yield Refusal(
                TOGETHER, "UserIds", one, "needs no password, so it cannot be in a group of the engine valkey"
            )
    names = {held.name for held in found.values() if held is not None}
    if (
        call.operation == "CreateUserGroup"
        and str(call.params.get("Engine")).lower() == "redis"
        and "default" not in names
    ):
        said = "needs to contain a user with the user name default"
        yield Refusal("DefaultUserRequired", "UserIds", identifiers, said)


@rule("elasticache", "DeleteCacheSubnetGroup", source=f"{API}DeleteCacheSubnetGroup.html")
def subnets_in_use(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A subnet group that a cache has stays."""
    given = call.params.get("CacheSubnetGroupName")
    if any(group["subnets"] == given for group in _held(cloud, "groups").values()):
        yield Refusal("CacheSubnetGroupInUse", "CacheSubnetGroupName", given, "is used by a cache")


@rule("elasticache", "DeleteCacheParameterGroup", source=f"{API}DeleteCacheParameterGroup.html")
def parameters_in_use(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A parameter group that a cache has stays."""
    given = call.params.get("CacheParameterGroupName")
    if any(group["parameters"] == given for group in _held(cloud, "groups").values()):
        yield Refusal("InvalidCacheParameterGroupState", "CacheParameterGroupName", given, "is used by a cache")


@rule("elasticache", "DeleteUserGroup", source=f"{API}DeleteUserGroup.html")
def users_in_use(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A group of users that a cache has stays."""
    given = call.params.get("UserGroupId")
    if any(given in group["UserGroupIds"] for group in _held(cloud, "groups").values()):
        yield Refusal(
            "InvalidUserGroupState", "UserGroupId", given, "must first be disassociated from the replication group"
        )


@rule("ec2", "DeleteSecurityGroup", source=f"{GUIDE}VPCs.html")
def security_group_in_use(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A security group that a cache has stays."""
    given = str(call.params.get("GroupId", ""))
    using = [key for key, group in _held(cloud, "groups").items() if given in group.get("security", [])]
    if using:
        said = f"resource {given} has a dependent object: {', '.join(using)}"
        yield Refusal("DependencyViolation", "GroupId", given, said)
