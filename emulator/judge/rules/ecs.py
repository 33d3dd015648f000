"""ECS: whether tasks could start. Other rules are in ecs.toml and ecs_tasks.toml."""

from collections.abc import Iterator

from emulator.expressions import task_of
from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

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
"""Memory in MiB by CPU units ("Task CPU and memory", ECS developer guide). A table of its own, to check the stack's."""


@rule("ecs", "RegisterTaskDefinition", source="AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html")
def fargate_size(call: Call, _: Cloud) -> Iterator[Refusal]:
    """CPU and memory are a combination that Fargate supports."""
    if "FARGATE" not in call.params.get("requiresCompatibilities", []):
        return
    cpu, memory = (int(text) if text.isdigit() else 0 for text in (str(call.params.get(m)) for m in ("cpu", "memory")))
    if cpu not in FARGATE:
        yield Refusal(
            "ClientException", "cpu", call.params.get("cpu"), f"must be one of {', '.join(map(str, FARGATE))}"
        )
    elif memory not in FARGATE[cpu]:
        said = f"Fargate has no configuration with {cpu} CPU units and this memory"
        yield Refusal("ClientException", "memory", call.params.get("memory"), said)


@rule("ecs", "RegisterTaskDefinition", source="AmazonECS/latest/APIReference/API_ContainerDependency.html")
def dependency_cycles(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Containers do not depend on each other in a cycle."""
    containers = call.params.get("containerDefinitions", [])
    edges = {one.get("name"): [other.get("containerName") for other in one.get("dependsOn", [])] for one in containers}
    for start, first in edges.items():
        seen, left = set[str](), list(first)
        while left:
            current = left.pop()
            if current == start:
                yield Refusal("ClientException", "containerDefinitions", start, "depends on itself in a cycle")
                return
            if current not in seen:
                seen.add(current)
                left += edges.get(current, [])


@rule("ecs", "CreateService", "UpdateService", source="AmazonECS/latest/developerguide/stopped-task-error-codes.html")
def the_task_could_start(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Log groups and secrets of the containers exist. AWS accepts the call otherwise, and each task then stops."""
    task = task_of(call, cloud)
    secrets = [one.arn for one in cloud.all_of("secretsmanager", "secrets")]
    for container in task.container_definitions if task is not None else ():
        options = (container.get("logConfiguration") or {}).get("options") or {}
        group = options.get("awslogs-group")
        is_here = options.get("awslogs-region", cloud.region) == cloud.region
        if group and is_here and options.get("awslogs-create-group") != "true" and cloud.log_group(group) is None:
            said = f"ResourceInitializationError: {container['name']} logs to a group that does not exist"
            yield Refusal("ClientException", "taskDefinition", group, said)
        for value in (str(secret.get("valueFrom")) for secret in container.get("secrets", [])):
            if ":secretsmanager:" in value and not value.startswith(tuple(secrets)):
                said = f"ResourceInitializationError: {container['name']} reads a secret that does not exist"
                yield Refusal("ClientException", "taskDefinition", value, said)
