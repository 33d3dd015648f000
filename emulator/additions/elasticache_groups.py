"""ElastiCache: replication groups with cluster mode disabled, one primary and its replicas, after the API reference.

moto's have one node and cannot be deleted. Everything is stored in the form in which the API returns it.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from emulator.additions.elasticache import arn_of, flag, kept, listed, named, tagged

from moto.core.responses import ActionResult
from moto.elasticache.exceptions import CacheClusterNotFound, ReplicationGroupNotFound
from moto.elasticache.responses import ElastiCacheResponse

Held = dict[str, Any]
SETTABLE = ("AutoMinorVersionUpgrade", "SnapshotRetentionLimit", "SnapshotWindow", "TransitEncryptionMode")
"""Members of a request that are stored unchanged."""


def _short(region: str) -> str:
    """A region's short form in endpoint names, e.g. `use1`, `apse2`."""
    area, *direction, number = region.split("-")
    return (
        area
        + "".join(re.sub("(north|south|east|west|central)", lambda one: one[0][0], part) for part in direction)
        + number
    )


def create_replication_group(self: ElastiCacheResponse) -> ActionResult:
    """Create a primary and its replicas, in the zones of the subnet group."""
    name = self._get_param("ReplicationGroupId").lower()
    arn = tagged(self, arn_of(self, "replicationgroup", name))
    domain = f"{name}.{hashlib.sha256(arn.encode()).hexdigest()[:6]}.{_short(self.region)}.cache.amazonaws.com"
    version = str(self._get_param("EngineVersion"))
    made: Held = {
        "ReplicationGroupId": name,
        "ARN": arn,
        "Status": "available",
        "ClusterEnabled": False,
        "ClusterMode": "disabled",
        "AuthTokenEnabled": self._get_param("AuthToken") is not None,
        "AtRestEncryptionEnabled": flag(self, "AtRestEncryptionEnabled"),
        "TransitEncryptionEnabled": flag(self, "TransitEncryptionEnabled"),
        "TransitEncryptionMode": "required" if flag(self, "TransitEncryptionEnabled") else None,
        "KmsKeyId": self._get_param("KmsKeyId"),
        "UserGroupIds": self._get_param("UserGroupIds") or [],
        "DataTiering": "disabled",
        "AutoMinorVersionUpgrade": True,
        "SnapshotRetentionLimit": 0,
        "SnapshotWindow": "05:00-06:00",
        "NetworkType": "ipv4",
        "IpDiscovery": "ipv4",
        "domain": domain,
        "Port": int(self._get_param("Port") or 6379),
        "subnets": self._get_param("CacheSubnetGroupName"),
        "nodes": int(self._get_param("NumCacheClusters") or 1),
        "PreferredMaintenanceWindow": "sun:05:00-sun:06:00",
        "parameters": f"default.{self._get_param('Engine')}{version.partition('.')[0]}".replace("redis6", "redis6.x"),
        "EngineVersion": version if version.count(".") > 1 else f"{version}.0",
    }
    _modified(self, made)
    kept(self.elasticache_backend, "groups")[name] = made
    return ActionResult({"ReplicationGroup": _shown(self, made) | {"Status": "creating"}})


def _modified(self: ElastiCacheResponse, group: Held) -> None:
    """Store what a request sets on a new or existing group."""
    for member, name in (
        ("Engine", "Engine"),
        ("CacheNodeType", "CacheNodeType"),
        ("ReplicationGroupDescription", "Description"),
        ("CacheParameterGroupName", "parameters"),
        ("SecurityGroupIds", "security"),
        ("PreferredMaintenanceWindow", "PreferredMaintenanceWindow"),
        *((one, one) for one in SETTABLE),
    ):
        if (given := self._get_param(member)) is not None:
            group[name] = given == "true" if given in ("true", "false") else given
    for member, name in (("AutomaticFailoverEnabled", "AutomaticFailover"), ("MultiAZEnabled", "MultiAZ")):
        if self._get_param(member) is not None or name not in group:
            group[name] = "enabled" if flag(self, member) else "disabled"


