"""Connections to the embedded AWS and to its copies."""

import http.client
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from emulator.environ import HOST
from emulator.rehearsal import copy_of

COPIES, NAMES = 4, 8


def opened(environ: dict[str, str], name: str) -> str:
    """The TLS version of a connection to a host through the proxy. Raises OSError if the connection fails."""
    port = int(environ["HTTPS_PROXY"].rpartition(":")[2])
    context = ssl.create_default_context(cafile=environ["AWS_CA_BUNDLE"])
    connection = http.client.HTTPSConnection(HOST, port, timeout=60, context=context)
    connection.set_tunnel(name, 443)
    connection.connect()
    assert isinstance(connection.sock, ssl.SSLSocket)
    release = str(connection.sock.version())
    connection.close()
    return release


def test_copies_share_their_certificates(empty_aws: dict[str, str]) -> None:
    """If several copies need a certificate for a new name at once, none reads one that is still being written."""
    with ExitStack() as stack:
        copies = [stack.enter_context(copy_of(empty_aws)) for _ in range(COPIES)]
        threads = stack.enter_context(ThreadPoolExecutor(COPIES))
        for number in range(NAMES):
            name = f"a.new-{number}.amazonaws.com"
            assert set(threads.map(opened, copies, [name] * COPIES)) == {"TLSv1.3"}
