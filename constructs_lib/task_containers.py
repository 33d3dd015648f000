"""The containers of the gateway's task: what each one starts, may use and waits for."""

from pathlib import Path

from constructs_lib.helpers.containers import (
    AwsLogs,
    ContainerDefinition,
    DependsOn,
    HealthCheck,
    MountPoint,
    PortMapping,
)
from constructs_lib.helpers.edge import EDGE_PORT, HEALTH_PATH, edge_configuration
from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.routes import TASK_ROLE_TOKEN, Route, signs_with_task_role
from constructs_lib.helpers.sizing import SIDECAR_SIZE, ContainerSize, gateway_size, without_edge

import attrs

GATEWAY_PORT = 8787
OTLP_ENDPOINT = "http://127.0.0.1:4318"
FARGATE_STOP_TIMEOUT_SECONDS = 120
"""The longest stop timeout Fargate takes (ECS developer guide, "stopTimeout")."""
COLLECTOR_RESTART_PERIOD_SECONDS = 60
GATEWAY_VOLUMES = {"gateway-data": "/app/data", "gateway-tmp": "/tmp"}  # noqa: S108 (paths in the container)
"""Where Portkey writes (its file cache, uploads); the rest of its file system is read-only."""
EDGE_VOLUME, EDGE_DATA = "edge-data", "/data"
INSTRUMENTATION_VOLUME, INSTRUMENTATION_PATH = "instrumentation", "/otel-auto-instrumentation-node"
"""Where AWS's documentation puts the instrumentation of a Node container on ECS."""
COLLECTOR_CONFIGURATION = Path(__file__).with_name("collector.yaml")
_PRELOAD = Path(__file__).with_name("gateway_preload.mjs")
_IMPORT_PRELOAD = (
    "data:text/javascript,await import('data:text/javascript,' + encodeURIComponent(process.env.GATEWAY_PRELOAD))"
)
_HEALTHY = f"fetch('http://127.0.0.1:{GATEWAY_PORT}/').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"


def literal(text: str) -> str:
    """Text in which Terraform evaluates nothing: its template marks doubled."""
    return text.replace("${", "$${").replace("%{", "%%{")


@attrs.frozen(kw_only=True)
class Edge:
    """What the edge in front of the gateway is told."""

    route: Route
    image: str
    size: ContainerSize
    body_limit_mib: int


