"""How a task ends, and what its health checks say when it is not well."""

import threading
import time
from pathlib import Path

from tests.gateway.conftest import SECRETS, client_of
from tests.gateway.provider import Received
from tests.gateway.task import running, wait_for
from tests.synthesized import Synthesized

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]


def test_an_idle_task_ends_at_once(stack: Synthesized, received: Received, tmp_path: Path) -> None:
    """Instrumented, with a connection that a caller keeps open, both containers end within two seconds of SIGTERM."""
    del received
    with running(stack, tmp_path / "run", SECRETS) as task:
        pool = urllib3.PoolManager()
        assert pool.request("GET", f"{task.url}/").status == 200
        took = task.stop()
        codes = [container.process.returncode for container in task.containers.values() if container.process]
        pool.clear()
    assert (codes, took < 2) == ([0, 0], True), took


def test_an_idle_task_ends_without_a_collector(stack: Synthesized, tmp_path: Path) -> None:
    """Telemetry that cannot be delivered does not hold it up."""
    with running(stack, tmp_path / "run", SECRETS) as task:
        urllib3.request("GET", f"{task.url}/")
        assert task.containers["edge"].stop() + task.containers["gateway"].stop() < 2.5


def test_a_stream_finishes_after_sigterm(stack: Synthesized, tmp_path: Path) -> None:
    """An answer that is under way when the task is asked to stop arrives whole, and the task ends after it."""
    chunks: list[str] = []
    with running(stack, tmp_path / "run", SECRETS) as task:

        def read() -> None:
            with client_of(task).chat.completions.create(model="pausing-stream", messages=[], stream=True) as stream:
                chunks.extend(event.choices[0].delta.content or "" for event in stream)

        thread = threading.Thread(target=read)
        thread.start()
        time.sleep(1)
        took = task.stop()
        thread.join(10)
    assert "".join(chunks) == "0 1 2 3 4 5 6 7 "
    assert 1 < took < 10


def test_the_gateway_drains_by_itself(stack: Synthesized, tmp_path: Path) -> None:
    """Without its edge's help too: SIGTERM to the gateway alone lets a stream through it finish."""
    chunks: list[str] = []
    with running(stack, tmp_path / "run", SECRETS) as task:

        def read() -> None:
            with client_of(task).chat.completions.create(model="pausing-stream", messages=[], stream=True) as stream:
                chunks.extend(event.choices[0].delta.content or "" for event in stream)

        thread = threading.Thread(target=read)
        thread.start()
        time.sleep(1)
        took = task.containers["gateway"].stop()
        thread.join(10)
    assert "".join(chunks) == "0 1 2 3 4 5 6 7 "
    assert 1 < took < 10


def test_health_fails_when_the_gateway_is_dead(stack: Synthesized, tmp_path: Path) -> None:
    """Both commands, run as written, fail once the gateway is gone; the load balancer's check gets no 200."""
    with running(stack, tmp_path / "run", SECRETS) as task:
        gateway, edge = task.containers["gateway"], task.containers["edge"]
        assert (gateway.healthy(), edge.healthy()) == (True, True)
        assert gateway.process is not None
        gateway.process.kill()
        gateway.process.wait()
        assert (gateway.healthy(), edge.healthy()) == (False, False)
        assert urllib3.request("GET", f"{task.url}/healthz").status == 502
        gateway.start()
        wait_for(f"{task.url}/healthz")
        assert edge.healthy()
