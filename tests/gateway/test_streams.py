"""Streams and disconnects, with and without routes: a broken stream is an error, and no tokens are wasted."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tests.conftest import Synthesize
from tests.gateway.conftest import openai
from tests.gateway.routes import ROUTES
from tests.gateway.world import CALLERS_KEY, PROMPT, Task, World
from tests.support.synthesized import settings
from tests.support.waiting import PATIENCE

import pytest
import urllib3
from openai import APIError, OpenAI

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

MESSAGES: Any = [{"role": "user", "content": PROMPT}]
BEHAVIOUR = {"stream": "steps-9", "endless": "stream-400-0.02", "hang": "hang-20", "long": "stream-3-1"}
PLAIN_HEADERS = {"x-portkey-provider": "openai", "authorization": f"Bearer {CALLERS_KEY}"}
ENDED = ("caller_left", "complete")


@pytest.fixture(scope="module", params=["plain", "routed"])
def task(request: pytest.FixtureRequest, outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """A task with routes and a task without, as synthesized."""
    routed = settings(routes=ROUTES, ingress_cidrs=("10.0.0.0/8",))
    with outside.task(synthesize(routed if request.param == "routed" else settings())) as made:
        yield made


@pytest.fixture
def caller(task: Task) -> OpenAI:
    """OpenAI's client; without routes, a header names the provider."""
    return openai(task, api_key=CALLERS_KEY, default_headers={"x-portkey-provider": "openai"})


def behaving(model: str) -> str:
    """Return the name of the model that makes the provider behave this way, with or without routes."""
    return BEHAVIOUR.get(model, model)


def test_a_stream_comes_chunk_by_chunk(caller: OpenAI, task: Task, outside: World) -> None:
    """The provider sends each chunk only after the previous one arrived; the log has provider, attempts and times."""
    arrived = []
    outside.public.steps.release()
    with caller.chat.completions.create(
        model=behaving("stream"), messages=MESSAGES, stream=True, extra_headers={"x-portkey-trace-id": "whole"}
    ) as stream:
        for event in stream:
            if event.choices[0].delta.content:
                arrived.append(event.choices[0].delta.content)
                if len(arrived) < 9:
                    outside.public.steps.release()
    assert "".join(arrived) == "0 1 2 3 4 5 6 7 8 "
    line = task.line(trace="whole")
    assert (line["provider"], line["attempts"], line["stream"], line["outcome"]) == ("openai", 1, True, "complete")
    assert 0 < line["first_byte"] <= line["duration"]


@pytest.mark.parametrize(("model", "outcome"), [("broken-3", "provider_broke"), ("early-3", "provider_ended_early")])
def test_a_broken_stream_is_no_whole_one(caller: OpenAI, task: Task, model: str, outcome: str) -> None:
    """The caller gets an error event and no [DONE], and the access log has the outcome."""
    chunks: list[str | None] = []
    with (
        pytest.raises(APIError, match="broke off the stream"),
        caller.chat.completions.create(
            model=model, messages=MESSAGES, stream=True, extra_headers={"x-portkey-trace-id": model}
        ) as stream,
    ):
        chunks.extend(event.choices[0].delta.content for event in stream)
    assert chunks
    assert chunks == ["0 ", "1 ", "2 "][: len(chunks)]
    assert task.line(trace=model)["outcome"] == outcome
    connection = http.client.HTTPConnection(urlsplit(task.url).netloc, timeout=PATIENCE)
    body = json.dumps({"model": model, "messages": [], "stream": True})
    connection.request("POST", "/v1/chat/completions", body, {"content-type": "application/json", **PLAIN_HEADERS})
    with pytest.raises(http.client.IncompleteRead):
        connection.getresponse().read()
    connection.close()


def left_after(task: Task, model: str, *, read: int, stream: bool) -> None:
    """Send a request, read at least `read` bytes of the answer, and disconnect."""
    body = json.dumps({"model": behaving(model), "messages": [], "stream": stream}).encode()
    lines = {"host": "gateway", "content-type": "application/json", "content-length": str(len(body)), **PLAIN_HEADERS}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection((urlsplit(task.url).hostname, 8787), timeout=PATIENCE) as caller:
        caller.sendall(f"POST /v1/chat/completions HTTP/1.1\r\n{head}\r\n".encode() + body)
        got = b""
        while len(got) < read:
            got += caller.recv(4096)
        time.sleep(0.3)


def test_a_caller_who_leaves_stops_the_provider(task: Task, outside: World) -> None:
    """After the caller disconnects, the provider sends at most 25 more of its 400 chunks."""
    left = outside.public.left
    left_after(task, "endless", read=2000, stream=True)
    gone, made = time.monotonic(), outside.public.chunks
    while outside.public.left == left:
        assert time.monotonic() - gone < 20
        time.sleep(0.005)
    assert outside.public.chunks - made <= 25
    assert task.line(outcome="caller_left")["stream"]


def test_a_caller_who_leaves_before_the_first_byte_stops_the_provider(task: Task) -> None:
    """The access log shows the end of the request when the caller disconnects, not when the provider would answer."""
    left_after(task, "hang", read=0, stream=False)
    line = task.line(outcome="caller_left", stream=False)
    assert line["duration"] < 10


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("dead", 502, "provider_unreachable"),
        ("html", 502, "provider_bad_answer"),
        ("redirect", 502, "provider_redirect"),
    ],
)
def test_a_misbehaving_provider(task: Task, model: str, status: int, code: str) -> None:
    """The error is in OpenAI's format with the request id of the access log, and contains no internal address."""
    answer = urllib3.request(
        "POST",
        f"{task.url}/v1/chat/completions",
        json={"model": model, "messages": []},
        headers=PLAIN_HEADERS,
        retries=False,
        timeout=PATIENCE,
    )
    error = answer.json()["error"]
    assert (answer.status, error["code"], set(error) >= {"message", "type", "code"}) == (status, code, True)
    assert error["request_id"] == answer.headers["x-gateway-request-id"]
    assert task.line(request_id=error["request_id"])["outcome"] == "error"
    assert not any(part in answer.data.decode() for part in ("10.0.", "93.184.", "127.0.0.1", "undici", "cause"))
