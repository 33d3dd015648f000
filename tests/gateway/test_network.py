"""The network of the tests has the names and addresses that the tests assume."""

import socket
from pathlib import Path

from tests.gateway.network import CREDENTIALS, PRIVATE, PUBLIC, PUBLIC_NAMES
from tests.gateway.world import World

import pytest
import urllib3

pytestmark = [pytest.mark.gateway, pytest.mark.own_network, pytest.mark.xdist_group("gateway")]


def test_names_and_addresses_are_those_of_aws(outside: World) -> None:
    """Providers' names resolve to the public address, and internal addresses answer a process that connects to them."""
    del outside
    assert {socket.gethostbyname(name) for name in PUBLIC_NAMES} == {PUBLIC}
    assert urllib3.request("GET", f"http://{CREDENTIALS}/").status == 200
    assert urllib3.request("GET", f"http://{PRIVATE}/v1/models").status == 200
    assert Path("/etc/hosts").read_text(encoding="utf-8").startswith("127.0.0.1 localhost")
