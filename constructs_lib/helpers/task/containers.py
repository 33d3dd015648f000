"""Container definitions of an ECS task as typed values.

ECS silently drops unknown keys. Here each key is an attribute, so a wrong one is a TypeError.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Literal

from constructs_lib.helpers.task.images import image_problem
from constructs_lib.helpers.task.sizing import (
    GATEWAY_MINIMUM_CPU,
    GATEWAY_MINIMUM_MEMORY_MIB,
    ContainerSize,
    gateway_size,
)

import attrs

FARGATE_STOP_TIMEOUT_SECONDS = 120
"""The longest stop timeout that Fargate accepts; the shortest is 2 (CloudFormation, "ContainerDefinition")."""


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


def literal(text: str) -> str:
    """The string with Terraform's template markers escaped."""
    return text.replace("${", "$${").replace("%{", "%%{")


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
    """From `sizing.SIDECARS`. None: it shares the task's CPU and memory with the others, for a container that needs
    little or exits before the others start."""
    health_check: HealthCheck | None = None
    depends_on: tuple[DependsOn, ...] = ()
    stop_timeout: int
    """Seconds between SIGTERM and SIGKILL; 2 to 120 on Fargate."""
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    """Literal, like `entry_point`: Terraform evaluates no `${…}` in it. Pass a reference in `environment`."""
    environment: dict[str, str] = attrs.Factory(dict)
    """Terraform evaluates `${…}` in the values; use `literal` on others."""
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
            "entryPoint": [literal(word) for word in self.entry_point],
            "command": [literal(word) for word in self.command],
            "environment": [{"name": key, "value": value} for key, value in sorted(self.environment.items())],
            "secrets": [{"name": key, "valueFrom": arn} for key, arn in sorted(self.secrets.items())],
            "portMappings": [_camel_case(mapping) for mapping in self.port_mappings],
            "mountPoints": [_camel_case(mount) for mount in self.mount_points],
            "healthCheck": _camel_case(self.health_check) if self.health_check else None,
            "dependsOn": [_camel_case(other) for other in self.depends_on],
            "logConfiguration": self.logs,
            # AWS always returns both lists. If one were left out, every deployment would replace the task definition.
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


def problems(
    containers: Sequence[ContainerDefinition], *, task: ContainerSize, images: Sequence[str], log_groups: Sequence[str]
) -> Iterator[str]:
    """Why ECS would refuse a task of `containers` or could not start it, one line each.

    `images` are the images that the roles and endpoints allow, `log_groups` the groups that the roles may write to.
    """
    names = [container.name for container in containers]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"container {name}: {names.count(name)} containers have this name; rename all but one"
    for container in containers:
        found = [*_problems_of(container, names, images, log_groups)]
        yield from (f"container {container.name}: {problem}" for problem in found)
    sizes = [container.size for container in containers if container.size is not None]
    given = ContainerSize(cpu=sum(size.cpu for size in sizes), memory_mib=sum(size.memory_mib for size in sizes))
    if given != task:
        yield (
            f"the containers' sizes add up to {given.cpu} CPU units and {given.memory_mib} MiB, but the task has "
            f"{task.cpu} and {task.memory_mib}: take each size from SIDECARS in constructs_lib/helpers/task/sizing.py"
        )
    rest = gateway_size(task)
    if rest.cpu < GATEWAY_MINIMUM_CPU or rest.memory_mib < GATEWAY_MINIMUM_MEMORY_MIB:
        yield (
            f"the other containers leave the gateway {rest.cpu} CPU units and {rest.memory_mib} MiB; it needs "
            f"{GATEWAY_MINIMUM_CPU} and {GATEWAY_MINIMUM_MEMORY_MIB}: raise gateway_cpu or gateway_memory, or lower "
            "SIDECARS in constructs_lib/helpers/task/sizing.py"
        )


def _problems_of(
    container: ContainerDefinition, names: Sequence[str], images: Sequence[str], log_groups: Sequence[str]
) -> Iterator[str]:
    for other in container.depends_on:
        if other.container_name not in names:
            has = ", ".join(names)
            yield f"depends_on={other.container_name!r}: no such container; the task has {has}"
    if not 2 <= container.stop_timeout <= FARGATE_STOP_TIMEOUT_SECONDS:
        yield f"stop_timeout={container.stop_timeout}: Fargate accepts 2 to {FARGATE_STOP_TIMEOUT_SECONDS} seconds"
    if problem := image_problem(container.image):
        yield f"image={container.image!r}: {problem}"
    elif container.image not in images:
        yield (
            f"image={container.image!r}: the execution role and the VPC endpoints do not know it; add it to `images` "
            "in stacks/from_settings.py"
        )
    options = container.logs.get("options")
    group = options.get("awslogs-group") if isinstance(options, dict) else None
    if group is not None and group not in log_groups:
        yield f"logs={group!r}: the execution role cannot write to it; use gateway_log_group or collector_log_group"
