"""Bedrock with the task's role: the real gateway signs, and AWS's own SDK agrees with the signature."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from constructs_lib.helpers.routes import Target
from tests.conftest import Synthesize
from tests.gateway.conftest import client_of
from tests.gateway.task import running
from tests.synthesized import settings

import attrs
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

KEY_ID, SECRET, TOKEN = "ASIAEXAMPLE", "the-roles-secret", "the-session-token"  # made up
SIGNED = ("content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token")


@attrs.define
class Aws:
    """Bedrock's Converse API, and the address at which ECS hands out the task role's credentials."""

    port: int = 0
    requests: list[tuple[str, dict[str, str], bytes]] = attrs.Factory(list)
    credentials_asked: int = 0


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    aws: Aws

    def do_GET(self) -> None:
        self.aws.credentials_asked += 1
        expires = (datetime.now(UTC) + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self._answer(
            {"AccessKeyId": KEY_ID, "SecretAccessKey": SECRET, "Token": TOKEN, "Expiration": expires, "RoleArn": "r"}
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.aws.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self._answer(
            {
                "output": {"message": {"role": "assistant", "content": [{"text": "Hello."}]}},
                "stopReason": "end_turn",
                "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
            }
        )

    def _answer(self, document: dict[str, Any]) -> None:
        content = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def aws() -> Iterator[Aws]:
    """Both on loopback."""
    made = Aws()
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Answers", (_Answers,), {"aws": made})) as server:
        made.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def expected_authorization(url: str, headers: dict[str, str], body: bytes) -> str:
    """The signature that botocore makes for the same request at the same moment."""
    request = AWSRequest(method="POST", url=url, data=body, headers={name: headers[name] for name in SIGNED})
    request.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(Credentials(KEY_ID, SECRET, TOKEN), "bedrock", "eu-west-1")
    canonical = auth.canonical_request(request)
    scope = auth.string_to_sign(request, canonical)
    signed = auth.signed_headers(auth.headers_to_sign(request))
    credential = f"{KEY_ID}/{auth.credential_scope(request)}"
    signature = auth.signature(scope, request)
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}"


def test_the_task_role_signs(aws: Aws, synthesize: Synthesize, tmp_path: Path) -> None:
    """No stored key: each request has a signature of the task role's credentials, which are fetched once."""
    host = f"http://127.0.0.1:{aws.port}"
    route = Target(provider="bedrock", custom_host=host, options={"aws_region": "eu-west-1"})
    stack = synthesize(
        settings(
            routes=route,
            ingress_cidrs=("10.0.0.0/8",),
            trusted_custom_hosts=("127.0.0.1",),
            instrument_gateway=False,
        )
    )
    assert "secrets" not in stack.containers()["edge"]
    ecs = {"AWS_REGION": "eu-west-1", "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{host}/credentials"}
    with running(stack, tmp_path / "run", {}, **ecs) as task:
        caller = client_of(task)
        for _ in range(2):
            answer = caller.chat.completions.create(
                model="eu.anthropic.claude-3-5-sonnet-20240620-v1:0", messages=[{"role": "user", "content": "Hi."}]
            )
            assert answer.choices[0].message.content == "Hello."
    assert aws.credentials_asked == 1
    for path, headers, body in aws.requests:
        assert path == "/model/eu.anthropic.claude-3-5-sonnet-20240620-v1%3A0/converse"
        assert headers["authorization"] == expected_authorization(f"{host}{path}", headers, body)
