"""Metric filters and saved queries find what they should in the access log that the gateway writes."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from constructs_lib.helpers.monitoring.access_log import METRIC_FILTERS, QUERIES
from tests.conftest import Synthesize
from tests.gateway.conftest import openai
from tests.gateway.log_insights import answer, matching
from tests.gateway.routes import ROUTES
from tests.gateway.world import PROMPT, World
from tests.support.synthesized import settings

import pytest
import urllib3
from openai import APIError

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

MESSAGES: Any = [{"role": "user", "content": PROMPT}]
ANSWERED = ("anything", "after-500")
FAILED = ("retried", "all-refuse", "hang-short", "dead", "status-503", "broken-3", "early-3")
CALLER = "the address of the test"
CALLERS_FAULT = ("not-after-400",)


@pytest.fixture(scope="module")
def lines(outside: World, synthesize: Synthesize) -> Iterator[list[str]]:
    """The log after answers, a fallback, errors of every kind, broken streams, a refusal and a disconnected caller."""
    with outside.task(synthesize(settings(routes=ROUTES, ingress_cidrs=("10.0.0.0/8",)))) as task:
        caller = openai(task)
        for model in (*ANSWERED, *FAILED, *CALLERS_FAULT):
            streamed = model in {"broken-3", "early-3"}
            with suppress(APIError):
                made: Any = caller.chat.completions.create(model=model, messages=MESSAGES, stream=streamed)
                if streamed:
                    list(made)
        with caller.chat.completions.create(model="pausing-stream", messages=MESSAGES, stream=True) as stream:
            next(iter(stream))
        urllib3.request("GET", f"{task.url}/v1/files")
        task.line(outcome="caller_left")
        task.line(outcome="refused")
        yield task.container.output.splitlines()


def access(lines: list[str]) -> list[str]:
    """The JSON lines of the access log, which CloudWatch matches with JSON patterns."""
    return [line for line in lines if line.startswith("{")]


def test_metric_filters_count_what_providers_did(lines: list[str]) -> None:
    """Each request sent to a provider counts; refused keys, timeouts, 5xx answers and broken streams are errors."""
    requests = matching(METRIC_FILTERS["provider_requests"], access(lines))
    errors = matching(METRIC_FILTERS["provider_errors"], access(lines))
    assert {line["provider"] for line in requests} == {"openai"}
    assert len(requests) == len(ANSWERED) + len(FAILED) + len(CALLERS_FAULT)
    assert len(errors) == len(FAILED), [(line["status"], line["reason"], line["outcome"]) for line in errors]
    assert {line["outcome"] for line in errors} == {"error", "provider_broke", "provider_ended_early"}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("provider-errors", {"provider": "openai", "provider_status": 500}),
        ("latency-by-provider", {"provider": "openai"}),
        ("which-target-answered", {"option": "config.targets[1]", "attempts": 2, "status": 200}),
        ("slowest-requests", {"provider": "openai", "client_ip": CALLER}),
        ("refused-requests", {"status": 404, "path": "/v1/files/…", "client_ip": CALLER, "reason": "path_closed"}),
        ("streams-cut-off", {"outcome": "provider_broke", "path": "/v1/chat/completions"}),
        ("streams-cut-off", {"outcome": "caller_left", "path": "/v1/chat/completions"}),
    ],
)
def test_saved_queries_find_it(outside: World, lines: list[str], query: str, shown: dict[str, object]) -> None:
    """Each saved query returns the row that it is for, and no column without a value."""
    shown = {name: outside.host if value == CALLER else value for name, value in shown.items()}
    rows = answer(QUERIES[query], access(lines))
    found = [row for row in rows if shown.items() <= row.items()]
    assert found, rows
    assert None not in found[0].values()


def test_every_saved_query_is_tried() -> None:
    """The parameters of the test above include every saved query."""
    (mark,) = test_saved_queries_find_it.pytestmark  # type: ignore[attr-defined] # pytest puts it there
    assert {query for query, _ in mark.args[1]} == set(QUERIES)
