"""Request bodies: long ones, compressed ones, and ones larger than `max_body_mib`."""

import gzip
import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from tests.conftest import Synthesize
from tests.gateway.conftest import openai
from tests.gateway.routes import ROUTES
from tests.gateway.world import PROMPT, Task, World
from tests.support.synthesized import settings
from tests.support.waiting import PATIENCE

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

MESSAGES: Any = [{"role": "user", "content": PROMPT}]
MAX_BODY_MIB = 2


@pytest.fixture(scope="module")
def routed(outside: World, synthesize: Synthesize) -> Iterator[Task]:
    """A task with its own `max_body_mib`."""
    stack = synthesize(settings(routes=ROUTES, ingress_cidrs=("10.0.0.0/8",), max_body_mib=MAX_BODY_MIB))
    with outside.task(stack) as task:
        yield task


@pytest.mark.parametrize("size", [100 * 1024, 1024 * 1024])
def test_long_prompts_pass(routed: Task, outside: World, size: int) -> None:
    """Prompts of 100 KB and 1 MB reach the provider unchanged."""
    prompt = "long " * (size // 5)
    openai(routed).chat.completions.create(model="any", messages=[{"role": "user", "content": prompt}])
    assert outside.public.asked[-1].document["messages"][0]["content"] == prompt


def test_bodies_beyond_the_limit(routed: Task, outside: World) -> None:
    """A body over the limit, by content length, in chunks or once decompressed, gets 413 and reaches no provider."""
    before = len(outside.public.asked)
    limit = MAX_BODY_MIB * 2**20
    headers = {"content-type": "application/json"}
    url = f"{routed.url}/v1/chat/completions"
    long = urllib3.request("POST", url, body=b"x" * (limit + 1), headers=headers, retries=False, timeout=PATIENCE)
    packed = gzip.compress(b'{"model": "' + b"x" * limit + b'"}')
    bomb = urllib3.request(
        "POST", url, body=packed, headers={**headers, "content-encoding": "gzip"}, retries=False, timeout=PATIENCE
    )
    connection = http.client.HTTPConnection(urlsplit(routed.url).netloc, timeout=PATIENCE)
    connection.putrequest("POST", "/v1/chat/completions")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    for size in (limit, 1, 0):
        connection.send(b"%x\r\n%s\r\n" % (size, b" " * size))
    grown = connection.getresponse()
    assert (long.status, bomb.status, grown.status, len(outside.public.asked)) == (413, 413, 413, before)
    assert long.json()["error"]["type"] == "request_too_large"
    connection.close()


def test_a_compressed_body(routed: Task, outside: World) -> None:
    """The gateway decompresses a gzip body and sends JSON to the provider."""
    body = gzip.compress(json.dumps({"model": "m", "messages": MESSAGES}).encode())
    answer = urllib3.request(
        "POST",
        f"{routed.url}/v1/chat/completions",
        body=body,
        headers={"content-type": "application/json", "content-encoding": "gzip"},
        timeout=PATIENCE,
    )
    assert (answer.status, outside.public.asked[-1].document["messages"]) == (200, MESSAGES)
