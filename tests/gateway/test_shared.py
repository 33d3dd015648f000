"""With routes and tokens: what teams share under the server's key, and which scope allows it."""

import base64
import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

from constructs_lib.helpers.access import RESOURCE_SERVER
from constructs_lib.helpers.task.routes import Target
from tests.conftest import Synthesize
from tests.gateway.world import Task, World
from tests.support.synthesized import CERTIFICATE, settings
from tests.support.waiting import PATIENCE

import pytest

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

INVOKE, ADMIN = f"{RESOURCE_SERVER}/invoke", f"{RESOURCE_SERVER}/admin"


@pytest.fixture(scope="module")
def shared(outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """A task with OpenAI, the server's key, and the shared endpoint `files`."""
    stack = synthesize(
        settings(
            routes=Target(provider="openai"),
            enable_jwt_auth=True,
            certificate_arn=CERTIFICATE,
            shared_endpoints=("files",),
        )
    )
    with outside.task(stack) as task:
        yield task


def ask(task: Task, path: str, scope: str, method: str = "GET", body: object = None) -> tuple[int, str]:
    """Send a request with a token to exactly this path, and return the answer's status and error code."""
    payload = base64.urlsafe_b64encode(json.dumps({"scope": scope, "client_id": "team"}).encode()).decode().rstrip("=")
    connection = http.client.HTTPConnection(urlsplit(task.url).netloc, timeout=PATIENCE)
    headers = {"authorization": f"Bearer h.{payload}.s", "content-type": "application/json"}
    connection.request(method, path, body=json.dumps(body) if body is not None else None, headers=headers)
    answer = connection.getresponse()
    document = json.loads(answer.read())
    connection.close()
    return answer.status, (document.get("error") or {}).get("code", "")


def test_the_scope_admin_reaches_what_is_opened(shared: Task, outside: World) -> None:
    """A token with the admin scope reaches the files endpoint, with the server's key."""
    assert ask(shared, "/v1/files/file-1", f"{INVOKE} {ADMIN}") == (200, "")
    assert outside.public.asked[-1].path == "/v1/files/file-1"


def test_files_may_be_named_where_they_are_opened(shared: Task, outside: World) -> None:
    """Every team may name files if the endpoint is shared; stored responses stay closed."""
    content = [{"type": "file", "file": {"file_id": "file-1"}}]
    document = {"model": "m", "messages": [{"role": "user", "content": content}]}
    assert ask(shared, "/v1/chat/completions", INVOKE, "POST", document) == (200, "")
    assert outside.public.asked[-1].document["messages"] == document["messages"]
    stored = {"model": "m", "input": "x", "previous_response_id": "resp_1"}
    assert ask(shared, "/v1/responses", INVOKE, "POST", stored) == (400, "stored_items_closed")


@pytest.mark.parametrize(
    "scope", [INVOKE, f"{INVOKE} other/admin", "admin", "https://other.example.com/admin", f"{INVOKE}/admin"]
)
def test_no_other_scope_does(shared: Task, outside: World, scope: str) -> None:
    """Only the gateway's own admin scope counts, not the admin scope of another resource server."""
    before = len(outside.public.asked)
    assert ask(shared, "/v1/files", scope) == (403, "needs_admin")
    assert len(outside.public.asked) == before


@pytest.mark.parametrize("path", ["/v1/files/..", "/v1/files/.", "/v1/files/../content", "/v1/files/%2e%2e"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_dots_are_no_identifier(shared: Task, outside: World, path: str, method: str) -> None:
    """Dots in place of a file's id get 404, because they would lead to another path of the provider."""
    before = len(outside.public.asked)
    assert ask(shared, path, f"{INVOKE} {ADMIN}", method) == (404, "unknown_path")
    assert len(outside.public.asked) == before
