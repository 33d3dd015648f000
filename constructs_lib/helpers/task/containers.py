"""Container definitions of an ECS task as typed values.

ECS silently drops unknown keys. Here each key is an attribute, so a wrong one is a TypeError.
"""

import json
from typing import Literal

from constructs_lib.helpers.task.sizing import ContainerSize

import attrs


@attrs.frozen(kw_only=True)
class PortMapping:
    """A port the container listens on; with `awsvpc` the host port is the same."""

    name: str
    container_port: int
    protocol: Literal["tcp", "udp"] = "tcp"
    app_protocol: Literal["http", "http2", "grpc"] | None = None


@attrs.frozen(kw_only=True)
class HealthCheck:
    """Docker's health check. Times are in seconds; ECS accepts intervals of 5 to 300."""

    command: tuple[str, ...]
    interval: int = 15
    timeout: int = 5
    retries: int = 3
    start_period: int = 30


@attrs.frozen(kw_only=True)
class MountPoint:
    """A volume of the task, mounted in the container."""

    source_volume: str
    container_path: str
    read_only: bool = False


@attrs.frozen(kw_only=True)
class DependsOn:
    """A container that must reach `condition` before this one starts. ECS stops them in reverse order."""

    container_name: str
    condition: Literal["START", "HEALTHY", "COMPLETE", "SUCCESS"]


def aws_logs(*, group: str, region: str, stream_prefix: str) -> dict[str, object]:
    """Log configuration: output to CloudWatch Logs with the `awslogs` driver, non-blocking."""
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": group,
            "awslogs-region": region,
            "awslogs-stream-prefix": stream_prefix,
            "max-buffer-size": "4m",
            "mode": "non-blocking",
        },
    }


@attrs.frozen(kw_only=True)
class ContainerDefinition:
    """One container of a task, without Linux capabilities, with an init process and a read-only root file system."""

    name: str
    image: str
    essential: bool
    logs: dict[str, object]
    """Log configuration, e.g. `aws_logs(…)`."""
    size: ContainerSize | None = None
    """None: no CPU and memory of its own, for a container that exits before the others start."""
    health_check: HealthCheck | None = None
    depends_on: tuple[DependsOn, ...] = ()
    stop_timeout: int
    """Seconds between SIGTERM and SIGKILL; Fargate takes at most 120."""
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    environment: dict[str, str] = attrs.Factory(dict)
    secrets: dict[str, str] = attrs.Factory(dict)
    """Environment variable to the ARN of the secret with its value."""
    port_mappings: tuple[PortMapping, ...] = ()
    mount_points: tuple[MountPoint, ...] = ()
    user: str | None = None
    restart_attempt_period: int | None = None
    """Seconds the container must have run before ECS restarts it alone, 60 to 1800; None: never."""

    def document(self) -> dict[str, object]:
        """The container as the dict that the task definition's JSON contains."""
        document: dict[str, object] = {
            "name": self.name,
            "image": self.image,
            "cpu": self.size.cpu if self.size else None,
            "memory": self.size.memory_mib if self.size else None,
            "essential": self.essential,
            "entryPoint": list(self.entry_point),
            "command": list(self.command),
            "environment": [{"name": key, "value": value} for key, value in sorted(self.environment.items())],
            "secrets": [{"name": key, "valueFrom": arn} for key, arn in sorted(self.secrets.items())],
            "portMappings": [_camel_case(mapping) for mapping in self.port_mappings],
            "mountPoints": [_camel_case(mount) for mount in self.mount_points],
            "healthCheck": _camel_case(self.health_check) if self.health_check else None,
            "dependsOn": [_camel_case(other) for other in self.depends_on],
            "logConfiguration": self.logs,
            # AWS answers with both lists; one that is left out would replace the task definition at every deployment.
            "linuxParameters": {
                "initProcessEnabled": True,
                "capabilities": {"add": [], "drop": ["ALL"]},
            },
            "readonlyRootFilesystem": True,
            "stopTimeout": self.stop_timeout,
            "user": self.user,
        }
        if self.restart_attempt_period is not None:
            document["restartPolicy"] = {
                "enabled": True,
                "ignoredExitCodes": [],
                "restartAttemptPeriod": self.restart_attempt_period,
            }
        return {key: value for key, value in document.items() if value not in (None, [])}


def _camel_case(value: attrs.AttrsInstance) -> dict[str, object]:
    """An attrs instance as a dict with camelCase keys, without attributes that are None."""

    def spelt(name: str) -> str:
        head, *tail = name.split("_")
        return head + "".join(word.capitalize() for word in tail)

    return {
        spelt(name): list(item) if isinstance(item, tuple) else item
        for name, item in attrs.asdict(value, recurse=False).items()
        if item is not None
    }


def container_definitions(*containers: ContainerDefinition) -> str:
    """The JSON for `aws_ecs_task_definition`. Equal containers give equal bytes."""
    return json.dumps([container.document() for container in containers])
