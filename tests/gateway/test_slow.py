"""Time limits: how long slow callers can hold memory, and how long a task may take to stop."""

import socket
import time
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

from tests.conftest import Synthesize
from tests.gateway.conftest import openai
from tests.gateway.routes import ROUTES
from tests.gateway.world import CALLERS_KEY, Task, World
from tests.support.synthesized import settings
from tests.support.waiting import PATIENCE

import httpx
import pytest

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]


def announced(task: Task, length: int) -> socket.socket:
    """Send the headers of a request with a body of this length, and no body."""
    connection = socket.create_connection((urlsplit(task.url).hostname, 8787), timeout=PATIENCE)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n"
    connection.sendall(f"{head}x-portkey-provider: openai\r\nauthorization: Bearer {CALLERS_KEY}\r\n\r\n".encode())
    return connection


def test_what_is_only_announced_keeps_nobody_out(outside: World, synthesize: Synthesize) -> None:
    """Two hundred callers that announce 10 MB each and send nothing take no memory from other callers."""
    with outside.task(synthesize(settings())) as task:
        connections = [announced(task, 10 * 2**20) for _ in range(200)]
        caller = openai(task, api_key=CALLERS_KEY, default_headers={"x-portkey-provider": "openai"})
        assert caller.chat.completions.create(model="any", messages=[]).choices[0].message.content == "Hello."
        for connection in connections:
            connection.close()


def test_uploads_that_stand_still_keep_nobody_out(outside: World, synthesize: Synthesize) -> None:
    """If stalled uploads fill the memory, other callers are answered, and a stalled one gets 503 with a reason."""
    with outside.task(synthesize(settings())) as task, ExitStack() as opened:
        size = 9 * 2**20
        for _ in range(8):
            connection = opened.enter_context(announced(task, size))
            with suppress(OSError):
                connection.sendall(b"x" * (size - 100))
        for _ in range(900):
            opened.enter_context(announced(task, size))
        time.sleep(3)
        caller = openai(task, api_key=CALLERS_KEY, default_headers={"x-portkey-provider": "openai"})
        began = time.monotonic()
        for prompt in ("short", "x" * size):
            answer = caller.chat.completions.create(model="any", messages=[{"role": "user", "content": prompt}])
            assert answer.choices[0].message.content == "Hello."
        assert time.monotonic() - began < 18  # stalled uploads end by themselves after 20 s
        line = task.line(reason="overloaded", outcome="refused")
        assert (line["status"], line["path"]) == (503, "/v1/chat/completions")


def test_an_upload_that_stands_still_is_ended(outside: World, synthesize: Synthesize) -> None:
    """An upload that sends nothing for twenty seconds gets 408, even if its memory is not needed."""
    with outside.task(synthesize(settings())) as task, announced(task, 1000) as connection:
        connection.settimeout(30)
        began = time.monotonic()
        connection.sendall(b"{")
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"upload_stalled"' in answer
        assert 18 < time.monotonic() - began < 60  # the request's own limit is 120 s


def test_garbage_behind_a_request_is_not_answered_within_its_stream(outside: World, synthesize: Synthesize) -> None:
    """The gateway closes the connection and writes no second answer into the stream."""
    with outside.task(synthesize(settings())) as task, raw_connection(task) as connection:
        connection.sendall(pipelined(b'{"model":"stream-40-0.1","stream":true,"messages":[]}', "running"))
        got = b""
        while b"data: " not in got:
            got += connection.recv(65536)
        connection.sendall(b"\x00nonsense\r\n\r\n")
        with suppress(ConnectionError):
            while more := connection.recv(65536):
                got += more
        assert got.count(b"HTTP/1.1 ") == 1
        assert b"bad_request" not in got
        assert task.line(trace="running")["outcome"] == "caller_left"


def raw_connection(task: Task) -> socket.socket:
    """Connect to the task."""
    return socket.create_connection((urlsplit(task.url).hostname, 8787), timeout=PATIENCE)


def test_pipelined_requests_of_a_caller_who_leaves(outside: World, synthesize: Synthesize) -> None:
    """A pipelined request releases its memory when the caller disconnects, and has a line in the access log."""
    with outside.task(synthesize(settings())) as task:
        for round_ in range(8):
            with socket.create_connection((urlsplit(task.url).hostname, 8787), timeout=PATIENCE) as connection:
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
    """Return the bytes of one request, to send several on a connection."""
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-portkey-trace-id: {trace}\r\n"
    more = f"x-portkey-provider: openai\r\nauthorization: Bearer {CALLERS_KEY}\r\ncontent-length: {len(body)}\r\n\r\n"
    return (head + more).encode() + body


def test_a_task_ends_before_ecs_kills_it(outside: World, synthesize: Synthesize) -> None:
    """A stream that outlasts the stop timeout breaks, and the process exits with code 0 before ECS kills it."""
    stack = synthesize(settings(routes=ROUTES, ingress_cidrs=("10.0.0.0/8",), max_stream_seconds=6))
    with outside.task(stack) as task:
        stream = openai(task).chat.completions.create(model="long-stream", messages=[], stream=True)
        next(iter(stream))
        began = time.monotonic()
        task.stop()
        assert time.monotonic() - began > 2
        # It exited by itself: SIGKILL gives another exit code.
        assert task.container.process is not None
        assert task.container.process.returncode == 0
        with pytest.raises(httpx.RemoteProtocolError):
            list(stream)
