"""The task with routes, tested with OpenAI's own client: keys, strategies and errors."""

import json
import time
from typing import Any

from local.stand_in import Asked
from ops.gateway.smoke import CHECKS, Gateway
from tests.gateway.asking import post
from tests.gateway.network import PRIVATE
from tests.gateway.routes import FALLS_BACK
from tests.gateway.world import CALLERS_TOKEN, PROMPT, QUERY_SECRET, SECRETS, Task, World

import pytest
from openai import APIStatusError, OpenAI

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

MESSAGES: Any = [{"role": "user", "content": PROMPT}]


def ask(caller: OpenAI, outside: World, model: str, **more: Any) -> tuple[str | None, list[Asked]]:
    """Send a prompt and return the answer and the requests that the providers received."""
    before = len(outside.public.asked)
    answer = caller.chat.completions.create(model=model, messages=more.pop("messages", MESSAGES), **more)
    return answer.choices[0].message.content, outside.public.asked[before:]


def failure(caller: OpenAI, model: str) -> APIStatusError:
    """Return the error that a request for a model raises."""
    with pytest.raises(APIStatusError) as caught:
        caller.chat.completions.create(model=model, messages=MESSAGES)
    return caught.value


def test_a_completion(caller: OpenAI, outside: World) -> None:
    """With default settings the provider receives the server's key and nothing from the caller's headers."""
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
    """A credential or configuration in any of the caller's headers does not reach the provider."""
    value = json.dumps(
        {"provider": "openai", "api_key": "of-the-caller", "custom_host": "https://public.example.com/v1"}
    )
    _, (seen,) = ask(caller, outside, "anything", extra_headers={header: value})
    assert "of-the-caller" not in str(seen)
    assert seen.host == "api.openai.com"


def test_a_connection_header_removes_nothing(routed: Task, outside: World) -> None:
    """`Connection: x-portkey-config` does not remove the gateway's own header from the request."""
    answer = post(routed, "/v1/chat/completions", {"model": "m", "messages": []}, connection="x-portkey-config, close")
    assert (answer.status, outside.public.asked[-1].headers["authorization"]) == (
        200,
        f"Bearer {SECRETS['OPENAI_API_KEY']}",
    )


@pytest.mark.parametrize("model", [*(f"after-{status}" for status in FALLS_BACK), "after-dead", "after-hang"])
def test_fallback(caller: OpenAI, outside: World, model: str) -> None:
    """If a provider refuses, fails, is unreachable or does not answer, the next one answers, with its own key."""
    began = time.monotonic()
    answer, seen = ask(caller, outside, model)
    assert (answer, seen[-1].headers["authorization"]) == ("Hello.", f"Bearer {SECRETS['SECOND_API_KEY']}")
    assert time.monotonic() - began < 15  # the provider does not answer for 20 s


def test_no_fallback_for_the_callers_fault(caller: OpenAI, outside: World) -> None:
    """The caller gets a provider's 400, and no other provider receives the request."""
    before = len(outside.public.asked)
    assert failure(caller, "not-after-400").status_code == 400
    assert len(outside.public.asked) - before == 1


def test_weights(caller: OpenAI, outside: World) -> None:
    """Requests split three to one, within four standard deviations for 200 requests."""
    seen = [ask(caller, outside, "weights")[1][0].headers["authorization"] for _ in range(200)]
    assert abs(seen.count(f"Bearer {SECRETS['OPENAI_API_KEY']}") - 150) < 4 * (200 * 0.75 * 0.25) ** 0.5
    assert len(set(seen)) == 2


def test_retries(caller: OpenAI, outside: World) -> None:
    """The gateway retries a failing provider as many times as the target sets."""
    before = len(outside.public.asked)
    error = failure(caller, "retried")
    assert (error.status_code, len(outside.public.asked) - before) == (500, 3)


def test_retry_after(caller: OpenAI, outside: World) -> None:
    """The gateway waits for as long as the provider's Retry-After before it retries."""
    began, before = time.monotonic(), len(outside.public.asked)
    assert failure(caller, "retried-after").status_code == 429
    assert len(outside.public.asked) - before == 2
    assert time.monotonic() - began >= 1


def test_overrides(caller: OpenAI, outside: World) -> None:
    """The server's parameters override the caller's."""
    _, (seen,) = ask(caller, outside, "overridden", temperature=1)
    assert (seen.document["model"], seen.document["temperature"]) == ("the-servers-model", 0)


@pytest.mark.own_network
def test_a_settings_host_may_be_private(caller: OpenAI, outside: World) -> None:
    """A target's `custom_host` may be a private host in the VPC."""
    before = len(outside.private.asked)
    assert caller.chat.completions.create(model="internal", messages=MESSAGES).choices[0].message.content == "Hello."
    assert [one.host for one in outside.private.asked[before:]] == ["models.internal.example.com"]


def test_the_smoke_tests(routed: Task) -> None:
    """The checks of `make smoke` pass on this gateway."""
    for check in CHECKS:
        model = "stream" if check == "long stream" else "any"
        outcome, detail = CHECKS[check](Gateway(url=routed.url, model=model, headers={}, stream_seconds=1))
        assert outcome == "passed", (check, detail)


def test_the_providers_private_headers_stay(caller: OpenAI) -> None:
    """The provider's cookie and organization are removed; its request id is passed on together with the gateway's."""
    answer = caller.chat.completions.with_raw_response.create(model="any", messages=MESSAGES)
    assert {"set-cookie", "openai-organization"}.isdisjoint(answer.headers)
    assert answer.headers["x-request-id"] == "req-provider-1"
    assert len(answer.headers["x-gateway-request-id"]) == 36


def test_metadata(routed: Task) -> None:
    """Metadata must be a short JSON object of strings; other values get 400."""
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
    """Each request has a log line with provider, target and attempts; `nothing_leaks` checks it for prompts."""
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


@pytest.mark.own_network
def test_the_address_of_a_settings_name_decides(routed: Task, outside: World) -> None:
    """No model name makes the gateway send a request to a private address."""
    before = len(outside.private.asked)
    for model, status in ((PRIVATE, 200), ("http://169.254.170.2/", 400), ("models.internal.example.com", 200)):
        assert post(routed, "/v1/chat/completions", {"model": model, "messages": []}).status == status
    assert len(outside.private.asked) == before
