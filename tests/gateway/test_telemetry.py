"""Spans and metrics of the instrumented gateway: the ones that operators need, without values that a caller sets."""

from collections.abc import Iterator

from constructs_lib.helpers.monitoring.metrics import PUBLISHED
from tests.conftest import Synthesize
from tests.gateway.routes import ROUTES
from tests.gateway.world import CALLERS_KEY, CONFIDENTIAL, PROMPT, QUERY_SECRET, Task, World
from tests.support.synthesized import settings
from tests.support.waiting import PATIENCE, until

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

EXPORT_MS = "1000"


@pytest.fixture(scope="module", params=["plain", "routed"])
def task(request: pytest.FixtureRequest, outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """A task with routes and one without, as synthesized, that exports metrics more often than once a minute."""
    outside.received.spans.clear()
    outside.received.metrics.clear()
    outside.received.raw.clear()
    routed = settings(routes=ROUTES, ingress_cidrs=("10.0.0.0/8",))
    stack = synthesize(routed if request.param == "routed" else settings())
    with outside.task(stack, OTEL_METRIC_EXPORT_INTERVAL=EXPORT_MS) as made:
        for model, provider in (("gpt-4o-mini", "openai"), ("gemini", "google"), ("status-503", "openai")):
            urllib3.request(
                "POST",
                f"{made.url}/v1/chat/completions?key={QUERY_SECRET}",
                json={"model": model, "messages": [{"role": "user", "content": PROMPT}]},
                headers={"x-portkey-provider": provider, "authorization": f"Bearer {CALLERS_KEY}"},
                timeout=PATIENCE,
            )
        for _ in range(5):
            urllib3.request("GET", f"{made.url}/")
        wanted = {metric.name for metric in PUBLISHED["collector"].values()}
        received = outside.received
        until(
            lambda: wanted <= set(received.metrics) and len(received.spans) >= 6,
            lambda: (sorted(received.metrics), received.spans),
        )
        yield made


def test_each_metric_of_the_list_arrives(task: Task, outside: World) -> None:
    """Each published metric arrives, with the dimensions that alarms and dashboards use."""
    del task
    for metric in PUBLISHED["collector"].values():
        attributes = {name for point in outside.received.metrics[metric.name] for name in point}
        assert set(metric.dimensions) <= attributes | set(outside.received.resource)
    assert outside.received.resource["deployment.environment"] == "test"
    assert outside.received.resource["service.name"] == "ai-gateway-test"


def test_no_query_string_is_sent(task: Task, outside: World) -> None:
    """No span has a query string, neither the caller's nor the provider's, and no key, prompt or token is exported."""
    del task
    raw = bytes(outside.received.raw)
    assert b"generativelanguage.googleapis.com" in raw
    assert [secret for secret in CONFIDENTIAL if secret.encode() in raw] == []
    for _, attributes in outside.received.spans:
        assert "url.query" not in attributes
        assert "?" not in attributes.get("url.full", "")


def test_no_dimension_is_a_callers(request: pytest.FixtureRequest, task: Task, outside: World) -> None:
    """Without routes callers choose the host, so the dimension is `other`; with routes it is the configured host."""
    del task
    points = outside.received.metrics["http.client.request.duration"]
    found = {point["server.address"] for point in points}
    routed = "routed" in request.node.name
    assert found == ({"api.openai.com", "generativelanguage.googleapis.com"} if routed else {"other"})


def test_providers_learn_no_trace(task: Task, outside: World) -> None:
    """The instrumentation adds no tracing header to requests to providers."""
    del task
    names = {name for asked in outside.public.asked for name in asked.headers}
    assert {"traceparent", "tracestate", "baggage", "x-amzn-trace-id"}.isdisjoint(names)


def test_health_checks_are_neither_traced_nor_counted(task: Task, outside: World) -> None:
    """Three requests and five health checks give three server spans."""
    assert task.container.healthy()
    servers = [attributes for _, attributes in outside.received.spans if "url.full" not in attributes]
    assert {attributes["url.path"] for attributes in servers} == {"/v1/chat/completions"}
    assert len(servers) == 3


def test_calls_to_providers_are_spans(task: Task, outside: World) -> None:
    """Each request to a provider is a span with its URL."""
    del task
    called = {attributes["url.full"] for _, attributes in outside.received.spans if "url.full" in attributes}
    assert called == {
        "https://api.openai.com/v1/chat/completions",
        "https://generativelanguage.googleapis.com/v1beta/models/gemini:generateContent",
    }
