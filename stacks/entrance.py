"""The load balancer with its access logs, domain name and web ACL."""

from constructs_lib.auth import Auth
from constructs_lib.helpers.provider_release import Release
from constructs_lib.helpers.scope import Scope
from constructs_lib.log_groups import LogGroups
from constructs_lib.network.load_balancer import LoadBalancer
from constructs_lib.network.load_balancer_logs import AccessLogs
from constructs_lib.network.security_groups import SecurityGroups
from constructs_lib.network.subnets import Subnets
from constructs_lib.task.containers import GATEWAY_PORT, HEALTH_PATH
from envs.schema import Environment

from cdktf import TerraformStack


def entrance(
    stack: TerraformStack,
    environment: Environment,
    where: Scope,
    *,
    network: Subnets,
    groups: SecurityGroups,
    auth: Auth,
    logs: LogGroups,
    release: Release,
) -> tuple[LoadBalancer, str]:
    """Create the load balancer with its access logs, domain name and web ACL.

    Returns it with the host name of the gateway's URL: `domain_name`, or the load balancer's own.
    """
    names = where.names
    access_logs = AccessLogs(
        stack,
        "AccessLogs",
        where=where,
        retention_in_days=environment.log_retention_days,
        deletion_protection=environment.deletion_protection,
        release=release,
    )
    domain = None
    certificate_arn = environment.certificate_arn
    if environment.domain_name:
        from constructs_lib.network.domain import Domain  # noqa: PLC0415 (load the bindings only with domain_name)

        domain = Domain(stack, "Domain", domain_name=environment.domain_name, hosted_zone=environment.hosted_zone)
        certificate_arn = certificate_arn or domain.certificate()
    balancer = LoadBalancer(
        stack,
        "LoadBalancer",
        names=names,
        network=network,
        security_group=groups.load_balancer,
        access_logs=access_logs,
        target_port=GATEWAY_PORT,
        health_path=HEALTH_PATH,
        internal=environment.internal_load_balancer,
        certificate_arn=certificate_arn,
        token_issuer=auth.token_issuer if environment.enable_jwt_auth else None,
        max_stream_seconds=environment.max_stream_seconds,
        deletion_protection=environment.deletion_protection,
    )
    if domain is not None:
        domain.alias(balancer)
    if logs.waf is not None:
        from constructs_lib.network.waf import Waf  # noqa: PLC0415 (the largest module of the bindings)

        Waf(
            stack,
            "Waf",
            names=names,
            load_balancer=balancer,
            log_group=logs.waf,
            rate_limit=environment.waf_rate_limit,
            client_rate_limit=environment.waf_client_rate_limit,
        )
    return balancer, environment.domain_name or balancer.dns_name
