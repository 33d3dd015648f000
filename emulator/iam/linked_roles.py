"""Service-linked roles that exist once a service was used, as IAM then shows them."""

import json
from typing import Any

from emulator.iam.dependent import RECORDS
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

CREATING = "iam:CreateServiceLinkedRole"


def _made() -> dict[str, tuple[str, str]]:
    """Service and name of the role that a call creates, by the call."""
    found = {}
    for name, questions in RECORDS.items():
        for one in questions:
            if CREATING in one.actions:
                _, service, role = one.resource.rsplit("/", 2)
                found[name] = service, role
    return found


MADE = _made()
NAMES = dict(MADE.values())
"""The name of each service's role."""


def create(backend: Any, service: str) -> Any:
    """Create the role of one of these services in moto's IAM."""
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return backend.create_role(
        NAMES[service],
        json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        f"/aws-service-role/{service}/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
        linked_service=service,
    )


def make(call: Call) -> None:
    """What AWS creates in the account with a call's first success ("Using service-linked roles", IAM user guide)."""
    service, name = MADE.get(call.name, ("", ""))
    cloud = Cloud.of(call.access_key, call.region)
    if service and cloud.role(name) is None:
        create(cloud.backend("iam"), service)
