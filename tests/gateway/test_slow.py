"""Time: what a slow caller and a task that is asked to stop are given."""

import socket
import time
from urllib.parse import urlsplit

from tests.conftest import Synthesize
from tests.gateway.conftest import openai
from tests.gateway.routes import ROUTES
from tests.gateway.world import CALLERS_KEY, Task, World
from tests.synthesized import settings

import httpx
import pytest

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]


def announced(task: Task, length: int) -> socket.socket:
    """A request that announces a body and sends none of it."""
    connection = socket.create_connection((urlsplit(task.url).hostname, 8787), timeout=20)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n"
    connection.sendall(f"{head}x-portkey-provider: openai\r\nauthorization: Bearer {CALLERS_KEY}\r\n\r\n".encode())
    return connection


def test_what_is_only_announced_keeps_nobody_out(outside: World, synthesize: Synthesize) -> None:
    """Two hundred callers who announce 10 MB each and send nothing take no memory from the others."""
    with outside.task(synthesize(settings())) as task:
        connections = [announced(task, 10 * 2**20) for _ in range(200)]
        caller = openai(task, api_key=CALLERS_KEY, default_headers={"x-portkey-provider": "openai"})
        assert caller.chat.completions.create(model="any", messages=[]).choices[0].message.content == "Hello."
        for connection in connections:
            connection.close()


def test_pipelined_requests_of_a_caller_who_leaves(outside: World, synthesize: Synthesize) -> None:
    """What waited behind another answer gives its memory back, and has its line in the log."""
    with outside.task(synthesize(settings())) as task:
        for round_ in range(8):
            with socket.create_connection((urlsplit(task.url).hostname, 8787), timeout=20) as connection:
                connection.sendall(pipelined(b'{"model":"hang-20","messages":[]}', "first"))
                time.sleep(0.3)
                big = b'{"model":"hang-20","messages":["%s"]}' % (b"x" * 9 * 2**20)
                connection.sendall(pipelined(big, f"behind-{round_}"))
                time.sleep(0.5)
            assert task.line(trace=f"behind-{round_}")["outcome"] == "caller_left"
        caller = openai(task, api_key=CALLERS_KEY, default_headers={"x-portkey-provider": "openai"})
        answer = caller.chat.completions.create(model="any", messages=[{"role": "user", "content": "x" * 9 * 2**20}])
        assert answer.choices[0].message.content == "Hello."


def pipelined(body: bytes, trace: str) -> bytes:
    """One request of several on a connection."""
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-portkey-trace-id: {trace}\r\n"
    more = f"x-portkey-provider: openai\r\nauthorization: Bearer {CALLERS_KEY}\r\ncontent-length: {len(body)}\r\n\r\n"
    return (head + more).encode() + body


def test_a_task_ends_before_ecs_kills_it(outside: World, synthesize: Synthesize) -> None:
    """A stream that outlasts the stop timeout ends visibly broken, and the process flushes and exits by itself."""
    stack = synthesize(settings(routes=ROUTES, ingress_cidrs=("10.0.0.0/8",), max_stream_seconds=6))
    with outside.task(stack) as task:
        stream = openai(task).chat.completions.create(model="long-stream", messages=[], stream=True)
        next(iter(stream))
        began = time.monotonic()
        assert task.stop() < 6
        assert time.monotonic() - began > 2
        assert task.container.process is not None
        assert task.container.process.returncode == 0
        with pytest.raises(httpx.RemoteProtocolError):
            list(stream)
