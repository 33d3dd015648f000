"""The containers of a task, from the JSON in its task definition."""

import json
from collections.abc import Iterator
from typing import Any

from resource_types.expressions import references
from resource_types.stack import Block, SynthesizedStack
from views.diagram.frames import TASK
from views.diagram.parts import Edge, Line, Node, Part, shown

Container = dict[str, Any]
ICON = "compute/elastic-container-service-container"


def containers(task: Block) -> dict[str, Container]:
    """The container definitions of a task definition, by name."""
    return {container["name"]: container for container in json.loads(task["container_definitions"])}


def container_id(task: Block, name: str) -> str:
    """The id of a container's node."""
    return f"{task.address}/{name}"


def entrances(stack: SynthesizedStack) -> list[str]:
    """The nodes of containers to which load balancers send requests."""
    return [
        f"{task}/{shown(balancer['container_name'])}"
        for service in stack.of_type("aws_ecs_service")
        for balancer in service.get("load_balancer", [])
        for task in service.refers_to("task_definition")
    ]


def _node(task: Block, container: Container) -> Node:
    size = [
        f"{container[name]} {unit}" for name, unit in (("cpu", "CPU units"), ("memory", "MiB")) if name in container
    ]
    ports = [f"port {mapping['containerPort']}" for mapping in container.get("portMappings", [])]
    texts = [str(container["image"]).rpartition("/")[2], ", ".join(size), *ports]
    lines = tuple(Line(shown(text), task.address) for text in texts if text)
    return Node(container_id(task, container["name"]), ICON, container["name"], lines, TASK)


def parts(stack: SynthesizedStack, shown_in: dict[str, str]) -> Iterator[Part]:
    """Nodes of containers, and edges for their start order, secrets and logs. `shown_in`: the node of each block."""
    for task in stack.of_type("aws_ecs_task_definition"):
        for name, container in containers(task).items():
            here = container_id(task, name)
            yield _node(task, container)
            for other in container.get("dependsOn", []):
                first = other["condition"] == "SUCCESS"
                there = container_id(task, other["containerName"])
                yield Edge(here, there, task.address, "runs first" if first else "", dashed=first)
            for address in references(container.get("logConfiguration")):
                if address in shown_in:
                    yield Edge(TASK, shown_in[address], task.address, dashed=True)
            for address in references(container.get("secrets")):
                if address in shown_in:
                    yield Edge(shown_in[address], here, address, dashed=True)
