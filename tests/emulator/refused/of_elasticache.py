"""Refused calls of ElastiCache."""

from types import SimpleNamespace
from typing import Any

from emulator.additions.elasticache import kept
from tests.emulator.refused.held import Held, Params
from tests.emulator.refused.requests import GONE_KEY, NONE, Case

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.elasticache.models import elasticache_backends


def _there(w: Held) -> None:
    """A cache with its subnet group, parameter group and users."""
    backend = elasticache_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    kept(backend, "subnets")["rates"] = {"VpcId": w.vpc}
    kept(backend, "parameters")["rates"] = {"CacheParameterGroupFamily": "valkey8"}
    kept(backend, "users")["rates"] = {"Engine": "valkey"}
    kept(backend, "groups")["rates"] = {
        "ReplicationGroupId": "rates",
        "subnets": "rates",
        "parameters": "rates",
        "UserGroupIds": ["rates"],
        "security": [w.group],
    }
    users: dict[str, Any] = backend.users
    users["rates"] = SimpleNamespace(name="rates", no_password_required=False)
    users["open"] = SimpleNamespace(name="open", no_password_required=True)


def _cache(w: Held, **changes: object) -> Params:
    _there(w)
    return {
        "ReplicationGroupId": "new",
        "ReplicationGroupDescription": "rates",
        "Engine": "valkey",
        "EngineVersion": "8.1",
        "TransitEncryptionEnabled": True,
        "AtRestEncryptionEnabled": True,
        "CacheSubnetGroupName": "rates",
        "CacheParameterGroupName": "rates",
        **changes,
    }


def _user(w: Held, **changes: object) -> Params:
    _there(w)
    return {"UserId": "u", "UserName": "u", "Engine": "valkey", "AccessString": "on", **changes}


def _held(w: Held, **params: object) -> Params:
    _there(w)
    return params


IAM = {"AuthenticationMode": {"Type": "iam"}}
TOGETHER = "InvalidParameterCombination"
NAMED = {"CacheSubnetGroupName": "rates", "CacheSubnetGroupDescription": "d"}

CASES: tuple[Case, ...] = (
    *(
        ("elasticache:CreateReplicationGroup", lambda w, one=one: _cache(w, **one), code, place)
        for one, code, place in (
            ({"ReplicationGroupId": "a" * 41}, "InvalidParameterValue", "ReplicationGroupId"),
            ({"ReplicationGroupId": "8rates"}, "InvalidParameterValue", "ReplicationGroupId"),
            ({"ReplicationGroupId": "Rates"}, "ReplicationGroupAlreadyExists", "ReplicationGroupId"),
            ({"NumCacheClusters": 7}, "InvalidParameterValue", "NumCacheClusters"),
            ({"AutomaticFailoverEnabled": True}, TOGETHER, "NumCacheClusters"),
            ({"KmsKeyId": GONE_KEY}, "InvalidKMSKeyFault", "KmsKeyId"),
            ({"AuthToken": "a" * 16, "TransitEncryptionEnabled": False}, TOGETHER, "TransitEncryptionEnabled"),
            ({"AuthToken": "a" * 16, "UserGroupIds": ["rates"]}, TOGETHER, "UserGroupIds"),
            ({"UserGroupIds": ["rates", "rates"]}, "InvalidParameterValue", "UserGroupIds"),
            ({"UserGroupIds": ["rates"], "Engine": "redis"}, TOGETHER, "UserGroupIds[0]"),
            ({"CacheSubnetGroupName": "others"}, "CacheSubnetGroupNotFoundFault", "CacheSubnetGroupName"),
            ({"CacheParameterGroupName": "others"}, "CacheParameterGroupNotFound", "CacheParameterGroupName"),
            ({"EngineVersion": "7.2"}, TOGETHER, "CacheParameterGroupName"),
            ({"SecurityGroupIds": [f"sg-{NONE}"]}, "InvalidParameterValue", "SecurityGroupIds[0]"),
        )
    ),
    (
        "elasticache:CreateReplicationGroup",
        lambda w: _cache(w, KmsKeyId=w.locked_key),
        "InvalidKMSKeyFault",
        "KmsKeyId",
    ),
    (
        "elasticache:CreateReplicationGroup",
        lambda w: _cache(w, SecurityGroupIds=[w.other_group]),
        "InvalidParameterValue",
        "SecurityGroupIds[0]",
    ),
    (
        "elasticache:CreateCacheSubnetGroup",
        lambda w: _held(w, **NAMED, SubnetIds=w.subnets),
        "CacheSubnetGroupAlreadyExists",
        "CacheSubnetGroupName",
    ),
    (
        "elasticache:CreateCacheSubnetGroup",
        lambda _: {**NAMED, "CacheSubnetGroupName": "n", "SubnetIds": [f"subnet-{NONE}"]},
        "InvalidSubnet",
        "SubnetIds[0]",
    ),
    (
        "elasticache:CreateCacheSubnetGroup",
        lambda w: {**NAMED, "CacheSubnetGroupName": "n", "SubnetIds": [w.subnets[0], w.other_subnet]},
        "InvalidSubnet",
        "SubnetIds",
    ),
    (
        "elasticache:CreateCacheParameterGroup",
        lambda w: _held(
            w, CacheParameterGroupName="rates", CacheParameterGroupFamily="valkey8", Description="rates of teams"
        ),
        "CacheParameterGroupAlreadyExists",
        "CacheParameterGroupName",
    ),
    *(
        ("elasticache:CreateUser", lambda w, one=one: _user(w, **one), code, place)
        for one, code, place in (
            ({"UserId": "rates", "UserName": "rates", **IAM}, "UserAlreadyExists", "UserId"),
            ({**IAM, "Passwords": ["a" * 16]}, TOGETHER, "Passwords"),
            ({"NoPasswordRequired": True}, TOGETHER, "AuthenticationMode"),
        )
    ),
    (
        "elasticache:CreateUserGroup",
        lambda w: _held(w, UserGroupId="rates", Engine="valkey", UserIds=["rates"]),
        "UserGroupAlreadyExists",
        "UserGroupId",
    ),
    (
        "elasticache:CreateUserGroup",
        lambda w: _held(w, UserGroupId="new", Engine="valkey", UserIds=["open"]),
        TOGETHER,
        "UserIds[0]",
    ),
    (
        "elasticache:ModifyUserGroup",
        lambda w: _held(w, UserGroupId="rates", UserIdsToAdd=["unknown"]),
        "UserNotFound",
        "UserIdsToAdd[0]",
    ),
    (
        "elasticache:ModifyCacheParameterGroup",
        lambda w: _held(
            w,
            CacheParameterGroupName="rates",
            ParameterNameValues=[{"ParameterName": "none", "ParameterValue": "1"}],
        ),
        "InvalidParameterValue",
        "ParameterName",
    ),
    ("ec2:DeleteSecurityGroup", lambda w: _held(w, GroupId=w.group), "DependencyViolation", "GroupId"),
)
