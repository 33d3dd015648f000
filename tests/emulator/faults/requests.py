"""The form of a fault, and valid requests to make faulty."""

import json
from collections.abc import Callable
from typing import Any

from tests.emulator.world import ACCOUNT, World

import attrs

Params = Callable[[World], dict[str, Any]]


@attrs.frozen
class Planted:
    """One fault: the call, its parameters, and what the error message must contain."""

    name: str
    service: str
    call: str
    params: Params
    code: str
    says: str
    """A part of the message that includes the member."""


def policy_of(**changes: object) -> str:
    """A policy with one statement. `changes` replace its members; None removes one."""
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", **changes}
    return json.dumps({"Version": "2012-10-17", "Statement": [{k: v for k, v in statement.items() if v is not None}]})


def trust_of(principal: dict[str, str]) -> str:
    """A trust policy for a principal."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def listener_of(world: World, *actions: dict[str, Any], **changes: object) -> dict[str, Any]:
    """The parameters of an HTTPS listener with these actions."""
    https = {"Protocol": "HTTPS", "Port": 8443, "Certificates": [{"CertificateArn": world.certificate}]}
    return {"LoadBalancerArn": world.balancer, "DefaultActions": list(actions), **https, **changes}


def forward(arn: str, **more: object) -> dict[str, Any]:
    """A forward action to a target group."""
    return {"Type": "forward", "TargetGroupArn": arn, **more}


def attribute(world: World, key: str, value: str) -> dict[str, Any]:
    """The parameters that set one attribute of the load balancer."""
    return {"LoadBalancerArn": world.balancer, "Attributes": [{"Key": key, "Value": value}]}


def ingress(world: World, **permission: object) -> dict[str, Any]:
    """The parameters of an ingress rule; `permission` replaces its members."""
    given = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}], **permission}
    return {"GroupId": world.group, "IpPermissions": [given]}


def network_of(world: World, **changes: object) -> dict[str, Any]:
    """The network configuration of a service; `changes` replace its members."""
    configuration = {"subnets": world.subnets[:2], "securityGroups": [world.group], **changes}
    return {"networkConfiguration": {"awsvpcConfiguration": configuration}}


def oauth(world: World, **changes: object) -> dict[str, Any]:
    """The parameters of a user pool client; `changes` replace them."""
    return {
        "UserPoolId": world.pool, "ClientName": "c", "GenerateSecret": True, "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["api/invoke"], **changes,
    }  # fmt: skip


def dashboard(expression: str) -> str:
    """A dashboard with one metric expression."""
    lines = [[{"expression": expression}]]
    return json.dumps({"widgets": [{"type": "metric", "x": 0, "y": 0, "properties": {"metrics": lines}}]})


NONE = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/none/0123456789abcdef"
JWT = {"Type": "jwt-validation", "Order": 1, "JwtValidationConfig": {"Issuer": "i", "JwksEndpoint": "https://k"}}
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/none"
