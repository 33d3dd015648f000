"""The containers of the gateway's task: what each one starts, may use and waits for."""

import re
from pathlib import Path

from constructs_lib.helpers.scope import Scope
from constructs_lib.helpers.task.containers import (
    ContainerDefinition,
    DependsOn,
    HealthCheck,
    MountPoint,
    PortMapping,
    aws_logs,
    container_definitions,
)
from constructs_lib.helpers.task.routes import Route, compressed
from constructs_lib.helpers.task.runtime import (
    BOOTSTRAP,
    MOST_HEADER_BYTES,
    MOST_TASK_DEFINITION_BYTES,
    Bundle,
    RuntimeSettings,
    TaskDefinitionTooLargeError,
    runtime_environment,
)
from constructs_lib.helpers.task.sizing import SIDECAR_SIZE, ContainerSize, gateway_size, heap_mib

import attrs

GATEWAY_PORT = 8787
HEALTH_PATH = "/"
COLLECTOR_ADDRESS = "127.0.0.1:4318"
FARGATE_STOP_TIMEOUT_SECONDS = 120
"""The longest stop timeout Fargate takes (ECS developer guide, "stopTimeout")."""
COLLECTOR_RESTART_PERIOD_SECONDS = 60
NODE_USER = "1000:1000"
"""The user `node` of the images of Node, on which Portkey's is built; Portkey itself would run as root."""
COLLECTOR_USER = "4317:4317"
"""The user `aoc` of the ADOT collector's image (cmd/awscollector/Dockerfile)."""
INSTRUMENTATION_VOLUME, INSTRUMENTATION_PATH = "instrumentation", "/otel-auto-instrumentation-node"
"""Where AWS's documentation puts the instrumentation of a Node container on ECS."""
COLLECTOR_CONFIGURATION = Path(__file__).with_name("collector.yaml")
TEAM_DECLARATIONS = Path(__file__).with_name("collector_teams.yaml")
DECLARATIONS = "    metric_declarations:\n"
COMMENT = re.compile(r"(^|\s+)#.*$")
_HEALTHY = (
    f"require('http').get('http://127.0.0.1:{GATEWAY_PORT}{HEALTH_PATH}',r=>process.exit(r.statusCode===200?0:1))"
    ".on('error',()=>process.exit(1))"
)
"""A request without fetch, whose loading takes longer than the request."""


def literal(text: str) -> str:
    """Text in which Terraform evaluates nothing: its template marks doubled."""
    return text.replace("${", "$${").replace("%{", "%%{")


def collector_configuration(*, with_teams: bool) -> str:
    """The collector's configuration, with the metrics of teams where the gateway knows some."""
    text = COLLECTOR_CONFIGURATION.read_text(encoding="utf-8")
    if with_teams:
        before, found, after = text.partition(DECLARATIONS)
        text = f"{before}{found}{TEAM_DECLARATIONS.read_text(encoding='utf-8')}{after}"
    # Its comments stay here: the task definition has no room for them.
    lines = (COMMENT.sub("", line) for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line)


