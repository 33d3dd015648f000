"""The task sizes that Fargate accepts."""

from constructs_lib.helpers.task.sizing import FARGATE_MEMORY_MIB
from envs.schema.rules import InvalidSettingsError
from tests.support.synthesized import problems, settings

import pytest
from hypothesis import given
from hypothesis import strategies as st


def test_the_gateway_keeps_enough_of_both() -> None:
    """Fargate's smallest task leaves the gateway too little CPU and too little memory. Both are reported."""
    assert problems(gateway_cpu=256, gateway_memory=512) == [
        "gateway_cpu=256: leaves the gateway 0 CPU units, as the collector gets 256; it needs 256: set 512 or more",
        "gateway_memory=512: leaves the gateway 256 MiB, as the collector gets 256; it needs 512: set 1024 or more",
    ]


PAIRS = [(cpu, memory) for cpu, sizes in FARGATE_MEMORY_MIB.items() for memory in sizes]
SIZES = st.one_of(
    st.sampled_from(PAIRS),
    st.tuples(st.sampled_from([cpu for cpu, _ in PAIRS]), st.sampled_from([memory for _, memory in PAIRS])),
    st.tuples(st.sampled_from(PAIRS), st.integers(-1, 1)).map(lambda near: (near[0][0], near[0][1] + near[1])),
    st.tuples(st.integers(0, 20000), st.integers(0, 130000)),
)
"""Fargate's pairs, its sizes in other pairs, sizes one MiB off, and arbitrary sizes."""


@given(SIZES)
def test_only_fargates_pairs_are_taken(size: tuple[int, int]) -> None:
    """A task is accepted exactly if Fargate has the pair and the gateway keeps its minimum."""
    cpu, memory = size
    expected = memory in FARGATE_MEMORY_MIB.get(cpu, ()) and cpu >= 512 and memory >= 1024
    try:
        settings(gateway_cpu=cpu, gateway_memory=memory)
    except InvalidSettingsError:
        accepted = False
    else:
        accepted = True
    assert accepted == expected


@pytest.mark.parametrize(("cpu", "memory"), PAIRS)
def test_every_fargate_pair_with_room_is_accepted(cpu: int, memory: int) -> None:
    """All of Fargate's sizes from 512 CPU units up are accepted."""
    if cpu == 256:
        assert problems(gateway_cpu=cpu, gateway_memory=memory)[0].startswith("gateway_cpu=256: leaves the gateway 0")
    else:
        assert settings(gateway_cpu=cpu, gateway_memory=memory).gateway_memory == memory
