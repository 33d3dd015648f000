"""The task with routes, driven by OpenAI's own client: keys, strategies, streams, limits, logs and spans."""

import http.client
import json
import time
from contextlib import suppress
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from constructs_lib.helpers.access_log import METRIC_FILTERS, QUERIES
from constructs_lib.helpers.edge import LOGGED_HEADERS
from constructs_lib.helpers.metrics import PROVIDER_ERRORS, PROVIDER_REQUESTS, PUBLISHED
from ops.smoke import CHECKS, Gateway
from tests.gateway.conftest import CALLERS_TOKEN, MAX_BODY_MIB, STREAM_SECONDS, LongStream
from tests.gateway.log_insights import answer, matching
from tests.gateway.provider import Asked, Provider, Received
from tests.gateway.task import INSIDE, OUTSIDE, Task, answers

import pytest
import urllib3
from openai import APIStatusError, OpenAI

# The containers have their own ports, so only one task can run at a time.
pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

BODY_LIMIT = MAX_BODY_MIB * 2**20
PROMPT: Any = [{"role": "user", "content": "Say hello."}]


@pytest.fixture(autouse=True)
def long_one_runs(long_stream: LongStream) -> LongStream:
    """The stream of a minute and a half begins with the first test, so that nobody waits for it."""
    return long_stream


def ask(caller: OpenAI, asked: Provider, model: str, **more: Any) -> tuple[str | None, list[Asked]]:
    """The answer to a prompt, and what the provider saw of it."""
    before = len(asked.asked)
    answer = caller.chat.completions.create(model=model, messages=more.pop("messages", PROMPT), **more)
    beside = f"/stream-{STREAM_SECONDS}-"
    return answer.choices[0].message.content, [one for one in asked.asked[before:] if not one.path.startswith(beside)]


def test_a_completion(caller: OpenAI, asked: Provider) -> None:
    """The provider gets the server's key and nothing of the caller's."""
    answer, (seen,) = ask(caller, asked, "anything")
    assert (answer, seen.headers["authorization"]) == ("Hello.", "Bearer sk-server-openai")
    assert CALLERS_TOKEN not in str(seen)
    assert seen.document["messages"] == PROMPT


@pytest.mark.parametrize("header", ["authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"])
def test_no_credential_of_the_caller_passes(caller: OpenAI, asked: Provider, header: str) -> None:
    """Whichever header a caller puts a credential in, the provider does not see it."""
    _, (seen,) = ask(caller, asked, "anything", extra_headers={header: "credential-of-the-caller"})
    assert "credential-of-the-caller" not in str(seen)


@pytest.mark.parametrize("model", ["after-429", "after-500", "after-503", "after-dead-host"])
def test_fallback(caller: OpenAI, asked: Provider, model: str) -> None:
    """A provider that is overloaded, broken or gone is answered for by the next, with that one's key."""
    answer, seen = ask(caller, asked, model)
    assert (answer, seen[-1].headers["authorization"]) == ("Hello.", "Bearer sk-server-second")


def test_no_fallback_for_the_callers_fault(caller: OpenAI, asked: Provider) -> None:
    """A 400 is the caller's to mend: it comes back, and no other provider is asked."""
    before = len(asked.asked)
    with pytest.raises(APIStatusError) as caught:
        ask(caller, asked, "not-after-400")
    assert (caught.value.status_code, len(asked.asked) - before) == (400, 1)


def test_weights(caller: OpenAI, asked: Provider) -> None:
    """Three to one, within four standard deviations of 200 draws."""
    seen = [ask(caller, asked, "weights")[1][0].headers["authorization"] for _ in range(200)]
    assert abs(seen.count("Bearer sk-server-openai") - 150) < 4 * (200 * 0.75 * 0.25) ** 0.5
    assert len(set(seen)) == 2


def test_retries(caller: OpenAI, asked: Provider) -> None:
    """A failing provider is asked again as often as the target says."""
    before = len(asked.asked)
    with pytest.raises(APIStatusError):
        ask(caller, asked, "retried")
    assert len(asked.asked) - before == 3


def test_overrides(caller: OpenAI, asked: Provider) -> None:
    """The server's parameters win over the caller's."""
    _, (seen,) = ask(caller, asked, "overridden", temperature=1)
    assert (seen.document["model"], seen.document["temperature"]) == ("the-servers-model", 0)


def test_a_stream_comes_chunk_by_chunk(caller: OpenAI) -> None:
    """No chunk waits for the next: forty, fifty milliseconds apart, arrive over two seconds."""
    with caller.chat.completions.create(model="stream", messages=PROMPT, stream=True) as stream:
        arrivals = [time.monotonic() for event in stream if event.choices[0].delta.content]
    assert len(arrivals) == 40
    assert arrivals[-1] - arrivals[0] > 1.5
    assert max(later - earlier for earlier, later in pairwise(arrivals)) < 0.5


