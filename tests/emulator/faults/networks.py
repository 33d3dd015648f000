"""Faults in networks."""

from tests.emulator.faults.requests import Planted, ingress
from tests.emulator.world import ACCOUNT

OF_NETWORKS = (
    Planted(
        "61 rules",
        "ec2",
        "authorize_security_group_ingress",
        lambda w: ingress(w, IpRanges=[{"CidrIp": f"10.{n}.0.0/16"} for n in range(61)]),
        "RulesPerSecurityGroupLimitExceeded",
        "maximum number of rules",
    ),
    Planted(
        "a description of other letters",
        "ec2",
        "create_security_group",
        lambda w: {"GroupName": "d", "Description": "für alle", "VpcId": w.vpc},
        "InvalidParameterValue",
        "at 'Description'",
    ),
    Planted(
        "ports in the wrong order",
        "ec2",
        "authorize_security_group_ingress",
        lambda w: ingress(w, FromPort=90),
        "InvalidParameterValue",
        "Invalid TCP/UDP port range",
    ),
    Planted(
        "an address that is missing",
        "ec2",
        "create_nat_gateway",
        lambda w: {"SubnetId": w.subnets[0], "AllocationId": "eipalloc-0"},
        "InvalidAllocationID.NotFound",
        "AllocationId",
    ),
    Planted(
        "no internet gateway",
        "ec2",
        "create_nat_gateway",
        lambda w: {"SubnetId": w.other_subnet, "AllocationId": "eipalloc-0"},
        "Gateway.NotAttached",
        "no Internet gateway",
    ),
    Planted(
        "an endpoint of another region",
        "ec2",
        "create_vpc_endpoint",
        lambda w: {"VpcId": w.vpc, "ServiceName": "com.amazonaws.eu-west-1.s3"},
        "InvalidServiceName",
        "us-east-1",
    ),
    Planted(
        "flow logs to nowhere",
        "ec2",
        "create_flow_logs",
        lambda w: {
            "ResourceIds": [w.vpc],
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogDestinationType": "cloud-watch-logs",
            "LogDestination": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/none",
            "DeliverLogsPermissionArn": w.role,
        },
        "InvalidParameter",
        "no such log group",
    ),
    Planted(
        "a role that flow logs cannot assume",
        "ec2",
        "create_flow_logs",
        lambda w: {
            "ResourceIds": [w.vpc],
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogDestinationType": "cloud-watch-logs",
            "LogDestination": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/w",
            "DeliverLogsPermissionArn": w.role,
        },
        "InvalidParameter",
        "cannot assume the role",
    ),
)
