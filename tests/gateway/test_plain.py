"""The task without routes: callers bring their own keys, and cannot reach what is inside."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import Synthesize
from tests.gateway.provider import Provider
from tests.gateway.task import INSIDE, Task, running
from tests.synthesized import settings

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

LOOPBACK = (
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "0.0.0.0",  # noqa: S104 (a spelling of loopback)
    "0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.0.0.1.",
    "ⓛocalhost",
    "user@127.0.0.1",
)
"""Ways to say loopback that reach a server on it from here."""
NEVER = (
    "169.254.169.254",
    "169.254.170.2",
    "0xa9fea9fe",
    "2852039166",
    "[::ffff:169.254.169.254]",
    "[fd00:ec2::254]",
    "10.0.10.5",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "[fe80::1]",
    "[fc00::1]",
)
"""Metadata and private addresses."""


@pytest.fixture(scope="module")
def plain(synthesize: Synthesize, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Task]:
    """The gateway alone, as dev and prod have it, not instrumented."""
    stack = synthesize(settings(instrument_gateway=False))
    with running(stack, tmp_path_factory.mktemp("plain") / "run", {}) as task:
        yield task


def ask(task: Task, **headers: str) -> urllib3.BaseHTTPResponse:
    """A completion with a caller's own headers."""
    return urllib3.request(
        "POST",
        f"{task.url}/v1/chat/completions",
        headers={"content-type": "application/json", "authorization": "Bearer callers-key", **headers},
        body=json.dumps({"model": "m", "messages": [{"role": "user", "content": "x"}]}),
        timeout=20,
        retries=False,
    )


@pytest.mark.parametrize("host", LOOPBACK)
def test_loopback_is_refused_in_every_spelling(plain: Task, asked: Provider, host: str) -> None:
    """A caller cannot make the gateway call what listens inside the task."""
    before = len(asked.asked)
    url = f"http://{host}:{asked.port}/ok/v1"
    for headers in (
        {"x-portkey-provider": "openai", "x-portkey-custom-host": url},
        {"x-portkey-config": json.dumps({"provider": "openai", "api_key": "k", "custom_host": url})},
    ):
        encoded = {name: value.encode().decode("latin-1") for name, value in headers.items()}
        assert ask(plain, **encoded).status >= 400
    assert len(asked.asked) == before


@pytest.mark.parametrize("host", NEVER)
def test_metadata_and_private_addresses_are_refused(plain: Task, host: str) -> None:
    """Refused at once, not by a connection that fails."""
    began = time.monotonic()
    answer = ask(plain, **{"x-portkey-provider": "openai", "x-portkey-custom-host": f"http://{host}/v1"})
    assert (answer.status >= 400, time.monotonic() - began < 2) == (True, True)


def test_a_name_that_resolves_to_a_private_address_is_refused(plain: Task, asked: Provider) -> None:
    """The machine's own name is at a private address, or at loopback: the name is looked up and refused."""
    before = len(asked.asked)
    name = socket.gethostname()
    answer = ask(
        plain, **{"x-portkey-provider": "openai", "x-portkey-custom-host": f"http://{name}:{asked.port}/ok/v1"}
    )
    assert answer.status >= 400
    assert len(asked.asked) == before
    assert f"{name} is at" in (plain.containers["gateway"].folder / "stderr").read_text(encoding="utf-8")


def test_it_is_as_it_was(plain: Task) -> None:
    """Without routes there is no edge: the load balancer's port is the gateway's own, healthy, and ends at once."""
    assert (list(plain.containers), plain.url) == (["gateway"], f"http://{INSIDE}:8787")
    assert plain.containers["gateway"].healthy()


def test_a_trusted_host_is_reached(synthesize: Synthesize, asked: Provider, tmp_path: Path, plain: Task) -> None:
    """What `trusted_custom_hosts` names may be private."""
    plain.stop()
    stack = synthesize(settings(instrument_gateway=False, trusted_custom_hosts=("localhost", "127.0.0.1")))
    with running(stack, tmp_path / "run", {}) as task:
        answer = ask(
            task,
            **{"x-portkey-provider": "openai", "x-portkey-custom-host": f"http://localhost:{asked.port}/ok/v1"},
        )
    assert (answer.status, asked.asked[-1].headers["authorization"]) == (200, "Bearer callers-key")
