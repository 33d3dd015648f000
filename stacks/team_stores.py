"""Where the gateway stores what teams use: the usage table and, with Valkey, the rate limit cache."""

from typing import TYPE_CHECKING

from constructs_lib.encryption import Encryption
from constructs_lib.helpers.naming import Names
from constructs_lib.network.security_groups import SecurityGroups
from constructs_lib.network.subnets import Subnets
from envs.schema import Environment

from cdktf import TerraformStack

if TYPE_CHECKING:
    from constructs_lib.rate_limit_cache import RateLimitCache
    from constructs_lib.usage_table import UsageTable


def usage_table(
    stack: TerraformStack, environment: Environment, names: Names, *, keys: Encryption
) -> "UsageTable | None":
    """The usage table wherever `clients` is set, even without `enable_jwt_auth` (ADR 36); None without `clients`."""
    if keys.usage_key is None:
        return None
    from constructs_lib.usage_table import UsageTable  # noqa: PLC0415 (load the bindings only with clients)

    protected = environment.deletion_protection
    return UsageTable(stack, "Usage", names=names, key=keys.usage_key, deletion_protection=protected)


def rate_limit_cache(
    stack: TerraformStack,
    environment: Environment,
    names: Names,
    *,
    keys: Encryption,
    network: Subnets,
    groups: SecurityGroups,
) -> "RateLimitCache | None":
    """The cache with `clients` and `rate_limit_store="valkey"`, else None.

    It exists without `enable_jwt_auth` too, because ElastiCache takes ten minutes to create one.
    """
    if keys.usage_key is None or groups.rate_limits is None:
        return None
    from constructs_lib.rate_limit_cache import RateLimitCache  # noqa: PLC0415 (load the bindings only for Valkey)

    return RateLimitCache(
        stack,
        "RateLimits",
        names=names,
        network=network,
        security_group=groups.rate_limits,
        key=keys.usage_key,
        node_type=environment.valkey_node_type,
        replicas=environment.valkey_replicas,
    )
