"""Faults that concern resources in use."""

from tests.emulator.faults.requests import Planted

OF_USE = (
    Planted(
        "a load balancer that moves",
        "elbv2",
        "set_subnets",
        lambda w: {"LoadBalancerArn": w.balancer, "Subnets": [w.other_subnet, w.subnets[1]]},
        "InvalidConfigurationRequest",
        "must all be in one VPC",
    ),
    Planted(
        "a group that a load balancer uses",
        "ec2",
        "delete_security_group",
        lambda w: {"GroupId": w.used_group},
        "DependencyViolation",
        "has a dependent object",
    ),
    Planted(
        "a target group that a listener uses",
        "elbv2",
        "delete_target_group",
        lambda w: {"TargetGroupArn": w.target_group},
        "ResourceInUse",
        "currently in use by a listener",
    ),
    Planted(
        "a subnet that a load balancer is in",
        "ec2",
        "delete_subnet",
        lambda w: {"SubnetId": w.subnets[0]},
        "DependencyViolation",
        "has dependencies and cannot be deleted",
    ),
)
