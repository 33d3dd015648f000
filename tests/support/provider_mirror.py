"""A provider network mirror on loopback, over TLS as Terraform requires (its provider mirror protocol)."""

import hashlib
import io
import json
import ssl
import threading
import zipfile
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from local.certificates import certificates

PLATFORMS = ("darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64")

EVIL: dict[str, Any] = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 1,
    "lineage": "x",
    "resources": [
        {
            "mode": "managed",
            "type": "evil_thing",
            "name": "x",
            "provider": 'provider["registry.terraform.io/attacker/evil"]',
            "instances": [{"schema_version": 0, "attributes": {"id": "x"}}],
        }
    ],
}
"""A tampered state that names an attacker's provider."""


def package(type_: str, version: str, platform: str) -> bytes:
    """A package whose program does nothing. It has the same bytes each time."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        program = zipfile.ZipInfo(f"terraform-provider-{type_}_v{version}")
        program.external_attr = 0o755 << 16
        archive.writestr(program, f"#!/bin/sh\n# {platform}\nexit 1\n")
    return content.getvalue()


def zip_hash(type_: str, version: str, platform: str) -> str:
    """A package's hash in the form that a lock file has."""
    return f"zh:{hashlib.sha256(package(type_, version, platform)).hexdigest()}"


class Mirror:
    """Offers every provider that is requested, in the given versions (default: 1.0.0), and records the requests."""

    def __init__(self, folder: Path, versions: Mapping[str, str] | None = None) -> None:
        self.asked: list[str] = []
        made = certificates(folder, ("localhost",))
        self.authority = made.authority
        mirror, offered = self, dict(versions or {})

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.asked.append(self.path)
                *_, type_, file = self.path.split("/")
                version = offered.get(type_, "1.0.0")
                if file == "index.json":
                    body = json.dumps({"versions": {version: {}}}).encode()
                elif file == f"{version}.json":
                    archives = {
                        platform: {"url": f"{platform}.zip", "hashes": [zip_hash(type_, version, platform)]}
                        for platform in PLATFORMS
                    }
                    body = json.dumps({"archives": archives}).encode()
                else:
                    body = package(type_, version, file.removesuffix(".zip"))
                self.send_response(200)
                self.send_header("Content-Type", "application/zip" if file.endswith(".zip") else "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Log nothing: the test reads `asked`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(made.server)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}/providers/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
