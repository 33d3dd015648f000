"""What each setting changes in the running task."""

import json
import time

from tests.conftest import Synthesize
from tests.gateway.asking import ask, seen
from tests.gateway.forbidden import HOOKS, INSIDE, LOOPBACK
from tests.gateway.network import PRIVATE
from tests.gateway.world import CALLERS_KEY, CALLERS_TOKEN, World
from tests.support.synthesized import CERTIFICATE, settings
from tests.support.waiting import PATIENCE

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]


@pytest.mark.own_network
def test_public_hosts(outside: World, synthesize: Synthesize) -> None:
    """`allow_public_hosts` lets callers use any public host, and still no internal address."""
    with outside.task(synthesize(settings(allow_public_hosts=True))) as task:
        url = "https://public.example.com/v1"
        assert ask(task, x_portkey_provider="openai", x_portkey_custom_host=url).status == 200
        assert outside.public.asked[-1].host == "public.example.com"
        before = seen(outside)
        for host in (*LOOPBACK, *INSIDE):
            assert ask(task, x_portkey_provider="openai", x_portkey_custom_host=f"https://{host}/v1").status >= 400
        assert seen(outside) == before


@pytest.mark.own_network
def test_trusted_hosts(outside: World, synthesize: Synthesize) -> None:
    """`trusted_custom_hosts` allows a private host over plain HTTP on the egress ports, and no other host or port."""
    stack = synthesize(
        settings(trusted_custom_hosts=("models.internal.example.com", PRIVATE), gateway_egress_ports=(80, 443))
    )
    with outside.task(stack) as task:
        url = "http://models.internal.example.com/v1"
        assert ask(task, x_portkey_provider="openai", x_portkey_custom_host=url).status == 200
        assert outside.private.asked[-1].headers["authorization"] == f"Bearer {CALLERS_KEY}"
        assert ask(task, x_portkey_provider="openai", x_portkey_custom_host=f"http://{PRIVATE}/v1").status == 200
        before = seen(outside)
        for host in ("169.254.170.2", f"{PRIVATE}:8080", "models.internal.example.com:9000", "127.0.0.1"):
            assert ask(task, x_portkey_provider="openai", x_portkey_custom_host=f"http://{host}/v1").status >= 400
        assert seen(outside) == before


@pytest.mark.own_network
def test_hooks(outside: World, synthesize: Synthesize) -> None:
    """`allow_caller_hooks` lets callers define guardrails; their webhooks still cannot reach internal addresses."""
    with outside.task(synthesize(settings(allow_caller_hooks=True))) as task:
        before = seen(outside)
        config = {"provider": "openai", "api_key": "k", "output_guardrails": HOOKS["output_guardrails"]}
        assert ask(task, x_portkey_config=json.dumps(config)).status in {200, 246}
        assert seen(outside) == before


def test_tokens_without_routes(outside: World, synthesize: Synthesize) -> None:
    """The verified token never leaves the task, and a request without a provider key in the right header gets 401."""
    stack = synthesize(settings(enable_jwt_auth=True, certificate_arn=CERTIFICATE))
    token = {"authorization": f"Bearer {CALLERS_TOKEN}"}
    with outside.task(stack) as task:
        before = len(outside.public.asked)
        answer = ask(task, x_portkey_provider="openai", **token)
        assert (answer.status, answer.json()["error"]["code"]) == (401, "no_provider_key")
        assert "x-portkey-api-key" in answer.json()["error"]["message"]
        assert len(outside.public.asked) == before
        answer = ask(task, x_portkey_provider="openai", x_api_key=CALLERS_KEY, **token)
        assert (answer.status, answer.json()["error"]["code"]) == (401, "no_provider_key")
        assert len(outside.public.asked) == before
        config = json.dumps({"provider": "openai", "api_key": CALLERS_KEY})
        for more in (
            {"x_portkey_provider": "openai", "x_portkey_api_key": CALLERS_KEY},
            {"x_portkey_config": config},
            {"x_portkey_config": config, "x_portkey_forward_headers": "authorization"},
        ):
            assert ask(task, **token, **more).status == 200
            asked = outside.public.asked[-1]
            assert asked.headers["authorization"] == f"Bearer {CALLERS_KEY}"
            assert CALLERS_TOKEN not in str(asked)


def test_a_stream_may_be_silent_for_as_long_as_the_setting_says(outside: World, synthesize: Synthesize) -> None:
    """The gateway waits for a provider that pauses for 2 s, and answers 504 after `max_stream_seconds` of silence."""
    with outside.task(synthesize(settings(max_stream_seconds=3))) as task:
        for model, status in (("stream-2-2", 200), ("hang-30", 504)):
            began = time.monotonic()
            answer = urllib3.request(
                "POST",
                f"{task.url}/v1/chat/completions",
                headers={"authorization": f"Bearer {CALLERS_KEY}", "x-portkey-provider": "openai"},
                json={"model": model, "messages": [], "stream": model.startswith("stream")},
                timeout=PATIENCE,
            )
            assert (answer.status, time.monotonic() - began < 15) == (status, True)


def test_no_request_ends_a_task_that_has_just_started(outside: World, synthesize: Synthesize) -> None:
    """Requests that fail right after the start do not stop the task, although Portkey cannot handle errors yet."""
    config = json.dumps({"provider": "oracle", "api_key": "k", "oracle_region": "eu-frankfurt-1"})
    with outside.task(synthesize(settings())) as task:
        for _ in range(5):
            assert ask(task, x_portkey_config=config).status >= 400
        assert ask(task, x_portkey_provider="openai").status == 200
        assert task.container.process is not None
        assert task.container.process.poll() is None
