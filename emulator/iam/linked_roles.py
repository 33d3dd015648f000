"""Service-linked roles, which AWS creates in an account when a service is first used."""

import json
from typing import Any

from emulator.iam.dependent import RECORDS
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

CREATING = "iam:CreateServiceLinkedRole"


def _by_call() -> dict[str, tuple[str, str]]:
    """Service and name of the role that a call creates, by `service:Operation`."""
    found = {}
    for name, records in RECORDS.items():
        for one in records:
            if CREATING in one.actions:
                _, service, role = one.resource.rsplit("/", 2)
                found[name] = service, role
    return found


BY_CALL = _by_call()
NAMES = dict(BY_CALL.values())
"""Role names by service, e.g. `ecs.amazonaws.com`."""


def create(backend: Any, service: str) -> Any:
    """Create a service's role in moto's IAM. Raises KeyError for a service that is not in `NAMES`."""
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


def create_for(call: Call) -> None:
    """Create the role that AWS creates when a call first succeeds ("Using service-linked roles", IAM user guide)."""
    service, name = BY_CALL.get(call.name, ("", ""))
    cloud = Cloud.of(call.access_key, call.region)
    if service and cloud.role(name) is None:
        create(cloud.backend("iam"), service)
