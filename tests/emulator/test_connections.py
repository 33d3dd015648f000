"""Connections to the embedded AWS and to its copies."""

import http.client
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from emulator.certificates import AUTHORITY
from emulator.environ import CA_BUNDLE, HOST
from emulator.rehearsal import copy_of

import pytest

COPIES, NAMES = 4, 8


def opened(environ: dict[str, str], name: str) -> str:
    """The TLS version of a connection to a host through the proxy. Raises OSError if the connection fails."""
    port = int(environ["HTTPS_PROXY"].rpartition(":")[2])
    context = ssl.create_default_context(cafile=environ["AWS_CA_BUNDLE"])
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # Python's default from 3.13 on
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


@pytest.mark.parametrize("host", ["sts.us-east-1.amazonaws.com", "a.b.s3.amazonaws.com", "localhost"])
def test_each_host_has_a_certificate(empty_aws: dict[str, str], host: str) -> None:
    """The certificate of any host passes the verification that Python uses from 3.13 on."""
    assert opened(empty_aws, host) == "TLSv1.3"


def test_what_is_no_host_is_refused(empty_aws: dict[str, str]) -> None:
    """A name that would be a path outside the certificates' folder gets 400."""
    with pytest.raises(OSError, match="Tunnel connection failed: 400 '\\.\\./\\.\\./a' is not a host name"):
        opened(empty_aws, "../../a")


@pytest.mark.usefixtures("empty_aws")
def test_the_authoritys_key_is_private() -> None:
    """Only the owner can read it, and the bundle for callers does not have it."""
    assert AUTHORITY.stat().st_mode & 0o777 == 0o600
    assert AUTHORITY.parent.stat().st_mode & 0o777 == 0o700
    assert "PRIVATE" not in CA_BUNDLE.read_text(encoding="ascii")
