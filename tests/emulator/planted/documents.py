"""Parameters that several planted faults share: policies, web ACLs and their rules."""

import json
from collections.abc import Mapping
from typing import Any


def policy(*statements: Mapping[str, Any]) -> str:
    """A policy document as JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str) -> str:
    """A trust policy for an AWS service."""
    return policy({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def visibility(name: str) -> dict[str, Any]:
    """The visibility settings of a WAFv2 rule or web ACL."""
    return {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": True, "MetricName": name}


def acl(name: str, **changes: Any) -> dict[str, Any]:
    """The parameters of a valid regional web ACL without rules, with `changes` in place."""
    valid = {
        "Name": name,
        "Scope": "REGIONAL",
        "DefaultAction": {"Allow": {}},
        "Rules": [],
        "VisibilityConfig": visibility(name),
    }
    return valid | changes


def rule(name: str, priority: int, statement: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A WAFv2 rule that blocks what its statement matches, with `changes` in place."""
    valid = {
        "Name": name,
        "Priority": priority,
        "Statement": dict(statement),
        "Action": {"Block": {}},
        "VisibilityConfig": visibility(name),
    }
    return valid | changes
