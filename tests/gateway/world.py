"""Everything outside the task: providers on public and private addresses, the credentials endpoint, the collector."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from local.certificates import Certificates, certificates
from local.gateway import RESOLVER
from local.stand_in import StandIn, serving, stand_in
from local.task import GATEWAY, LOOPBACK, Container, running
from tests.gateway.network import CREDENTIALS, PRIVATE, PRIVATE_NAMES, PUBLIC, PUBLIC_NAMES, TASK, own_network
from tests.gateway.receiver import Received, receiver
from tests.support.synthesized import Synthesized
from tests.support.waiting import until

import attrs

KEY_ID, ROLE_SECRET, ROLE_TOKEN = "ASIAEXAMPLE", "the-roles-secret", "the-session-token"  # fake
CREDENTIALS_PATH = "/v2/credentials/of-this-task"
SECRETS = {
    "OPENAI_API_KEY": "sk-server-openai",
    "SECOND_API_KEY": "sk-server-second",
    "ANTHROPIC_API_KEY": "sk-server-anthropic",
    "GOOGLE_API_KEY": "sk-server-google",
}
CALLERS_TOKEN, CALLERS_KEY = "the-callers-own-token", "sk-callers-own"
PROMPT = "a prompt that nobody may read"
QUERY_SECRET = "secret-in-query"  # noqa: S105 (fake)
CONFIDENTIAL = (*SECRETS.values(), CALLERS_TOKEN, CALLERS_KEY, PROMPT, QUERY_SECRET, ROLE_SECRET, ROLE_TOKEN)
"""Strings that must not appear in any container's output."""
MARKER = "planted-marker-of-the-harness"


class _Credentials(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        expires = (datetime.now(UTC) + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ")
        document = {"AccessKeyId": KEY_ID, "SecretAccessKey": ROLE_SECRET, "Token": ROLE_TOKEN, "Expiration": expires}
        content = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815 (the name that http.server calls)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@attrs.define
class World:
    """Everything that the gateway can reach; each part records the requests that it receives."""

    folder: Path
    certificates: Certificates
    public: StandIn
    private: StandIn
    """The provider in the VPC, and on the task's loopback."""
    credentials: list[str]
    received: Received
    host: str = TASK
    """The address of the task."""
    led_to: int | None = None
    """Without a network namespace: the loopback port to which the providers' names lead."""
    containers: list[Container] = attrs.Factory(list)
    """All containers that were started, for checking their output."""

    @contextmanager
    def task(self, stack: Synthesized, secrets: Mapping[str, str] | None = None, **environ: str) -> Iterator["Task"]:
        """Start the task of a stack, as synthesized; `environ` has the variables that the ECS agent adds."""
        definition = stack.containers()[GATEWAY]
        given = {item["name"]: (secrets or SECRETS)[item["name"]] for item in definition.get("secrets", [])}
        agent = {
            "AWS_REGION": "eu-west-1",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": CREDENTIALS_PATH,
            "NODE_EXTRA_CA_CERTS": str(self.certificates.authority),
            **environ,
        }
        imports: tuple[Path, ...] = ()
        if self.led_to is not None:
            imports = (RESOLVER,)
            agent["STAND_IN"] = json.dumps({"address": PUBLIC, "hosts": dict.fromkeys(PUBLIC_NAMES, self.led_to)})
        folder = self.folder / f"task-{len(self.containers)}"
        with running(definition, folder, given, host=self.host, imports=imports, environ=agent) as container:
            for name in ("stdout", "stderr"):
                with (folder / name).open("ab") as stream:
                    stream.write(f"{MARKER} {name}\n".encode())
            self.containers.append(container)
            with ExitStack() as clients:
                yield Task(container, self.host, clients)

    def leaks(self) -> list[str]:
        """Return each confidential string found in an output, and each output without the planted marker."""
        found = []
        for container in self.containers:
            text = container.output
            found += [f"{container.folder.name}: {secret}" for secret in CONFIDENTIAL if secret in text]
            found += [
                f"{container.folder.name}: no marker" for name in ("stdout", "stderr") if f"{MARKER} {name}" not in text
            ]
        return found


@attrs.frozen
class Task:
    """The running gateway."""

    container: Container
    host: str
    clients: ExitStack
    """Clients to close with the task. The garbage collector would end them during another test, which then fails."""

    @property
    def url(self) -> str:
        """The URL that the load balancer uses."""
        return f"http://{self.host}:{self.container.port}"

    def stop(self) -> float:
        """Stop the task as ECS does, and return how many seconds it took."""
        return self.container.stop()

    def log(self) -> list[dict[str, Any]]:
        """Return the lines of the access log."""
        lines = self.container.output.splitlines()
        documents = [json.loads(line) for line in lines if line.startswith('{"log":"access"')]
        return [document for document in documents if document["log"] == "access"]

    def line(self, **fields: object) -> dict[str, Any]:
        """Return the access log line with these fields; the gateway writes it when the connection has ended."""
        return until(
            lambda: [line for line in self.log() if fields.items() <= line.items()], lambda: (fields, self.log()[-3:])
        )[-1]


@contextmanager
def world(folder: Path) -> Iterator[World]:
    """Enter the namespace and start everything in it. Raises NoNamespaceError."""
    asked: list[str] = []
    with ExitStack() as stack:
        stack.enter_context(own_network(folder))
        made = certificates(folder, (*PUBLIC_NAMES, *PRIVATE_NAMES))
        public = stack.enter_context(stand_in((PUBLIC, 443), made.server))
        stack.enter_context(stand_in((PUBLIC, 80), made=public))
        private = stack.enter_context(stand_in((PRIVATE, 443), made.server))
        for address in ((PRIVATE, 80), ("127.0.0.1", 8080), ("127.0.0.1", 80)):
            stack.enter_context(stand_in(address, made=private))
        stack.enter_context(serving((CREDENTIALS, 80), type("Credentials", (_Credentials,), {"asked": asked})))
        received = stack.enter_context(receiver())
        os.environ.pop("NODE_OPTIONS", None)
        yield World(folder, made, public, private, asked, received)


@contextmanager
def world_on_loopback(folder: Path) -> Iterator[World]:
    """The same without a network namespace: a resolver, loaded before the product's code, redirects providers' names.

    There are no internal addresses. Tests that need them have the mark `own_network` and are skipped.
    """
    asked: list[str] = []
    with ExitStack() as stack:
        made = certificates(folder, (*PUBLIC_NAMES, *PRIVATE_NAMES))
        public = stack.enter_context(stand_in((LOOPBACK, 0), made.server))
        received = stack.enter_context(receiver())
        os.environ.pop("NODE_OPTIONS", None)
        yield World(folder, made, public, StandIn(), asked, received, host=LOOPBACK, led_to=public.port)
