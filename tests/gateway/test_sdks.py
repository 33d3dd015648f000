"""OpenAI's and Anthropic's clients for Node and Python in both modes: answers, streams, tools, errors, retries, timeouts."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.task import NODE
from tests.conftest import Synthesize
from tests.gateway.conftest import openai
from tests.gateway.routes import ROUTES
from tests.gateway.world import CALLERS_KEY, PROMPT, Task, World
from tests.synthesized import settings

import pytest
from openai import APITimeoutError, BadRequestError, InternalServerError

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

SCRIPT = Path(__file__).with_name("sdk.mjs")
MESSAGES: Any = [{"role": "user", "content": PROMPT}]


@pytest.fixture(scope="module", params=["plain", "routed"])
def task(request: pytest.FixtureRequest, outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """Both modes, as synthesized."""
    routed = settings(routes=ROUTES, ingress_cidrs=("10.0.0.0/8",))
    with outside.task(synthesize(routed if request.param == "routed" else settings())) as made:
        yield made


@pytest.fixture(scope="module")
def node(task: Task, outside: World) -> dict[str, Any]:
    """What each call of Node's clients ended with."""
    del outside
    done = subprocess.run(
        [NODE, str(SCRIPT)],
        env={"GATEWAY_URL": task.url, "CALLERS_KEY": CALLERS_KEY, "PATH": str(NODE.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_nodes_clients(node: dict[str, Any]) -> None:
    """They find answers, streams and tool calls where they look for them."""
    assert (node["openai answer"], node["anthropic answer"]) == ("Hello.", "Hello.")
    assert node["openai stream"] == {"parts": "0 1 2 "}
    assert node["anthropic stream"] == {"parts": "0 1 2 "}
    assert node["openai tools"] == "weather"
    assert node["anthropic count"]


def test_nodes_clients_see_errors(node: dict[str, Any]) -> None:
    """Each as the class that its provider's errors have, with a request id; a broken stream raises."""
    assert (node["openai error"]["name"], node["openai error"]["status"]) == ("BadRequestError", 400)
    assert node["openai error"]["request_id"] == "req-provider-1"
    assert (node["openai broken"]["name"], node["openai broken"]["parts"][:2]) == ("APIError", "0 ")
    assert (node["openai retries"]["name"], node["openai retries"]["status"]) == ("InternalServerError", 503)
    assert node["openai timeout"]["name"] == "APIConnectionTimeoutError"
    assert (node["anthropic error"]["name"], node["anthropic error"]["status"]) == ("OverloadedError", 529)


def test_pythons_openai(task: Task, outside: World) -> None:
    """Retries of the client multiply with those of a route: three requests for one call without any of ours."""
    caller = openai(task, api_key=CALLERS_KEY, default_headers={"x-portkey-provider": "openai"})
    tools: Any = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
    answer = caller.chat.completions.create(model="any", messages=MESSAGES, tools=tools)
    assert answer.choices[0].message.tool_calls is not None
    before = len(outside.public.asked)
    with pytest.raises(InternalServerError):
        caller.with_options(max_retries=2).chat.completions.create(model="status-503", messages=MESSAGES)
    assert len(outside.public.asked) - before == 3
    with pytest.raises(BadRequestError) as caught:
        caller.chat.completions.create(model="status-400", messages=MESSAGES)
    assert caught.value.request_id == "req-provider-1"
    with pytest.raises(APITimeoutError):
        caller.with_options(timeout=1).chat.completions.create(model="hang", messages=MESSAGES)
    assert task.line(outcome="caller_left")["duration"] < 3


def test_pythons_anthropic(task: Task) -> None:
    """Answers, streams, and errors of its own classes."""
    package = pytest.importorskip("anthropic", reason="anthropic is not in the Pipfile yet")
    caller = package.Anthropic(
        base_url=task.url, api_key=CALLERS_KEY, max_retries=0, default_headers={"x-portkey-provider": "anthropic"}
    )
    asked = {"model": "claude", "max_tokens": 16, "messages": MESSAGES}
    assert caller.messages.create(**asked).content[0].text == "Hello."
    with caller.messages.stream(**asked) as stream:
        assert "".join(stream.text_stream) == "0 1 2 "
    with pytest.raises(package.InternalServerError):
        caller.messages.create(**{**asked, "model": "status-529"})
