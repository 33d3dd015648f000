"""AWS for a gateway on this machine: its names lead to the embedded AWS, with the task role's credentials.

The gateway calls DynamoDB and fetches the user pool's keys as on AWS; only the way there differs.
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
"""Where ECS's agent gives a task its role's credentials."""
CREDENTIALS_PATH = "/v2/credentials/of-this-task"
PASSED_ON = (
    *("content-type", "authorization", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-amz-target"),
)
"""The headers that are passed on: what a signature covers, and the signature."""
REFERENCE = re.compile(r"\$\{([a-z0-9_]+\.[A-Za-z0-9_-]+)\.([a-z_]+)\}")


@attrs.frozen(kw_only=True)
class EmbeddedAws:
    """An embedded AWS, and whose calls a task's are."""

    region: str
    proxy: str
    """Its URL."""
    authority: str
    """The file with the certificate that signs its certificates."""
    access_key_id: str
    secret_access_key: str = attrs.field(repr=False)

    @classmethod
    def of(cls, environ: Mapping[str, str], region: str) -> "EmbeddedAws":
        """The one of a process's variables (emulator/environ.py), with the access key that is in them."""
        return cls(
            region=region,
            proxy=environ["HTTPS_PROXY"],
            authority=environ["AWS_CA_BUNDLE"],
            access_key_id=environ["AWS_ACCESS_KEY_ID"],
            secret_access_key=environ["AWS_SECRET_ACCESS_KEY"],
        )

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names that a gateway with teams calls."""
        return tuple(f"{service}.{self.region}.amazonaws.com" for service in ("dynamodb", "cognito-idp"))

    @property
    def environ(self) -> dict[str, str]:
        """What ECS's agent adds to a container."""
        return {"AWS_REGION": self.region, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": CREDENTIALS_PATH}

    def credentials(self) -> dict[str, str]:
        """The document of the credentials endpoint."""
        ends = datetime.now(UTC) + timedelta(hours=6)
        return {
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key,
            "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


class _Passes(BaseHTTPRequestHandler):
    """Passes each request on to the host that it names, or to `host` where that is set."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    pool: urllib3.ProxyManager
    host: str = ""

    def do_POST(self) -> None:
        """As it came, with what its signature covers."""
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
        """The credentials, whatever is asked for."""
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
    """The port of loopback that passes calls on to an embedded AWS, over TLS where there is a certificate."""
    with urllib3.ProxyManager(aws.proxy, ca_certs=aws.authority, retries=False, timeout=30, maxsize=64) as pool:
        handler = type("Passes", (_Passes,), {"pool": pool, "host": host})
        with serving((LOOPBACK, 0), handler, certificate) as server:
            yield int(server.server_address[1])


@contextmanager
def names(aws: EmbeddedAws, certificate: Path) -> Iterator[dict[str, int]]:
    """AWS's names, and the ports of loopback where they are answered."""
    given = type("OfThisTask", (_Credentials,), {"document": aws.credentials()})
    with passing(aws, certificate) as port, serving((LOOPBACK, 0), given) as server:
        yield {**dict.fromkeys(aws.hosts, port), CREDENTIALS: int(server.server_address[1])}


def filled(definition: Definition, values: Mapping[str, Mapping[str, Any]]) -> Definition:
    """A container whose references to resources have their values, by address and attribute. Raises KeyError."""

    def value(text: str) -> str:
        return REFERENCE.sub(lambda found: str(values[found[1]][found[2]]), text)

    items = [{**item, "value": value(item["value"])} for item in definition["environment"]]
    return {**definition, "environment": items}
