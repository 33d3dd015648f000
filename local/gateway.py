"""Runs a task definition's gateway on 127.0.0.1, with the real model providers or the stand-in."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from local.certificates import certificates
from local.embedded_aws import EmbeddedAws, names
from local.stand_in import HOSTS, StandIn, stand_in
from local.task import LOOPBACK, Container, Definition, port_of, running

import attrs
import requests

RESOLVER = Path(__file__).with_name("stand_in.mjs")
PUBLIC = "93.184.215.14"
"""The address to which the stand-in's host names resolve; a public one, since the gateway refuses private ones."""
WITHOUT_COLLECTOR = {"OTEL_SDK_DISABLED": "true"}
"""Variables for a gateway without a collector: otherwise it logs a failure for each export."""


class PortInUseError(Exception):
    """Another program listens on the gateway's port."""


@attrs.frozen
class LocalGateway:
    """A running gateway."""

    container: Container
    providers: StandIn | None
    """The stand-in; None with the real providers."""

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://{LOOPBACK}:{self.container.port}"

    def ask(
        self, document: Mapping[str, Any], headers: Mapping[str, str], path: str = "/v1/chat/completions"
    ) -> requests.Response:
        """Send a chat completion or another call; the body of a streamed answer is not read yet."""
        return requests.post(
            f"{self.url}{path}",
            json=dict(document),
            headers=dict(headers),
            timeout=120,
            stream=bool(document.get("stream")),
        )

    def log_line(self, request_id: str) -> dict[str, Any] | None:
        """The access log entry of a request; None while there is none."""
        for line in self.container.output.splitlines():
            if line.startswith('{"log":"access"') and request_id in line:
                found: dict[str, Any] = json.loads(line)
                return found
        return None


def on_loopback(definition: Definition, port: int) -> Definition:
    """The definition with the gateway listening on 127.0.0.1 only, and on `port`."""
    items = []
    for item in definition["environment"]:
        value = item["value"]
        if item["name"] == "GATEWAY_SETTINGS":
            value = json.dumps({**json.loads(value), "listen_host": LOOPBACK})
        items.append({**item, "value": value})
    was = port_of(definition)
    check = definition["healthCheck"]
    return {
        **definition,
        "environment": items,
        "command": [f"--port={port}" if part == f"--port={was}" else part for part in definition["command"]],
        "portMappings": [{**definition["portMappings"][0], "containerPort": port}],
        "healthCheck": {
            **check,
            "command": [part.replace(f"127.0.0.1:{was}/", f"127.0.0.1:{port}/") for part in check["command"]],
        },
    }


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def secret_variables(definition: Definition) -> tuple[str, ...]:
    """The variables that ECS sets from Secrets Manager."""
    return tuple(item["name"] for item in definition.get("secrets", []))


@contextmanager
def local_gateway(
    definition: Definition,
    folder: Path,
    *,
    keys: Mapping[str, str] | None,
    environ: Mapping[str, str],
    port: int | None = None,
    aws: EmbeddedAws | None = None,
) -> Iterator[LocalGateway]:
    """Start a container definition's gateway; it is killed after the block if it still runs.

    `keys`: provider keys by variable; None runs the stand-in, with made-up keys. `environ`: further variables of the
    container. `port`: by default that of the definition. `aws`: the embedded AWS for the gateway's calls to AWS, with
    the stand-in only. Raises PortInUseError.
    """
    port = port or port_of(definition)
    local = on_loopback(definition, port)
    with socket.socket() as probe:
        if probe.connect_ex((LOOPBACK, port)) == 0:
            raise PortInUseError(
                f"{LOOPBACK}:{port} is in use: stop the program that listens there, or choose another port"
            )
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        providers = None
        imports: tuple[Path, ...] = ()
        given = dict(keys or {})
        more = dict(environ)
        if keys is None:
            made = certificates(folder, (*HOSTS, *(aws.hosts if aws else ())))
            providers = stack.enter_context(stand_in((LOOPBACK, 0), made.server))
            imports = (RESOLVER,)
            given = {name: f"stand-in-{name.lower()}" for name in secret_variables(definition)}
            hosts = dict.fromkeys(HOSTS, providers.port)
            if aws is not None:
                hosts |= stack.enter_context(names(aws, made.server))
                more |= aws.environ
            resolver = {"address": PUBLIC, "hosts": hosts}
            more |= {"STAND_IN": json.dumps(resolver), "NODE_EXTRA_CA_CERTS": str(made.authority)}
        container = stack.enter_context(
            running(local, folder / "task", given, host=LOOPBACK, imports=imports, environ=more)
        )
        yield LocalGateway(container, providers)
