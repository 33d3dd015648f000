"""Certificates of servers on this machine hold in the strict verification of Python 3.13."""

import ssl
from pathlib import Path

from tools.certificates import Authority

import pytest


def handshake(authority: Authority, folder: Path, name: str) -> None:
    """A server with an issued certificate, and a strict client that calls it by `name`. Raises ssl.SSLError."""
    (folder / "server.pem").write_bytes(authority.issue(("api.example.com", "*.example.org"), days=1))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "server.pem")
    asking = ssl.create_default_context(cadata=authority.certificate_pem.decode("ascii"))
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(to_client, to_server, server_hostname=name)
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    pending = [client, server]
    while pending:
        for side in tuple(pending):
            try:
                side.do_handshake()
                pending.remove(side)
            except ssl.SSLWantReadError:
                continue


@pytest.mark.parametrize("name", ["api.example.com", "bucket.example.org"])
def test_strict_callers_accept_them(tmp_path: Path, name: str) -> None:
    """A client with ssl.VERIFY_X509_STRICT accepts each of the names."""
    handshake(Authority.made("test", days=1), tmp_path, name)


def test_other_names_are_refused(tmp_path: Path) -> None:
    """A certificate holds for its own names only."""
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        handshake(Authority.made("test", days=1), tmp_path, "example.com")


def test_an_authority_comes_back(tmp_path: Path) -> None:
    """An authority that was written and read signs with the same key."""
    made = Authority.made("test", days=1)
    read = Authority.of_pem(made.pem)
    assert read.certificate == made.certificate
    handshake(read, tmp_path, "api.example.com")


def test_what_is_no_authority() -> None:
    """A file without a key is refused."""
    with pytest.raises(ValueError, match="PEM"):
        Authority.of_pem(Authority.made("test", days=1).certificate_pem)
