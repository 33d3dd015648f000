"""`make smoke` runs four checks on a gateway, here a server that answers correctly or not."""

import json
import re
from collections.abc import Callable
from typing import Any

from constructs_lib.helpers.task.routes import Target
from envs.schema import Environment
from local.stand_in import Asked
from ops.aws import Aws as AwsAccount
from ops.gateway.smoke import address
from tests.ops.conftest import Answer
from tests.support.clients import make_clients
from tests.support.servers import CHUNK, Response, gateway, server
from tests.support.synthesized import CERTIFICATE, settings

import pytest

ROUTED = settings(routes=Target(provider="openai"), ingress_cidrs=("10.0.0.0/8",))
Ops = Callable[..., Answer]
Only = Callable[[Environment], None]


@pytest.fixture(autouse=True)
def no_proxy(aws: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Exclude the gateway of these tests from the embedded AWS's proxy."""
    del aws  # sets the proxy
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")


def table(out: str) -> dict[str, list[str]]:
    """Return each check with its result and detail; `#` stands for a measured time."""
    out = re.sub(r"in \d+ s, the first after \d+\.\d s", "in # s, the first after # s", out)
    rows = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in out.splitlines()[2:]]
    return {check: [outcome, detail] for check, outcome, _, detail in rows}


def test_all_is_well(ops: Ops, only_environment: Only) -> None:
    """Four checks pass and the exit code is 0; the long prompt has 100 KB."""
    only_environment(ROUTED)
    with server(gateway) as (url, asked):
        done = ops("smoke", "test", "--url", f"{url}/", "--stream-seconds", "0", "--model", "m")
    assert (done.code, done.err) == (0, "")
    rows = table(done.out)
    assert {check: outcome for check, (outcome, _) in rows.items()} == dict.fromkeys(
        ("/ answers", "chat completion", "long stream", "100 KB prompt"), "passed"
    )
    assert rows["chat completion"][1] == "status 200: '[red]Hello.'"
    assert rows["long stream"][1] == "3 chunks in # s, the first after # s"
    assert max(len(request.body) for request in asked) > 100 * 1024
    assert {request.document["model"] for request in asked if request.method == "POST"} == {"m"}


def test_what_is_wrong_is_told_apart(ops: Ops, only_environment: Only) -> None:
    """An error status, a cut-off stream and a blocked prompt fail, each with its own reason."""
    only_environment(ROUTED)

    def broken(request: Asked) -> Response:
        if request.method == "GET":
            return Response(503, "")
        if request.document["stream"]:
            return Response(200, CHUNK)
        return Response(403, "") if len(request.body) > 8192 else Response(401, "no\nkey")

    with server(broken) as (url, _):
        done = ops("smoke", "test", "--url", url)
    assert done.code == 1
    assert table(done.out) == {
        "/ answers": ["failed", "status 503"],
        "chat completion": ["failed", "status 401: no key"],
        "long stream": ["failed", "1 chunks in # s, the first after # s; cut off before [DONE]"],
        "100 KB prompt": ["failed", "status 403: blocked before it reached the model"],
    }


def test_a_short_stream_shows_nothing(ops: Ops, only_environment: Only) -> None:
    """A stream that completes within the minute does not count as a test of longer streams."""
    only_environment(ROUTED)
    with server(gateway) as (url, _):
        done = ops("smoke", "test", "--url", url)
    assert done.code == 1
    assert table(done.out)["long stream"] == [
        "not tested",
        "3 chunks in # s, the first after # s; the answer was complete before 60 s",
    ]


def test_a_gateway_that_is_away(ops: Ops, only_environment: Only) -> None:
    """If the gateway is unreachable, all four checks fail, without a traceback."""
    only_environment(ROUTED)
    with server(gateway) as (url, _):
        pass
    done = ops("smoke", "test", "--url", url)
    assert (done.code, done.err) == (1, "")
    assert {outcome for outcome, _ in table(done.out).values()} == {"failed"}


def test_callers_key(ops: Ops, only_environment: Only, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without routes it sends the operator's PROVIDER_API_KEY, and over plain HTTP only after confirmation."""
    only_environment(settings())
    monkeypatch.delenv("PROVIDER_API_KEY", raising=False)
    assert ops("smoke", "test", "--url", "http://127.0.0.1:9").err == (
        "envs/test.py has no routes, so callers send their own key: set PROVIDER_API_KEY and pass its provider, e.g. "
        "--provider openai (with make: PROVIDER=openai)\n"
    )
    monkeypatch.setenv("PROVIDER_API_KEY", "mine")
    with server(gateway) as (url, asked):
        refused = ops("smoke", "test", "--url", url, "--provider", "openai")
        assert (refused.code, asked) == (1, [])
        assert f"Send PROVIDER_API_KEY to {url} over plain HTTP, where it can be read in transit?" in refused.err
        ops("smoke", "test", "--url", url, "--provider", "openai", "--yes")
    assert {request.headers["x-portkey-config"] for request in asked} == {
        json.dumps({"provider": "openai", "api_key": "mine"})
    }


def test_it_brings_a_token(
    aws: Callable[..., Any], ops: Ops, only_environment: Only, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the load balancer verifies tokens, each request has one."""
    environment = settings(
        routes=Target(provider="openai"),
        certificate_arn=CERTIFICATE,
        enable_jwt_auth=True,
        aws_provider_version="~> 6.22",
    )
    make_clients(aws, environment)
    only_environment(environment)
    monkeypatch.setattr("ops.gateway.smoke.access_token", lambda _: "a-token")
    with server(gateway) as (url, asked):
        ops("smoke", "test", "--url", url)
    assert {request.headers["authorization"] for request in asked} == {"Bearer a-token"}


def test_where_the_gateway_is(aws: Callable[..., Any], ops: Ops, only_environment: Only) -> None:
    """The URL comes from the load balancer or domain_name; before a deployment the error has the deploy command."""
    only_environment(ROUTED)
    assert ops("smoke", "test").err == "there is no load balancer ai-gateway-test: run `make deploy ENV=test` first\n"
    ec2 = aws("ec2", "eu-west-1")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.attach_internet_gateway(
        VpcId=vpc, InternetGatewayId=ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    )
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for cidr, zone in (("10.0.1.0/24", "eu-west-1a"), ("10.0.2.0/24", "eu-west-1b"))
    ]
    made = aws("elbv2", "eu-west-1").create_load_balancer(Name="ai-gateway-test", Subnets=subnets)
    assert address(AwsAccount.of(ROUTED)) == f"http://{made['LoadBalancers'][0]['DNSName']}"
    named = settings(certificate_arn=CERTIFICATE, domain_name="gateway.example.com", hosted_zone="example.com")
    assert address(AwsAccount.of(named)) == "https://gateway.example.com"
