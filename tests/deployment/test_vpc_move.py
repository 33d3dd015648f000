"""A changed `vpc_cidr` replaces the load balancer and service with the VPC, after a warning; the next plan is empty."""

from tests.support.cloud import Checkout, client

import pytest

pytestmark = pytest.mark.deployment


def test_a_gateway_moves_to_another_network(checkout: Checkout) -> None:
    """`make diff` warns of the downtime. The deployment replaces the load balancer and the service in the new VPC."""
    elb, ec2 = client(checkout.environ, "elbv2"), client(checkout.environ, "ec2")
    before = elb.describe_load_balancers(Names=["ai-gateway-dev"])["LoadBalancers"][0]
    checkout.change("dev", 'environment="dev",', 'environment="dev",\n    vpc_cidr="10.1.0.0/16",')
    done = checkout.ops("diff", "dev")
    assert done.returncode == 2, done.stdout
    assert (
        "This replaces aws_ecs_service.Gateway_Service_C86A1019, aws_lb.LoadBalancer_10456B95, aws_vpc." in done.stdout
    )
    assert "Until all of this exists again, the gateway answers no requests." in done.stdout
    done = checkout.ops("deploy", "dev", "--yes")
    assert done.returncode == 0, done.stdout
    after = elb.describe_load_balancers(Names=["ai-gateway-dev"])["LoadBalancers"]
    mine = [{"Name": "tag:Environment", "Values": ["dev"]}]
    (vpc,) = ec2.describe_vpcs(Filters=mine)["Vpcs"]
    assert [one["VpcId"] for one in after] == [vpc["VpcId"]]
    assert after[0]["LoadBalancerArn"] != before["LoadBalancerArn"]
    assert vpc["CidrBlock"] == "10.1.0.0/16"
    assert checkout.ops("diff", "dev").returncode == 0
