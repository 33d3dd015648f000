"""Errors in the format that SDKs read, with and without routes, and protocols that the gateway does not support."""

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tests.conftest import Synthesize
from tests.gateway.routes import ROUTES
from tests.gateway.world import CALLERS_KEY, PROMPT, Task, World
from tests.support.synthesized import settings
from tests.support.waiting import PATIENCE

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

OPENAI = {"x-portkey-provider": "openai", "authorization": f"Bearer {CALLERS_KEY}"}
ANTHROPIC = {"x-portkey-provider": "anthropic", "x-api-key": CALLERS_KEY, "anthropic-version": "2023-06-01"}


@pytest.fixture(scope="module", params=["plain", "routed"])
def task(request: pytest.FixtureRequest, outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """A task with routes and a task without, as synthesized."""
    routed = settings(routes=ROUTES, ingress_cidrs=("10.0.0.0/8",))
    with outside.task(synthesize(routed if request.param == "routed" else settings())) as made:
        yield made


def send(task: Task, path: str, body: bytes, **headers: str) -> tuple[int, dict[str, str], Any]:
    """Send a request and return the answer's status, headers and JSON document."""
    named = {"content-type": "application/json", **(ANTHROPIC if "messages" in path else OPENAI), **headers}
    answer = urllib3.request("POST", f"{task.url}{path}", body=body, headers=named, retries=False, timeout=PATIENCE)
    return answer.status, dict(answer.headers), answer.json()


@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/messages", "/v1/responses"]
)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"'])
def test_bad_json_is_the_callers_fault(task: Task, outside: World, path: str, body: bytes) -> None:
    """Invalid JSON gets 400 in the format of the path's SDK, with the request's id, and reaches no provider."""
    before = len(outside.public.asked)
    status, headers, document = send(task, path, body)
    assert (status, document["error"]["type"]) == (400, "invalid_request_error")
    assert document.get("type") == ("error" if path == "/v1/messages" else None)
    found = document["request_id"] if path == "/v1/messages" else document["error"]["request_id"]
    assert found == headers["x-gateway-request-id"]
    assert len(outside.public.asked) == before


@pytest.mark.parametrize("body", [b'{"model": "claude", "messages": 5}', b'{"model": "claude", "messages": [null]}'])
def test_what_no_provider_can_be_asked_is_the_callers_fault(task: Task, outside: World, body: bytes) -> None:
    """Messages that Portkey cannot convert get 400, so that no SDK retries and no alarm on 5xx answers fires."""
    before = len(outside.public.asked)
    status, _, document = send(task, "/v1/chat/completions", body, **{"x-portkey-provider": "anthropic"})
    assert (status, document["error"]["code"]) == (400, "bad_request")
    assert len(outside.public.asked) == before


def test_an_unknown_expectation_is_ignored(task: Task) -> None:
    """An unknown Expect header is ignored; Node would answer 417 without a body, which no SDK can read."""
    model = "claude" if "claude" in str(models(task)) else "m"
    body = json.dumps({"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": PROMPT}]}).encode()
    assert send(task, "/v1/messages", body, expect="nonsense")[0] == 200


def test_a_dead_provider_in_anthropics_shape(task: Task) -> None:
    """An unreachable provider gives an error in Anthropic's format, with type and message where its SDK reads them."""
    model = "claude-dead" if "claude-dead" in str(models(task)) else "dead"
    body = json.dumps({"model": model, "max_tokens": 9, "messages": []}).encode()
    status, _, document = send(task, "/v1/messages", body)
    assert (status, document["type"], document["error"]["code"]) == (502, "error", "provider_unreachable")
    assert {"type", "message"} <= set(document["error"])


def test_anthropics_answers_pass(task: Task) -> None:
    """A message and a stream of events pass unchanged in the format of Anthropic's API."""
    asked = {"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": PROMPT}]}
    status, _, document = send(task, "/v1/messages", json.dumps(asked).encode())
    assert (status, document["content"][0]["text"]) == (200, "Hello.")
    answer = urllib3.request(
        "POST", f"{task.url}/v1/messages", json={**asked, "stream": True}, headers=ANTHROPIC, timeout=PATIENCE
    )
    assert answer.data.rstrip().splitlines()[-2] == b"event: message_stop"