@attrs.frozen(kw_only=True)
class TaskContainers:
    """The containers of one environment's task, in the order ECS shows them: gateway, collector, then what helps."""

    where: Scope
    task_size: ContainerSize
    gateway_image: str
    collector_image: str
    instrumentation_image: str | None
    """None: the gateway runs as it comes, and sends no telemetry."""
    route: Route | None
    """None: callers bring their own keys."""
    runtime: RuntimeSettings
    gateway_log_group: str
    collector_log_group: str
    metrics_log_group: str
    teams: dict[str, str]
    """Variables with the teams, references to the pool and the table among them; empty: the gateway knows no teams."""
    rates_in_valkey: bool
    """Whether the rates of teams are in Valkey and not in the table."""
    gateway_secrets: dict[str, str]
    """Environment variable to the ARN of the secret that ECS puts into it, the providers' keys among them."""

    @property
    def volumes(self) -> tuple[str, ...]:
        """The volumes that the containers mount."""
        return (INSTRUMENTATION_VOLUME,) if self.instrumentation_image else ()

    def all(self) -> list[ContainerDefinition]:
        """Every container."""
        made = [self._gateway(), self._collector()]
        if self.instrumentation_image is not None:
            made.append(self._instrumentation(self.instrumentation_image))
        return made

    def check_size(self) -> None:
        """Raise TaskDefinitionTooLargeError where ECS would refuse the containers for their size."""
        size = len(container_definitions(*self.all()).encode())
        if size > MOST_TASK_DEFINITION_BYTES:
            routes = len(compressed(self.route)) if self.route is not None else 0
            raise TaskDefinitionTooLargeError(
                f"the task definition has {size} bytes, {routes} of them for routes (compressed); at most "
                f"{MOST_TASK_DEFINITION_BYTES} fit: use fewer models or shorter override_params in routes"
            )

    def _logs(self, group: str) -> dict[str, object]:
        return aws_logs(group=group, region=self.where.region, stream_prefix="ecs")

    @property
    def _bundle(self) -> Bundle:
        """The parts of the runtime that the task needs."""
        if not self.teams:
            return Bundle.BASE
        return Bundle.VALKEY if self.rates_in_valkey else Bundle.TEAMS

    def _gateway(self) -> ContainerDefinition:
        size = gateway_size(self.task_size)
        mounts: list[MountPoint] = []
        # The collector has to outlive it: at the end ECS stops in reverse order.
        depends_on = [DependsOn(container_name="otel-collector", condition="START")]
        command = [f"--max-old-space-size={heap_mib(size.memory_mib)}", f"--max-http-header-size={MOST_HEADER_BYTES}"]
        runtime = runtime_environment(self.runtime, self.route, self._bundle)
        environment = {
            "NODE_ENV": "production",
            # Unset or empty, Portkey trusts loopback, where the collector listens; a lone comma is an empty list.
            "TRUSTED_CUSTOM_HOSTS": ",".join(self.runtime.trusted_hosts) or ",",
            **{name: literal(value) for name, value in runtime.items()},
        }
        # Not literal: Terraform puts the ids of clients and pool in.
        environment |= self.teams
        if self.instrumentation_image is not None:
            environment |= self._telemetry()
            # Not in NODE_OPTIONS, which the health check would inherit.
            command += ["--require", f"{INSTRUMENTATION_PATH}/autoinstrumentation.js"]
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
            command=(
                *command,
                "--import",
                BOOTSTRAP,
                "build/start-server.js",
                f"--port={GATEWAY_PORT}",
                "--headless",
            ),
            environment=environment,
            secrets=self.gateway_secrets,
            port_mappings=(PortMapping(name="http", container_port=GATEWAY_PORT, app_protocol="http"),),
            mount_points=tuple(mounts),
            user=NODE_USER,
            depends_on=tuple(depends_on),
            health_check=HealthCheck(command=("CMD", "node", "-e", _HEALTHY)),
            logs=self._logs(self.gateway_log_group),
            stop_timeout=self.runtime.drain_seconds,
        )

    def _telemetry(self) -> dict[str, str]:
        """What OpenTelemetry for Node reads; its SDK is loaded before the gateway."""
        return {
            "OTEL_SERVICE_NAME": self.where.names.prefix,
            "OTEL_RESOURCE_ATTRIBUTES": f"deployment.environment={self.where.names.environment}",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{COLLECTOR_ADDRESS}",
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
            # The collector in the task accepts plain OTLP, not Application Signals.
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
            user=COLLECTOR_USER,
            environment={
                "AOT_CONFIG_CONTENT": literal(collector_configuration(with_teams=bool(self.teams))),
                "AWS_REGION": self.where.region,
                "DEPLOYMENT_ENVIRONMENT": self.where.names.environment,
                "LOGS_LOG_GROUP": self.gateway_log_group,
                "METRICS_LOG_GROUP": self.metrics_log_group,
                "METRICS_NAMESPACE": self.where.names.path,
            },
            health_check=HealthCheck(command=("CMD", "/healthcheck")),
            logs=self._logs(self.collector_log_group),
            stop_timeout=self.runtime.drain_seconds,
        )

    def _instrumentation(self, image: str) -> ContainerDefinition:
        """Copies OpenTelemetry for Node onto a volume and ends (AWS's documented way for ECS).

        As root, the image's user: a volume of Fargate is root's.
        """
        return ContainerDefinition(
            name="instrumentation",
            image=image,
            essential=False,
            command=("cp", "-a", "/autoinstrumentation/.", INSTRUMENTATION_PATH),
            mount_points=(MountPoint(source_volume=INSTRUMENTATION_VOLUME, container_path=INSTRUMENTATION_PATH),),
            logs=self._logs(self.gateway_log_group),
            stop_timeout=self.runtime.drain_seconds,
        )
