"""Checks of a task's containers before ECS gets them."""

from typing import Any

from constructs_lib.helpers.task import sizing
from constructs_lib.helpers.task.containers import ContainerDefinition, DependsOn, aws_logs, problems
from constructs_lib.helpers.task.sizing import SIDECARS, ContainerSize, gateway_size
from constructs_lib.task.containers import TaskContainers
from envs import EnvironmentsError
from tests.conftest import Synthesize
from tests.support.synthesized import settings

import attrs
import pytest

TASK = ContainerSize(cpu=512, memory_mib=1024)
IMAGE = "x/gateway:1.0.0"
GATEWAY = ContainerDefinition(
    name="gateway",
    image=IMAGE,
    essential=True,
    logs=aws_logs(group="/g", region="eu-west-1", stream_prefix="ecs"),
    size=gateway_size(TASK),
    stop_timeout=120,
)
COLLECTOR = attrs.evolve(GATEWAY, name="otel-collector", size=SIDECARS["otel-collector"], essential=False)
CLOCK = attrs.evolve(GATEWAY, name="clock", size=None, essential=False)


def found(*containers: ContainerDefinition) -> list[str]:
    """The problems of a task with the gateway, the collector and these containers."""
    return list(problems((GATEWAY, COLLECTOR, *containers), task=TASK, images=(IMAGE,), log_groups=("/g",)))


def test_a_container_without_a_size_is_sound() -> None:
    """A container without a size is valid: it reserves no part of the task."""
    assert found(CLOCK) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": "gateway"}, "container gateway: 2 containers have this name; rename all but one"),
        (
            {"depends_on": (DependsOn(container_name="colector", condition="START"),)},
            "container clock: depends_on='colector': no such container; the task has gateway, otel-collector, clock",
        ),
        ({"stop_timeout": 300}, "container clock: stop_timeout=300: Fargate accepts 2 to 120 seconds"),
        ({"stop_timeout": 1}, "container clock: stop_timeout=1: Fargate accepts 2 to 120 seconds"),
        (
            {"image": "x/clock:latest"},
            "container clock: image='x/clock:latest': has the tag latest, which can change at any time; pin a version, "
            "e.g. name:1.2.3, or a digest",
        ),
        (
            {"image": "x/clock:1.0.0"},
            "container clock: image='x/clock:1.0.0': the execution role and the VPC endpoints do not know it; add it "
            "to `images` in stacks/from_settings.py",
        ),
        (
            {"logs": aws_logs(group="/other", region="eu-west-1", stream_prefix="ecs")},
            "container clock: logs='/other': the execution role cannot write to it; use gateway_log_group or "
            "collector_log_group",
        ),
        (
            {"size": ContainerSize(cpu=64, memory_mib=128)},
            "the containers' sizes add up to 576 CPU units and 1152 MiB, but the task has 512 and 1024: take each size "
            "from SIDECARS in constructs_lib/helpers/task/sizing.py",
        ),
    ],
)
def test_what_ecs_would_refuse(change: dict[str, Any], problem: str) -> None:
    """The message has the container, the value, what is allowed and where to change it."""
    assert found(attrs.evolve(CLOCK, **change)) == [problem]


def test_the_gateway_gets_what_the_others_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each size in SIDECARS is subtracted, and a gateway with too little left is refused."""
    clock = ContainerSize(cpu=64, memory_mib=128)
    monkeypatch.setitem(sizing.SIDECARS, "clock", clock)
    larger = ContainerSize(cpu=1024, memory_mib=2048)
    gateway = attrs.evolve(GATEWAY, size=gateway_size(larger))
    assert gateway.size == ContainerSize(cpu=704, memory_mib=1664)
    containers = (gateway, COLLECTOR, attrs.evolve(CLOCK, size=clock))
    assert list(problems(containers, task=larger, images=(IMAGE,), log_groups=("/g",))) == []
    containers = (attrs.evolve(GATEWAY, size=gateway_size(TASK)), *containers[1:])
    assert list(problems(containers, task=TASK, images=(IMAGE,), log_groups=("/g",))) == [
        "the other containers leave the gateway 192 CPU units and 640 MiB; it needs 256 and 512: raise gateway_cpu or "
        "gateway_memory, or lower SIDECARS in constructs_lib/helpers/task/sizing.py"
    ]


def test_synthesis_checks_them(monkeypatch: pytest.MonkeyPatch, synthesize: Synthesize) -> None:
    """Synthesis reports each problem with the file that defines the containers."""
    made = TaskContainers.all
    monkeypatch.setattr(TaskContainers, "all", lambda task: [attrs.evolve(one, stop_timeout=1) for one in made(task)])
    with pytest.raises(EnvironmentsError) as caught:
        synthesize(settings(waf_rate_limit=4321))  # an environment that no other test synthesizes
    assert caught.value.lines == [
        f"constructs_lib/task/containers.py: container {name}: stop_timeout=1: Fargate accepts 2 to 120 seconds"
        for name in ("gateway", "otel-collector", "instrumentation")
    ]


def test_a_command_is_literal() -> None:
    """`${…}` is escaped in commands and entry points. Terraform evaluates it only in environment variables."""
    container = attrs.evolve(
        CLOCK, entry_point=("sh", "%{x}"), command=("echo ${HOME}",), environment={"ARN": "${aws_vpc.x.arn}"}
    ).document()
    assert (container["entryPoint"], container["command"]) == (["sh", "%%{x}"], ["echo $${HOME}"])
    assert container["environment"] == [{"name": "ARN", "value": "${aws_vpc.x.arn}"}]
