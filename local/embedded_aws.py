"""Connects a gateway on this machine to the embedded AWS, with the credentials of its task role.

The gateway calls DynamoDB and fetches the user pool's keys under AWS's host names, as on AWS. Local servers answer for
these names and forward the calls.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from local.stand_in import serving
from local.task import LOOPBACK, Definition

import attrs
import urllib3

CREDENTIALS = "169.254.170.2"
"""Address at which the ECS agent serves the task role's credentials."""
CREDENTIALS_PATH = "/v2/credentials/of-this-task"
PASSED_ON = (
    *("content-type", "authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-amz-target"),
)
"""The headers that are forwarded: those that a signature covers, and the signature."""
REFERENCE = re.compile(r"\$\{([a-z0-9_]+\.[A-Za-z0-9_-]+)\.([a-z_]+)\}")


@attrs.frozen(kw_only=True)
class EmbeddedAws:
    """An embedded AWS, and the credentials with which a task calls it."""

    region: str
    proxy: str
    """The URL of its proxy."""
    authority: str
    """The file with its certificate authority's certificate."""
    access_key_id: str
    secret_access_key: str = attrs.field(repr=False)

    @classmethod
    def of(cls, environ: Mapping[str, str], region: str) -> "EmbeddedAws":
        """From environment variables as in emulator/environ.py, with their access key."""
        return cls(
            region=region,
            proxy=environ["HTTPS_PROXY"],
            authority=environ["AWS_CA_BUNDLE"],
            access_key_id=environ["AWS_ACCESS_KEY_ID"],
            secret_access_key=environ["AWS_SECRET_ACCESS_KEY"],
        )

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names of AWS that a gateway with teams calls."""
        return tuple(f"{service}.{self.region}.amazonaws.com" for service in ("dynamodb", "cognito-idp"))

    @property
    def environ(self) -> dict[str, str]:
        """The variables that the ECS agent adds to a container."""
        return {"AWS_REGION": self.region, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": CREDENTIALS_PATH}

    def credentials(self) -> dict[str, str]:
        """The answer of the credentials endpoint; the credentials expire after six hours."""
        ends = datetime.now(UTC) + timedelta(hours=6)
        return {
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key,
            "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


class _Passes(BaseHTTPRequestHandler):
    """Forwards each request to the host in its Host header, or to `host` where that is set."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    pool: urllib3.ProxyManager
    host: str = ""

    def do_POST(self) -> None:
        """Forward the request with the headers of PASSED_ON."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
        url = f"https://{self.host or self.headers['host']}{self.path}"
        answer = self.pool.request(self.command, url, headers=headers, body=body or None)
        _send(self, answer.status, answer.headers.get("content-type", "application/json"), answer.data)

    do_GET = do_POST  # noqa: N815 (the name that http.server calls)

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 (as in the base class)
        """Print nothing."""


class _Credentials(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    document: dict[str, str]

    def do_GET(self) -> None:
        """Answer every path with the credentials."""
        _send(self, 200, "application/json", json.dumps(self.document).encode())

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 (as in the base class)
        """Print nothing."""


def _send(handler: BaseHTTPRequestHandler, status: int, kind: str, content: bytes) -> None:
    handler.send_response(status)
    handler.send_header("content-type", kind)
    handler.send_header("content-length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


@contextmanager
def passing(aws: EmbeddedAws, certificate: Path | None = None, host: str = "") -> Iterator[int]:
    """A local port that forwards calls to an embedded AWS; it serves TLS where `certificate` is given.

    `host`: the host to forward to, by default that of each request.
    """
    with urllib3.ProxyManager(aws.proxy, ca_certs=aws.authority, retries=False, timeout=30, maxsize=64) as pool:
        handler = type("Passes", (_Passes,), {"pool": pool, "host": host})
        with serving((LOOPBACK, 0), handler, certificate) as server:
            yield int(server.server_address[1])


@contextmanager
def names(aws: EmbeddedAws, certificate: Path) -> Iterator[dict[str, int]]:
    """The local ports that answer for AWS's host names and for the credentials endpoint, by name."""
    given = type("OfThisTask", (_Credentials,), {"document": aws.credentials()})
    with passing(aws, certificate) as port, serving((LOOPBACK, 0), given) as server:
        yield {**dict.fromkeys(aws.hosts, port), CREDENTIALS: int(server.server_address[1])}


def filled(definition: Definition, values: Mapping[str, Mapping[str, Any]]) -> Definition:
    """A container definition with the references in its variables replaced by values.

    `values`: attributes by resource address. Raises KeyError for a reference that is not in it.
    """

    def value(text: str) -> str:
        return REFERENCE.sub(lambda found: str(values[found[1]][found[2]]), text)

    items = [{**item, "value": value(item["value"])} for item in definition["environment"]]
    return {**definition, "environment": items}
