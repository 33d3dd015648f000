"""What the gateway's container is given so that the runtime (gateway_runtime/) runs in it: command and environment."""

import json
from pathlib import Path

from constructs_lib.helpers.task.routes import Route, compressed

import attrs

BUNDLE = Path(__file__).parents[2] / "task" / "gateway_runtime.txt"
"""The runtime as the task receives it, made by `node gateway_runtime/build.mjs`: minified, brotli, base64."""
MOST_BUNDLE_BYTES = 41 * 1024
"""The most that the bundle may take, in base64: with 200 models in `routes` the task definition stays under 56 KiB.

Of 55 KiB then, 40 are the bundle's limit, 6.5 the routes and 8 the rest.
"""
MOST_TASK_DEFINITION_BYTES = 56 * 1024
"""ECS takes 64 KiB for a task definition; what AWS adds and what an ARN is longer than its reference has to fit too."""
MOST_HEADER_BYTES = 64 * 1024
"""What a load balancer lets through in all headers of a request; Node's own limit is 16 KiB."""
BOOTSTRAP = (
    'data:text/javascript,import{brotliDecompressSync as d}from"node:zlib";await import("data:text/javascript;base64,"+'
    'd(Buffer.from(process.env.GATEWAY_RUNTIME,"base64")).toString("base64"))'
)
SHARED_ENDPOINTS = ("files", "batches", "responses", "fine_tuning")
"""Groups of paths beyond inference (gateway_runtime/src/paths.mjs) that a setting can open where there are routes."""


@attrs.frozen(kw_only=True)
class RuntimeSettings:
    """The settings of gateway_runtime/src/settings.mjs, by the names that it reads."""

    stream_seconds: int
    drain_seconds: int
    max_body_mib: int
    in_flight_mib: int
    collector: str | None
    trusted_hosts: tuple[str, ...]
    egress_ports: tuple[int, ...]
    allow_public_hosts: bool
    allow_caller_hooks: bool
    shared_endpoints: tuple[str, ...]
    jwt: bool
    aws_dns_suffix: str


def runtime_environment(settings: RuntimeSettings, route: Route | None) -> dict[str, str]:
    """The environment variables from which the runtime starts."""
    made = {
        "GATEWAY_RUNTIME": BUNDLE.read_text(encoding="ascii").strip(),
        "GATEWAY_SETTINGS": json.dumps(attrs.asdict(settings), separators=(",", ":"), sort_keys=True),
    }
    if route is not None:
        made["GATEWAY_ROUTES"] = compressed(route)
    return made


class TaskDefinitionTooLargeError(Exception):
    """The container definitions do not fit into what ECS takes."""


def check_size(definitions: str, route: Route | None) -> None:
    """Raise TaskDefinitionTooLargeError where a task's container definitions leave ECS's limit no room."""
    size = len(definitions.encode())
    if size <= MOST_TASK_DEFINITION_BYTES:
        return
    routes = len(compressed(route)) if route is not None else 0
    raise TaskDefinitionTooLargeError(
        f"the task definition has {size} bytes, {routes} of them for routes (compressed); at most "
        f"{MOST_TASK_DEFINITION_BYTES} fit: use fewer models or shorter override_params in routes"
    )
