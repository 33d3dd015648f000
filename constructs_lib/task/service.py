"""The ECS cluster, the gateway's task, and the service that keeps it running."""

from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.task.containers import container_definitions
from constructs_lib.log_groups import LogGroups
from constructs_lib.network.load_balancer import LoadBalancer
from constructs_lib.network.subnets import Subnets
from constructs_lib.references import id_of
from constructs_lib.task.containers import TaskContainers
from constructs_lib.task.roles import TaskRoles

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import CloudwatchMetricAlarm
from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster, EcsClusterSetting
from cdktf_cdktf_provider_aws.ecs_cluster_capacity_providers import EcsClusterCapacityProviders
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceCapacityProviderStrategy,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceLoadBalancer,
    EcsServiceNetworkConfiguration,
    EcsServiceTimeouts,
)
from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionRuntimePlatform,
    EcsTaskDefinitionVolume,
)
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from constructs import Construct

DELETE_MINUTES = 20
"""The provider's default timeout for deleting a service."""


class GatewayService(Construct):
    """Cluster, task definition and service on Fargate; autoscaling owns the running count."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        network: Subnets,
        security_group: SecurityGroup,
        load_balancer: LoadBalancer,
        roles: TaskRoles,
        log_groups: LogGroups,
        containers: TaskContainers,
        desired_count: int,
        fargate_spot_percent: int,
        max_stream_seconds: int,
    ) -> None:
        super().__init__(scope, id_)
        defined = containers.all()
        entry = next(container for container in defined if container.port_mappings)
        cluster = EcsCluster(
            self,
            "Cluster",
            name=names.cluster,
            setting=[EcsClusterSetting(name="containerInsights", value="enabled")],
            # Without it ECS would create the log group, without KMS key and retention.
            depends_on=[log_groups.container_insights],
            # AWS never removes a configuration, e.g. of an adopted cluster, so a plan would never be empty. `make diff`
            # reports it.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["configuration"]),
        )
        self.cluster_name = cluster.name
        providers = EcsClusterCapacityProviders(
            self, "CapacityProviders", cluster_name=self.cluster_name, capacity_providers=["FARGATE", "FARGATE_SPOT"]
        )
        task = EcsTaskDefinition(
            self,
            "Task",
            family=names.family,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(containers.task_size.cpu),
            memory=str(containers.task_size.memory_mib),
            execution_role_arn=roles.execution_role_arn,
            task_role_arn=roles.task_role_arn,
            runtime_platform=EcsTaskDefinitionRuntimePlatform(
                cpu_architecture="X86_64", operating_system_family="LINUX"
            ),
            volume=[EcsTaskDefinitionVolume(name=volume) for volume in containers.volumes],
            container_definitions=container_definitions(*defined),
        )
        self._service = EcsService(
            self,
            "Service",
            name=names.service,
            cluster=cluster.id,
            task_definition=task.arn,
            desired_count=desired_count,
            capacity_provider_strategy=_strategy(fargate_spot_percent),
            # Otherwise the provider replaces the service when the strategy changes.
            force_new_deployment=True,
            platform_version="LATEST",
            availability_zone_rebalancing="ENABLED",
            deployment_minimum_healthy_percent=100,
            deployment_maximum_percent=200,
            deployment_circuit_breaker=EcsServiceDeploymentCircuitBreaker(enable=True, rollback=True),
            health_check_grace_period_seconds=60,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            network_configuration=EcsServiceNetworkConfiguration(
                subnets=network.private_subnet_ids, security_groups=[security_group.id], assign_public_ip=False
            ),
            load_balancer=[
                EcsServiceLoadBalancer(
                    container_name=entry.name,
                    container_port=entry.port_mappings[0].container_port,
                    target_group_arn=load_balancer.target_group_arn,
                )
            ],
            # A new VPC replaces the security group, which AWS cannot delete while the old service's tasks use it.
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=["desired_count"], replace_triggered_by=[id_of(security_group)]
            ),
            # Deletion waits until open streams have ended.
            timeouts=EcsServiceTimeouts(delete=f"{DELETE_MINUTES + -(-max_stream_seconds // 60)}m"),
            depends_on=[providers, *load_balancer.listeners, *roles.policies],
        )
        self.service_name = self._service.name
        self.id_reference = id_of(self._service)
        """For `replace_triggered_by`: the service's id, which changes when the service is replaced."""

    def roll_back_on(self, alarms: list[CloudwatchMetricAlarm]) -> None:
        """Let ECS roll a deployment back if one of these alarms goes off during it."""
        self._service.put_alarms(alarm_names=[alarm.alarm_name for alarm in alarms], enable=True, rollback=True)


def _strategy(spot_percent: int) -> list[EcsServiceCapacityProviderStrategy]:
    """The share of Spot as weights. The first task is on demand, so that one runs when Spot has no capacity."""
    on_demand = EcsServiceCapacityProviderStrategy(capacity_provider="FARGATE", base=1, weight=100 - spot_percent)
    if spot_percent == 0:
        return [on_demand]
    return [on_demand, EcsServiceCapacityProviderStrategy(capacity_provider="FARGATE_SPOT", weight=spot_percent)]
