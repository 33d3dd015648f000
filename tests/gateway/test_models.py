"""The caller chooses a model, and with it no other path, query or key of the provider."""

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
    """Every model is Google's, whose URL holds model and key."""
    stack = synthesize(settings(routes=Target(provider="google"), ingress_cidrs=("10.0.0.0/8",)))
    with outside.task(stack) as task:
        yield task


def test_googles_key_is_in_a_header(google: Task, outside: World) -> None:
    """And in no part of the URL."""
    assert post(google, "/v1/chat/completions", {"model": "gemini-2.0-flash", "messages": []}).status == 200
    seen = outside.public.asked[-1]
    assert seen.path == "/v1beta/models/gemini-2.0-flash:generateContent"
    assert seen.headers["x-goog-api-key"] == SECRETS["GOOGLE_API_KEY"]


@pytest.mark.parametrize(
    "model", [QUERY, [QUERY], "x?a=", "x#", "../cachedContents", "x/../y", "x%2fy", "x:countTokens", 1]
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/embeddings", "/v1/completions"])
def test_a_model_that_is_no_plain_name(google: Task, outside: World, model: object, path: str) -> None:
    """400, and no provider is asked: the key would be in a query parameter of the caller's."""
    before = len(outside.public.asked)
    answer = post(google, path, {"model": model, "messages": [], "input": "x", "prompt": "x"})
    assert (answer.status, answer.json()["error"]["code"]) == (400, "bad_model")
    assert SECRETS["GOOGLE_API_KEY"] not in answer.data.decode()
    assert len(outside.public.asked) == before


@pytest.mark.parametrize("model", ["publishers/evil", "a/b/c", "x:y"])
def test_a_model_that_leads_elsewhere(google: Task, outside: World, model: str) -> None:
    """A plain name, but the finished URL is none of Google's paths of inference: 400, and no provider is asked."""
    before = len(outside.public.asked)
    answer = post(google, "/v1/chat/completions", {"model": model, "messages": []})
    assert (answer.status, answer.json()["error"]["code"], len(outside.public.asked)) == (400, "bad_model", before)


def test_a_form_whose_model_is_no_plain_name(google: Task, outside: World) -> None:
    """The same in multipart requests."""
    before = len(outside.public.asked)
    answer = urllib3.request(
        "POST",
        f"{google.url}/v1/audio/transcriptions",
        fields={"model": QUERY, "file": ("a.wav", b"RIFF", "audio/wav")},
        timeout=PATIENCE,
    )
    assert (answer.status, answer.json()["error"]["code"], len(outside.public.asked)) == (400, "bad_model", before)
