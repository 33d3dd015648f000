"""What all environments share."""

from typing import TypedDict


class Common(TypedDict):
    """The settings that stand here and not in each environment's file."""

    project_name: str
    portkey_image: str
    adot_image: str


PORTKEY_NODE_MAJOR = 20
"""The Node of Portkey's image. Tests, `make run` and `make bench` start the gateway on it (tests/gateway/Pipfile)."""

COMMON: Common = {
    "project_name": "ai-gateway",
    "portkey_image": "portkeyai/gateway:1.15.2",
    # Supported until the next minor release. Its component list and configuration structures were compared with
    # constructs_lib/task/collector.yaml in its source (2026-11-26); the image itself was not run.
    "adot_image": "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0",
}