def _nodes(self: ElastiCacheResponse, group: Held) -> Iterator[Held]:
    """The nodes of a group as DescribeCacheClusters returns them."""
    subnets = kept(self.elasticache_backend, "subnets")[str(group["subnets"])]["Subnets"]
    for number in range(group["nodes"]):
        name = f"{group['ReplicationGroupId']}-{number + 1:03}"
        zone = subnets[number % len(subnets)]["SubnetAvailabilityZone"]["Name"]
        endpoint = {"Address": f"{name}.{group['domain']}", "Port": group["Port"]}
        yield {
            **{one: group.get(one) for one in (*SETTABLE, "AtRestEncryptionEnabled", "TransitEncryptionEnabled")},
            **{one: group[one] for one in ("CacheNodeType", "Engine", "EngineVersion", "ReplicationGroupId")},
            **{one: group[one] for one in ("NetworkType", "IpDiscovery", "PreferredMaintenanceWindow")},
            "CacheClusterId": name,
            "ARN": arn_of(self, "cluster", name),
            "CacheClusterStatus": "available",
            "NumCacheNodes": 1,
            "PreferredAvailabilityZone": zone,
            "CacheSubnetGroupName": group["subnets"],
            "CacheParameterGroup": {
                "CacheParameterGroupName": group["parameters"],
                "ParameterApplyStatus": "in-sync",
                "CacheNodeIdsToReboot": [],
            },
            "SecurityGroups": [{"SecurityGroupId": one, "Status": "active"} for one in group.get("security", [])],
            "CacheNodes": [
                {
                    "CacheNodeId": "0001",
                    "CacheNodeStatus": "available",
                    "Endpoint": endpoint,
                    "ParameterGroupStatus": "in-sync",
                    "CustomerAvailabilityZone": zone,
                }
            ],
        }


def _shown(self: ElastiCacheResponse, group: Held) -> Held:
    """A group as DescribeReplicationGroups returns it."""
    nodes, port = list(_nodes(self, group)), group["Port"]
    return {
        **group,
        "MemberClusters": [one["CacheClusterId"] for one in nodes],
        "NodeGroups": [
            {
                "NodeGroupId": "0001",
                "Status": "available",
                "PrimaryEndpoint": {"Address": f"master.{group['domain']}", "Port": port},
                "ReaderEndpoint": {"Address": f"replica.{group['domain']}", "Port": port},
                "NodeGroupMembers": [
                    {
                        "CacheClusterId": one["CacheClusterId"],
                        "CacheNodeId": "0001",
                        "ReadEndpoint": one["CacheNodes"][0]["Endpoint"],
                        "PreferredAvailabilityZone": one["PreferredAvailabilityZone"],
                        "CurrentRole": "replica" if number else "primary",
                    }
                    for number, one in enumerate(nodes)
                ],
            }
        ],
    }


def _group(self: ElastiCacheResponse) -> Held:
    name = str(self._get_param("ReplicationGroupId"))
    return named(self, "groups", "ReplicationGroupId", ReplicationGroupNotFound(name))


def describe_replication_groups(self: ElastiCacheResponse) -> ActionResult:
    """All replication groups, or the named one."""
    missing = ReplicationGroupNotFound(str(self._get_param("ReplicationGroupId")))
    found = listed(self, "groups", "ReplicationGroupId", missing)
    return ActionResult({"ReplicationGroups": [_shown(self, one) for one in found]})


def describe_cache_clusters(self: ElastiCacheResponse) -> ActionResult:
    """The nodes of all replication groups, or the named node; other clusters do not exist here."""
    groups = kept(self.elasticache_backend, "groups").values()
    found = [node for group in groups for node in _nodes(self, group)]
    if name := self._get_param("CacheClusterId"):
        found = [one for one in found if one["CacheClusterId"] == name]
        if not found:
            raise CacheClusterNotFound(name)
    return ActionResult({"CacheClusters": found})


def modify_replication_group(self: ElastiCacheResponse) -> ActionResult:
    """Change settings; each change takes effect at once."""
    group = _group(self)
    _modified(self, group)
    if (version := self._get_param("EngineVersion")) is not None:
        group["EngineVersion"] = version if version.count(".") > 1 else f"{version}.0"
    removed = self._get_param("UserGroupIdsToRemove") or []
    left = [one for one in group["UserGroupIds"] if one not in removed]
    group["UserGroupIds"] = [*left, *(self._get_param("UserGroupIdsToAdd") or [])]
    return ActionResult({"ReplicationGroup": _shown(self, group)})


def _resized(self: ElastiCacheResponse) -> ActionResult:
    group = _group(self)
    group["nodes"] = int(self._get_param("NewReplicaCount")) + 1
    return ActionResult({"ReplicationGroup": _shown(self, group)})


def increase_replica_count(self: ElastiCacheResponse) -> ActionResult:
    """Add replicas."""
    return _resized(self)


def decrease_replica_count(self: ElastiCacheResponse) -> ActionResult:
    """Remove replicas."""
    return _resized(self)


def delete_replication_group(self: ElastiCacheResponse) -> ActionResult:
    """Delete a group and its nodes at once."""
    group = _group(self)
    found = _shown(self, group) | {"Status": "deleting"}
    del kept(self.elasticache_backend, "groups")[group["ReplicationGroupId"]]
    return ActionResult({"ReplicationGroup": found})
