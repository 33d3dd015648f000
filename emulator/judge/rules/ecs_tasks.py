"""Task definitions: what Fargate takes, and references between the parts of a task."""

from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

API = "AmazonECS/latest/APIReference/API_"
GUIDE = "AmazonECS/latest/developerguide/"
GIB = 1024
FARGATE = {
    256: (512, 1 * GIB, 2 * GIB),
    512: range(1 * GIB, 4 * GIB + 1, GIB),
    1024: range(2 * GIB, 8 * GIB + 1, GIB),
    2048: range(4 * GIB, 16 * GIB + 1, GIB),
    4096: range(8 * GIB, 30 * GIB + 1, GIB),
    8192: range(16 * GIB, 60 * GIB + 1, 4 * GIB),
    16384: range(32 * GIB, 120 * GIB + 1, 8 * GIB),
}
"""CPU units to MiB ("Task CPU and memory", ECS developer guide); not the stack's table, which it is to check."""
HEALTH_CHECK_RANGES = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
FARGATE_LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")
NOT_ON_FARGATE = ("devices", "tmpfs", "sharedMemorySize", "maxSwap", "swappiness")


def _containers(call: Call) -> list[tuple[str, dict[str, Any]]]:
    definitions = call.params.get("containerDefinitions", [])
    return [(f"containerDefinitions[{number}]", one) for number, one in enumerate(definitions)]


def _on_fargate(call: Call) -> bool:
    return "FARGATE" in call.params.get("requiresCompatibilities", [])


def _number(text: object) -> int | None:
    return int(str(text)) if str(text).isdigit() else None


@rule("ecs", "RegisterTaskDefinition", source=f"{API}RegisterTaskDefinition.html")
def fargate_size(call: Call, _: Cloud) -> Iterator[Refusal]:
    """CPU and memory are a pair that Fargate has, and its network is awsvpc."""
    if not _on_fargate(call):
        return
    cpu, memory = _number(call.params.get("cpu")), _number(call.params.get("memory"))
    if cpu not in FARGATE:
        yield Refusal("ClientException", "cpu", call.params.get("cpu"), f"Fargate takes {', '.join(map(str, FARGATE))}")
    elif memory not in FARGATE[cpu]:
        said = f"no Fargate configuration exists for {cpu} CPU units and this memory"
        yield Refusal("ClientException", "memory", call.params.get("memory"), said)
    if call.params.get("networkMode") != "awsvpc":
        yield Refusal("ClientException", "networkMode", call.params.get("networkMode"), "Fargate supports awsvpc only")


