"""The task without routes, as in dev and prod: an anonymous caller uses its own key and no identity of the task."""

import http.client
import json
import socket
import time
from urllib.parse import urlsplit

from tests.gateway.asking import ask, seen
from tests.gateway.forbidden import HOOKS
from tests.gateway.world import CALLERS_KEY, QUERY_SECRET, Task, World
from tests.support.waiting import PATIENCE

import pytest

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]


def test_a_public_provider_is_reached(plain: Task, outside: World) -> None:
    """The provider receives the caller's key, and neither its cookies nor its forwarding headers."""
    answer = ask(plain, x_portkey_provider="openai", cookie="session=1", x_forwarded_for="1.2.3.4")
    assert (answer.status, answer.json()["choices"][0]["message"]["content"]) == (200, "Hello.")
    last = outside.public.asked[-1]
    assert (last.host, last.path, last.headers["authorization"]) == (
        "api.openai.com",
        "/v1/chat/completions",
        f"Bearer {CALLERS_KEY}",
    )
    assert {"cookie", "x-forwarded-for"}.isdisjoint(last.headers)


@pytest.mark.parametrize("field", HOOKS)
def test_callers_define_no_hooks(plain: Task, field: str) -> None:
    """Hooks are refused at every level of a configuration, without evaluating the caller's regular expression."""
    target = {"provider": "openai", "api_key": "k"}
    for config in (
        {**target, field: HOOKS[field]},
        {"strategy": {"mode": "fallback"}, "targets": [{**target, field: HOOKS[field]}]},
    ):
        began = time.monotonic()
        answer = ask(plain, x_portkey_config=json.dumps(config))
        assert (answer.status, answer.json()["error"]["code"]) == (400, "hooks_not_allowed")
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("name", ["aws__auth__type", "aws__authType", "_aws_auth_type"])
def test_names_are_read_in_every_spelling(plain: Task, outside: World, name: str) -> None:
    """Portkey removes underscores from configuration names twice, so it reads each of these as `awsAuthType`."""
    before = seen(outside)
    config = {"provider": "bedrock", "aws_region": "eu-west-1", "api_key": "k", name: "assumedRole"}
    answer = ask(plain, x_portkey_config=json.dumps(config))
    assert (answer.status, answer.json()["error"]["code"]) == (400, "role_not_allowed")
    assert seen(outside) == before


@pytest.mark.parametrize("host", ["http://[fe80::1%25lo]/v1", "//169.254.170.2", "https://a%00b/v1", "no url"])
def test_what_is_no_url_is_the_callers_fault(plain: Task, host: str) -> None:
    """A value that is not a URL gets 400, like a host that is not allowed, and not a gateway error."""
    config = {"provider": "openai", "api_key": "k", "customHost": host}
    answer = ask(plain, x_portkey_config=json.dumps(config))
    assert (answer.status, answer.json()["error"]["code"]) == (400, "host_not_allowed")


def test_callers_route_by_no_expression(plain: Task) -> None:
    """A condition with $regex is refused, because it would run a regular expression that the caller chooses."""
    condition = {"query": {"params.model": {"$regex": "(a+)+$"}}, "then": "a"}
    target = {"name": "a", "provider": "openai", "api_key": "k"}
    config = {"strategy": {"mode": "conditional", "conditions": [condition], "default": "a"}, "targets": [target]}
    answer = ask(plain, x_portkey_config=json.dumps(config))
    assert (answer.status, answer.json()["error"]["code"]) == (400, "hooks_not_allowed")


@pytest.mark.parametrize("header", ["x_portkey_default_input_guardrails", "x_portkey_default_output_guardrails"])
def test_callers_define_no_hooks_in_headers(plain: Task, header: str) -> None:
    """The headers that define hooks are refused."""
    answer = ask(plain, x_portkey_provider="openai", **{header: json.dumps(HOOKS["input_guardrails"])})
    assert (answer.status, answer.json()["error"]["code"]) == (400, "hooks_not_allowed")


@pytest.mark.own_network
@pytest.mark.parametrize("provider", ["bedrock", "sagemaker", "azure-openai", "azure-ai"])
def test_callers_use_no_identity_of_the_task(plain: Task, outside: World, provider: str) -> None:
    """A caller cannot use the task role or a managed identity, whose credentials Portkey alone would fetch."""
    before = seen(outside)
    for kind in ("assumedRole", "managed", "workload"):
        for name in ("aws_auth_type", "azure_auth_mode"):
            answer = ask(
                plain, x_portkey_provider=provider, **{f"x_portkey_{name}": kind, "x_portkey_aws_region": "eu-west-1"}
            )
            assert answer.status >= 400
            config = {
                "provider": provider,
                "api_key": "k",
                name: kind,
                "aws_region": "eu-west-1",
                "aws_role_arn": "arn:x",
            }
            assert ask(plain, x_portkey_config=json.dumps(config)).status >= 400
    assert seen(outside) == before


