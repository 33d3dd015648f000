"""A caller can choose the model, but cannot change the provider's path, query or key through the model's name."""

from collections.abc import Iterator

from constructs_lib.helpers.task.routes import Target
from tests.conftest import Synthesize
from tests.gateway.asking import post
from tests.gateway.world import SECRETS, Task, World
from tests.support.synthesized import settings
from tests.support.waiting import PATIENCE

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

QUERY = "gemini-2.0-flash:generateContent?key=ATTACKERS&fields="


@pytest.fixture(scope="module")
def google(outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """A task that sends every model to Google, whose URLs contain the model's name."""
    stack = synthesize(settings(routes=Target(provider="google"), ingress_cidrs=("10.0.0.0/8",)))
    with outside.task(stack) as task:
        yield task


def test_googles_key_is_in_a_header(google: Task, outside: World) -> None:
    """The key is sent in a header and does not appear in the URL."""
    assert post(google, "/v1/chat/completions", {"model": "gemini-2.0-flash", "messages": []}).status == 200
    seen = outside.public.asked[-1]
    assert seen.path == "/v1beta/models/gemini-2.0-flash:generateContent"
    assert seen.headers["x-goog-api-key"] == SECRETS["GOOGLE_API_KEY"]


@pytest.mark.parametrize(
    "model", [QUERY, [QUERY], "x?a=", "x#", "../cachedContents", "x/../y", "x%2fy", "x:countTokens", 1]
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/embeddings", "/v1/completions"])
def test_a_model_that_is_no_plain_name(google: Task, outside: World, model: object, path: str) -> None:
    """A model name with URL syntax gets 400 and reaches no provider, so the key cannot end up in a query parameter."""
    before = len(outside.public.asked)
    answer = post(google, path, {"model": model, "messages": [], "input": "x", "prompt": "x"})
    assert (answer.status, answer.json()["error"]["code"]) == (400, "bad_model")
    assert SECRETS["GOOGLE_API_KEY"] not in answer.data.decode()
    assert len(outside.public.asked) == before


@pytest.mark.parametrize("model", ["publishers/evil", "a/b/c", "x:y"])
def test_a_model_that_leads_elsewhere(google: Task, outside: World, model: str) -> None:
    """A model name that would lead to a path other than Google's inference paths gets 400 and reaches no provider."""
    before = len(outside.public.asked)
    answer = post(google, "/v1/chat/completions", {"model": model, "messages": []})
    assert (answer.status, answer.json()["error"]["code"], len(outside.public.asked)) == (400, "bad_model", before)


def test_a_form_whose_model_is_no_plain_name(google: Task, outside: World) -> None:
    """A multipart request with such a model name gets 400 and reaches no provider."""
    before = len(outside.public.asked)
    answer = urllib3.request(
        "POST",
        f"{google.url}/v1/audio/transcriptions",
        fields={"model": QUERY, "file": ("a.wav", b"RIFF", "audio/wav")},
        timeout=PATIENCE,
    )
    assert (answer.status, answer.json()["error"]["code"], len(outside.public.asked)) == (400, "bad_model", before)
