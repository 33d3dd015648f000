"""ElastiCache for Valkey, where the gateway's tasks count teams' requests and tokens per minute."""

from constructs_lib.helpers.naming import Names
from constructs_lib.network.security_groups import VALKEY_PORT
from constructs_lib.network.subnets import Subnets

from cdktf_cdktf_provider_aws.elasticache_parameter_group import (
    ElasticacheParameterGroup,
    ElasticacheParameterGroupParameter,
)
from cdktf_cdktf_provider_aws.elasticache_replication_group import ElasticacheReplicationGroup
from cdktf_cdktf_provider_aws.elasticache_subnet_group import ElasticacheSubnetGroup
from cdktf_cdktf_provider_aws.elasticache_user import ElasticacheUser, ElasticacheUserAuthenticationMode
from cdktf_cdktf_provider_aws.elasticache_user_group import ElasticacheUserGroup
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from constructs import Construct

ENGINE, ENGINE_VERSION, FAMILY = "valkey", "8.1", "valkey8"
MAY = "on ~rate:* resetchannels -@all +eval +evalsha +time +hmget +hset +pexpire"
"""The commands of the gateway's script (gateway_runtime/src/valkey/buckets.mjs), on keys that start with `rate:`."""


class RateLimitCache(Construct):
    """One primary with replicas, TLS only. Its only user signs in with the task role. All data expires."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        network: Subnets,
        security_group: SecurityGroup,
        key: KmsKey,
        node_type: str,
        replicas: int,
    ) -> None:
        super().__init__(scope, id_)
        user = ElasticacheUser(
            self,
            "User",
            user_id=names.cache,
            # ElastiCache requires that both are equal where a user signs in by IAM.
            user_name=names.cache,
            engine=ENGINE,
            access_string=MAY,
            authentication_mode=ElasticacheUserAuthenticationMode(type="iam"),
        )
        users = ElasticacheUserGroup(self, "Users", user_group_id=names.cache, engine=ENGINE, user_ids=[user.user_id])
        subnets = ElasticacheSubnetGroup(
            self,
            "Subnets",
            name=names.cache,
            description=f"{names.prefix}: private subnets",
            subnet_ids=network.private_subnet_ids,
        )
        parameters = ElasticacheParameterGroup(
            self,
            "Parameters",
            name=names.cache,
            family=FAMILY,
            description=f"{names.prefix}: rates of teams",
            # The default evicts buckets when memory is full, and each evicted bucket resets a team's limit.
            parameter=[ElasticacheParameterGroupParameter(name="maxmemory-policy", value="noeviction")],
        )
        cache = ElasticacheReplicationGroup(
            self,
            "Cache",
            replication_group_id=names.cache,
            description=f"{names.prefix}: rates of teams",
            engine=ENGINE,
            engine_version=ENGINE_VERSION,
            node_type=node_type,
            num_cache_clusters=1 + replicas,
            automatic_failover_enabled=replicas > 0,
            multi_az_enabled=replicas > 0,
            port=VALKEY_PORT,
            parameter_group_name=parameters.name,
            subnet_group_name=subnets.name,
            security_group_ids=[security_group.id],
            at_rest_encryption_enabled="true",
            kms_key_id=key.arn,
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            user_group_ids=[users.user_group_id],
            # Buckets refill within minutes: nothing to restore.
            snapshot_retention_limit=0,
            # After an upgrade by AWS, the next plan would be a downgrade, which replaces the cache.
            auto_minor_version_upgrade="false",
            apply_immediately=True,
        )
        self.host, self.port = cache.primary_endpoint_address, VALKEY_PORT
        self.cache_id = names.cache
        self.user_id = names.cache
        self.arns = (cache.arn, user.arn)
        """The resources of `elasticache:Connect`: the cache and the user."""
        self.node_ids = tuple(f"{names.cache}-{number:03}" for number in range(1, 2 + replicas))
        """The names that ElastiCache gives the nodes; CloudWatch's `CacheClusterId`."""
