"""What the workers of a test run build once and share: an embedded AWS to copy, and boto3's models."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from emulator.environ import emulated
from emulator.rehearsal import start_in_background
from tests.support.cloud import client, emulated_environ
from tools.environment import child_environment
from tools.locks import one_at_a_time

import pytest
from botocore.loaders import Loader

READ_ONLY = {
    "acm": "list_certificates",
    "application-autoscaling": "describe_scalable_targets",
    "cloudwatch": "describe_alarms",
    "cognito-idp": "list_user_pools",
    "dynamodb": "list_tables",
    "ec2": "describe_subnets",
    "ecr": "describe_repositories",
    "ecs": "list_clusters",
    "elbv2": "describe_load_balancers",
    "iam": "list_roles",
    "kms": "list_keys",
    "logs": "describe_log_groups",
    "route53": "list_hosted_zones",
    "s3": "list_buckets",
    "secretsmanager": "list_secrets",
    "sns": "list_topics",
    "sts": "get_caller_identity",
    "wafv2": "list_web_acls",
}
"""A read-only call of each service, which makes the embedded AWS import the service and read its model."""
GIVEN: dict[str, dict[str, Any]] = {
    "application-autoscaling": {"ServiceNamespace": "ecs"},
    "cognito-idp": {"MaxResults": 1},
    "wafv2": {"Scope": "REGIONAL"},
}


def shared(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], Any]) -> Any:  # noqa: ANN401 (JSON)
    """Build a JSON value once for all workers: the first worker that needs it builds it, and the others wait.

    `build` is called with a folder.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    base = factory.getbasetemp()
    folder = (base.parent if worker else base) / name
    with one_at_a_time(folder / "lock"):
        place = folder / "made.json"
        if not place.exists():
            made = build(folder)
            place.write_text(json.dumps(made), encoding="utf-8")
        return json.loads(place.read_text(encoding="utf-8"))


def environ_of(port: int) -> dict[str, str]:
    """The variables for the embedded AWS on a port."""
    return emulated_environ(emulated(child_environment(), port))


def start_empty() -> int:
    """Start an embedded AWS that ends with the test run and has imported what its copies need. Returns its port."""
    port = start_in_background(os.getppid() if os.environ.get("PYTEST_XDIST_WORKER") else os.getpid())
    environ = environ_of(port)
    for service, call in READ_ONLY.items():
        getattr(client(environ, service), call)(**GIVEN.get(service, {}))
    return port


def read_models_once() -> None:
    """Share botocore's models among all sessions of this process, which otherwise each read them from disk again."""
    held: dict[Any, Any] = {}
    start = Loader.__init__

    def start_with_what_was_read(loader: Any, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 (no types)
        start(loader, *arguments, **options)
        loader._cache = held  # what a loader has read, by method and arguments

    Loader.__init__ = start_with_what_was_read
