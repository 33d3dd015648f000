"""Bedrock with the task role: the gateway's signatures equal botocore's, and it signs requests to Bedrock only."""

from constructs_lib.helpers.task.routes import Target
from tests.conftest import Synthesize
from tests.gateway.conftest import openai
from tests.gateway.world import CREDENTIALS_PATH, KEY_ID, PROMPT, ROLE_SECRET, ROLE_TOKEN, World
from tests.support.synthesized import settings
from tests.support.waiting import PATIENCE

import pytest
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

pytestmark = [pytest.mark.gateway, pytest.mark.own_network, pytest.mark.xdist_group("gateway")]

SIGNED = ("content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token")
HOST = "bedrock-runtime.eu-west-1.amazonaws.com"
MODEL = "eu.anthropic.claude-3-5-sonnet-20240620-v1:0"


def expected_authorization(url: str, headers: dict[str, str], body: bytes) -> str:
    """Return the signature that botocore computes for the same request at the same time."""
    request = AWSRequest(method="POST", url=url, data=body, headers={name: headers[name] for name in SIGNED})
    request.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(Credentials(KEY_ID, ROLE_SECRET, ROLE_TOKEN), "bedrock", "eu-west-1")
    canonical = auth.canonical_request(request)
    scope = auth.string_to_sign(request, canonical)
    signed = auth.signed_headers(auth.headers_to_sign(request))
    credential = f"{KEY_ID}/{auth.credential_scope(request)}"
    signature = auth.signature(scope, request)
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}"


def test_the_task_role_signs(outside: World, synthesize: Synthesize) -> None:
    """The gateway connects to the VPC endpoint over TLS, fetches credentials once, and signs as botocore does."""
    route = Target(provider="bedrock", options={"aws_region": "eu-west-1"})
    stack = synthesize(settings(routes=route, ingress_cidrs=("10.0.0.0/8",)))
    assert "secrets" not in stack.containers()["gateway"]
    before, fetched = len(outside.private.asked), len(outside.credentials)
    with outside.task(stack) as task:
        caller = openai(task)
        for _ in range(2):
            answer = caller.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": PROMPT}])
            assert answer.choices[0].message.content == "Hello."
    assert outside.credentials[fetched:] == [CREDENTIALS_PATH]
    assert len(outside.private.asked) - before == 2
    for asked in outside.private.asked[before:]:
        assert (asked.host, asked.path) == (HOST, "/model/eu.anthropic.claude-3-5-sonnet-20240620-v1%3A0/converse")
        assert asked.headers["authorization"] == expected_authorization(
            f"https://{HOST}{asked.path}", asked.headers, asked.body
        )


@pytest.mark.parametrize("model", ["x/../../y", "a@public.example.com/", "//public.example.com/x", "?x", "#"])
def test_nothing_but_bedrock_is_signed(outside: World, synthesize: Synthesize, model: str) -> None:
    """The model's name is part of the URL; no value of it makes the gateway sign a request to another host."""
    route = Target(provider="bedrock", options={"aws_region": "eu-west-1"})
    stack = synthesize(settings(routes=route, ingress_cidrs=("10.0.0.0/8",)))
    public, private = len(outside.public.asked), len(outside.private.asked)
    with outside.task(stack) as task:
        assert urllib3.request("GET", f"{task.url}/v1/files/public.example.com%3A443%23").status == 404
        urllib3.request(
            "POST", f"{task.url}/v1/chat/completions", json={"model": model, "messages": []}, timeout=PATIENCE
        )
    assert outside.public.asked[public:] == []
    assert {one.host for one in outside.private.asked[private:]} <= {HOST}
