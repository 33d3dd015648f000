"""Without routes: which hosts an anonymous caller can reach, by any field that takes a host."""

import json
import time
from collections.abc import Callable

from tests.gateway.asking import ask, seen
from tests.gateway.forbidden import INSIDE, LOOPBACK
from tests.gateway.network import PRIVATE, PUBLIC
from tests.gateway.world import CALLERS_KEY, Task, World

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.own_network, pytest.mark.xdist_group("gateway")]


WAYS: dict[str, Callable[[str], dict[str, str]]] = {
    "custom host": lambda url: {"x_portkey_provider": "openai", "x_portkey_custom_host": url},
    "hugging face": lambda url: {"x_portkey_provider": "huggingface", "x_portkey_huggingface_base_url": url},
    "azure": lambda url: {"x_portkey_provider": "azure-ai", "x_portkey_azure_foundry_url": url},
    "in a config": lambda url: {
        "x_portkey_config": json.dumps({"provider": "openai", "api_key": "k", "custom_host": url})
    },
    "camel case": lambda url: {
        "x_portkey_config": json.dumps({"provider": "openai", "api_key": "k", "customHost": url})
    },
    "hugging face in a config": lambda url: {
        "x_portkey_config": json.dumps({"provider": "huggingface", "api_key": "k", "huggingface_base_url": url})
    },
    "azure in a config": lambda url: {
        "x_portkey_config": json.dumps({"provider": "azure-ai", "api_key": "k", "azure_foundry_url": url})
    },
}
"""The fields in which a caller can set a URL."""


@pytest.mark.parametrize("host", [*LOOPBACK, *INSIDE])
def test_no_address_inside_is_reached(plain: Task, outside: World, host: str) -> None:
    """An internal address is refused at once in every spelling and every field, and receives no request."""
    before = seen(outside)
    for way in WAYS.values():
        for url in (f"http://{host}/v1", f"https://{host}/v1", f"http://{host}:8080/v1"):
            began = time.monotonic()
            assert ask(plain, **way(url)).status >= 400
            assert time.monotonic() - began < 15
    assert seen(outside) == before


def test_the_proxy_path_reaches_nothing_inside(plain: Task, outside: World) -> None:
    """The proxy path reaches no internal address, although Portkey itself checks no host there."""
    before = seen(outside)
    for path in ("/v1/proxy/latest/meta-data", "/v1/proxy/v2/credentials"):
        for method in ("GET", "POST"):
            for host in ("http://169.254.170.2", f"http://{PRIVATE}", "http://127.0.0.1:4318"):
                answer = ask(plain, path, method=method, x_portkey_provider="openai", x_portkey_custom_host=host)
                assert answer.status >= 400
    assert seen(outside) == before


@pytest.mark.parametrize("status", ["302", "307", "308"])
def test_a_redirect_leads_nowhere(plain: Task, outside: World, status: str) -> None:
    """The gateway does not follow a provider's redirect to an internal address."""
    before = seen(outside)
    answer = urllib3.request(
        "POST",
        f"{plain.url}/v1/chat/completions",
        headers={"x-portkey-provider": "openai", "authorization": f"Bearer {CALLERS_KEY}"},
        json={"model": f"redirect-{status}", "messages": []},
        redirect=False,
    )
    assert (answer.status, answer.json()["error"]["code"]) == (502, "provider_redirect")
    assert seen(outside) == before


def test_a_public_host_that_is_no_provider_is_refused(plain: Task, outside: World) -> None:
    """A public host that belongs to no provider gets 400, so that the gateway is not an open relay."""
    before = len(outside.public.asked)
    for way in WAYS.values():
        for url in ("https://public.example.com/v1", f"https://{PUBLIC}/v1", "http://api.openai.com/v1"):
            assert ask(plain, **way(url)).status == 400
    assert len(outside.public.asked) == before


@pytest.mark.parametrize(
    "host",
    [
        "storage.googleapis.com",
        "mine.eu-west-1.aws.endpoints.huggingface.cloud",
        "mine.eastus.inference.ml.azure.com",
        "api.openai.com:8443",
    ],
)
def test_what_anyone_can_own_is_no_provider(plain: Task, host: str) -> None:
    """Hosts on which anyone can store files or run code are refused, and so is another port of a provider's host."""
    answer = ask(plain, x_portkey_provider="openai", x_portkey_custom_host=f"https://{host}/v1")
    assert (answer.status, answer.json()["error"]["code"]) == (400, "host_not_allowed")
