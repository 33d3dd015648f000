"""The containers of the gateway's task."""

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
    literal,
    problems,
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
from constructs_lib.helpers.task.sizing import SIDECARS, ContainerSize, gateway_size, heap_mib

import attrs

GATEWAY_PORT = 8787
HEALTH_PATH = "/"
COLLECTOR_ADDRESS = "127.0.0.1:4318"
COLLECTOR_RESTART_PERIOD_SECONDS = 60
NODE_USER = "1000:1000"
"""The user `node` of Node.js's images, on which Portkey's image is based; by default Portkey runs as root."""
COLLECTOR_USER = "4317:4317"
"""The user `aoc` of the ADOT collector's image (cmd/awscollector/Dockerfile)."""
INSTRUMENTATION_VOLUME, INSTRUMENTATION_PATH = "instrumentation", "/otel-auto-instrumentation-node"
"""The volume and path of AWS's documentation for instrumenting Node.js on ECS."""
COLLECTOR_CONFIGURATION = Path(__file__).with_name("collector.yaml")
TEAM_DECLARATIONS = Path(__file__).with_name("collector_teams.yaml")
DECLARATIONS = "    metric_declarations:\n"
COMMENT = re.compile(r"(^|\s+)#.*$")
_HEALTHY = (
    f"require('http').get('http://127.0.0.1:{GATEWAY_PORT}{HEALTH_PATH}',r=>process.exit(r.statusCode===200?0:1))"
    ".on('error',()=>process.exit(1))"
)
"""The health check's script. It uses `http`, because loading `fetch` takes longer than the request."""


def collector_configuration(*, with_teams: bool) -> str:
    """The collector's configuration without comments; `with_teams` adds the metrics of teams."""
    text = COLLECTOR_CONFIGURATION.read_text(encoding="utf-8")
    if with_teams:
        before, found, after = text.partition(DECLARATIONS)
        text = f"{before}{found}{TEAM_DECLARATIONS.read_text(encoding='utf-8')}{after}"
    # The task definition has a size limit, so comments are removed.
    lines = (COMMENT.sub("", line) for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line)


class UnsoundContainersError(Exception):
    """The containers do not form a task that ECS can start. `problems` has one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@attrs.frozen(kw_only=True)
class TaskContainers:
    """The containers of one environment's task: gateway, collector, and the instrumentation if enabled."""

    where: Scope
    task_size: ContainerSize
    gateway_image: str
    collector_image: str
    instrumentation_image: str | None
    """None: the gateway sends no telemetry."""
    route: Route | None
    """None: callers send their own keys."""
    runtime: RuntimeSettings
    gateway_log_group: str
    collector_log_group: str
    metrics_log_group: str
    teams: dict[str, str]
    """Environment variables for teams, with references to the user pool and the usage table; empty: no teams."""
    rates_in_valkey: bool
    """Whether requests and tokens per minute are counted in Valkey instead of the usage table."""
    gateway_secrets: dict[str, str]
    """Environment variable to the ARN of its secret, including the providers' keys."""

    @property
    def volumes(self) -> tuple[str, ...]:
        """The volumes that the containers mount."""
        return (INSTRUMENTATION_VOLUME,) if self.instrumentation_image else ()

    def all(self) -> list[ContainerDefinition]:
        """All containers, in the order of the task definition."""
        made = [self._gateway(), self._collector()]
        if self.instrumentation_image is not None:
            made.append(self._instrumentation(self.instrumentation_image))
        return made

    def check(self, images: tuple[str, ...]) -> None:
        """Raise UnsoundContainersError if ECS would refuse the containers or could not start them.

        Raises TaskDefinitionTooLargeError above MOST_TASK_DEFINITION_BYTES. `images` are the images that the roles and
        endpoints allow.
        """
        made = self.all()
        log_groups = (self.gateway_log_group, self.collector_log_group)
        if found := list(problems(made, task=self.task_size, images=images, log_groups=log_groups)):
            raise UnsoundContainersError(found)
        size = len(container_definitions(*made).encode())
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
        """The smallest bundle with all parts of the runtime that the task needs (ADR 45)."""
        if not self.teams:
            return Bundle.BASE
        return Bundle.VALKEY if self.rates_in_valkey else Bundle.TEAMS

    def _gateway(self) -> ContainerDefinition:
        size = gateway_size(self.task_size)
        mounts: list[MountPoint] = []
        # ECS stops containers in reverse order, so the collector outlives the gateway.
        depends_on = [DependsOn(container_name="otel-collector", condition="START")]
        command = [f"--max-old-space-size={heap_mib(size.memory_mib)}", f"--max-http-header-size={MOST_HEADER_BYTES}"]
        runtime = runtime_environment(self.runtime, self.route, self._bundle)
        environment = {
            "NODE_ENV": "production",
            # If unset or empty, Portkey trusts loopback, where the collector listens. A lone comma is an empty list.
            "TRUSTED_CUSTOM_HOSTS": ",".join(self.runtime.trusted_hosts) or ",",
            **{name: literal(value) for name, value in runtime.items()},
        }
        # Not escaped: it has references to the user pool and its clients.
        environment |= self.teams
        if self.instrumentation_image is not None:
            environment |= self._telemetry()
            # Not in NODE_OPTIONS, which the health check inherits.
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
            # The image's entry point, npm, does not forward SIGTERM.
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
        """Environment variables of OpenTelemetry for Node.js, whose SDK is loaded before the gateway."""
        return {
            "OTEL_SERVICE_NAME": self.where.names.prefix,
            "OTEL_RESOURCE_ATTRIBUTES": f"deployment.environment={self.where.names.environment}",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{COLLECTOR_ADDRESS}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_METRICS_EXPORTER": "otlp",
            # The collector's EMF exporter treats every histogram as new values.
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE": "delta",
            # The gateway logs to standard output.
            "OTEL_LOGS_EXPORTER": "none",
            # Stable semantic conventions, e.g. http.server.request.duration in seconds.
            "OTEL_SEMCONV_STABILITY_OPT_IN": "http",
            "OTEL_TRACES_SAMPLER": "parentbased_always_on",
            "OTEL_PROPAGATORS": "tracecontext,baggage,xray",
            "OTEL_NODE_ENABLED_INSTRUMENTATIONS": "http,undici,runtime-node",
            "OTEL_NODE_RESOURCE_DETECTORS": "env",
            # The collector accepts plain OTLP, not Application Signals.
            "OTEL_AWS_APPLICATION_SIGNALS_ENABLED": "false",
        }

    def _collector(self) -> ContainerDefinition:
        return ContainerDefinition(
            name="otel-collector",
            image=self.collector_image,
            size=SIDECARS["otel-collector"],
            # A failed collector must not stop the gateway: ECS restarts it alone.
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
        """Copies OpenTelemetry for Node.js to a volume and exits, as AWS documents it for ECS.

        It runs as root, the image's user, because root owns a Fargate volume.
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
