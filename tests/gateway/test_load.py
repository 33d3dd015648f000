"""Load: large prompts that stay within the container's memory, and a route with two hundred models."""

import json
import threading
import time
from collections import Counter
from pathlib import Path

from tests.conftest import Synthesize
from tests.gateway.conftest import openai
from tests.gateway.memory import MEBIBYTE, most_memory
from tests.gateway.world import CALLERS_KEY, PROMPT, SECRETS, Task, World
from tests.support.environments import many_models
from tests.support.synthesized import settings
from tests.support.waiting import PATIENCE

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

AT_ONCE = 24


def post(task: Task, body: bytes, statuses: Counter[int], headers: list[dict[str, str]]) -> None:
    """Send one large prompt."""
    answer = urllib3.request(
        "POST",
        f"{task.url}/v1/chat/completions",
        body=body,
        headers={
            "content-type": "application/json",
            "x-portkey-provider": "openai",
            "authorization": f"Bearer {CALLERS_KEY}",
        },
        retries=False,
        timeout=PATIENCE,
    )
    statuses[answer.status] += 1
    if answer.status == 503:
        headers.append(dict(answer.headers))


def test_large_prompts_stay_within_the_containers_memory(outside: World, synthesize: Synthesize) -> None:
    """Of 24 prompts of 9 MB at once, those that fit in memory pass, the others get 503 with Retry-After."""
    stack = synthesize(settings())
    limit = stack.containers()["gateway"]["memory"]
    body = json.dumps(
        {"model": "stream-1-1", "stream": True, "messages": [{"role": "user", "content": "x" * 9 * MEBIBYTE}]}
    ).encode()
    statuses: Counter[int] = Counter()
    refused: list[dict[str, str]] = []
    with outside.task(stack) as task:
        assert task.container.process is not None
        ended, memory = threading.Event(), []  # type: tuple[threading.Event, list[float]]
        watching = threading.Thread(target=most_memory, args=(task.container.process.pid, ended, memory))
        watching.start()
        for _ in range(2):
            threads = [threading.Thread(target=post, args=(task, body, statuses, refused)) for _ in range(AT_ONCE)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        ended.set()
        watching.join()
        assert task.container.process.poll() is None
        assert task.container.healthy()
    assert (set(statuses), sum(statuses.values())) == ({200, 503}, 2 * AT_ONCE)
    assert {one["retry-after"] for one in refused} == {"1"}
    assert memory[0] < limit, memory


def test_bodies_of_many_small_values(outside: World, synthesize: Synthesize) -> None:
    """10 MiB of empty objects or brackets (10 KB compressed) are refused before parsing; other requests still pass."""
    stack = synthesize(settings())
    limit = stack.containers()["gateway"]["memory"]
    size = 10 * MEBIBYTE - 100
    objects, brackets = b'{"messages":[' + b"{}," * (size // 3) + b"{}]}", b"[" * size
    most = b'{"model":"m","messages":[' + b"{}," * 245_000 + b"{}]}"
    statuses: Counter[int] = Counter()
    with outside.task(stack) as task:
        assert task.container.process is not None
        ended, memory = threading.Event(), []  # type: tuple[threading.Event, list[float]]
        watching = threading.Thread(target=most_memory, args=(task.container.process.pid, ended, memory))
        watching.start()
        began = time.monotonic()
        for body in (objects, brackets, most):
            threads = [threading.Thread(target=post, args=(task, body, statuses, [])) for _ in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert time.monotonic() - began < 60
        ended.set()
        watching.join()
        assert task.container.healthy()
        assert {413, 400, 200} <= set(statuses) <= {413, 400, 200, 503}
        assert memory[0] < limit, memory
        answer = urllib3.request("POST", f"{task.url}/v1/chat/completions", body=b"{", retries=False, timeout=PATIENCE,
                                 headers={"content-type": "application/json", "x-portkey-provider": "openai"})  # fmt: skip
        assert (answer.status, answer.json()["error"]["code"]) == (401, "no_provider_key")


def test_two_hundred_models(outside: World, synthesize: Synthesize, tmp_path: Path) -> None:
    """With two hundred models of two targets each, every request gets its own target's parameters."""
    del tmp_path
    stack = synthesize(settings(routes=many_models(200), ingress_cidrs=("10.0.0.0/8",)))
    with outside.task(stack, SECRETS) as task:
        caller = openai(task)
        for number in (0, 99, 199):
            answer = caller.chat.completions.create(
                model=f"model-{number}", messages=[{"role": "user", "content": PROMPT}]
            )
            assert answer.choices[0].message.content == "Hello."
            asked = outside.public.asked[-1].document
            assert (asked["model"], asked["seed"]) == (f"gpt-{number}", number)
        assert len(list(caller.models.list())) >= 400
