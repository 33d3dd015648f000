"""The ECS cluster, the task of gateway and collector, and the service that keeps it running."""

from pathlib import Path

from constructs_lib.helpers.containers import (
    AwsLogs,
    ContainerDefinition,
    HealthCheck,
    MountPoint,
    PortMapping,
    container_definitions,
)
from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.sizing import SIDECAR_SIZE, gateway_size
from constructs_lib.load_balancer import LoadBalancer
from constructs_lib.log_groups import LogGroups
from constructs_lib.network import Network
from constructs_lib.secrets import Secrets
from constructs_lib.task_roles import TaskRoles

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.ecs_cluster import EcsCluster, EcsClusterSetting
from cdktf_cdktf_provider_aws.ecs_cluster_capacity_providers import EcsClusterCapacityProviders
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceCapacityProviderStrategy,
    EcsServiceDeploymentCircuitBreaker,
    EcsServiceLoadBalancer,
    EcsServiceNetworkConfiguration,
)
from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionRuntimePlatform,
    EcsTaskDefinitionVolume,
)
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from constructs import Construct

GATEWAY_PORT = 8787
COLLECTOR_CONFIGURATION = Path(__file__).with_name("collector.yaml")
FARGATE_STOP_TIMEOUT_SECONDS = 120
"""The longest stop timeout Fargate takes (ECS developer guide, "stopTimeout")."""
COLLECTOR_RESTART_PERIOD_SECONDS = 60
GATEWAY_VOLUMES = {"gateway-data": "/app/data", "gateway-tmp": "/tmp"}  # noqa: S108 (paths in the container)
"""Where Portkey writes (its file cache, uploads); the rest of its file system is read-only."""
_HEALTHY = f"fetch('http://127.0.0.1:{GATEWAY_PORT}/').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"


def literal(text: str) -> str:
    """Text in which Terraform evaluates nothing: its template marks doubled."""
    return text.replace("${", "$${").replace("%{", "%%{")


class GatewayService(Construct):
    """Cluster, task definition and service on Fargate; autoscaling owns the running count."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        region: str,
        network: Network,
        security_group: SecurityGroup,
        load_balancer: LoadBalancer,
        roles: TaskRoles,
        log_groups: LogGroups,
        secrets: Secrets,
        portkey_image: str,
        adot_image: str,
        task_cpu: int,
        task_memory_mib: int,
        desired_count: int,
        fargate_spot_percent: int,
        trusted_custom_hosts: tuple[str, ...],
        max_stream_seconds: int,
    ) -> None:
        super().__init__(scope, id_)
        self._names = names
        self._region = region
        self._log_groups = log_groups
        self._stop_timeout = min(max_stream_seconds, FARGATE_STOP_TIMEOUT_SECONDS)
        cluster = EcsCluster(
            self,
            "Cluster",
            name=names.cluster,
            setting=[EcsClusterSetting(name="containerInsights", value="enabled")],
            # ECS would make the log group itself, without key and retention.
            depends_on=[log_groups.container_insights],
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
            cpu=str(task_cpu),
            memory=str(task_memory_mib),
            execution_role_arn=roles.execution_role_arn,
            task_role_arn=roles.task_role_arn,
            runtime_platform=EcsTaskDefinitionRuntimePlatform(
                cpu_architecture="X86_64", operating_system_family="LINUX"
            ),
            volume=[EcsTaskDefinitionVolume(name=volume) for volume in GATEWAY_VOLUMES],
            container_definitions=container_definitions(
                self._gateway(portkey_image, task_cpu, task_memory_mib, trusted_custom_hosts, secrets),
                self._collector(adot_image),
            ),
        )
        service = EcsService(
            self,
            "Service",
            name=names.service,
            cluster=cluster.id,
            task_definition=task.arn,
            desired_count=desired_count,
            capacity_provider_strategy=_strategy(fargate_spot_percent),
            # Without it the provider replaces the service when the strategy changes.
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
                    container_name="gateway",
                    container_port=GATEWAY_PORT,
                    target_group_arn=load_balancer.target_group_arn,
                )
            ],
            lifecycle=TerraformResourceLifecycle(ignore_changes=["desired_count"]),
            depends_on=[providers, *load_balancer.listeners, *roles.policies],
        )
        self.service_name = service.name

    def _gateway(
        self,
        image: str,
        task_cpu: int,
        task_memory_mib: int,
        trusted_custom_hosts: tuple[str, ...],
        secrets: Secrets,
    ) -> ContainerDefinition:
        return ContainerDefinition(
            name="gateway",
            image=image,
            size=gateway_size(task_cpu=task_cpu, task_memory_mib=task_memory_mib),
            essential=True,
            # npm, the image's entry point, keeps SIGTERM to itself.
            entry_point=("node",),
            command=("build/start-server.js", f"--port={GATEWAY_PORT}", "--headless"),
            environment={
                "NODE_ENV": "production",
                # Unset or empty, Portkey trusts loopback, where the collector listens; a lone comma is an empty list.
                "TRUSTED_CUSTOM_HOSTS": ",".join(trusted_custom_hosts) or ",",
            },
            secrets=secrets.arns,
            port_mappings=(PortMapping(name="http", container_port=GATEWAY_PORT, app_protocol="http"),),
            mount_points=tuple(
                MountPoint(source_volume=volume, container_path=path) for volume, path in GATEWAY_VOLUMES.items()
            ),
            health_check=HealthCheck(command=("CMD", "node", "-e", _HEALTHY)),
            logs=AwsLogs(group=self._log_groups.gateway.name, region=self._region, stream_prefix="ecs"),
            stop_timeout=self._stop_timeout,
        )

    def _collector(self, image: str) -> ContainerDefinition:
        configuration = COLLECTOR_CONFIGURATION.read_text(encoding="utf-8")
        return ContainerDefinition(
            name="otel-collector",
            image=image,
            size=SIDECAR_SIZE,
            # Telemetry may fail, requests may not: it restarts by itself and takes nothing down.
            essential=False,
            restart_attempt_period=COLLECTOR_RESTART_PERIOD_SECONDS,
            environment={
                "AOT_CONFIG_CONTENT": literal(configuration),
                "AWS_REGION": self._region,
                "DEPLOYMENT_ENVIRONMENT": self._names.environment,
                "LOGS_LOG_GROUP": self._log_groups.gateway.name,
                "METRICS_LOG_GROUP": self._log_groups.metrics.name,
                "METRICS_NAMESPACE": self._names.path,
            },
            health_check=HealthCheck(command=("CMD", "/healthcheck")),
            logs=AwsLogs(group=self._log_groups.collector.name, region=self._region, stream_prefix="ecs"),
            stop_timeout=self._stop_timeout,
        )


def _strategy(spot_percent: int) -> list[EcsServiceCapacityProviderStrategy]:
    """The share of Spot as weights; the first task is always on demand, so that one is there when Spot is not."""
    on_demand = EcsServiceCapacityProviderStrategy(capacity_provider="FARGATE", base=1, weight=100 - spot_percent)
    if spot_percent == 0:
        return [on_demand]
    return [on_demand, EcsServiceCapacityProviderStrategy(capacity_provider="FARGATE_SPOT", weight=spot_percent)]
