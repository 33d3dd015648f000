"""The task without routes, as dev and prod have it: an anonymous caller reaches model providers with its own key only."""

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from tests.conftest import Synthesize
from tests.gateway.network import PRIVATE, PUBLIC
from tests.gateway.world import CALLERS_KEY, PROMPT, QUERY_SECRET, Task, World
from tests.synthesized import settings

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

LOOPBACK = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "0.0.0.0",  # noqa: S104 (a spelling of loopback)
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ⓛocalhost",
)
INSIDE = (
    "169.254.170.2",
    "169.254.169.254",
    "0xa9feaa02",
    "2852039166",
    "[::ffff:169.254.170.2]",
    "[fd00:ec2::254]",
    PRIVATE,
    "models.internal.example.com",
    "internal-lb-1.eu-west-1.elb.amazonaws.com",
    "bedrock-runtime.eu-west-1.amazonaws.com",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "198.51.100.1",
    "198.18.0.1",
    "224.0.0.1",
)


@pytest.fixture(scope="module")
def plain(outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """Without routes, as synthesized from the defaults."""
    with outside.task(synthesize(settings())) as task:
        yield task


def ask(
    task: Task, path: str = "/v1/chat/completions", *, method: str = "POST", **headers: str
) -> urllib3.BaseHTTPResponse:
    """A completion with a caller's own headers; an underscore stands for a hyphen."""
    named = {name.replace("_", "-"): value.encode().decode("latin-1") for name, value in headers.items()}
    return urllib3.request(
        method,
        f"{task.url}{path}",
        headers={"content-type": "application/json", "authorization": f"Bearer {CALLERS_KEY}", **named},
        body=json.dumps({"model": "m", "messages": [{"role": "user", "content": PROMPT}]})
        if method == "POST"
        else None,
        timeout=20,
        retries=False,
    )


def seen(outside: World) -> int:
    """How many requests reached an address inside."""
    return len(outside.private.asked) + len(outside.credentials)


def test_a_public_provider_is_reached(plain: Task, outside: World) -> None:
    """With the caller's key and nothing else of the caller's."""
    answer = ask(plain, x_portkey_provider="openai", cookie="session=1", x_forwarded_for="1.2.3.4")
    assert (answer.status, answer.json()["choices"][0]["message"]["content"]) == (200, "Hello.")
    last = outside.public.asked[-1]
    assert (last.host, last.path, last.headers["authorization"]) == (
        "api.openai.com",
        "/v1/chat/completions",
        f"Bearer {CALLERS_KEY}",
    )
    assert {"cookie", "x-forwarded-for"}.isdisjoint(last.headers)


WAYS: dict[str, Callable[[str], dict[str, str]]] = {
    "custom host": lambda url: {"x_portkey_provider": "openai", "x_portkey_custom_host": url},
    "hugging face": lambda url: {"x_portkey_provider": "huggingface", "x_portkey_huggingface_base_url": url},
    "azure": lambda url: {"x_portkey_provider": "azure-ai", "x_portkey_azure_foundry_url": url},
    "in a config": lambda url: {
        "x_portkey_config": json.dumps({"provider": "openai", "api_key": "k", "custom_host": url})
    },
    "camel case": lambda url: {
        "x_portkey_config": json.dumps({"provider": "openai", "api_key": "k", "customHost": url})
    },
    "hugging face in a config": lambda url: {
        "x_portkey_config": json.dumps({"provider": "huggingface", "api_key": "k", "huggingface_base_url": url})
    },
    "azure in a config": lambda url: {
        "x_portkey_config": json.dumps({"provider": "azure-ai", "api_key": "k", "azure_foundry_url": url})
    },
}
"""Fields by which a caller names a URL."""


@pytest.mark.parametrize("host", [*LOOPBACK, *INSIDE])
def test_no_address_inside_is_reached(plain: Task, outside: World, host: str) -> None:
    """In every spelling and by every field that takes a URL: refused at once, and nothing arrives there."""
    before = seen(outside)
    for way in WAYS.values():
        for url in (f"http://{host}/v1", f"https://{host}/v1", f"http://{host}:8080/v1"):
            began = time.monotonic()
            assert ask(plain, **way(url)).status >= 400
            assert time.monotonic() - began < 5
    assert seen(outside) == before


def test_the_proxy_path_reaches_nothing_inside(plain: Task, outside: World) -> None:
    """Portkey checks no host there."""
    before = seen(outside)
    for path in ("/v1/proxy/latest/meta-data", "/v1/proxy/v2/credentials"):
        for method in ("GET", "POST"):
            for host in ("http://169.254.170.2", f"http://{PRIVATE}", "http://127.0.0.1:4318"):
                answer = ask(plain, path, method=method, x_portkey_provider="openai", x_portkey_custom_host=host)
                assert answer.status >= 400
    assert seen(outside) == before


@pytest.mark.parametrize("status", ["302", "307", "308"])
def test_a_redirect_leads_nowhere(plain: Task, outside: World, status: str) -> None:
    """A provider's redirect to an address inside is not followed."""
    before = seen(outside)
    answer = urllib3.request(
        "POST",
        f"{plain.url}/v1/chat/completions",
        headers={"x-portkey-provider": "openai", "authorization": f"Bearer {CALLERS_KEY}"},
        json={"model": f"redirect-{status}", "messages": []},
        redirect=False,
    )
    assert (answer.status, answer.json()["error"]["code"]) == (502, "provider_redirect")
    assert seen(outside) == before


def test_a_public_host_that_is_no_provider_is_refused(plain: Task, outside: World) -> None:
    """The gateway is no open relay."""
    before = len(outside.public.asked)
    for way in WAYS.values():
        for url in ("https://public.example.com/v1", f"https://{PUBLIC}/v1", "http://api.openai.com/v1"):
            assert ask(plain, **way(url)).status == 400
    assert len(outside.public.asked) == before


def test_a_bucket_is_no_provider(plain: Task) -> None:
    """Anyone can own one, and with it what the gateway is answered."""
    answer = ask(plain, x_portkey_provider="openai", x_portkey_custom_host="https://storage.googleapis.com/bucket")
    assert (answer.status, answer.json()["error"]["code"]) == (400, "host_not_allowed")


HOOKS = {
    "before_request_hooks": [
        {"type": "guardrail", "checks": [{"id": "default.regexMatch", "parameters": {"rule": "(a+)+$"}}]}
    ],
    "input_guardrails": [{"default.regexMatch": {"rule": "(a+)+$"}, "deny": True}],
    "output_guardrails": [{"default.webhook": {"webhookURL": "http://169.254.170.2/"}}],
    "afterRequestHooks": [],
    "default_input_guardrails": [],
    "cache": {"mode": "simple"},
}


@pytest.mark.parametrize("field", HOOKS)
def test_callers_define_no_hooks(plain: Task, field: str) -> None:
    """At no depth of a configuration: an answer in a second, where a regular expression would run for minutes."""
    target = {"provider": "openai", "api_key": "k"}
    for config in (
        {**target, field: HOOKS[field]},
        {"strategy": {"mode": "fallback"}, "targets": [{**target, field: HOOKS[field]}]},
    ):
        began = time.monotonic()
        answer = ask(plain, x_portkey_config=json.dumps(config))
        assert (answer.status, answer.json()["error"]["code"]) == (400, "hooks_not_allowed")
        assert time.monotonic() - began < 1


def test_callers_route_by_no_expression(plain: Task) -> None:
    """A condition's $regex is one more expression that a caller would choose."""
    condition = {"query": {"params.model": {"$regex": "(a+)+$"}}, "then": "a"}
    target = {"name": "a", "provider": "openai", "api_key": "k"}
    config = {"strategy": {"mode": "conditional", "conditions": [condition], "default": "a"}, "targets": [target]}
    answer = ask(plain, x_portkey_config=json.dumps(config))
    assert (answer.status, answer.json()["error"]["code"]) == (400, "hooks_not_allowed")


@pytest.mark.parametrize("header", ["x_portkey_default_input_guardrails", "x_portkey_default_output_guardrails"])
def test_callers_define_no_hooks_in_headers(plain: Task, header: str) -> None:
    """The headers that hold them are refused."""
    answer = ask(plain, x_portkey_provider="openai", **{header: json.dumps(HOOKS["input_guardrails"])})
    assert (answer.status, answer.json()["error"]["code"]) == (400, "hooks_not_allowed")


@pytest.mark.parametrize("provider", ["bedrock", "sagemaker", "azure-openai", "azure-ai"])
def test_callers_use_no_identity_of_the_task(plain: Task, outside: World, provider: str) -> None:
    """Portkey would fetch the task role's credentials, or a managed identity's token, for these."""
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


def test_no_marker_of_the_task_role(plain: Task, outside: World) -> None:
    """What older versions took for the task role's marker is a key like any other, and is not signed."""
    before = seen(outside)
    for path in ("/v1/chat/completions", "/v1/files/attacker.example.com%3A443%23"):
        config = {"provider": "bedrock", "aws_auth_type": "apiKey", "api_key": "task-role", "aws_region": "eu-west-1"}
        answer = ask(plain, path, method="GET" if "files" in path else "POST", x_portkey_config=json.dumps(config))
        assert answer.status >= 400
    assert seen(outside) == before


def test_without_a_key_nothing_is_sent(plain: Task, outside: World) -> None:
    """Portkey would send `Bearer undefined`."""
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
    """Nothing but the API, in plain spelling."""
    connection = http.client.HTTPConnection(urlsplit(plain.url).netloc, timeout=20)
    connection.request("GET", path, headers={"authorization": f"Bearer {CALLERS_KEY}"})
    assert connection.getresponse().status == status
    connection.close()


def test_the_key_of_google_is_no_part_of_a_url(plain: Task, outside: World) -> None:
    """Portkey puts it into the query; it goes out in a header."""
    assert ask(plain, x_portkey_provider="google").status == 200
    last = outside.public.asked[-1]
    assert (last.host, last.headers["x-goog-api-key"]) == ("generativelanguage.googleapis.com", CALLERS_KEY)
    assert CALLERS_KEY not in last.path


def test_the_access_log_cannot_be_forged(plain: Task) -> None:
    """The caller's address is the last of X-Forwarded-For, which the load balancer appends; no query is logged."""
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
    """The container's check, run as written, succeeds; it is not in the access log."""
    assert plain.container.healthy()
    assert [line for line in plain.log() if line["path"] == "/"] == []


def test_connections_outlive_the_load_balancers(plain: Task) -> None:
    """An idle connection is kept for longer than the load balancer's 300 seconds, so it never writes into a closed one."""
    answer = ask(plain, x_portkey_provider="openai")
    assert answer.headers["keep-alive"] == "timeout=360"
    with socket.create_connection((urlsplit(plain.url).hostname, 8787)) as kept:
        for pause in (0, 7):
            time.sleep(pause)
            kept.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            assert kept.recv(4096).startswith(b"HTTP/1.1 200")