@rule("ecs", "RegisterTaskDefinition", source=f"{API}ContainerDefinition.html")
def containers_share_the_task(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Names are unique, one container is essential, and their shares fit into the task."""
    containers = _containers(call)
    names = [one.get("name") for _, one in containers]
    if len(set(names)) < len(names):
        yield Refusal("ClientException", "containerDefinitions", names, "container names must be unique")
    if not any(one.get("essential", True) for _, one in containers):
        yield Refusal("ClientException", "containerDefinitions", names, "at least one container must be essential")
    for member in ("cpu", "memory"):
        whole = _number(call.params.get(member))
        total = sum(one.get(member) or 0 for _, one in containers)
        if whole and total > whole:
            said = f"the containers' {member} adds up to {total}, more than the task's {whole}"
            yield Refusal("ClientException", "containerDefinitions", total, said)
    for place, one in containers:
        if not call.params.get("memory") and not one.get("memory") and not one.get("memoryReservation"):
            yield Refusal("ClientException", f"{place}.memory", None, "a container or its task must have memory")
        if not one.get("image"):
            yield Refusal("ClientException", f"{place}.image", one.get("image"), "must not be empty")


@rule("ecs", "RegisterTaskDefinition", source=f"{API}ContainerDependency.html")
def dependencies(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A container depends on others of its task, not in a circle, and on health only where that is checked."""
    containers = {str(one.get("name")): one for _, one in _containers(call)}
    edges: dict[str, list[str]] = {}
    for place, one in _containers(call):
        for number, other in enumerate(one.get("dependsOn", [])):
            name, where = str(other.get("containerName")), f"{place}.dependsOn[{number}]"
            edges.setdefault(str(one.get("name")), []).append(name)
            if name not in containers:
                yield Refusal(
                    "ClientException", f"{where}.containerName", name, "no container of the task has this name"
                )
            elif other.get("condition") == "HEALTHY" and not containers[name].get("healthCheck"):
                yield Refusal("ClientException", f"{where}.condition", "HEALTHY", f"{name} has no health check")
            elif other.get("condition") in {"COMPLETE", "SUCCESS"} and containers[name].get("essential", True):
                yield Refusal("ClientException", f"{where}.condition", other["condition"], f"{name} is essential")
    for start, first in edges.items():
        seen, left = set[str](), list(first)
        while left:
            current = left.pop()
            if current == start:
                yield Refusal("ClientException", "containerDefinitions", start, "depends on itself in a circle")
                return
            if current not in seen:
                seen.add(current)
                left += edges.get(current, [])


@rule("ecs", "RegisterTaskDefinition", source=f"{API}HealthCheck.html")
def times_of_a_container(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Health checks, restarts and stops keep their ranges."""
    for place, one in _containers(call):
        check = one.get("healthCheck") or {}
        for member, (least, most) in HEALTH_CHECK_RANGES.items():
            value = check.get(member)
            if value is not None and not least <= value <= most:
                where = f"{place}.healthCheck.{member}"
                yield Refusal("ClientException", where, value, f"must be from {least} to {most}")
        if check and (check.get("command") or [""])[0] not in {"CMD", "CMD-SHELL", "NONE"}:
            yield Refusal(
                "ClientException", f"{place}.healthCheck.command", check.get("command"), "must begin with CMD"
            )
        stop = one.get("stopTimeout")
        if stop is not None and not 2 <= stop <= 120:
            yield Refusal("ClientException", f"{place}.stopTimeout", stop, "must be from 2 to 120 on Fargate")
        policy = one.get("restartPolicy") or {}
        period = policy.get("restartAttemptPeriod", 300)
        if not 60 <= period <= 1800:
            where = f"{place}.restartPolicy.restartAttemptPeriod"
            yield Refusal("ClientException", where, period, "must be from 60 to 1800")


@rule("ecs", "RegisterTaskDefinition", source=f"{GUIDE}fargate-security-considerations.html")
def what_fargate_lacks(call: Call, _: Cloud) -> Iterator[Refusal]:
    """No privileges, no devices, no capability but SYS_PTRACE, and the log drivers that Fargate has."""
    if not _on_fargate(call):
        return
    for place, one in _containers(call):
        linux = one.get("linuxParameters") or {}
        if one.get("privileged"):
            yield Refusal("ClientException", f"{place}.privileged", one["privileged"], "is not supported on Fargate")
        added = set((linux.get("capabilities") or {}).get("add", [])) - {"SYS_PTRACE"}
        if added:
            where = f"{place}.linuxParameters.capabilities.add"
            yield Refusal("ClientException", where, sorted(added), "Fargate lets containers add SYS_PTRACE only")
        for member in NOT_ON_FARGATE:
            if linux.get(member):
                where = f"{place}.linuxParameters.{member}"
                yield Refusal("ClientException", where, linux[member], "is not supported on Fargate")
        for port in one.get("portMappings", []):
            if port.get("hostPort") not in {None, 0, port.get("containerPort")}:
                where = f"{place}.portMappings.hostPort"
                yield Refusal("ClientException", where, port["hostPort"], "must be the container's port with awsvpc")


@rule("ecs", "RegisterTaskDefinition", source=f"{API}LogConfiguration.html")
def logs_of_a_container(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A driver of Fargate's; awslogs with group, region and prefix; and a role that writes for it."""
    for place, one in _containers(call):
        logs = one.get("logConfiguration") or {}
        driver, options = logs.get("logDriver"), logs.get("options") or {}
        if driver is None:
            continue
        if _on_fargate(call) and driver not in FARGATE_LOG_DRIVERS:
            where = f"{place}.logConfiguration.logDriver"
            yield Refusal("ClientException", where, driver, f"Fargate supports {', '.join(FARGATE_LOG_DRIVERS)}")
        for option in ("awslogs-group", "awslogs-region", "awslogs-stream-prefix") if driver == "awslogs" else ():
            if not options.get(option):
                where = f"{place}.logConfiguration.options"
                yield Refusal("ClientException", where, sorted(options), f"awslogs needs {option} on Fargate")
        if _on_fargate(call) and not call.params.get("executionRoleArn"):
            said = f"Fargate needs an execution role to support the log driver {driver}"
            yield Refusal("ClientException", "executionRoleArn", None, said)


@rule("ecs", "RegisterTaskDefinition", source=f"{API}RegisterTaskDefinition.html")
def references_of_a_task(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Roles exist, volumes are the task's, secrets have a role that reads them."""
    for member in ("taskRoleArn", "executionRoleArn"):
        arn = call.params.get(member)
        if arn and cloud.role(arn) is None:
            yield Refusal("ClientException", member, arn, "Role is not valid: there is no such role in this account")
    volumes = {one.get("name") for one in call.params.get("volumes", [])}
    for place, one in _containers(call):
        for number, mount in enumerate(one.get("mountPoints", [])):
            if mount.get("sourceVolume") not in volumes:
                where = f"{place}.mountPoints[{number}].sourceVolume"
                yield Refusal("ClientException", where, mount.get("sourceVolume"), "is no volume of the task")
        if one.get("secrets") and not call.params.get("executionRoleArn"):
            said = "a task with secrets needs an execution role"
            yield Refusal("ClientException", "executionRoleArn", None, said)
        names = [item.get("name") for item in (*one.get("environment", []), *one.get("secrets", []))]
        if len(set(names)) < len(names):
            repeated = sorted({str(name) for name in names if names.count(name) > 1})
            yield Refusal("ClientException", f"{place}.secrets", repeated, "is in environment and secrets, or twice")