def test_a_broken_message_stream(task: Task) -> None:
    """A broken message stream ends with an error event and a closed connection."""
    model = "claude-broken" if "claude-broken" in str(models(task)) else "broken-3"
    connection = http.client.HTTPConnection(urlsplit(task.url).netloc, timeout=PATIENCE)
    body = json.dumps({"model": model, "max_tokens": 9, "messages": [], "stream": True})
    connection.request("POST", "/v1/messages", body, {"content-type": "application/json", **ANTHROPIC})
    with pytest.raises(http.client.IncompleteRead) as caught:
        connection.getresponse().read()
    assert b"event: error\ndata: {" in caught.value.partial
    connection.close()


def models(task: Task) -> object:
    """Return the models that the gateway lists; without routes, the provider's own."""
    return urllib3.request("GET", f"{task.url}/v1/models", headers=OPENAI, timeout=PATIENCE).json()


def raw(task: Task, request: bytes) -> bytes:
    """Send raw bytes and return the start of the answer."""
    with socket.create_connection((urlsplit(task.url).hostname, 8787), timeout=PATIENCE) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65536):
            answer += part
            if b"}" in part:
                break
    return answer


def test_headers_that_are_too_large(task: Task) -> None:
    """Headers of 70 KB, more than a load balancer accepts, get 431 as JSON."""
    answer = raw(task, b"GET /v1/models HTTP/1.1\r\nhost: x\r\nx-long: " + b"x" * 70_000 + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert json.loads(answer.split(b"\r\n\r\n")[1])["error"]["code"] == "headers_too_large"


def test_what_is_no_http(task: Task) -> None:
    """Bytes that are not HTTP get 400 as JSON."""
    answer = raw(task, b"nonsense\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert json.loads(answer.split(b"\r\n\r\n")[1])["error"]["code"] == "bad_request"


def test_an_upgrade_to_h2c_is_ignored(task: Task) -> None:
    """The gateway ignores an upgrade to h2c and answers with HTTP/1.1."""
    body = json.dumps({"model": "m", "messages": []}).encode()
    lines = {**OPENAI, "host": "x", "content-type": "application/json", "content-length": str(len(body)),
             "connection": "Upgrade, HTTP2-Settings", "upgrade": "h2c", "http2-settings": "AAMAAABkAAQAAP__"}  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    answer = raw(task, f"POST /v1/chat/completions HTTP/1.1\r\n{head}\r\n".encode() + body)
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("path", ["/v1/realtime", "/v1/chat/completions"])
def test_websockets_are_refused(task: Task, path: str) -> None:
    """A WebSocket upgrade gets 426 with a reason, instead of a connection that hangs."""
    lines = {**OPENAI, "host": "x", "connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
             "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    answer = raw(task, f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 426 ")
    assert b'"no_websockets"' in answer


def test_realtime_without_an_upgrade_is_refused(task: Task) -> None:
    """A realtime request without an upgrade gets 426; Portkey alone would never answer it."""
    head = "".join(f"{name}: {value}\r\n" for name, value in {**OPENAI, "host": "x"}.items())
    answer = raw(task, f"GET /v1/realtime?model=x HTTP/1.1\r\n{head}\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 426 ")


def test_a_long_configuration_of_a_caller(task: Task) -> None:
    """Headers over Node's default limit of 16 KB pass, since a load balancer accepts up to 64 KB."""
    config = json.dumps({"provider": "openai", "api_key": CALLERS_KEY, "override_params": {"user": "u" * 14_000}})
    status, _, _ = send(
        task, "/v1/chat/completions", json.dumps({"model": "m", "messages": []}).encode(),
        **{"x-portkey-config": config, "x-more": "x" * 14_000},
    )  # fmt: skip
    assert status == 200
