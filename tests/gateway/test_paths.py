"""With routes: which paths and fields the gateway sends with the server's key."""

import http.client
import json
from urllib.parse import urlsplit

from tests.gateway.asking import post
from tests.gateway.world import Task, World
from tests.support.waiting import PATIENCE

import pytest
import urllib3
from openai import OpenAI

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

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
    """Files, batches, stored responses, admin paths and other spellings are refused and reach no provider."""
    before = len(outside.public.asked)
    connection = http.client.HTTPConnection(urlsplit(routed.url).netloc, timeout=PATIENCE)
    connection.request(method, path, body="{}" if method == "POST" else None)
    answer = connection.getresponse()
    assert (answer.status in {404, 405}, json.loads(answer.read())["error"]["type"] != "") == (True, True)
    connection.close()
    assert len(outside.public.asked) == before


STORED: tuple[tuple[str, dict[str, object]], ...] = (
    ("/v1/responses", {"input": "x", "previous_response_id": "resp_1"}),
    ("/v1/responses", {"input": "x", "conversation": "conv_1"}),
    ("/v1/responses", {"input": "x", "prompt": {"id": "pmpt_1"}}),
    ("/v1/responses", {"input": "x", "store": True}),
    ("/v1/responses", {"input": "x", "background": True}),
    ("/v1/responses", {"input": [{"type": "item_reference", "id": "msg_1"}]}),
    ("/v1/responses", {"input": [{"id": "msg_1"}]}),
    ("/v1/responses", {"input": [{"type": "reasoning", "id": "rs_1", "summary": []}]}),
    (
        "/v1/responses",
        {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "file-1"}]}]},
    ),
    ("/v1/responses", {"input": "x", "tools": [{"type": "file_search", "vector_store_ids": ["vs_1"]}]}),
    ("/v1/responses", {"input": "x", "tools": [{"type": "code_interpreter", "container": "cntr_1"}]}),
    ("/v1/chat/completions", {"messages": [], "store": True}),
    (
        "/v1/chat/completions",
        {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_id": "file-1"}}]}]},
    ),
    (
        "/v1/chat/completions",
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "gs://b/x"}}]}]},
    ),
    (
        "/v1/messages",
        {
            "max_tokens": 1,
            "messages": [
                {"role": "user", "content": [{"type": "document", "source": {"type": "file", "file_id": "file_1"}}]}
            ],
        },
    ),
    ("/v1/messages", {"max_tokens": 1, "messages": [], "container": "container_1"}),
)
"""Inference requests that refer to items stored under the server's key, or that store one."""


@pytest.mark.parametrize(("path", "document"), STORED)
def test_no_field_refers_to_what_another_team_stored(
    routed: Task, outside: World, path: str, document: dict[str, object]
) -> None:
    """References to responses, files, vector stores and containers get 400 and reach no provider."""
    before = len(outside.public.asked)
    answer = post(routed, path, {"model": "claude" if path == "/v1/messages" else "m", **document})
    found = answer.json()
    assert (answer.status, found["error"]["code"], found["error"]["type"]) == (
        400,
        "stored_items_closed",
        "invalid_request_error",
    )
    assert found.get("type") == ("error" if path == "/v1/messages" else None)
    assert len(outside.public.asked) == before


def test_a_form_names_no_stored_file(routed: Task, outside: World) -> None:
    """A form field that names a stored file gets 400 and reaches no provider."""
    before = len(outside.public.asked)
    answer = urllib3.request(
        "POST", f"{routed.url}/v1/images/edits", fields={"model": "m", "images[][file_id]": "file-1"}, timeout=PATIENCE
    )
    assert (answer.status, answer.json()["error"]["code"]) == (400, "stored_items_closed")
    assert len(outside.public.asked) == before


def test_nothing_is_stored(routed: Task, outside: World) -> None:
    """Every response request has `store: false`, because OpenAI stores responses by default."""
    for more in ({}, {"store": False}, {"store": None}):
        assert post(routed, "/v1/responses", {"model": "m", "input": "x", **more}).status == 200
        assert outside.public.asked[-1].document["store"] is False


def test_a_tools_own_names_pass(routed: Task, outside: World) -> None:
    """A caller's function may have a parameter named file_id."""
    schema = {"type": "object", "properties": {"file_id": {"type": "string"}}}
    tools = [{"type": "function", "function": {"name": "read", "parameters": schema}}]
    assert post(routed, "/v1/chat/completions", {"model": "m", "messages": [], "tools": tools}).status == 200
    assert outside.public.asked[-1].document["tools"] == tools


def test_models(caller: OpenAI) -> None:
    """The list has the model names of ByModel and those that targets set."""
    listed = [model.id for model in caller.models.list()]
    assert {"after-429", "claude", "the-servers-model", "answered-by-the-second"} <= set(listed)
    assert listed == sorted(listed)


def test_forms_follow_the_model(routed: Task, outside: World) -> None:
    """A multipart request takes the route of its model field."""
    answer = urllib3.request(
        "POST",
        f"{routed.url}/v1/audio/transcriptions",
        fields={"model": "rebound", "file": ("a.wav", b"RIFF", "audio/wav")},
        timeout=PATIENCE,
    )
    assert answer.status == 200
    assert outside.public.asked[-1].host == "public.example.com"
    assert b"RIFF" in outside.public.asked[-1].body
