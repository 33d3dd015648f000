"""One running task with routes of every kind, for all tests that do not stop it."""

import threading
import time
from collections.abc import Iterator

from constructs_lib.helpers.routes import ByModel, Fallback, LoadBalance, Route, Target
from tests.conftest import Synthesize
from tests.gateway.provider import Provider, Received, provider, receiver
from tests.gateway.task import Task, running
from tests.synthesized import Synthesized, settings

import attrs
import pytest
from openai import OpenAI

SECRETS = {"OPENAI_API_KEY": "sk-server-openai", "SECOND_API_KEY": "sk-server-second"}
CALLERS_TOKEN = "the-callers-own-token"  # noqa: S105 (made up)
STREAM_SECONDS = 90
MAX_BODY_MIB = 2
NOBODYS_PORT = 8788


def routes(asked: Provider) -> Route:
    """One model for each thing to see; the default is a plain target."""

    def target(behaviour: str, **more: object) -> Target:
        return Target(provider="openai", custom_host=asked.host(behaviour), **more)  # type: ignore[arg-type]  # one of its fields

    second = Target(provider="openai", key="second", custom_host=asked.host())
    return ByModel(
        models={
            "after-429": Fallback(targets=(target("status-429"), second)),
            "after-500": Fallback(targets=(target("status-500"), second)),
            "after-503": Fallback(targets=(target("status-503"), second)),
            "after-dead-host": Fallback(
                targets=(Target(provider="openai", custom_host=f"http://127.0.0.1:{NOBODYS_PORT}/v1"), second)
            ),
            "not-after-400": Fallback(targets=(target("status-400"), second)),
            "weights": LoadBalance(targets=(target("ok", weight=3), attrs.evolve(second, weight=1))),
            "retried": target("status-500", retries=2),
            "overridden": target("ok", override_params={"model": "the-servers-model", "temperature": 0}),
            "stream": target("stream-40-0.05"),
            "long-stream": target(f"stream-{STREAM_SECONDS}-1"),
            "pausing-stream": target("stream-8-0.5"),
        },
        default=target("ok"),
    )


@pytest.fixture(scope="session")
def asked() -> Iterator[Provider]:
    """The provider behind every route."""
    with provider() as made:
        yield made


@pytest.fixture(scope="session")
def received() -> Iterator[Received]:
    """What arrives where the collector listens."""
    with receiver() as made:
        yield made


@pytest.fixture(scope="session")
def stack(asked: Provider, synthesize: Synthesize) -> Synthesized:
    """An environment with routes, instrumented."""
    return synthesize(
        settings(
            routes=routes(asked),
            ingress_cidrs=("10.0.0.0/8",),
            trusted_custom_hosts=("127.0.0.1",),
            max_body_mib=MAX_BODY_MIB,
        )
    )


@pytest.fixture(scope="module")
def task(stack: Synthesized, received: Received, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Task]:
    """The running task; it ends with its module, because the others need its ports."""
    del received  # has to be there before the gateway sends
    with running(stack, tmp_path_factory.mktemp("task") / "run", SECRETS, OTEL_METRIC_EXPORT_INTERVAL="2000") as made:
        yield made


@pytest.fixture(scope="module")
def caller(task: Task) -> OpenAI:
    """A caller with a token of its own."""
    return client_of(task)


def client_of(task: Task) -> OpenAI:
    """OpenAI's own client, pointed at the task."""
    return OpenAI(base_url=f"{task.url}/v1", api_key=CALLERS_TOKEN, max_retries=0, timeout=150)


@attrs.define
class LongStream:
    """When each chunk of a real stream of a minute and a half came."""

    thread: threading.Thread
    arrivals: list[float]
    ended: list[str]


@pytest.fixture(scope="module")
def long_stream(caller: OpenAI) -> LongStream:
    """Runs beside the other tests."""
    arrivals: list[float] = []
    ended: list[str] = []

    def read() -> None:
        with caller.chat.completions.create(model="long-stream", messages=[], stream=True) as stream:
            for event in stream:
                arrivals.append(time.monotonic())
                if event.choices[0].finish_reason:
                    ended.append(event.choices[0].finish_reason)

    thread = threading.Thread(target=read)
    thread.start()
    return LongStream(thread, arrivals, ended)
