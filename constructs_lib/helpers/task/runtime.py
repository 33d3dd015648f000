"""Command and environment variables with which the gateway's container starts the runtime (gateway_runtime/)."""

import json
from enum import Enum
from pathlib import Path

from constructs_lib.helpers.task.routes import Route, compressed

import attrs

_FOLDER = Path(__file__).parents[2] / "task"


class Bundle(Enum):
    """The bundles of the runtime (gateway_runtime/build.mjs, ADR 45)."""

    BASE = "gateway_runtime.txt"
    TEAMS = "gateway_runtime_teams.txt"
    """With teams, and rate limits in the usage table."""
    VALKEY = "gateway_runtime_valkey.txt"
    """With teams, and rate limits in Valkey."""

    @property
    def path(self) -> Path:
        """The file: JavaScript, minified, compressed with brotli, in base85."""
        return _FOLDER / self.value


MOST_BUNDLE_BYTES = {Bundle.BASE: 23 * 1024, Bundle.TEAMS: 37 * 1024, Bundle.VALKEY: 40_400}
"""Most bytes of each encoded bundle. With them, a task definition with 200 models of two targets and a price each, and
20 teams with limits, stays under 56 KiB (tested)."""
MOST_TASK_DEFINITION_BYTES = 56 * 1024
"""ECS accepts 64 KiB. The rest is for what AWS adds, and for ARNs, which are longer than their references."""
MOST_HEADER_BYTES = 64 * 1024
"""Most bytes of all headers of a request, the load balancer's limit; Node.js's default is 16 KiB."""
BOOTSTRAP = (
    'data:text/javascript,import{brotliDecompressSync as d}from"node:zlib";const t=process.env.GATEWAY_RUNTIME,'
    "b=Buffer.alloc((t.length-1)/5*4);for(let i=0;i<t.length-1;i+=5){let v=0;for(let j=0;j<5;j++){"
    "const c=t.charCodeAt(i+j);v=v*85+Math.max(0,c-39-(c>60)-(c>62)-(c>92))}b.writeUInt32BE(v,i/5*4)}"
    'await import("data:text/javascript;base64,"+d(b.subarray(0,b.length-t.at(-1))).toString("base64"))'
)
"""Decodes a bundle (gateway_runtime/src/base85.mjs) and starts it. `#`, `?` and `%` have a meaning in a data URL."""
SHARED_ENDPOINTS = ("files", "batches", "responses", "fine_tuning")
"""Values of `shared_endpoints`: groups of paths other than inference (gateway_runtime/src/paths.mjs)."""


@attrs.frozen(kw_only=True)
class RuntimeSettings:
    """The settings that gateway_runtime/src/settings.mjs reads, with the same names."""

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


def runtime_environment(settings: RuntimeSettings, route: Route | None, bundle: Bundle) -> dict[str, str]:
    """The environment variables of the runtime: its bundle, settings and routes."""
    made = {
        "GATEWAY_RUNTIME": bundle.path.read_text(encoding="ascii").strip(),
        "GATEWAY_SETTINGS": json.dumps(attrs.asdict(settings), separators=(",", ":"), sort_keys=True),
    }
    if route is not None:
        made["GATEWAY_ROUTES"] = compressed(route)
    return made


class TaskDefinitionTooLargeError(Exception):
    """The container definitions exceed MOST_TASK_DEFINITION_BYTES."""
