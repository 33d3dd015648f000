"""A stream that the provider ends early is reported as incomplete, even if its content looks like an end."""

import http.client
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from constructs_lib.helpers.task.routes import Target
from local.stand_in import serving
from tests.conftest import Synthesize
from tests.gateway.asking import post
from tests.gateway.network import PRIVATE
from tests.gateway.world import Task, World
from tests.support.synthesized import settings
from tests.support.waiting import PATIENCE

import pytest

pytestmark = [pytest.mark.gateway, pytest.mark.own_network, pytest.mark.xdist_group("gateway")]


class _Events(BaseHTTPRequestHandler):
    """Sends the events or the body that the request's `user` field holds, and closes the answer."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        content = body["user"].encode()
        if body.get("stream"):
            content = "".join(f"data: {event}\n\n" for event in json.loads(body["user"])).encode()
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if body.get("stream") else "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def task(outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """A task with a route to a provider in the VPC that sends what the request's `user` field holds."""
    route = Target(provider="openai", custom_host="http://models.internal.example.com:8082/v1")
    with (
        serving((PRIVATE, 8082), _Events),
        outside.task(
            synthesize(settings(routes=route, ingress_cidrs=("10.0.0.0/8",), gateway_egress_ports=(443, 8082)))
        ) as made,
    ):
        yield made


def chunk(index: int, content: str, reason: str | None = None) -> str:
    """Return one event of a chat stream."""
    choice = {"index": index, "delta": {"content": content}, "finish_reason": reason}
    return json.dumps({"id": "c", "object": "chat.completion.chunk", "choices": [choice]})


@pytest.mark.parametrize(
    ("events", "more", "outcome"),
    [
        ([chunk(0, "whole"), "[DONE]"], {}, "complete"),
        ([chunk(0, "no [DONE]", "stop")], {}, "complete"),
        ([chunk(0, "[DONE]")], {}, "provider_ended_early"),
        ([chunk(0, '{"error": {')], {}, "provider_ended_early"),
        ([chunk(0, '"finish_reason": "stop"')], {}, "provider_ended_early"),
        ([chunk(0, "first", "stop"), chunk(1, "second")], {"n": 2}, "provider_ended_early"),
    ],
)
def test_the_end_of_a_stream(task: Task, events: list[str], more: dict[str, object], outcome: str) -> None:
    """Only the API's last event completes a stream. Otherwise the answer breaks off, and the log has the outcome."""
    trace = f"ends-{abs(hash(str(events)))}"
    connection = http.client.HTTPConnection(urlsplit(task.url).netloc, timeout=PATIENCE)
    body = json.dumps({"model": "m", "messages": [], "stream": True, "user": json.dumps(events), **more})
    headers = {"content-type": "application/json", "x-portkey-trace-id": trace}
    connection.request("POST", "/v1/chat/completions", body, headers)
    answer = connection.getresponse()
    if outcome == "complete":
        answer.read()
    else:
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
    connection.close()
    assert task.line(trace=trace)["outcome"] == outcome


def test_what_looks_like_a_frame_is_not_logged(task: Task) -> None:
    """Portkey logs part of a provider's answer that is not JSON; the gateway keeps that part out of its log."""
    for path in ("embeddings", "completions", "moderations"):
        body = {"model": "m", "input": "x", "prompt": "x", "user": "\n at A-PROMPT"}
        post(task, f"/v1/{path}", body)
    assert '"log":"gateway"' in task.container.output
    assert "A-PROMPT" not in task.container.output
