"""NAT gateways, security groups, endpoints and the flow log of an environment's network."""

from tests.conftest import Synthesize
from tests.support.synthesized import CERTIFICATE, Synthesized, settings

import pytest


@pytest.fixture
def small(synthesize: Synthesize) -> Synthesized:
    """The smallest valid environment."""
    return synthesize(settings())


def test_one_nat_gateway_or_one_per_zone(small: Synthesized, synthesize: Synthesize) -> None:
    """With nat_gateway_per_az each private route table uses the NAT gateway of its own zone."""
    large = synthesize(settings(nat_gateway_per_az=True))
    targets = [
        [
            route["nat_gateway_id"]
            for path, route in stack.by_type("aws_route").items()
            if path in ("Network/PrivateAToNat", "Network/PrivateBToNat")
        ]
        for stack in (small, large)
    ]
    nat = [large.reference("aws_nat_gateway", f"Network/Nat{zone}", "id") for zone in "AB"]
    assert targets == [[nat[0], nat[0]], nat]


def test_the_default_security_group_is_closed(small: Synthesized) -> None:
    """A resource without a security group of its own has no network access."""
    group = small.only("aws_default_security_group")
    assert (group.get("ingress"), group.get("egress")) == (None, None)


def rules(stack: Synthesized, direction: str) -> dict[str, tuple[str, int]]:
    """Each rule's peer and port, by path."""
    return {
        path.partition("/")[2]: (
            block.get("cidr_ipv4") or block["referenced_security_group_id"].split(".")[1],
            block["from_port"],
        )
        for path, block in stack.by_type(f"aws_vpc_security_group_{direction}_rule").items()
    }


def test_only_the_load_balancer_faces_the_world(small: Synthesized) -> None:
    """The rules are internet to load balancer, load balancer to gateway, and gateway to endpoints and port 443."""
    groups = {
        path.partition("/")[2]: small.reference("aws_security_group", path, "id").split(".")[1]
        for path in small.by_type("aws_security_group")
    }
    assert rules(small, "ingress") == {
        "HttpFrom0.0.0.0-0": ("0.0.0.0/0", 80),
        "LoadBalancerToGatewayIn": (groups["LoadBalancer"], 8787),
        "GatewayToEndpointsIn": (groups["Gateway"], 443),
    }
    assert rules(small, "egress") == {
        "LoadBalancerToGatewayOut": (groups["Gateway"], 8787),
        "GatewayToEndpointsOut": (groups["Endpoints"], 443),
        "GatewayToWorld443": ("0.0.0.0/0", 443),
    }


def test_ingress_and_egress_are_settings(synthesize: Synthesize) -> None:
    """Each CIDR opens each listener's port, each egress port is one rule, and JWT needs egress to the JWKS endpoint."""
    stack = synthesize(
        settings(
            ingress_cidrs=("10.0.0.0/8", "203.0.113.0/24"),
            gateway_egress_ports=(443, 6379),
            certificate_arn=CERTIFICATE,
            enable_jwt_auth=True,
        )
    )
    world = [peer for name, peer in rules(stack, "ingress").items() if name.startswith("Http")]
    assert world == [("10.0.0.0/8", 80), ("203.0.113.0/24", 80), ("10.0.0.0/8", 443), ("203.0.113.0/24", 443)]
    out = {name: peer for name, peer in rules(stack, "egress").items() if peer[0] == "0.0.0.0/0"}
    assert out == {
        "LoadBalancerToKeys": ("0.0.0.0/0", 443),
        "GatewayToWorld443": ("0.0.0.0/0", 443),
        "GatewayToWorld6379": ("0.0.0.0/0", 6379),
    }


def test_the_endpoints_have_a_group_of_their_own(small: Synthesized) -> None:
    """S3 is a gateway endpoint. ECR, logs and secrets are interface endpoints with private DNS and one group."""
    group = small.reference("aws_security_group", "SecurityGroups/Endpoints", "id")
    endpoints = {block["service_name"]: block for block in small.by_type("aws_vpc_endpoint").values()}
    interfaces = {"ecr.api", "ecr.dkr", "logs", "secretsmanager"}
    assert set(endpoints) == {f"com.amazonaws.eu-west-1.{name}" for name in interfaces | {"s3"}}
    assert len(endpoints["com.amazonaws.eu-west-1.s3"]["route_table_ids"]) == 2
    for name in interfaces:
        endpoint = endpoints[f"com.amazonaws.eu-west-1.{name}"]
        assert (endpoint["security_group_ids"], endpoint["private_dns_enabled"]) == ([group], True)


def test_traffic_is_recorded(small: Synthesized) -> None:
    """Flow logs of all traffic go to our log group."""
    log = small.only("aws_flow_log")
    group = small.reference("aws_cloudwatch_log_group", "LogGroups/FlowLogs", "arn")
    assert (log["traffic_type"], log["log_destination"]) == ("ALL", group)