@attrs.frozen(kw_only=True)
class TaskContainers:
    """The containers of one environment's task, in the order ECS shows them: gateway, collector, then what helps."""

    names: Names
    region: str
    task_size: ContainerSize
    gateway_image: str
    collector_image: str
    instrumentation_image: str | None
    """None: the gateway runs as it comes, and sends no telemetry."""
    edge: Edge | None
    """None: the load balancer talks to the gateway itself."""
    trusted_custom_hosts: tuple[str, ...]
    max_stream_seconds: int
    gateway_log_group: str
    collector_log_group: str
    metrics_log_group: str
    edge_log_group: str | None
    gateway_secrets: dict[str, str]
    edge_secrets: dict[str, str]

    @property
    def entry(self) -> str:
        """The container that the load balancer talks to."""
        return "edge" if self.edge else "gateway"

    @property
    def volumes(self) -> tuple[str, ...]:
        """The volumes that the containers mount."""
        return (
            *GATEWAY_VOLUMES,
            *([EDGE_VOLUME] if self.edge else []),
            *([INSTRUMENTATION_VOLUME] if self.instrumentation_image else []),
        )

    def all(self) -> list[ContainerDefinition]:
        """Every container."""
        made = [self._gateway(), self._collector()]
        if self.edge is not None:
            made.append(self._edge(self.edge))
        if self.instrumentation_image is not None:
            made.append(self._instrumentation(self.instrumentation_image))
        return made

    @property
    def _stop_timeout(self) -> int:
        return min(self.max_stream_seconds, FARGATE_STOP_TIMEOUT_SECONDS)

    def _logs(self, group: str) -> AwsLogs:
        return AwsLogs(group=group, region=self.region, stream_prefix="ecs")

    def _gateway(self) -> ContainerDefinition:
        size = gateway_size(task_cpu=self.task_size.cpu, task_memory_mib=self.task_size.memory_mib)
        mounts = [MountPoint(source_volume=name, container_path=path) for name, path in GATEWAY_VOLUMES.items()]
        # The collector has to outlive it: at the end ECS stops in reverse order.
        depends_on = [DependsOn(container_name="otel-collector", condition="START")]
        environment = {
            "NODE_ENV": "production",
            # Unset or empty, Portkey trusts loopback, where the collector listens; a lone comma is an empty list.
            "TRUSTED_CUSTOM_HOSTS": ",".join(self.trusted_custom_hosts) or ",",
            "GATEWAY_PRELOAD": literal(_PRELOAD.read_text(encoding="utf-8")),
        }
        if self.edge is not None:
            size = without_edge(size, self.edge.size)
            environment["GATEWAY_LISTEN_HOST"] = "127.0.0.1"
            if signs_with_task_role(self.edge.route):
                environment["GATEWAY_SIGN_BEDROCK"] = TASK_ROLE_TOKEN
        if self.instrumentation_image is not None:
            environment |= self._telemetry()
            depends_on.append(DependsOn(container_name="instrumentation", condition="SUCCESS"))
            mounts.append(
                MountPoint(source_volume=INSTRUMENTATION_VOLUME, container_path=INSTRUMENTATION_PATH, read_only=True)
            )
        return ContainerDefinition(
            name="gateway",
            image=self.gateway_image,
            size=size,
            essential=True,
            # npm, the image's entry point, keeps SIGTERM to itself.
            entry_point=("node",),
            command=("--import", _IMPORT_PRELOAD, "build/start-server.js", f"--port={GATEWAY_PORT}", "--headless"),
            environment=environment,
            secrets=self.gateway_secrets,
            # Without an edge the load balancer's; behind one nothing outside the task may reach it.
            port_mappings=()
            if self.edge
            else (PortMapping(name="http", container_port=GATEWAY_PORT, app_protocol="http"),),
            mount_points=tuple(mounts),
            depends_on=tuple(depends_on),
            health_check=HealthCheck(command=("CMD", "node", "-e", _HEALTHY)),
            logs=self._logs(self.gateway_log_group),
            stop_timeout=self._stop_timeout,
        )

    def _telemetry(self) -> dict[str, str]:
        """What OpenTelemetry for Node reads; its SDK is loaded before the gateway."""
        return {
            "NODE_OPTIONS": f"--require {INSTRUMENTATION_PATH}/autoinstrumentation.js",
            "OTEL_SERVICE_NAME": self.names.prefix,
            "OTEL_RESOURCE_ATTRIBUTES": f"deployment.environment={self.names.environment}",
            "OTEL_EXPORTER_OTLP_ENDPOINT": OTLP_ENDPOINT,
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_METRICS_EXPORTER": "otlp",
            # The collector's EMF exporter takes each histogram for the news since the last one.
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
            # The gateway's log is its standard output.
            "OTEL_LOGS_EXPORTER": "none",
            # Names and units of the stable conventions: http.server.request.duration, in seconds.
            "OTEL_SEMCONV_STABILITY_OPT_IN": "http",
            "OTEL_TRACES_SAMPLER": "parentbased_always_on",
            "OTEL_PROPAGATORS": "tracecontext,baggage,xray",
            "OTEL_NODE_ENABLED_INSTRUMENTATIONS": "http,undici,runtime-node",
            "OTEL_NODE_RESOURCE_DETECTORS": "env",
            # The collector beside it speaks plain OTLP, not Application Signals.
            "OTEL_AWS_APPLICATION_SIGNALS_ENABLED": "false",
        }

    def _collector(self) -> ContainerDefinition:
        return ContainerDefinition(
            name="otel-collector",
            image=self.collector_image,
            size=SIDECAR_SIZE,
            # Telemetry may fail, requests may not: it restarts by itself and takes nothing down.
            essential=False,
            restart_attempt_period=COLLECTOR_RESTART_PERIOD_SECONDS,
            environment={
                "AOT_CONFIG_CONTENT": literal(COLLECTOR_CONFIGURATION.read_text(encoding="utf-8")),
                "AWS_REGION": self.region,
                "DEPLOYMENT_ENVIRONMENT": self.names.environment,
                "LOGS_LOG_GROUP": self.gateway_log_group,
                "METRICS_LOG_GROUP": self.metrics_log_group,
                "METRICS_NAMESPACE": self.names.path,
            },
            health_check=HealthCheck(command=("CMD", "/healthcheck")),
            logs=self._logs(self.collector_log_group),
            stop_timeout=self._stop_timeout,
        )

    def _edge(self, edge: Edge) -> ContainerDefinition:
        configuration = edge_configuration(
            route=edge.route,
            gateway_port=GATEWAY_PORT,
            body_limit_mib=edge.body_limit_mib,
            stream_seconds=self.max_stream_seconds,
            drain_seconds=self._stop_timeout,
        )
        return ContainerDefinition(
            name="edge",
            image=edge.image,
            size=edge.size,
            essential=True,
            # No file to mount on Fargate: the shell hands the variable over as standard input and is replaced.
            entry_point=("/bin/sh", "-c"),
            command=("exec caddy run --config - <<EDGE\n$EDGE_CONFIGURATION\nEDGE\n",),
            environment={
                "EDGE_CONFIGURATION": literal(configuration),
                "XDG_CONFIG_HOME": EDGE_DATA,
                "XDG_DATA_HOME": EDGE_DATA,
            },
            secrets=self.edge_secrets,
            port_mappings=(PortMapping(name="http", container_port=EDGE_PORT, app_protocol="http"),),
            mount_points=(MountPoint(source_volume=EDGE_VOLUME, container_path=EDGE_DATA),),
            # The image's program carries this file capability, and does not start where it cannot have it.
            kept_capabilities=("NET_BIND_SERVICE",),
            # It stops before the gateway, so that streams end whole.
            depends_on=(DependsOn(container_name="gateway", condition="HEALTHY"),),
            health_check=HealthCheck(
                command=(
                    "CMD",
                    "wget",
                    "-q",
                    "-T",
                    "4",
                    "-O",
                    "/dev/null",
                    f"http://127.0.0.1:{EDGE_PORT}{HEALTH_PATH}",
                )
            ),
            logs=self._logs(self.edge_log_group or self.gateway_log_group),
            stop_timeout=self._stop_timeout,
        )

    def _instrumentation(self, image: str) -> ContainerDefinition:
        """Copies OpenTelemetry for Node onto a volume and ends (AWS's documented way for ECS)."""
        return ContainerDefinition(
            name="instrumentation",
            image=image,
            essential=False,
            command=("cp", "-a", "/autoinstrumentation/.", INSTRUMENTATION_PATH),
            mount_points=(MountPoint(source_volume=INSTRUMENTATION_VOLUME, container_path=INSTRUMENTATION_PATH),),
            logs=self._logs(self.gateway_log_group),
            stop_timeout=self._stop_timeout,
        )
