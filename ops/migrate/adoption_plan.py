"""What a plan would do to an older deployment that our stack takes over."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ops.state.matching import Old

import attrs

Block = dict[str, Any]

KEEPERS = frozenset(
    {
        "aws_cloudwatch_log_group",
        "aws_cognito_user_pool",
        "aws_cognito_user_pool_client",
        "aws_ecr_repository",
        "aws_kms_key",
        "aws_lb",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
        "aws_vpc",
    }
)
"""Types that hold data, or an address or credentials that callers have."""

ONE_OF: dict[str, tuple[tuple[str, ...], ...]] = {
    "aws_cloudwatch_query_definition": (),
    "aws_cognito_resource_server": (("user_pool_id", "identifier"),),
    "aws_cognito_user_pool": (),
    "aws_cognito_user_pool_client": (),
    "aws_cognito_user_pool_domain": (("domain",), ("user_pool_id",)),
    "aws_ecs_service": (("cluster", "name"),),
    "aws_ecs_task_definition": (),
    "aws_iam_role_policy": (("role", "name"),),
    "aws_internet_gateway": (("vpc_id",),),
    "aws_lb_listener": (("load_balancer_arn", "port"),),
    "aws_route": (("route_table_id", "destination_cidr_block"),),
    "aws_route_table_association": (("subnet_id",),),
    "aws_security_group": (("vpc_id", "name"),),
    "aws_subnet": (("vpc_id", "cidr_block"),),
    "aws_vpc_endpoint": (("vpc_id", "service_name"),),
}
"""What AWS lets only one resource have, where that is not simply its name; of several, each by itself."""
NAMES = ("name", "bucket", "alarm_name", "dashboard_name")

IMPORT_IDS = {
    "aws_appautoscaling_policy": "{service_namespace}/{resource_id}/{scalable_dimension}/{name}",
    "aws_appautoscaling_target": "{service_namespace}/{resource_id}/{scalable_dimension}",
    "aws_cloudwatch_log_metric_filter": "{log_group_name}:{name}",
    "aws_cloudwatch_query_definition": "{arn}",
    "aws_cognito_resource_server": "{user_pool_id}|{identifier}",
    "aws_cognito_user_pool_client": "{user_pool_id}/{id}",
    "aws_cognito_user_pool_domain": "{domain}",
    "aws_ecs_cluster": "{name}",
    "aws_ecs_task_definition": "{arn}",
    "aws_route": "{route_table_id}_{destination_cidr_block}",
    "aws_route_table_association": "{subnet_id}/{route_table_id}",
    "aws_wafv2_web_acl": "{id}/{name}/{scope}",
    "aws_wafv2_web_acl_association": "{web_acl_arn},{resource_arn}",
}
"""What `import` takes where it is not the id (the provider's documentation of each resource)."""


def import_id(old: Old) -> str:
    """What Terraform's `import` block takes for a resource."""
    if old.type == "aws_ecs_service":
        return f"{str(old.values['cluster']).rpartition('/')[2]}/{old.values['name']}"
    return IMPORT_IDS.get(old.type, "{id}").format_map(old.values)


def import_ids(old: Old) -> set[str]:
    """What a resource may be called in an `import` block, its identifier among them."""
    try:
        return {old.identifier, import_id(old)}
    except KeyError:  # of a type that we do not import, or one that says little
        return {old.identifier}


def blocks(pairs: Mapping[str, Old], in_state: Iterable[str], imports: Mapping[str, str]) -> Block:
    """The Terraform blocks of a takeover: what moves within the state, what leaves it, what comes into it.

    `in_state` are the addresses of the older deployment in our state; `imports` maps further addresses to import ids.
    """
    there = set(in_state)
    moved = {address: old.address for address, old in pairs.items() if old.address in there}
    left = sorted(there - set(moved.values()))
    wanted = {address: import_id(old) for address, old in pairs.items() if old.address not in there} | dict(imports)
    found: Block = {}
    if moved:
        found["moved"] = [{"from": old, "to": address} for address, old in sorted(moved.items())]
    if left:
        # This block takes a resource as a whole, without the keys of count and for_each.
        plain = sorted({re.sub(r"\[[^]]*\]", "", address) for address in left})
        found["removed"] = [{"from": address, "lifecycle": {"destroy": False}} for address in plain]
    if wanted:
        found["import"] = [{"to": address, "id": identifier} for address, identifier in sorted(wanted.items())]
    return found


@attrs.frozen
class Change:
    """What a plan would do to one resource."""

    address: str
    actions: frozenset[str]
    attributes: tuple[str, ...]
    """What changes; of a replacement, what forces it."""
    stands_in_the_way: bool
    """Whether the new one needs a name or a place that the old one has."""
    half_made: bool = False
    """Whether it is one of ours whose making failed, so that nobody uses it."""

    @property
    def replaces(self) -> bool:
        """Whether the resource would be deleted and made again."""
        return {"delete", "create"} <= self.actions

    @property
    def deletes(self) -> bool:
        """Whether the resource would be gone."""
        return "delete" in self.actions and not self.replaces

    @property
    def says(self) -> str:
        """The change in a few words."""
        what = ", ".join(self.attributes)
        if self.replaces:
            return f"deleted and made anew: {what} cannot change"
        return f"updated in place: {what}" if "update" in self.actions else "nothing"


def changes(plan: Block) -> dict[str, Change]:
    """What a plan, as `terraform show -json` has it, would do, by address."""
    return {item["address"]: _change(item) for item in plan.get("resource_changes", []) if item["mode"] == "managed"}


def _change(item: Block) -> Change:
    change = item["change"]
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    actions = frozenset(change["actions"])
    if "delete" in actions:
        paths = (".".join(part for part in path if isinstance(part, str)) for path in change.get("replace_paths", []))
        attributes = sorted(set(paths))
    else:
        keys = {key for key in {*before, *after} if before.get(key) != after.get(key) or unknown.get(key) is True}
        # Both tell of the same tags.
        attributes = sorted(keys - {"tags_all"} if "tags" in keys else keys)
    unique = ONE_OF.get(item["type"], tuple((key,) for key in NAMES if key in before))
    in_the_way = any(all(before.get(key) == after.get(key) and key not in unknown for key in keys) for keys in unique)
    half_made = item.get("action_reason") == "replace_because_tainted"
    return Change(item["address"], actions, tuple(attributes), in_the_way, half_made)
