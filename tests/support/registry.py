"""Container registries on loopback: Debian's docker-registry under the names of Docker Hub, ECR public and ECR.

Those names resolve here through the proxy of the embedded AWS, as they would through a company's proxy. This module
adds what ECR's registry does: it requires the password that ECR issues, records each pushed image, and scans it.
"""

import base64
import hashlib
import http.client
import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local.certificates import certificates
from tests.support.waiting import PATIENCE, until

import attrs

HUB, PUBLIC = "registry-1.docker.io", "public.ecr.aws"
ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
NAMES = (HUB, PUBLIC, ECR)
PROGRAMS = ("skopeo", "docker-registry")
OCI = "application/vnd.oci.image"
MANIFEST, INDEX = f"{OCI}.manifest.v1+json", f"{OCI}.index.v1+json"
Pushed = Callable[[str, str, str], None]


def missing() -> list[str]:
    """The programs that are not installed."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@attrs.frozen
class Registry:
    """The registry, and the variables with which a program reaches it."""

    port: int
    proxy: str
    authority: Path
    asked: list[str]
    """Method, host and path of each request."""

    def _put(self, path: str, content: bytes, type_: str = "application/octet-stream") -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("PUT", path, body=content, headers={"Content-Type": type_})
        assert connection.getresponse().status == 201
        connection.close()

    def _blob(self, name: str, content: bytes) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("POST", f"/v2/{name}/blobs/uploads/")
        place = urlsplit(str(connection.getresponse().headers["Location"]))
        connection.close()
        self._put(f"{place.path}?{place.query}&digest={_digest(content)}", content)
        return {"digest": _digest(content), "size": len(content)}

    def add(self, name: str, tag: str, architectures: tuple[str, ...] = ("arm64", "amd64")) -> dict[str, str]:
        """Add an image for several platforms. Returns the digest of each one, and of the list under the key `list`."""
        found, entries = {}, []
        for architecture in architectures:
            layer = self._blob(name, f"{name}:{tag} for {architecture}".encode())
            document = {
                "architecture": architecture, "os": "linux", "config": {}, "history": [],
                "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
            }  # fmt: skip
            config = self._blob(name, json.dumps(document).encode())
            manifest = {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "config": {"mediaType": f"{OCI}.config.v1+json", **config},
                "layers": [{"mediaType": f"{OCI}.layer.v1.tar", **layer}],
            }
            content = json.dumps(manifest).encode()
            found[architecture] = _digest(content)
            self._put(f"/v2/{name}/manifests/{found[architecture]}", content, MANIFEST)
            entries.append(
                {
                    "mediaType": MANIFEST, "digest": found[architecture], "size": len(content),
                    "platform": {"architecture": architecture, "os": "linux"},
                }
            )  # fmt: skip
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
        content = json.dumps(index).encode()
        self._put(f"/v2/{name}/manifests/{tag}", content, INDEX)
        return {**found, "list": _digest(content)}


def _pipe(one: socket.socket, other: socket.socket) -> None:
    def copy(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=copy, args=(one, other), daemon=True)
    thread.start()
    copy(other, one)
    thread.join()


class Front(BaseHTTPRequestHandler):
    """One request of a program to one of the registries."""

    protocol_version = "HTTP/1.1"
    port: int
    password: str
    asked: list[str]
    pushed: Pushed
    host: str

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def _answer(self) -> None:
        content = self._body()
        self.asked.append(f"{self.command} {self.host}{self.path}")
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        if self.host == ECR and given != self.password:
            self._send(401, {"WWW-Authenticate": f'Basic realm="https://{ECR}/",service="ecr.amazonaws.com"'}, b"")
            return
        own = {"authorization", "transfer-encoding", "content-length"}
        kept = {name: ", ".join(self.headers.get_all(name, [])) for name in self.headers if name.lower() not in own}
        headers = {**kept, "Content-Length": str(len(content)), "X-Forwarded-Proto": "https"}
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(self.command, self.path, body=content, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        *_, repository, kind, reference = ("", "", *self.path.split("/v2/", 1)[-1].rsplit("/", 2))
        if (self.command, self.host, kind, answer.status) == ("PUT", ECR, "manifests", 201):
            self.pushed(repository, reference, content.decode())
        passed = {name: value for name, value in answer.getheaders() if name.lower() != "transfer-encoding"}
        self._send(answer.status, passed, body)
        connection.close()

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name in headers}:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = _answer  # noqa: N815 (http.server's names)

    def log_message(self, *_: object) -> None:
        """Log nothing: a test reads `asked`."""


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=PATIENCE):
        return True
    return False


@contextmanager
def _docker_registry(folder: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    configuration = folder / "registry.yml"
    configuration.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder / 'images'}}}}}\n"
        f"http: {{addr: '127.0.0.1:{port}'}}\n",
        encoding="utf-8",
    )
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", configuration], stdout=log, stderr=log)
    try:
        until(lambda: _listens(port))
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def registry(folder: Path, aws_proxy: str, pushed: Pushed, password: str) -> Iterator[Registry]:
    """A registry in front of the embedded AWS's own proxy, to which it forwards all other requests.

    `pushed` is called with the repository, the tag or digest, and the manifest of each image that is pushed to ECR.
    """
    made = certificates(folder, NAMES)
    asked: list[str] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.server)
    upstream = urlsplit(aws_proxy)

    with _docker_registry(folder) as port:

        class Proxy(BaseHTTPRequestHandler):
            def do_CONNECT(self) -> None:
                host = self.path.rpartition(":")[0]
                if host not in NAMES:
                    with socket.create_connection((upstream.hostname or "", upstream.port or 0)) as other:
                        other.sendall(f"CONNECT {self.path} HTTP/1.1\r\nHost: {self.path}\r\n\r\n".encode())
                        _pipe(self.connection, other)
                    self.close_connection = True
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.flush()
                answering = {"port": port, "password": password, "asked": asked, "pushed": staticmethod(pushed)}
                handler = type("OfHost", (Front,), {**answering, "host": host})
                with suppress(OSError), context.wrap_socket(self.connection, server_side=True) as inside:
                    handler(inside, self.client_address, self.server)
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield Registry(port, f"http://127.0.0.1:{server.server_port}", made.authority, asked)
        finally:
            server.shutdown()
            server.server_close()


def password_of(ecr: Any) -> str:  # noqa: ANN401 (boto3 has no types)
    """The password that ECR issues, as an HTTP basic authentication header."""
    (data,) = ecr.get_authorization_token()["authorizationData"]
    assert base64.b64decode(data["authorizationToken"])
    return str(data["authorizationToken"])
