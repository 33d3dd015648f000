"""OpenAI's and Anthropic's clients for Node and Python: answers, streams, tools, errors, retries and timeouts."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from local.answers import EMBEDDING, PICTURE, SOUND, SPOKEN, TOKENS
from local.stand_in import TEXT
from local.task import NODE
from tests.conftest import Synthesize
from tests.gateway.conftest import openai
from tests.gateway.routes import ROUTES
from tests.gateway.world import CALLERS_KEY, PROMPT, Task, World
from tests.support.synthesized import settings
from tests.support.waiting import PATIENCE

import pytest
from openai import APITimeoutError, BadRequestError, InternalServerError

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

SCRIPT = Path(__file__).with_name("sdk.mjs")
MESSAGES: Any = [{"role": "user", "content": PROMPT}]


@pytest.fixture(scope="module", params=["plain", "routed"])
def task(request: pytest.FixtureRequest, outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """A task with routes and a task without, as synthesized."""
    routed = settings(routes=ROUTES, ingress_cidrs=("10.0.0.0/8",))
    with outside.task(synthesize(routed if request.param == "routed" else settings())) as made:
        yield made


@pytest.fixture(scope="module")
def node(task: Task, outside: World) -> dict[str, Any]:
    """The outcome of each call of the Node clients."""
    del outside
    done = subprocess.run(
        [NODE, str(SCRIPT)],
        env={"GATEWAY_URL": task.url, "CALLERS_KEY": CALLERS_KEY, "PATH": str(NODE.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_nodes_clients(node: dict[str, Any]) -> None:
    """The Node clients read answers, streams and tool calls."""
    assert (node["openai answer"], node["anthropic answer"]) == ("Hello.", "Hello.")
    assert node["openai stream"] == {"parts": "0 1 2 "}
    assert node["anthropic stream"] == {"parts": "0 1 2 "}
    assert node["openai tools"] == "weather"
    assert node["anthropic count"]


def test_nodes_clients_beyond_chat(node: dict[str, Any], task: Task) -> None:
    """The Node clients read embeddings and responses and upload files; the log shows a stream that the caller left."""
    assert node["openai embeddings"] == list(EMBEDDING)
    assert (node["openai responses"], node["openai responses stream"]) == (TEXT, {"parts": TEXT})
    assert (node["openai image"], node["openai transcription"]) == (PICTURE, SPOKEN)
    assert node["openai cancelled"] is True
    assert task.line(outcome="caller_left", stream=True)["path"] == "/v1/chat/completions"


def test_nodes_clients_see_errors(node: dict[str, Any]) -> None:
    """Each error has the class of its provider's errors and a request id; a broken stream raises."""
    assert (node["openai error"]["name"], node["openai error"]["status"]) == ("BadRequestError", 400)
    assert node["openai error"]["request_id"] == "req-provider-1"
    assert (node["openai broken"]["name"], node["openai broken"]["parts"][:2]) == ("APIError", "0 ")
    assert (node["openai retries"]["name"], node["openai retries"]["status"]) == ("InternalServerError", 503)
    assert node["openai timeout"]["name"] == "APIConnectionTimeoutError"
    assert (node["anthropic error"]["name"], node["anthropic error"]["status"]) == ("OverloadedError", 529)


def test_pythons_openai(task: Task, outside: World) -> None:
    """A client with two retries sends three requests, because the gateway adds no retries of its own."""
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
    assert task.line(outcome="caller_left")["duration"] < 15  # the provider does not answer for 30 s


def test_pythons_openai_beyond_chat(task: Task, outside: World) -> None:
    """The client reads the answers of other endpoints, and a file arrives complete, with its content length."""
    caller = openai(task, api_key=CALLERS_KEY, default_headers={"x-portkey-provider": "openai"})
    assert caller.embeddings.create(model="any", input="x").data[0].embedding == list(EMBEDDING)
    assert caller.completions.create(model="any", prompt="x").choices[0].text == TEXT
    assert caller.responses.create(model="any", input="x").output_text == TEXT
    events = caller.responses.create(model="any", input="x", stream=True)
    assert [event.type for event in events][-1] == "response.completed"
    assert caller.images.generate(model="any", prompt="x").data[0].b64_json == PICTURE  # type: ignore[index]  # a list
    assert caller.audio.speech.create(model="any", voice="alloy", input="x").content == SOUND
    assert not caller.moderations.create(model="any", input="x").results[0].flagged
    sound = bytes(range(256)) * 1000
    assert caller.audio.transcriptions.create(model="any", file=("a.mp3", sound)).text == SPOKEN
    asked = outside.public.asked[-1]
    assert sound in asked.body
    assert asked.headers["content-length"] == str(len(asked.body))
    pictures: Any = [("a.png", b"one", "image/png"), ("b.png", b"two", "image/png")]
    edited = caller.images.edit(model="any", image=pictures, prompt="x").data
    assert [one.b64_json for one in edited or ()] == [PICTURE]
    assert outside.public.asked[-1].body.count(b"filename=") == 2


def test_pythons_anthropic(task: Task, outside: World) -> None:
    """Anthropic's client reads answers, streams, betas and token counts, and raises its own error classes."""
    package = pytest.importorskip("anthropic", reason="anthropic is not in the Pipfile yet")
    client = package.Anthropic(
        base_url=task.url, api_key=CALLERS_KEY, max_retries=0, default_headers={"x-portkey-provider": "anthropic"}
    )
    caller = task.clients.enter_context(client)
    asked = {"model": "claude", "max_tokens": 16, "messages": MESSAGES}
    assert caller.messages.create(**asked).content[0].text == "Hello."
    assert caller.beta.messages.create(**asked, betas=["one-2025-01-01"]).content[0].text == "Hello."
    assert outside.public.asked[-1].headers["anthropic-beta"] == "one-2025-01-01"
    assert caller.messages.count_tokens(model="claude", messages=MESSAGES).input_tokens == TOKENS
    with caller.messages.stream(**asked) as stream:
        assert "".join(stream.text_stream) == "0 1 2 "
    with pytest.raises(package.InternalServerError):
        caller.messages.create(**{**asked, "model": "status-529"})
