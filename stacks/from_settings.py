"""An environment's settings as the values that its constructs take."""

from constructs_lib.helpers.scope import Scope
from constructs_lib.helpers.task.runtime import TaskDefinitionTooLargeError
from constructs_lib.helpers.task.sizing import ContainerSize
from constructs_lib.log_groups import LogGroups
from constructs_lib.monitoring.alarms import Thresholds
from constructs_lib.secrets import Secrets
from constructs_lib.task.containers import TaskContainers
from envs import EnvironmentsError
from envs.schema import Environment


def task_containers(environment: Environment, where: Scope, logs: LogGroups, secrets: Secrets) -> TaskContainers:
    """The containers of its task. Raises EnvironmentsError where ECS would refuse them for their size."""
    containers = TaskContainers(
        where=where,
        task_size=ContainerSize(cpu=environment.gateway_cpu, memory_mib=environment.gateway_memory),
        gateway_image=environment.portkey_image,
        collector_image=environment.adot_image,
        instrumentation_image=environment.adot_node_image if environment.instrument_gateway else None,
        route=environment.routes,
        trusted_custom_hosts=environment.trusted_custom_hosts,
        egress_ports=environment.gateway_egress_ports,
        allow_public_hosts=environment.allow_public_hosts,
        allow_caller_hooks=environment.allow_caller_hooks,
        shared_endpoints=environment.shared_endpoints,
        jwt=environment.enable_jwt_auth,
        max_body_mib=environment.max_body_mib,
        max_stream_seconds=environment.max_stream_seconds,
        gateway_log_group=logs.gateway.name,
        collector_log_group=logs.collector.name,
        metrics_log_group=logs.metrics.name,
        gateway_secrets={**secrets.gateway, **secrets.providers},
    )
    try:
        containers.check_size()
    except TaskDefinitionTooLargeError as error:
        raise EnvironmentsError([f"envs/{environment.environment}.py: routes: {error}"]) from None
    return containers


def thresholds(environment: Environment) -> Thresholds:
    """When its alarms ring."""
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
