"""ElastiCache: user groups, subnet groups and parameter groups, after its API reference.

moto has users and tags, and lacks most of the rest. Everything is stored in the form in which the API returns it.
"""

from typing import Any

from emulator.additions.state import state

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models import ec2_backends
from moto.elasticache.exceptions import (
    CacheSubnetGroupNotFound,
    ElastiCacheException,
)
from moto.elasticache.responses import ElastiCacheResponse

Held = dict[str, Any]
PARAMETERS = {
    "maxmemory-policy": "volatile-lru,allkeys-lru,volatile-lfu,allkeys-lfu,volatile-random,allkeys-random,volatile-ttl,"
    "noeviction",
    "timeout": "0,20-",
}
"""Two of Valkey's parameters with their allowed values, the default first ("Valkey and Redis OSS parameters",
ElastiCache user guide). This project sets one of them."""


class _NotFoundError(ElastiCacheException):
    """A resource of some kind does not exist."""

    def __init__(self, code: str, what: str) -> None:
        self.code = code
        super().__init__(f"{what} not found.")


def kept(backend: Any, kind: str) -> dict[str, Held]:
    """The resources of a kind by their names. Kinds: `groups` (replication groups), `users`, `subnets`, `parameters`.

    `users`, `subnets` and `parameters` are the groups of these.
    """
    return state(backend, f"added_{kind}")


def named(self: ElastiCacheResponse, kind: str, member: str, missing: ElastiCacheException) -> Held:
    """The resource of a kind that a member of the request names. Raises `missing` where it does not exist."""
    found = kept(self.elasticache_backend, kind).get(str(self._get_param(member)).lower())
    if found is None:
        raise missing
    return found


def listed(self: ElastiCacheResponse, kind: str, member: str, missing: ElastiCacheException) -> list[Held]:
    """The resource of a kind that the request names, or all of them. Raises `missing`, as `named` does."""
    if self._get_param(member):
        return [named(self, kind, member, missing)]
    return list(kept(self.elasticache_backend, kind).values())


def arn_of(self: ElastiCacheResponse, kind: str, name: str) -> str:
    """The ARN of a resource in the caller's account and region."""
    return f"arn:{self.partition}:elasticache:{self.region}:{self.current_account}:{kind}:{name}"


def tagged(self: ElastiCacheResponse, arn: str) -> str:
    """Store the request's tags for a new resource; its ARN."""
    tagging = self.elasticache_backend.tagging_service
    tagging.delete_all_tags_for_resource(arn)
    tagging.tag_resource(arn, self._get_param("Tags") or [])
    return arn


def flag(self: ElastiCacheResponse, member: str) -> bool:
    """A boolean member of the request; False where it is absent."""
    return str(self._get_param(member)).lower() == "true"


def list_tags_for_resource(self: ElastiCacheResponse) -> ActionResult:
    """The tags of a resource. moto's call lacks user groups, parameter groups and other partitions."""
    found = self.elasticache_backend.tagging_service.list_tags_for_resource(self._get_param("ResourceName"))
    return ActionResult({"TagList": found["Tags"]})


# Subnet groups.


def create_cache_subnet_group(self: ElastiCacheResponse) -> ActionResult:
    """Create a subnet group; its subnets are in one VPC."""
    name = self._get_param("CacheSubnetGroupName").lower()
    made = {"CacheSubnetGroupName": name, "ARN": tagged(self, arn_of(self, "subnetgroup", name))}
    kept(self.elasticache_backend, "subnets")[name] = made
    return _with_subnets(self, made)


def modify_cache_subnet_group(self: ElastiCacheResponse) -> ActionResult:
    """Change the description or the subnets of a subnet group."""
    return _with_subnets(self, _subnets(self))


def _with_subnets(self: ElastiCacheResponse, group: Held) -> ActionResult:
    if (description := self._get_param("CacheSubnetGroupDescription")) is not None:
        group["CacheSubnetGroupDescription"] = description
    if identifiers := self._get_param("SubnetIds"):
        found = ec2_backends[self.current_account][self.region].describe_subnets(subnet_ids=identifiers)
        group |= {
            "VpcId": found[0].vpc_id,
            "SupportedNetworkTypes": ["ipv4"],
            "Subnets": [
                {
                    "SubnetIdentifier": one.id,
                    "SubnetAvailabilityZone": {"Name": one.availability_zone},
                    "SupportedNetworkTypes": ["ipv4"],
                }
                for one in found
            ],
        }
    return ActionResult({"CacheSubnetGroup": group})


def _subnets(self: ElastiCacheResponse) -> Held:
    name = str(self._get_param("CacheSubnetGroupName"))
    return named(self, "subnets", "CacheSubnetGroupName", CacheSubnetGroupNotFound(name))


def describe_cache_subnet_groups(self: ElastiCacheResponse) -> ActionResult:
    """All subnet groups, or the named one."""
    missing = CacheSubnetGroupNotFound(str(self._get_param("CacheSubnetGroupName")))
    return ActionResult({"CacheSubnetGroups": listed(self, "subnets", "CacheSubnetGroupName", missing)})


def delete_cache_subnet_group(self: ElastiCacheResponse) -> ActionResult:
    """Delete a subnet group."""
    del kept(self.elasticache_backend, "subnets")[_subnets(self)["CacheSubnetGroupName"]]
    return EmptyResult()


# Parameter groups.


