"""Fargate's sizes and how a task's CPU and memory are split between its two containers."""

import attrs

SIDECAR_CPU = 256
"""CPU units the ADOT sidecar always gets (the Terraform version of this gateway)."""
SIDECAR_MEMORY_MIB = 256
"""MiB the ADOT sidecar always gets (the Terraform version of this gateway)."""
GATEWAY_MINIMUM_CPU = 256
"""CPU units below which the gateway is not started: what the Terraform version's smallest task leaves it."""
GATEWAY_MINIMUM_MEMORY_MIB = 512
"""MiB below which the gateway is not started: five times what Portkey holds when idle."""
HEAP_PERCENT = 60
"""Node's heap limit as a share of the container's memory; buffers, code and threads are outside the heap."""
IDLE_MEMORY_MIB = 150
"""What Portkey with OpenTelemetry holds when idle."""
BODY_COPIES = 12
"""How often a request's body is in memory while it is answered: as it came, as text, parsed, as it goes out, and what
of these is not yet collected. Measured with prompts of 9 MB (tests/gateway/test_load.py)."""

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
"""CPU units to the MiB that Fargate takes with them (ECS developer guide, "Task size")."""


@attrs.frozen(kw_only=True)
class ContainerSize:
    """What one container of the task gets: CPU units (1024 are one vCPU) and MiB."""

    cpu: int
    memory_mib: int


SIDECAR_SIZE = ContainerSize(cpu=SIDECAR_CPU, memory_mib=SIDECAR_MEMORY_MIB)


def gateway_size(task: ContainerSize) -> ContainerSize:
    """What is left of a task for the Portkey container once the sidecar has its share."""
    return ContainerSize(cpu=task.cpu - SIDECAR_CPU, memory_mib=task.memory_mib - SIDECAR_MEMORY_MIB)


def heap_mib(memory_mib: int) -> int:
    """Node's heap limit (--max-old-space-size) in a container of that memory."""
    return memory_mib * HEAP_PERCENT // 100


def in_flight_mib(memory_mib: int) -> int:
    """MiB of request bodies that a container of that memory answers at the same time."""
    return (memory_mib - IDLE_MEMORY_MIB) // BODY_COPIES


def describe_memory(cpu: int) -> str:
    """The memory that Fargate takes with these CPU units, as a sentence has it.

    Raises KeyError for CPU units that Fargate does not know.
    """
    sizes = FARGATE_MEMORY_MIB[cpu]
    if len(sizes) <= 4:
        return f"{', '.join(map(str, sizes[:-1]))} or {sizes[-1]} MiB"
    return f"{sizes[0]} to {sizes[-1]} MiB in steps of {sizes[1] - sizes[0]}"
