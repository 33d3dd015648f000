"""The task with routes, driven by OpenAI's own client: keys, strategies, errors, limits."""

import gzip
import http.client
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from ops.smoke import CHECKS, Gateway
from tests.conftest import Synthesize
from tests.gateway.conftest import openai
from tests.gateway.network import PRIVATE
from tests.gateway.routes import FALLS_BACK, ROUTES
from tests.gateway.world import CALLERS_TOKEN, PROMPT, QUERY_SECRET, SECRETS, Task, World
from tests.synthesized import settings
from tools.local.stand_in import Asked

import pytest
import urllib3
from openai import APIStatusError, OpenAI

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

MESSAGES: Any = [{"role": "user", "content": PROMPT}]
MAX_BODY_MIB = 2


@pytest.fixture(scope="module")
def routed(outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """With routes of every kind, everything else at its default."""
    stack = synthesize(settings(routes=ROUTES, ingress_cidrs=("10.0.0.0/8",), max_body_mib=MAX_BODY_MIB))
    with outside.task(stack) as task:
        yield task


@pytest.fixture(scope="module")
def caller(routed: Task) -> OpenAI:
    """A caller with a token of its own."""
    return openai(routed)


def ask(caller: OpenAI, outside: World, model: str, **more: Any) -> tuple[str | None, list[Asked]]:
    """The answer to a prompt, and what the providers saw of it."""
    before = len(outside.public.asked)
    answer = caller.chat.completions.create(model=model, messages=more.pop("messages", MESSAGES), **more)
    return answer.choices[0].message.content, outside.public.asked[before:]


def post(task: Task, path: str, document: object, **headers: str) -> urllib3.BaseHTTPResponse:
    """A request without a client's help."""
    return urllib3.request("POST", f"{task.url}{path}", json=document, headers=headers, timeout=60, retries=False)


def failure(caller: OpenAI, model: str) -> APIStatusError:
    """The error that a model's request ends with."""
    with pytest.raises(APIStatusError) as caught:
        caller.chat.completions.create(model=model, messages=MESSAGES)
    return caught.value


def test_a_completion(caller: OpenAI, outside: World) -> None:
    """It starts with default settings, and the provider gets the server's key and nothing of the caller's."""
    answer, (seen,) = ask(caller, outside, "anything")
    assert (answer, seen.headers["authorization"]) == ("Hello.", f"Bearer {SECRETS['OPENAI_API_KEY']}")
    assert CALLERS_TOKEN not in str(seen)
    assert seen.document["messages"] == MESSAGES


@pytest.mark.parametrize(
    "header",
    ["authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie", "x-portkey-api-key", "x-portkey-config",
     "x-portkey-custom-host", "x-portkey-provider", "x-portkey-forward-headers", "x-forwarded-for", "x-anything"],
)  # fmt: skip
def test_no_header_of_the_caller_passes(caller: OpenAI, outside: World, header: str) -> None:
    """Whichever header a caller puts a credential or a configuration in, the provider does not see it."""
    value = json.dumps(
        {"provider": "openai", "api_key": "of-the-caller", "custom_host": "https://public.example.com/v1"}
    )
    _, (seen,) = ask(caller, outside, "anything", extra_headers={header: value})
    assert "of-the-caller" not in str(seen)
    assert seen.host == "api.openai.com"


def test_a_connection_header_removes_nothing(routed: Task, outside: World) -> None:
    """`Connection: x-portkey-config` names no header that is dropped on the way."""
    answer = post(routed, "/v1/chat/completions", {"model": "m", "messages": []}, connection="x-portkey-config, close")
    assert (answer.status, outside.public.asked[-1].headers["authorization"]) == (
        200,
        f"Bearer {SECRETS['OPENAI_API_KEY']}",
    )


@pytest.mark.parametrize("model", [*(f"after-{status}" for status in FALLS_BACK), "after-dead", "after-hang"])
def test_fallback(caller: OpenAI, outside: World, model: str) -> None:
    """A provider that refuses, is overloaded, broken, gone or silent is answered for by the next, with that one's key."""
    began = time.monotonic()
    answer, seen = ask(caller, outside, model)
    assert (answer, seen[-1].headers["authorization"]) == ("Hello.", f"Bearer {SECRETS['SECOND_API_KEY']}")
    assert time.monotonic() - began < 5


def test_no_fallback_for_the_callers_fault(caller: OpenAI, outside: World) -> None:
    """A 400 is the caller's to repair: it comes back, and no other provider is asked."""
    before = len(outside.public.asked)
    assert failure(caller, "not-after-400").status_code == 400
    assert len(outside.public.asked) - before == 1


def test_weights(caller: OpenAI, outside: World) -> None:
    """Three to one, within four standard deviations of 200 draws."""
    seen = [ask(caller, outside, "weights")[1][0].headers["authorization"] for _ in range(200)]
    assert abs(seen.count(f"Bearer {SECRETS['OPENAI_API_KEY']}") - 150) < 4 * (200 * 0.75 * 0.25) ** 0.5
    assert len(set(seen)) == 2


def test_retries(caller: OpenAI, outside: World) -> None:
    """A failing provider is asked again as often as the target says, and the log counts it."""
    before = len(outside.public.asked)
    error = failure(caller, "retried")
    assert (error.status_code, len(outside.public.asked) - before) == (500, 3)


def test_retry_after(caller: OpenAI, outside: World) -> None:
    """What a provider asks for is waited before it is asked again."""
    began, before = time.monotonic(), len(outside.public.asked)
    assert failure(caller, "retried-after").status_code == 429
    assert len(outside.public.asked) - before == 2
    assert 1 <= time.monotonic() - began < 4


def test_overrides(caller: OpenAI, outside: World) -> None:
    """The server's parameters win over the caller's."""
    _, (seen,) = ask(caller, outside, "overridden", temperature=1)
    assert (seen.document["model"], seen.document["temperature"]) == ("the-servers-model", 0)


def test_a_settings_host_may_be_private(caller: OpenAI, outside: World) -> None:
    """A target's `custom_host` is the environment's own, and reached in the VPC."""
    before = len(outside.private.asked)
    assert caller.chat.completions.create(model="internal", messages=MESSAGES).choices[0].message.content == "Hello."
    assert [one.host for one in outside.private.asked[before:]] == ["models.internal.example.com"]


def test_the_smoke_tests(routed: Task) -> None:
    """What `make smoke` asks a deployed gateway, this one answers well."""
    for check in CHECKS:
        model = "stream" if check == "long stream" else "any"
        outcome, detail = CHECKS[check](Gateway(url=routed.url, model=model, headers={}, stream_seconds=1))
        assert outcome == "passed", (check, detail)


CLOSED = (
    ("GET", "/v1/files"),
    ("POST", "/v1/files"),
    ("GET", "/v1/files/file-1/content"),
    ("DELETE", "/v1/files/file-1"),
    ("GET", "/v1/batches"),
    ("POST", "/v1/batches"),
    ("GET", "/v1/responses/resp-1"),
    ("GET", "/v1/responses/resp-1/input_items"),
    ("GET", "/v1/fine_tuning/jobs"),
    ("GET", "/v1/organization/admin_api_keys"),
    ("GET", "/v1/organization/users"),
    ("POST", "/v1/proxy/organization/admin_api_keys"),
    ("GET", "/v1/proxy/files"),
    ("GET", "/v1/chat%2Fcompletions"),
    ("POST", "/v1/%63hat/completions"),
    ("POST", "/v1/chat/completions/../../files"),
    ("POST", "/v1/chat/completions/"),
    ("POST", "/v1//chat/completions"),
    ("POST", "/V1/chat/completions"),
    ("GET", "/v1/assistants"),
    ("GET", "/v1/threads/thread-1"),
    ("POST", "/v1/vector_stores"),
    ("POST", "/v1/prompts/p/completions"),
    ("PUT", "/v1/chat/completions"),
    ("GET", "/v1/chat/completions"),
    ("GET", "/v1/chat/completions/chatcmpl-1/messages"),
    ("GET", "/public"),
    ("GET", "/log/stream"),
)


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_nothing_else_goes_out_with_the_servers_key(routed: Task, outside: World, method: str, path: str) -> None:
    """Files, batches, stored responses, administration and other spellings: refused, and no provider is asked."""
    before = len(outside.public.asked)
    connection = http.client.HTTPConnection(urlsplit(routed.url).netloc, timeout=20)
    connection.request(method, path, body="{}" if method == "POST" else None)
    answer = connection.getresponse()
    assert (answer.status in {404, 405}, json.loads(answer.read())["error"]["type"] != "") == (True, True)
    connection.close()
    assert len(outside.public.asked) == before


@pytest.mark.parametrize("field", ["previous_response_id", "conversation", "prompt"])
def test_stored_responses_are_closed(routed: Task, outside: World, field: str) -> None:
    """No request refers to what another team stored, and none stores anything."""
    answer = post(routed, "/v1/responses", {"model": "m", "input": "x", field: "resp_1"})
    assert (answer.status, answer.json()["error"]["code"]) == (400, "stored_responses_closed")
    assert post(routed, "/v1/responses", {"model": "m", "input": "x", "store": True}).status == 200
    assert outside.public.asked[-1].document["store"] is False


def test_models(caller: OpenAI) -> None:
    """The names of ByModel, and those that targets set."""
    listed = [model.id for model in caller.models.list()]
    assert {"after-429", "claude", "the-servers-model", "answered-by-the-second"} <= set(listed)
    assert listed == sorted(listed)


def test_forms_follow_the_model(routed: Task, outside: World) -> None:
    """A multipart request takes the route of its model field."""
    answer = urllib3.request(
        "POST",
        f"{routed.url}/v1/audio/transcriptions",
        fields={"model": "rebound", "file": ("a.wav", b"RIFF", "audio/wav")},
        timeout=20,
    )
    assert answer.status == 200
    assert outside.public.asked[-1].host == "public.example.com"
    assert b"RIFF" in outside.public.asked[-1].body


@pytest.mark.parametrize("size", [100 * 1024, 1024 * 1024])
def test_long_prompts_pass(caller: OpenAI, outside: World, size: int) -> None:
    """100 KB and 1 MB reach the provider whole."""
    prompt = "long " * (size // 5)
    _, (seen,) = ask(caller, outside, "anything", messages=[{"role": "user", "content": prompt}])
    assert seen.document["messages"][0]["content"] == prompt


def test_bodies_beyond_the_limit(routed: Task, outside: World) -> None:
    """Too long by its length, in chunks, or once decompressed: 413, and no provider is asked."""
    before = len(outside.public.asked)
    limit = MAX_BODY_MIB * 2**20
    headers = {"content-type": "application/json"}
    url = f"{routed.url}/v1/chat/completions"
    long = urllib3.request("POST", url, body=b"x" * (limit + 1), headers=headers, retries=False, timeout=20)
    packed = gzip.compress(b'{"model": "' + b"x" * limit + b'"}')
    bomb = urllib3.request(
        "POST", url, body=packed, headers={**headers, "content-encoding": "gzip"}, retries=False, timeout=20
    )
    connection = http.client.HTTPConnection(urlsplit(routed.url).netloc, timeout=20)
    connection.putrequest("POST", "/v1/chat/completions")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    for size in (limit, 1, 0):
        connection.send(b"%x\r\n%s\r\n" % (size, b" " * size))
    grown = connection.getresponse()
    assert (long.status, bomb.status, grown.status, len(outside.public.asked)) == (413, 413, 413, before)
    assert long.json()["error"]["type"] == "request_too_large"
    connection.close()


def test_a_compressed_body(routed: Task, outside: World) -> None:
    """Gzip is unpacked, and the provider gets JSON."""
    body = gzip.compress(json.dumps({"model": "m", "messages": MESSAGES}).encode())
    answer = urllib3.request(
        "POST",
        f"{routed.url}/v1/chat/completions",
        body=body,
        headers={"content-type": "application/json", "content-encoding": "gzip"},
        timeout=20,
    )
    assert (answer.status, outside.public.asked[-1].document["messages"]) == (200, MESSAGES)


def test_the_providers_private_headers_stay(caller: OpenAI) -> None:
    """No cookie and no organization of the server's account; the provider's request id is passed on beside ours."""
    answer = caller.chat.completions.with_raw_response.create(model="any", messages=MESSAGES)
    assert {"set-cookie", "openai-organization"}.isdisjoint(answer.headers)
    assert answer.headers["x-request-id"] == "req-provider-1"
    assert len(answer.headers["x-gateway-request-id"]) == 36


def test_metadata(routed: Task) -> None:
    """A caller's metadata is a small object of strings; what the server sets has names that it cannot use."""
    document = {"model": "m", "messages": []}
    for value, status in (
        ("x" * 2000, 400),
        ("[]", 400),
        ('{"a": 1}', 400),
        ('{"team": "a", "_request_id": "b"}', 200),
    ):
        headers = {"x-portkey-metadata": value}
        assert post(routed, "/v1/chat/completions", document, **headers).status == status


def test_the_access_log(routed: Task, caller: OpenAI) -> None:
    """A line a request with provider, target and attempts; no prompt, key or query is in it (each test looks)."""
    answer = caller.chat.completions.with_raw_response.create(
        model="after-500",
        messages=MESSAGES,
        extra_query={"key": QUERY_SECRET},
        extra_headers={"x-portkey-trace-id": "find-me"},
    )
    line = routed.line(trace="find-me")
    assert (line["status"], line["provider"], line["option"], line["attempts"]) == (
        200,
        "openai",
        "config.targets[1]",
        2,
    )
    assert line["request_id"] == answer.headers["x-gateway-request-id"]
    assert (line["path"], line["outcome"], line["stream"]) == ("/v1/chat/completions", "complete", False)


def test_the_address_of_a_settings_name_decides(routed: Task, outside: World) -> None:
    """`/v1/models` of a private address: no name in a request leads there."""
    before = len(outside.private.asked)
    for model, status in ((PRIVATE, 200), ("http://169.254.170.2/", 400), ("models.internal.example.com", 200)):
        assert post(routed, "/v1/chat/completions", {"model": model, "messages": []}).status == status
    assert len(outside.private.asked) == before
