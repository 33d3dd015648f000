"""Streams and disconnects in both modes: whole or visibly broken, and no token is made that nobody reads."""

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
    """Both modes, as synthesized."""
    routed = settings(routes=ROUTES, ingress_cidrs=("10.0.0.0/8",))
    with outside.task(synthesize(routed if request.param == "routed" else settings())) as made:
        yield made


@pytest.fixture
def caller(task: Task) -> OpenAI:
    """OpenAI's client; without routes it names the provider."""
    return openai(task, api_key=CALLERS_KEY, default_headers={"x-portkey-provider": "openai"})


def behaving(model: str) -> str:
    """The behaviour: without routes the model's own name says it, with routes the name of the route does as well."""
    return BEHAVIOUR.get(model, model)


def test_a_stream_comes_chunk_by_chunk(caller: OpenAI, task: Task, outside: World) -> None:
    """The provider makes each chunk only once the one before has arrived; the log has provider, attempts, times and its end."""
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
    """The caller sees an error event, and the connection ends without the stream's end; the log says so."""
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
    """Ask, read so many bytes of the answer, and hang up."""
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
    """Of 400 chunks a handful is made after the caller has left: half a second of the provider's own pace at most."""
    left = outside.public.left
    left_after(task, "endless", read=2000, stream=True)
    gone, made = time.monotonic(), outside.public.chunks
    while outside.public.left == left:
        assert time.monotonic() - gone < 20
        time.sleep(0.005)
    assert outside.public.chunks - made <= 25
    assert task.line(outcome="caller_left")["stream"]


def test_a_caller_who_leaves_before_the_first_byte_stops_the_provider(task: Task) -> None:
    """The log has the end of the request at once, not after the provider's twenty seconds."""
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
    """An error in OpenAI's shape, with the request id of answer, error and log, and no address of ours."""
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