def _parameters(self: ElastiCacheResponse) -> Held:
    missing = _NotFoundError(
        "CacheParameterGroupNotFound", f"CacheParameterGroup {self._get_param('CacheParameterGroupName')}"
    )
    return named(self, "parameters", "CacheParameterGroupName", missing)


def create_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    """Create a parameter group with the engine's default values."""
    name = self._get_param("CacheParameterGroupName").lower()
    made = {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
        "Description": self._get_param("Description"),
        "IsGlobal": False,
        "ARN": tagged(self, arn_of(self, "parametergroup", name)),
        "values": {},
    }
    kept(self.elasticache_backend, "parameters")[name] = made
    return ActionResult({"CacheParameterGroup": made})


def describe_cache_parameter_groups(self: ElastiCacheResponse) -> ActionResult:
    """All parameter groups, or the named one."""
    found = [_parameters(self)] if self._get_param("CacheParameterGroupName") else None
    return ActionResult({"CacheParameterGroups": found or list(kept(self.elasticache_backend, "parameters").values())})


def describe_cache_parameters(self: ElastiCacheResponse) -> ActionResult:
    """The parameters of a group, of one source where the request names a source."""
    values, source = _parameters(self)["values"], self._get_param("Source")
    found = [
        {
            "ParameterName": name,
            "ParameterValue": values.get(name, allowed.split(",")[0]),
            "Source": "user" if name in values else "system",
            "AllowedValues": allowed,
            "IsModifiable": True,
        }
        for name, allowed in PARAMETERS.items()
    ]
    return ActionResult({"Parameters": [one for one in found if source in (None, one["Source"])]})


def modify_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    """Change values of a parameter group."""
    group = _parameters(self)
    for one in self._get_param("ParameterNameValues") or []:
        group["values"][one["ParameterName"]] = one["ParameterValue"]
    return ActionResult({"CacheParameterGroupName": group["CacheParameterGroupName"]})


def reset_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    """Reset all parameters, or the named ones, to the engine's defaults."""
    group = _parameters(self)
    named = [one["ParameterName"] for one in self._get_param("ParameterNameValues") or []]
    for name in list(group["values"]) if flag(self, "ResetAllParameters") else named:
        group["values"].pop(name, None)
    return ActionResult({"CacheParameterGroupName": group["CacheParameterGroupName"]})


def delete_cache_parameter_group(self: ElastiCacheResponse) -> ActionResult:
    """Delete a parameter group."""
    del kept(self.elasticache_backend, "parameters")[_parameters(self)["CacheParameterGroupName"]]
    return EmptyResult()


# Users and their groups.


def modify_user(self: ElastiCacheResponse) -> ActionResult:
    """Change a user's access string or engine; changing how a user authenticates is not supported here."""
    user = self.elasticache_backend.describe_users(self._get_param("UserId"))[0]
    user.access_string = self._get_param("AccessString") or user.access_string
    user.engine = self._get_param("Engine") or user.engine
    return ActionResult(user)


def _users(self: ElastiCacheResponse) -> Held:
    missing = _NotFoundError("UserGroupNotFound", f"User group {self._get_param('UserGroupId')}")
    return named(self, "users", "UserGroupId", missing)


def _using(self: ElastiCacheResponse, users: Held) -> Held:
    """A user group with the ids of the replication groups that use it."""
    groups = kept(self.elasticache_backend, "groups").values()
    name = users["UserGroupId"]
    return {**users, "ReplicationGroups": [one["ReplicationGroupId"] for one in groups if name in one["UserGroupIds"]]}


def _membership(self: ElastiCacheResponse, name: str, identifiers: list[str]) -> None:
    for user in self.elasticache_backend.users.values():
        held = [one for one in user.user_group_ids if one != name]
        user.user_group_ids = [*held, name] if user.id in identifiers else held


def create_user_group(self: ElastiCacheResponse) -> ActionResult:
    """Create a user group."""
    name = self._get_param("UserGroupId").lower()
    made = {
        "UserGroupId": name,
        "Status": "active",
        "Engine": self._get_param("Engine").lower(),
        "UserIds": self._get_param("UserIds") or [],
        "MinimumEngineVersion": "7.2",
        "ARN": tagged(self, arn_of(self, "usergroup", name)),
    }
    kept(self.elasticache_backend, "users")[name] = made
    _membership(self, name, made["UserIds"])
    return ActionResult(_using(self, made))


def describe_user_groups(self: ElastiCacheResponse) -> ActionResult:
    """All user groups, or the named one."""
    found = [_users(self)] if self._get_param("UserGroupId") else list(kept(self.elasticache_backend, "users").values())
    return ActionResult({"UserGroups": [_using(self, one) for one in found]})


def modify_user_group(self: ElastiCacheResponse) -> ActionResult:
    """Add users to a user group, or remove them."""
    group = _users(self)
    removed = self._get_param("UserIdsToRemove") or []
    left = [one for one in group["UserIds"] if one not in removed]
    group["UserIds"] = [*left, *(self._get_param("UserIdsToAdd") or [])]
    _membership(self, group["UserGroupId"], group["UserIds"])
    return ActionResult(_using(self, group))


def delete_user_group(self: ElastiCacheResponse) -> ActionResult:
    """Delete a user group; its users stay."""
    group = _users(self)
    del kept(self.elasticache_backend, "users")[group["UserGroupId"]]
    _membership(self, group["UserGroupId"], [])
    return ActionResult({**group, "Status": "deleting"})
