"""Converts an environment's settings into the arguments of its constructs."""

from typing import TYPE_CHECKING

from constructs_lib.auth import Auth
from constructs_lib.helpers.regions import partition_of
from constructs_lib.helpers.scope import Scope
from constructs_lib.helpers.task.containers import FARGATE_STOP_TIMEOUT_SECONDS
from constructs_lib.helpers.task.routes import signs_with_task_role
from constructs_lib.helpers.task.runtime import RuntimeSettings, TaskDefinitionTooLargeError
from constructs_lib.helpers.task.sizing import ContainerSize, gateway_size, in_flight_mib
from constructs_lib.helpers.usage.teams import TeamSettings, references
from constructs_lib.log_groups import LogGroups
from constructs_lib.monitoring.alarms import Thresholds
from constructs_lib.secrets import Secrets
from constructs_lib.task.containers import COLLECTOR_ADDRESS, TaskContainers, UnsoundContainersError
from envs import EnvironmentsError
from envs.schema import Environment

if TYPE_CHECKING:
    from constructs_lib.rate_limit_cache import RateLimitCache
    from constructs_lib.usage_table import UsageTable


def images(environment: Environment) -> tuple[str, ...]:
    """The images of the task's containers, which the permissions of roles and endpoints depend on."""
    return environment.portkey_image, environment.adot_image, environment.adot_node_image


def signs_for_bedrock(environment: Environment) -> bool:
    """Whether a route calls Bedrock with the task role."""
    return environment.routes is not None and signs_with_task_role(environment.routes)


def teams(
    environment: Environment, auth: Auth, table: "UsageTable | None", cache: "RateLimitCache | None"
) -> dict[str, str]:
    """The gateway's environment variables for teams; empty unless `clients` and `enable_jwt_auth` are set.

    Raises EnvironmentsError if the prices of the teams' models do not fit into the task definition.
    """
    if table is None or not environment.knows_teams:
        return {}
    from constructs_lib.helpers.usage import prices  # noqa: PLC0415 (imports genai-prices)

    settings = TeamSettings(
        region=environment.aws_region,
        dns_suffix=partition_of(environment.aws_region).dns_suffix,
        default_max_tokens=environment.default_max_tokens,
        allow_unbounded_requests=environment.allow_unbounded_requests,
        usage_store_failure=environment.usage_store_failure,
    )
    valkey = None
    if cache is not None:
        valkey = {"host": cache.host, "port": cache.port, "cache": cache.cache_id, "user": cache.user_id}
    client_ids = {client.team: auth.client_ids[client.team] for client in environment.clients}
    try:
        table_of_prices = prices.table(environment.routes, environment.clients, environment.model_prices)
    except prices.PricesTooLargeError as error:
        raise EnvironmentsError([f"envs/{environment.environment}.py: clients: {error}"]) from None
    return {
        "GATEWAY_TEAMS": references(
            issuer=auth.token_issuer.issuer, table=table.name, valkey=valkey, client_ids=client_ids
        ),
        "GATEWAY_LIMITS": settings.limits(environment.clients, prices.by_price(table_of_prices)),
    }


def task_containers(
    environment: Environment, where: Scope, logs: LogGroups, secrets: Secrets, *, teams: dict[str, str]
) -> TaskContainers:
    """The task's containers.

    Raises EnvironmentsError if ECS could not start them, or if they exceed the size that a task definition may have.
    """
    size = ContainerSize(cpu=environment.gateway_cpu, memory_mib=environment.gateway_memory)
    containers = TaskContainers(
        where=where,
        task_size=size,
        gateway_image=environment.portkey_image,
        collector_image=environment.adot_image,
        instrumentation_image=environment.adot_node_image if environment.instrument_gateway else None,
        route=environment.routes,
        runtime=RuntimeSettings(
            stream_seconds=environment.max_stream_seconds,
            drain_seconds=min(environment.max_stream_seconds, FARGATE_STOP_TIMEOUT_SECONDS),
            max_body_mib=environment.max_body_mib,
            in_flight_mib=in_flight_mib(gateway_size(size).memory_mib),
            collector=COLLECTOR_ADDRESS if environment.instrument_gateway else None,
            trusted_hosts=environment.trusted_custom_hosts,
            egress_ports=environment.gateway_egress_ports,
            allow_public_hosts=environment.allow_public_hosts,
            allow_caller_hooks=environment.allow_caller_hooks,
            shared_endpoints=environment.shared_endpoints,
            jwt=environment.enable_jwt_auth,
            aws_dns_suffix=where.dns_suffix,
        ),
        gateway_log_group=logs.gateway.name,
        collector_log_group=logs.collector.name,
        metrics_log_group=logs.metrics.name,
        teams=teams,
        rates_in_valkey=environment.rates_in_valkey,
        gateway_secrets={**secrets.gateway, **secrets.providers},
    )
    try:
        containers.check(images(environment))
    except UnsoundContainersError as error:
        lines = [f"constructs_lib/task/containers.py: {problem}" for problem in error.problems]
        raise EnvironmentsError(lines) from None
    except TaskDefinitionTooLargeError as error:
        raise EnvironmentsError([f"envs/{environment.environment}.py: routes: {error}"]) from None
    return containers


def thresholds(environment: Environment) -> Thresholds:
    """The thresholds of the environment's alarms."""
    return Thresholds(
        errors_5xx=environment.alarm_5xx_count,
        p99_seconds=environment.alarm_p99_seconds,
        unhealthy_minutes=environment.alarm_unhealthy_minutes,
        fewest_tasks=environment.autoscaling_min_capacity,
        most_tasks=environment.autoscaling_max_capacity,
        ceiling_minutes=environment.alarm_ceiling_minutes,
        waf_blocks=environment.alarm_waf_blocks,
        provider_error_percent=environment.alarm_provider_error_percent,
    )
