"""Settings that all environments share."""

from typing import TypedDict


class Common(TypedDict):
    """The keys of COMMON, typed for mypy."""

    project_name: str
    portkey_image: str
    adot_image: str


PORTKEY_NODE_MAJOR = 20
"""Node.js major version of Portkey's image. Tests, `make run` and `make bench` use it (tests/gateway/Pipfile)."""

COMMON: Common = {
    "project_name": "ai-gateway",
    "portkey_image": "portkeyai/gateway:1.15.2",
    # AWS supports a release until the next minor one. constructs_lib/task/collector.yaml was checked against this
    # release's source (2026-11-26); the image itself was not run.
    "adot_image": "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0",
}