@pytest.mark.parametrize("size", [100 * 1024, 1024 * 1024])
def test_long_prompts_pass(caller: OpenAI, asked: Provider, size: int) -> None:
    """100 KB and 1 MB reach the provider whole."""
    prompt = "long " * (size // 5)
    _, (seen,) = ask(caller, asked, "anything", messages=[{"role": "user", "content": prompt}])
    assert seen.document["messages"][0]["content"] == prompt


def test_a_body_said_to_be_beyond_the_limit_is_refused(task: Task, asked: Provider) -> None:
    """By its length alone: 413, and no provider is asked."""
    before = len(asked.asked)
    answer = urllib3.request("POST", f"{task.url}/v1/chat/completions", body=b"x" * (BODY_LIMIT + 1))
    assert (answer.status, len(asked.asked)) == (413, before)


def test_a_body_that_grows_beyond_the_limit_is_refused(task: Task, asked: Provider) -> None:
    """Sent in chunks, without a length: 413 for one byte too many, and no provider is asked."""
    before = len(asked.asked)
    connection = http.client.HTTPConnection(urlsplit(task.url).netloc, timeout=20)
    connection.putrequest("POST", "/v1/chat/completions")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    for size in (BODY_LIMIT, 1, 0):
        connection.send(b"%x\r\n%s\r\n" % (size, b" " * size))
    assert (connection.getresponse().status, len(asked.asked)) == (413, before)
    connection.close()


@pytest.mark.parametrize(
    "spoofed",
    [
        {"x-portkey-config": '{"provider": "openai", "api_key": "mine", "custom_host": "http://127.0.0.1:9/v1"}'},
        {"X-PORTKEY-CUSTOM-HOST": "http://169.254.169.254/v1"},
        {"x-portkey-provider": "anthropic"},
        {"x-portkey-api-key": "mine", "x-portkey-virtual-key": "mine"},
        {"x-portkey-forward-headers": "x-secret", "x-secret": "s"},
        {"x-portkey-request-timeout": "1"},
    ],
    ids=lambda headers: next(iter(headers)),
)
def test_spoofed_headers_have_no_effect(caller: OpenAI, asked: Provider, spoofed: dict[str, str]) -> None:
    """A caller's own gateway headers change neither provider nor key nor host."""
    _, (seen,) = ask(caller, asked, "anything", extra_headers=spoofed)
    assert seen.headers["authorization"] == "Bearer sk-server-openai"
    assert "x-secret" not in seen.headers


def test_a_trace_id_is_kept(caller: OpenAI) -> None:
    """Of the gateway's headers a caller may set the one that names the request, and gets it back."""
    answer = caller.chat.completions.with_raw_response.create(
        model="anything",
        messages=PROMPT,
        extra_headers={"x-portkey-trace-id": "mine"},
    )
    assert answer.headers["x-portkey-trace-id"] == "mine"


def test_only_the_edge_answers_from_outside(task: Task) -> None:
    """From another address than its loopback the task has one open port."""
    del task
    ports = {port: (answers(INSIDE, port), answers(OUTSIDE, port)) for port in (8080, 8787, 2019)}
    assert ports == {8080: (True, True), 8787: (True, False), 2019: (False, False)}


def test_the_gateways_admin_pages_are_off(task: Task) -> None:
    """In production mode there is no console and no log stream."""
    found = {
        path: urllib3.request("GET", f"{task.url}{path}").status for path in ("/public/", "/public/logs", "/log/stream")
    }
    assert set(found.values()) == {404}, found


def test_health(task: Task) -> None:
    """Each container's health check, run as written, succeeds; so does the load balancer's."""
    assert [container.healthy() for container in task.containers.values()] == [True, True]
    assert urllib3.request("GET", f"{task.url}/healthz").status == 200


def access_log(task: Task) -> list[dict[str, Any]]:
    """The lines of the access log."""
    return [json.loads(line) for line in task.containers["edge"].log.read_text(encoding="utf-8").splitlines()]


def test_the_access_log(caller: OpenAI, task: Task) -> None:
    """A line a request with what dashboard and queries use, and no prompt, key or query in it."""
    prompt = "a prompt that nobody may read"
    caller.chat.completions.create(
        model="after-500",
        messages=[{"role": "user", "content": prompt}],
        extra_query={"key": "secret-in-query"},
        extra_headers={"x-portkey-trace-id": "find-me"},
    )
    deadline = time.monotonic() + 5
    while not (found := [line for line in access_log(task) if line.get("trace") == "find-me"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    (line,) = found
    assert (line["status"], line["provider"], line["option"]) == (200, "openai", "config.targets[1].targets[1]")
    assert line["request"]["uri"] == "/v1/chat/completions?…"
    assert set(LOGGED_HEADERS) | {"ts", "duration", "size", "bytes_read", "status", "request"} <= set(line)
    text = task.containers["edge"].log.read_text(encoding="utf-8")
    for secret in (prompt, "secret-in-query", CALLERS_TOKEN, "sk-server"):
        assert secret not in text


@pytest.fixture(scope="module")
def lines(task: Task, caller: OpenAI) -> list[str]:
    """The access log after an answer, a fallback, two errors, a refused body and a stream that its caller left."""
    for model in ("anything", "after-500", "not-after-400", "retried"):
        with suppress(APIStatusError):
            caller.chat.completions.create(model=model, messages=PROMPT)
    with caller.chat.completions.create(model="pausing-stream", messages=PROMPT, stream=True) as stream:
        next(iter(stream))
    urllib3.request("POST", f"{task.url}/v1/chat/completions", body=b"x" * (BODY_LIMIT + 1))
    log = task.containers["edge"].log
    deadline = time.monotonic() + 5
    while not answer(QUERIES["streams-cut-off"], log.read_text(encoding="utf-8").splitlines()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return log.read_text(encoding="utf-8").splitlines()


def test_metric_filters_count_what_providers_did(lines: list[str]) -> None:
    """Answers of a provider and no others are requests; 429 and 5xx among them are errors, each with its provider."""
    requests = matching(METRIC_FILTERS[PROVIDER_REQUESTS], lines)
    errors = matching(METRIC_FILTERS[PROVIDER_ERRORS], lines)
    assert {line["provider"] for line in requests} == {"openai"}
    assert {line["status"] for line in requests} >= {200, 400, 500}
    assert {line["status"] for line in errors} == {500}
    assert 0 < len(errors) < len(requests) < len(lines)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("provider-errors", {"provider": "openai", "status": 500}),
        ("latency-by-provider", {"provider": "openai"}),
        ("which-target-answered", {"option": "config.targets[1].targets[1]", "attempts": "0", "status": 200}),
        ("slowest-requests", {"provider": "openai", "request.client_ip": INSIDE}),
        ("refused-by-the-edge", {"status": 413, "request.uri": "/v1/chat/completions", "request.client_ip": INSIDE}),
        ("streams-cut-off", {"request.uri": "/v1/chat/completions"}),
    ],
)
def test_saved_queries_find_it(lines: list[str], query: str, shown: dict[str, object]) -> None:
    """Each query, run on the lines as they are, has the row it was made for, and no column without a value."""
    rows = answer(QUERIES[query], lines)
    found = [row for row in rows if shown.items() <= row.items()]
    assert found, rows
    assert None not in found[0].values()


def test_every_saved_query_is_tried() -> None:
    """A new query gets its line above."""
    (mark,) = test_saved_queries_find_it.pytestmark  # type: ignore[attr-defined] # pytest puts it there
    assert {query for query, _ in mark.args[1]} == set(QUERIES)


@pytest.mark.parametrize(
    ("check", "model"),
    [("/ answers", "any"), ("chat completion", "any"), ("long stream", "stream"), ("100 KB prompt", "any")],
)
def test_the_smoke_test_passes(task: Task, check: str, model: str) -> None:
    """What `make smoke` asks a deployed gateway, this one answers well."""
    gateway = Gateway(url=task.url, model=model, headers={}, stream_seconds=1)
    outcome, detail = CHECKS[check](gateway)
    assert outcome == "passed", detail


def test_health_checks_are_not_logged(task: Task, lines: list[str]) -> None:
    """The load balancer asks all the time; its questions are no requests."""
    assert urllib3.request("GET", f"{task.url}/healthz").status == 200
    assert [line for line in lines if "/healthz" in line] == []


def test_spans_and_metrics_arrive(caller: OpenAI, asked: Provider, received: Received) -> None:
    """The request and the call to the provider are spans; each metric of the list comes with its dimensions."""
    ask(caller, asked, "anything")
    wanted = {metric.name for metric in PUBLISHED["collector"]}
    deadline = time.monotonic() + 20
    while not (wanted <= set(received.metrics) and any(name.startswith("POST") for name, _ in received.spans)):
        assert time.monotonic() < deadline, (sorted(received.metrics), received.spans)
        time.sleep(0.2)
    for metric in PUBLISHED["collector"]:
        assert set(metric.dimensions) <= received.metrics[metric.name] | set(received.resource)
    assert received.resource["deployment.environment"] == "test"
    assert received.resource["service.name"] == "ai-gateway-test"


def test_a_stream_of_a_minute_and_a_half(long_stream: LongStream) -> None:
    """A real one, a chunk a second, ends whole and was never held back."""
    long_stream.thread.join(STREAM_SECONDS + 30)
    arrivals = long_stream.arrivals
    assert (len(arrivals), long_stream.ended) == (STREAM_SECONDS + 1, ["stop"])
    assert arrivals[-1] - arrivals[0] >= STREAM_SECONDS - 2
    assert max(later - earlier for earlier, later in pairwise(arrivals)) < 5
