"""HTTPS with an imported certificate in an existing VPC, with JWT validation if the provider has it (PROVIDER=6.x)."""

from typing import Any

from tests.emulator.certificates import issued
from tests.support.cloud import Checkout, client
from tools.provider_mirror import chosen

import pytest

pytestmark = pytest.mark.deployment

JWT_RELEASE = (6, 22)
"""The first provider release that has the JWT action."""
NAME = "gateway.example.com"


def network(checkout: Checkout) -> dict[str, Any]:
    """Settings for an existing VPC with two public and two private subnets that another team manages."""
    ec2 = client(checkout.environ, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    public, private = (
        tuple(
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=f"us-east-1{zone}")[
                "Subnet"
            ]["SubnetId"]
            for number, zone in pairs
        )
        for pairs in (((1, "a"), (2, "b")), ((10, "a"), (20, "b")))
    )
    return {"vpc_id": vpc, "public_subnet_ids": public, "private_subnet_ids": private}


def test_https_in_a_vpc_of_ones_own(checkout: Checkout) -> None:
    """Only security groups are created in the VPC. HTTP redirects to HTTPS, and the second plan is empty."""
    with_jwt = chosen().release >= JWT_RELEASE
    settings = {
        **network(checkout),
        "certificate_arn": issued(client(checkout.environ, "acm"), NAME),
        "enable_jwt_auth": with_jwt,
        "cognito_domain_prefix": "ai-gateway-own",
    }
    lines = "".join(f"    {name}={value!r},\n" for name, value in settings.items())
    text = (checkout.folder / "envs" / "dev.py").read_text(encoding="utf-8").replace('"dev"', '"own"')
    kept = [line for line in text.splitlines(keepends=True) if line.strip().partition("=")[0] not in settings]
    (checkout.folder / "envs" / "own.py").write_text(
        "".join(kept).replace("    **COMMON,\n", f"    **COMMON,\n{lines}"), encoding="utf-8"
    )
    done = checkout.ops("deploy", "own", "--yes")
    assert done.returncode == 0, done.stdout
    elb, ec2 = client(checkout.environ, "elbv2"), client(checkout.environ, "ec2")
    balancer = elb.describe_load_balancers(Names=["ai-gateway-own"])["LoadBalancers"][0]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    actions = {one["Port"]: [action["Type"] for action in one["DefaultActions"]] for one in listeners}
    assert actions == {80: ["redirect"], 443: ["jwt-validation", "forward"] if with_jwt else ["forward"]}
    (https,) = (one for one in listeners if one["Port"] == 443)
    assert [one["CertificateArn"] for one in https["Certificates"]] == [settings["certificate_arn"]]
    assert balancer["VpcId"] == settings["vpc_id"]
    assert {zone["SubnetId"] for zone in balancer["AvailabilityZones"]} == set(settings["public_subnet_ids"])
    mine = [{"Name": "tag:Environment", "Values": ["own"]}]
    made = [ec2.describe_vpcs, ec2.describe_subnets, ec2.describe_internet_gateways, ec2.describe_route_tables]
    assert [next(iter(call(Filters=mine).values())) for call in made] == [[], [], [], []]
    done = checkout.ops("diff", "own")
    assert done.returncode == 0, done.stdout
