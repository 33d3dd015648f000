"""How a task stops, and when its health check fails."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import Synthesize
from tests.gateway.conftest import openai
from tests.gateway.routes import ROUTES
from tests.gateway.world import Task, World
from tests.support.synthesized import Synthesized, settings
from tests.support.waiting import PATIENCE, until

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]


@pytest.fixture
def stack(synthesize: Synthesize) -> Synthesized:
    """A stack with routes and OpenTelemetry, and default settings otherwise."""
    return synthesize(settings(routes=ROUTES, ingress_cidrs=("10.0.0.0/8",)))


@contextmanager
def reading(task: Task, model: str) -> Iterator[list[str]]:
    """Start a stream and read it in a thread; the stream has ended when the block ends."""
    chunks: list[str] = []

    def read() -> None:
        with openai(task).chat.completions.create(model=model, messages=[], stream=True) as stream:
            chunks.extend(event.choices[0].delta.content or "" for event in stream)

    thread = threading.Thread(target=read)
    thread.start()
    until(lambda: chunks)
    yield chunks
    thread.join(PATIENCE)


def test_an_idle_task_ends_at_once(outside: World, stack: Synthesized) -> None:
    """With OpenTelemetry and an open idle connection the task exits within 20 s, with code 0."""
    with outside.task(stack) as task:
        pool = urllib3.PoolManager()
        assert pool.request("GET", f"{task.url}/").status == 200
        took = task.stop()
        pool.clear()
        assert task.container.process is not None
        assert (task.container.process.returncode, took < 20) == (0, True), took


def test_a_stream_finishes_after_sigterm(outside: World, stack: Synthesized) -> None:
    """After SIGTERM, e.g. in a deployment or a key rotation, the task finishes the streams that are running."""
    with outside.task(stack) as task, reading(task, "pausing-stream") as chunks:
        begun = len(chunks)
        task.stop()
    assert begun < 8
    assert "".join(chunks) == "0 1 2 3 4 5 6 7 "


def test_health_fails_when_the_gateway_is_dead(outside: World, stack: Synthesized) -> None:
    """The health check, run as written, succeeds while the gateway runs and fails once its process is gone."""
    with outside.task(stack) as task:
        assert task.container.healthy()
        task.container.kill()
        assert not task.container.healthy()


def test_a_missing_key_is_said(outside: World, stack: Synthesized) -> None:
    """A secret without a value stops the start; the error names the variable and the command that sets it."""
    empty = {item["name"]: "" for item in stack.containers()["gateway"]["secrets"]}
    with (
        pytest.raises(RuntimeError, match=r"ANTHROPIC_API_KEY, .*: no key; write it with make secrets"),
        outside.task(stack, empty),
    ):
        pass
