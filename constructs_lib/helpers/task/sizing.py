"""Fargate's task sizes, and how CPU and memory are split between the gateway and the other containers."""

import attrs

SIDECAR_CPU = 256
"""CPU units of the ADOT collector, as in the Terraform version of this gateway."""
SIDECAR_MEMORY_MIB = 256
"""MiB of the ADOT collector, as in the Terraform version of this gateway."""
GATEWAY_MINIMUM_CPU = 256
"""Fewest CPU units of the gateway: its share of the smallest task of the Terraform version."""
GATEWAY_MINIMUM_MEMORY_MIB = 512
"""Least memory of the gateway in MiB, more than three times IDLE_MEMORY_MIB."""
HEAP_PERCENT = 60
"""Node.js's heap limit in percent of the container's memory; buffers, code and threads are outside the heap."""
IDLE_MEMORY_MIB = 150
"""Memory of Portkey with OpenTelemetry when idle."""
BODY_COPIES = 12
"""Copies of a request body in memory during a request: received, as a string, parsed, sent, and garbage of these.
Measured with prompts of 9 MB (tests/gateway/test_load.py)."""

_GIB = 1024

FARGATE_MEMORY_MIB: dict[int, tuple[int, ...]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: tuple(range(1 * _GIB, 4 * _GIB + 1, _GIB)),
    1024: tuple(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: tuple(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: tuple(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: tuple(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: tuple(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
}
"""CPU units to the MiB that Fargate allows with them (ECS developer guide, "Task size")."""


@attrs.frozen(kw_only=True)
class ContainerSize:
    """CPU units (1024 are one vCPU) and MiB of a task or container."""

    cpu: int
    memory_mib: int


SIDECAR_SIZE = ContainerSize(cpu=SIDECAR_CPU, memory_mib=SIDECAR_MEMORY_MIB)
SIDECARS = {"otel-collector": SIDECAR_SIZE}
"""The containers other than the gateway that have a size. The gateway gets the rest of the task."""


def gateway_size(task: ContainerSize) -> ContainerSize:
    """The gateway's share of a task: what SIDECARS leave."""
    return ContainerSize(
        cpu=task.cpu - sum(size.cpu for size in SIDECARS.values()),
        memory_mib=task.memory_mib - sum(size.memory_mib for size in SIDECARS.values()),
    )


def heap_mib(memory_mib: int) -> int:
    """Node.js's heap limit in MiB (--max-old-space-size) for a container with `memory_mib`."""
    return memory_mib * HEAP_PERCENT // 100


def in_flight_mib(memory_mib: int) -> int:
    """MiB of request bodies that a container with `memory_mib` can hold at the same time."""
    return (memory_mib - IDLE_MEMORY_MIB) // BODY_COPIES


def describe_memory(cpu: int) -> str:
    """The memory that Fargate allows with `cpu` units, as text, e.g. `1024, 2048 or 3072 MiB`.

    Raises KeyError if Fargate has no such `cpu`.
    """
    sizes = FARGATE_MEMORY_MIB[cpu]
    if len(sizes) <= 4:
        return f"{', '.join(map(str, sizes[:-1]))} or {sizes[-1]} MiB"
    return f"{sizes[0]} to {sizes[-1]} MiB in steps of {sizes[1] - sizes[0]}"
