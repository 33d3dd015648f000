"""Moto's proxy as a server on loopback: one call at a time, a clear answer to what it does not know."""

import json
import logging
import os
import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from typing import Any

from emulator.added_calls import add_calls
from emulator.control import Control
from emulator.environ import HOST
from emulator.faults import Faults

from moto.moto_proxy.certificate_creator import CertificateCreator
from moto.moto_proxy.proxy3 import MotoRequestHandler, ProxyRequestHandler

logger = logging.getLogger("emulator")
# Its import turns its own log of every call on.
logging.getLogger("MOTO_PROXY").setLevel(logging.ERROR)

Answer = tuple[int, dict[str, str], str | bytes]


def error_answer(host: str, status: int, code: str, message: str) -> Answer:
    """An error as the service behind a host name would write it: every AWS protocol has its own form."""
    if ".s3." in host or "//s3." in host:
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    elif "//ec2." in host:
        body = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
    elif any(f"//{service}." in host for service in ("iam", "sts", "elasticloadbalancing", "monitoring", "sns")):
        body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    else:
        return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps({"__type": code, "message": message})
    return status, {"Content-Type": "text/xml"}, body


def described(method: str, host: str, path: str, headers: Any, body: bytes | None) -> str:
    """A call in a few words: its target or action, and with which access key it was signed."""
    action = headers.get("X-Amz-Target", "")
    if not action and body and body.startswith(b"Action="):
        action = body.split(b"&", 1)[0].decode()
    key = headers.get("Authorization", "").partition("Credential=")[2].partition("/")[0]
    return " ".join(filter(None, (method, host + path.split("?", maxsplit=1)[0], action, f"key={key or '-'}")))


class Calls(MotoRequestHandler):
    """Hands each call to moto, one at a time, so that conditional writes are as atomic as on AWS."""

    control = Control(Lock())
    faults = Faults(0)

    def parse_request(self, method: str, host: str, path: str, headers: Any, body: bytes | None) -> Any:
        """Answer a call; what moto does not know or trips over is a 501, which no AWS SDK retries."""
        if (controlled := self.control.answer(method, host, path)) is not None:
            return controlled
        what = described(method, host, path, headers, body)
        self.control.hold(what)
        with self.control.lock:
            if not host.startswith("http://") and (fault := self.faults.next_one(host)):
                logger.info("%s -> %s %s (on purpose)", what, fault.status, fault.code)
                return error_answer(host, fault.status, fault.code, fault.message)
            try:
                answer = super().parse_request(method, host, path, headers, body)
            except NotImplementedError as error:
                logger.warning("%s -> 501 %s", what, error)
                return error_answer(host, 501, "NotImplemented", f"the embedded AWS lacks this call: {error}")
            except Exception as error:
                if hasattr(error, "get_headers"):  # an AWS error, which moto's proxy writes itself
                    raise
                logger.exception("%s -> 501", what)
                said = f"the embedded AWS cannot do this: {type(error).__name__}"
                return error_answer(host, 501, "NotImplemented", said)
        if isinstance(answer, tuple) and answer[2] == b"AWS Service not recognized or supported":
            logger.warning("%s -> 501 unknown host", what)
            return error_answer(host, 501, "NotImplemented", "the embedded AWS knows no service at this address")
        logger.info("%s -> %s", what, answer[0] if isinstance(answer, tuple) else 200)
        return answer


class Proxy(ProxyRequestHandler):
    """Moto's proxy with our call handler."""

    def __init__(self, *connection: Any) -> None:
        # Like its parent's, which makes its own call handler.
        self.protocol_version = "HTTP/1.1"
        self.moto_request_handler = Calls(connection[2].server_address[1])
        self.cert_creator = CertificateCreator()
        BaseHTTPRequestHandler.__init__(self, *connection)

    def end_headers(self) -> None:
        """Say that the connection ends with the answer: moto's proxy ends it, and callers would use it again."""
        if isinstance(self.connection, ssl.SSLSocket):
            self.send_header("Connection", "close")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its parent's name)
        """Leave the log to Calls, which knows more."""


class Server(ThreadingHTTPServer):
    """Threads that end with the process, whatever connection is open."""

    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 (its parent's names)
        """A caller that hangs up is no news."""
        logger.debug("the connection of %s ended", client_address)


@contextmanager
def certificates_outside_the_package() -> Iterator[None]:
    """Let moto write the certificates it makes for each host to a folder of their own, gone at the end."""
    template = Path(CertificateCreator.certdir) / "req.conf.tmpl"
    with tempfile.TemporaryDirectory(prefix="emulator-") as folder:
        shutil.copy(template, folder)
        kept, CertificateCreator.certdir = CertificateCreator.certdir, folder
        try:
            yield
        finally:
            CertificateCreator.certdir = kept


@contextmanager
def serving(port: int, *, faults: int = 0) -> Iterator[Server]:
    """The embedded AWS on a port of loopback (0: any that is free), not yet answering.

    The first `faults` calls meet throttles and server errors. Raises OSError where the port is taken.
    """
    add_calls()
    os.environ["TEST_PROXY_MODE"] = "true"  # as moto's own launcher does
    Calls.faults = Faults(faults)
    with certificates_outside_the_package(), Server((HOST, port), Proxy) as server:

        def serve_copy(tell: Callable[[int], None]) -> None:
            server.socket.close()
            with Server((HOST, 0), Proxy) as copy:
                tell(copy.server_address[1])
                copy.serve_forever(poll_interval=0.1)

        Calls.control.serve_copy = serve_copy
        yield server
