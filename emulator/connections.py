"""The HTTP side of the embedded AWS: a proxy on loopback that keeps connections open, as AWS does.

Moto's own proxy closes the connection after each answer, and a TLS handshake takes longer than most calls.
"""

import logging
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPMethod, HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from emulator.certificates import certificate_of

from moto.moto_proxy.proxy3 import MotoRequestHandler, ProxyRequestHandler
from werkzeug.exceptions import HTTPException

logger = logging.getLogger("emulator")
IDLE_SECONDS = 120
"""Longer than AWS's SDK for Go keeps an idle connection (90 s): the caller closes it first, so no call fails."""
WITHOUT_BODY = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})
FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})
"""Headers that this connection sets itself, whatever the answer holds."""
Answer = tuple[int, Mapping[str, Any], bytes]


class Connection(ProxyRequestHandler):
    """One connection of a caller: a tunnel to a host of AWS, or a plain one to the control and moto's own interface."""

    calls: ClassVar[type[MotoRequestHandler]]
    """The class that answers calls."""
    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True  # otherwise an answer may wait until the previous one is acknowledged
    server: "Server"

    def __init__(self, *connection: Any) -> None:
        # As in the parent class, which sets its own call handler.
        self.moto_request_handler = self.calls(connection[2].server_address[1])
        BaseHTTPRequestHandler.__init__(self, *connection)

    def do_CONNECT(self) -> None:  # noqa: N802 (http.server names the methods)
        """Open a TLS tunnel with a certificate for the requested host."""
        try:
            context = self.server.context_of(certificate_of(self.path.partition(":")[0], self.server.certificates))
        except ValueError as error:
            self.send_error(HTTPStatus.BAD_REQUEST, str(error))
            return
        self.wfile.write(b"HTTP/1.1 200 Connection Established\r\n\r\n")
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb", self.rbufsize)
        self.wfile = self.connection.makefile("wb", self.wbufsize)
        self.close_connection = False

    def do_GET(self) -> None:  # noqa: N802 (as above)
        """Answer one call, of any HTTP method."""
        host, path = self._get_host_and_path(self)
        if not isinstance(self.connection, ssl.SSLSocket):
            self.close_connection = True
        status, headers, body = self._answer(host, path)
        self.send_response_only(status, "OK")
        for name, value in headers.items():
            if name.lower() not in FRAMING or (self.command == HTTPMethod.HEAD and name.lower() == "content-length"):
                self.send_header(name, value.decode() if isinstance(value, bytes) else value)
        if self.command == HTTPMethod.HEAD or status in WITHOUT_BODY:
            body = b""
        else:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self._headers_buffer: list[bytes]
        self._headers_buffer += [b"\r\n", body]
        self.flush_headers()  # headers and body in one write

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_GET  # noqa: N815 (http.server's names)

    def _answer(self, host: str, path: str) -> Answer:
        body = b""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            body = self.read_chunked_body(self.rfile)
        elif "Content-Length" in self.headers:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            found: Any = self.moto_request_handler.parse_request(self.command, host, path, self.headers, body)
        except HTTPException as error:
            found = error.code, dict(error.get_headers()), error.get_body()
        status, headers, answer = found if isinstance(found, tuple) else (200, {}, found)
        return status, headers or {}, answer.encode() if isinstance(answer, str) else answer or b""

    def finish(self) -> None:
        """Shut the connection down: closing is not enough while a copy of this process has it open too."""
        super().finish()
        if isinstance(self.connection, ssl.SSLSocket):
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (its parent's name)
        """Log nothing: `Calls` logs each call with more detail."""


class Server(ThreadingHTTPServer):
    """One thread for each connection; open connections do not keep the process alive.

    `certificates`: the folder with the certificate of each host that was called.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, *arguments: Any, certificates: Path) -> None:
        self.certificates = certificates
        self._contexts: dict[Path, ssl.SSLContext] = {}
        super().__init__(*arguments)

    def context_of(self, certificate: Path) -> ssl.SSLContext:
        """The TLS context for a certificate file, created once."""
        if certificate not in self._contexts:
            made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            made.load_cert_chain(certificate)
            self._contexts[certificate] = made
        return self._contexts[certificate]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 (its parent's names)
        """Log at debug level only: callers close connections all the time."""
        logger.debug("the connection of %s ended", client_address)