@pytest.mark.own_network
def test_no_marker_of_the_task_role(plain: Task, outside: World) -> None:
    """The key `task-role`, which marked the task role in earlier versions, is a normal key and is not signed."""
    before = seen(outside)
    for path in ("/v1/chat/completions", "/v1/files/attacker.example.com%3A443%23"):
        config = {"provider": "bedrock", "aws_auth_type": "apiKey", "api_key": "task-role", "aws_region": "eu-west-1"}
        answer = ask(plain, path, method="GET" if "files" in path else "POST", x_portkey_config=json.dumps(config))
        assert answer.status >= 400
    assert seen(outside) == before


TRACING = {
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "tracestate": "vendor=of-the-caller",
    "baggage": "team=of-the-caller",
    "b3": "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
    "x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678",
    "x-forwarded-for": "1.2.3.4",
    "x-forwarded-proto": "https",
    "x-forwarded-port": "443",
    "forwarded": "for=1.2.3.4",
}
"""Headers that a load balancer, a tracing system or a caller adds to a request."""


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/chat/completions"), ("GET", "/v1/files"), ("GET", "/v1/models")]
)
def test_nothing_of_tracing_leaves(plain: Task, outside: World, method: str, path: str) -> None:
    """The provider receives no tracing header, neither the caller's nor the task's, on any kind of path."""
    before = len(outside.public.asked)
    assert ask(plain, path, method=method, x_portkey_provider="openai", **TRACING).status == 200
    (seen_,) = outside.public.asked[before:]
    assert set(TRACING).isdisjoint(seen_.headers)
    assert "of-the-caller" not in str(seen_)


def test_a_key_that_the_provider_does_not_read(plain: Task, outside: World) -> None:
    """A key in a header that the provider does not use gets 401; Portkey alone would send `Bearer undefined`."""
    before = len(outside.public.asked)
    answer = ask(plain, x_portkey_provider="openai", authorization="", x_api_key=CALLERS_KEY)
    assert (answer.status, answer.json()["error"]["code"]) == (401, "no_provider_key")
    assert len(outside.public.asked) == before


def test_without_a_key_nothing_is_sent(plain: Task, outside: World) -> None:
    """A request without a key gets 401 and reaches no provider; Portkey alone would send `Bearer undefined`."""
    before = len(outside.public.asked)
    answer = ask(plain, x_portkey_provider="openai", authorization="")
    assert (answer.status, answer.json()["error"]["code"]) == (401, "no_provider_key")
    assert len(outside.public.asked) == before


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/public", 404),
        ("/log/stream", 404),
        ("/v1/chat%2fcompletions", 404),
        ("/v1/../public", 404),
        ("//v1/chat/completions", 404),
    ],
)
def test_other_paths_are_not_there(plain: Task, path: str, status: int) -> None:
    """Every path except the API's, in its exact spelling, gets 404."""
    connection = http.client.HTTPConnection(urlsplit(plain.url).netloc, timeout=PATIENCE)
    connection.request("GET", path, headers={"authorization": f"Bearer {CALLERS_KEY}"})
    assert connection.getresponse().status == status
    connection.close()


def test_the_key_of_google_is_no_part_of_a_url(plain: Task, outside: World) -> None:
    """Google's key is sent in a header; Portkey alone would put it into the query string."""
    assert ask(plain, x_portkey_provider="google").status == 200
    last = outside.public.asked[-1]
    assert (last.host, last.headers["x-goog-api-key"]) == ("generativelanguage.googleapis.com", CALLERS_KEY)
    assert CALLERS_KEY not in last.path


def test_the_access_log_cannot_be_forged(plain: Task) -> None:
    """The logged caller is the last address of X-Forwarded-For, which the load balancer appends; no query is logged."""
    ask(plain, f"/v1/chat/completions?key={QUERY_SECRET}", x_portkey_provider="openai", x_portkey_trace_id="forged",
        x_forwarded_for="6.6.6.6, 203.0.113.9")  # fmt: skip
    line = plain.line(trace="forged")
    assert (line["client_ip"], line["path"], line["provider"]) == ("203.0.113.9", "/v1/chat/completions", "openai")
    assert (line["status"], line["outcome"], line["attempts"], line["provider_request_id"]) == (
        200,
        "complete",
        1,
        "req-provider-1",
    )


def test_it_is_healthy(plain: Task) -> None:
    """The container's health check succeeds as written, and does not appear in the access log."""
    assert plain.container.healthy()
    assert [line for line in plain.log() if line["path"] == "/"] == []


def test_connections_outlive_the_load_balancers(plain: Task) -> None:
    """Idle connections stay open longer than the load balancer's 300 seconds, so it never writes to a closed one."""
    answer = ask(plain, x_portkey_provider="openai")
    assert answer.headers["keep-alive"] == "timeout=360"
    with socket.create_connection((urlsplit(plain.url).hostname, 8787)) as kept:
        for pause in (0, 7):
            time.sleep(pause)
            kept.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            assert kept.recv(4096).startswith(b"HTTP/1.1 200")
