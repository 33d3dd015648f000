"""What the gateway's container is given so that the runtime (gateway_runtime/) runs in it: command and environment."""

import json
from enum import Enum
from pathlib import Path

from constructs_lib.helpers.task.routes import Route, compressed

import attrs

_FOLDER = Path(__file__).parents[2] / "task"


class Bundle(Enum):
    """The runtime as a task receives it, with the parts that its settings need (gateway_runtime/build.mjs)."""

    BASE = "gateway_runtime.txt"
    TEAMS = "gateway_runtime_teams.txt"
    """With teams, whose rates are in the table of usage."""
    VALKEY = "gateway_runtime_valkey.txt"
    """With teams, whose rates are in Valkey."""

    @property
    def path(self) -> Path:
        """The file: minified, brotli, base85."""
        return _FOLDER / self.value


MOST_BUNDLE_BYTES = {Bundle.BASE: 23 * 1024, Bundle.TEAMS: 37 * 1024, Bundle.VALKEY: 40_400}
"""The most that each may take, encoded: with 200 models in `routes`, two targets and a price each, and 20 teams with
limits the task definition stays under 56 KiB (a test holds that)."""
MOST_TASK_DEFINITION_BYTES = 56 * 1024
"""ECS takes 64 KiB for a task definition; what AWS adds and what an ARN is longer than its reference has to fit too."""
MOST_HEADER_BYTES = 64 * 1024
"""What a load balancer lets through in all headers of a request; Node's own limit is 16 KiB."""
BOOTSTRAP = (
    'data:text/javascript,import{brotliDecompressSync as d}from"node:zlib";const t=process.env.GATEWAY_RUNTIME,'
    "b=Buffer.alloc((t.length-1)/5*4);for(let i=0;i<t.length-1;i+=5){let v=0;for(let j=0;j<5;j++){"
    "const c=t.charCodeAt(i+j);v=v*85+Math.max(0,c-39-(c>60)-(c>62)-(c>92))}b.writeUInt32BE(v,i/5*4)}"
    'await import("data:text/javascript;base64,"+d(b.subarray(0,b.length-t.at(-1))).toString("base64"))'
)
"""Decodes a bundle (gateway_runtime/src/base85.mjs) and starts it; without `#`, `?` and `%`, which a data URL reads."""
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


def runtime_environment(settings: RuntimeSettings, route: Route | None, bundle: Bundle) -> dict[str, str]:
    """The environment variables from which the runtime starts."""
    made = {
        "GATEWAY_RUNTIME": bundle.path.read_text(encoding="ascii").strip(),
        "GATEWAY_SETTINGS": json.dumps(attrs.asdict(settings), separators=(",", ":"), sort_keys=True),
    }
    if route is not None:
        made["GATEWAY_ROUTES"] = compressed(route)
    return made


class TaskDefinitionTooLargeError(Exception):
    """The container definitions do not fit into what ECS takes."""
