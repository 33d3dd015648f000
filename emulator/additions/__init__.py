"""AWS calls that this project or Terraform makes and moto lacks or answers differently, added to moto's classes.

Each follows the service's API reference and keeps its state in moto's backend, so that a reset deletes it too.
"""

import logging
from collections.abc import Callable

from emulator.additions import (
    account,
    acm,
    bedrock,
    cloudwatch,
    cognito,
    ec2,
    ecs,
    elasticache,
    elasticache_groups,
    elb,
    iam,
    kms,
    logs,
    others,
    s3,
    service_quotas,
    user_pool_tags,
    wafv2,
)

from moto.account.responses import AccountResponse
from moto.acm.responses import AWSCertificateManagerResponse
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.bedrock.responses import BedrockResponse
from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.responses import BaseResponse
from moto.ec2.responses.availability_zones_and_regions import AvailabilityZonesAndRegions
from moto.ec2.responses.flow_logs import FlowLogs
from moto.ec2.responses.nat_gateways import NatGateways
from moto.ec2.responses.vpcs import VPCs
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elasticache.responses import ElastiCacheResponse
from moto.elbv2.responses import ELBV2Response
from moto.iam.responses import IamResponse
from moto.kms.responses import KmsResponse
from moto.logs.responses import LogsResponse
from moto.s3.responses import S3Response
from moto.servicequotas.responses import ServiceQuotasResponse

logger = logging.getLogger("emulator")

Calls = dict[type[BaseResponse], tuple[Callable[..., object], ...]]


LACKING: Calls = {
    AccountResponse: (account.enable_region, account.get_region_opt_status),
    BedrockResponse: (
        bedrock.create_foundation_model_agreement,
        bedrock.get_foundation_model,
        bedrock.get_foundation_model_availability,
        bedrock.get_inference_profile,
    ),
    LogsResponse: (
        others.put_query_definition,
        others.describe_query_definitions,
        others.delete_query_definition,
        logs.associate_kms_key,
        logs.disassociate_kms_key,
        logs.put_log_group_deletion_protection,
    ),
    ApplicationAutoScalingResponse: (
        others.list_tags_for_resource,
        others.tag_resource,
        others.untag_resource,
    ),
    CognitoIdpResponse: (
        cognito.delete_resource_server,
        cognito.update_resource_server,
        user_pool_tags.tag_resource,
        user_pool_tags.untag_resource,
    ),
    ElastiCacheResponse: (
        elasticache.modify_cache_subnet_group,
        elasticache.delete_cache_subnet_group,
        elasticache.create_cache_parameter_group,
        elasticache.describe_cache_parameter_groups,
        elasticache.describe_cache_parameters,
        elasticache.modify_cache_parameter_group,
        elasticache.reset_cache_parameter_group,
        elasticache.delete_cache_parameter_group,
        elasticache.modify_user,
        elasticache.create_user_group,
        elasticache.describe_user_groups,
        elasticache.modify_user_group,
        elasticache.delete_user_group,
        elasticache_groups.increase_replica_count,
        elasticache_groups.decrease_replica_count,
    ),
    EC2ContainerServiceResponse: (ecs.list_service_deployments, ecs.describe_service_deployments),
    IamResponse: (others.add_client_id_to_open_id_connect_provider,),
    ServiceQuotasResponse: (
        service_quotas.get_aws_default_service_quota,
        service_quotas.request_service_quota_increase,
        service_quotas.list_requested_service_quota_change_history_by_quota,
    ),
}
"""Calls that moto lacks. Once moto has one, moto's is used, a warning is logged, and a test fails (`gained`)."""
CHANGED: Calls = {
    AWSCertificateManagerResponse: (acm.describe_certificate,),
    ApplicationAutoScalingResponse: (others.register_scalable_target,),
    CognitoIdpResponse: (
        cognito.delete_user_pool,
        cognito.create_user_pool_domain,
        cognito.describe_user_pool_domain,
        cognito.update_user_pool_domain,
        user_pool_tags.update_user_pool,
    ),
    EC2ContainerServiceResponse: (ecs.create_service, ecs.update_service),
    AvailabilityZonesAndRegions: (account.describe_regions,),
    FlowLogs: (ec2.create_flow_logs,),
    NatGateways: (ec2.delete_nat_gateway,),
    VPCs: (ec2.create_vpc_endpoint,),
    ElastiCacheResponse: (
        elasticache.list_tags_for_resource,
        elasticache.create_cache_subnet_group,
        elasticache.describe_cache_subnet_groups,
        elasticache_groups.create_replication_group,
        elasticache_groups.describe_replication_groups,
        elasticache_groups.describe_cache_clusters,
        elasticache_groups.modify_replication_group,
        elasticache_groups.delete_replication_group,
    ),
    ELBV2Response: (
        elb.create_load_balancer,
        elb.create_target_group,
        elb.delete_load_balancer,
    ),
    IamResponse: (iam.attach_role_policy, iam.create_service_linked_role),
    KmsResponse: (
        kms.put_key_policy,
        kms.get_key_policy,
        kms.schedule_key_deletion,
        kms.cancel_key_deletion,
        kms.disable_key,
        kms.enable_key,
        kms.enable_key_rotation,
        kms.disable_key_rotation,
        kms.get_key_rotation_status,
    ),
    LogsResponse: (
        logs.delete_log_group,
        logs.create_log_group,
        logs.describe_log_groups,
        logs.put_metric_filter,
    ),
    S3Response: (s3.get_bucket_encryption, s3._bucket_response_put),  # noqa: SLF001 (moto's name)
    ServiceQuotasResponse: (service_quotas.get_service_quota,),
}
"""Calls that moto answers differently from AWS; these replace moto's."""


def _ours(call: object) -> bool:
    return str(getattr(call, "__module__", "")).startswith(__name__)


def gained() -> list[str]:
    """The calls in LACKING that moto has now, as `Class.call`."""
    return [
        f"{response.__name__}.{call.__name__}"
        for response, calls in LACKING.items()
        for call in calls
        if (found := getattr(response, call.__name__, None)) is not None and not _ours(found)
    ]


def lost() -> list[str]:
    """The calls in CHANGED that moto no longer has, as `Class.call`."""
    return [
        f"{response.__name__}.{call.__name__}"
        for response, calls in CHANGED.items()
        for call in calls
        if getattr(response, call.__name__, None) is None
    ]


def add_calls() -> None:
    """Add the calls above to moto; a second time changes nothing. Calls that moto has now are left, with a warning."""
    own = gained()
    for name in own:
        logger.warning("moto has %s now: remove it from emulator/additions", name)
    for table in (LACKING, CHANGED):
        for response, calls in table.items():
            for call in calls:
                if f"{response.__name__}.{call.__name__}" not in own:
                    setattr(response, call.__name__, call)
    others.patch_models()
    account.add_paths()
    cloudwatch.patch_models()
    elb.patch_models()
    wafv2.patch_models()
