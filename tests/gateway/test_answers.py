"""Provider answers that exceed the gateway's memory end in a 502 or a broken stream, and no task stops."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from constructs_lib.helpers.task.routes import Target
from local.stand_in import serving
from tests.conftest import Synthesize
from tests.gateway.asking import post
from tests.gateway.memory import MEBIBYTE, most_memory
from tests.gateway.network import PRIVATE
from tests.gateway.world import Task, World
from tests.support.synthesized import settings

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.own_network, pytest.mark.xdist_group("gateway")]

HOST = "http://models.internal.example.com:8081/v1"
AT_ONCE = 6


class _Large(BaseHTTPRequestHandler):
    """Answers as large as the model's name specifies, in MiB, e.g. `json-300`, `error-150`, `event-100`, `wide-30`."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        kind, size = json.loads(body)["model"].split("-")
        streams = kind in {"event", "lines"}
        fill = {"objects": b"{}," * (MEBIBYTE // 3), "lines": b"data: x\n" * (MEBIBYTE // 8)}.get(kind, b"a" * MEBIBYTE)
        self.send_response(400 if kind == "error" else 200)
        self.send_header("content-type", "text/event-stream" if streams else "application/json")
        self.send_header("transfer-encoding", "chunked")
        if not streams:
            self.send_header("content-encoding", "gzip")
        self.end_headers()
        try:
            end = '漢"]}' if kind == "wide" else '"]}'
            for part in (b'{"id":["', *[fill] * int(size), end.encode()):
                sent = part if streams else gzip.compress(part)
                self.wfile.write(b"%x\r\n%s\r\n" % (len(sent), sent))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def task(outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """A task with a route to a provider in the VPC whose answers are too large."""
    route = Target(provider="openai", custom_host=HOST)
    with (
        serving((PRIVATE, 8081), _Large),
        outside.task(
            synthesize(settings(routes=route, ingress_cidrs=("10.0.0.0/8",), gateway_egress_ports=(443, 8081)))
        ) as made,
    ):
        yield made


@contextmanager
def watched(task: Task, found: list[float]) -> Iterator[None]:
    """Yield the task's largest resident size in MiB during the block."""
    assert task.container.process is not None
    ended = threading.Event()
    watching = threading.Thread(target=most_memory, args=(task.container.process.pid, ended, found))
    watching.start()
    yield
    ended.set()
    watching.join()


@pytest.mark.parametrize("model", ["json-300", "error-150", "objects-30"])
def test_a_large_answer(task: Task, model: str) -> None:
    """The caller gets 502, or 503 if several large answers at once fill the memory; the task keeps running."""
    memory: list[float] = []
    answers: list[tuple[int, str]] = []

    def one() -> None:
        answer = post(task, "/v1/chat/completions", {"model": model, "messages": []})
        answers.append((answer.status, answer.json()["error"]["code"]))

    with watched(task, memory):
        threads = [threading.Thread(target=one) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(answers) == AT_ONCE
    assert set(answers) <= {(502, "provider_bad_answer"), (503, "overloaded")}
    assert (502, "provider_bad_answer") in answers
    assert task.container.healthy()
    assert memory[0] < 768, memory


def test_answers_beyond_latin_1(task: Task) -> None:
    """A non-Latin-1 character doubles an answer's memory; answers that fit in memory pass, and the others get 503."""
    memory: list[float] = []
    statuses: list[int] = []

    def one() -> None:
        statuses.append(post(task, "/v1/chat/completions", {"model": "wide-30", "messages": []}).status)

    with watched(task, memory):
        threads = [threading.Thread(target=one) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert (len(statuses), set(statuses)) == (AT_ONCE, {200, 503})
    assert task.container.healthy()
    assert memory[0] < 768, memory


@pytest.mark.parametrize("model", ["event-100", "lines-100"])
def test_an_event_without_end(task: Task, model: str) -> None:
    """The stream breaks with an error; Portkey alone would buffer the event until it runs out of memory."""
    memory: list[float] = []
    asked = {"model": model, "messages": [], "stream": True}
    with watched(task, memory), pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
        post(task, "/v1/chat/completions", asked, **{"x-portkey-trace-id": model})
    assert task.line(trace=model)["outcome"] in {"provider_broke", "error"}
    assert memory[0] < 768, memory
