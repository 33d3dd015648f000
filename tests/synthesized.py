"""Reads a synthesized stack once and answers what tests ask of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from constructs_lib.helpers.task.routes import ByModel, Fallback, Target
from envs.schema import Client, Environment, Subscription
from main import build_app

import attrs

Block = dict[str, Any]

SETTINGS: dict[str, Any] = {
    "project_name": "ai-gateway",
    "portkey_image": "portkeyai/gateway:1.15.2",
    "adot_image": "public.ecr.aws/aws-observability/aws-otel-collector:v0.43.1",
    "environment": "test",
    "aws_region": "eu-west-1",
    "gateway_desired_count": 2,
    "gateway_cpu": 512,
    "gateway_memory": 1024,
    "autoscaling_min_capacity": 1,
    "autoscaling_max_capacity": 3,
    "enable_waf": False,
    "certificate_arn": "",
    "cognito_domain_prefix": "ai-gateway-test",
    "enable_jwt_auth": False,
}
"""A sound environment of the smallest size."""
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/abc-123"


def settings(**changes: object) -> Environment:
    """The sound environment with some settings changed."""
    return Environment(**{**SETTINGS, **changes})


EVERYTHING = settings(
    enable_waf=True,
    waf_client_rate_limit=500,
    domain_name="gateway.example.com",
    hosted_zone="example.com",
    gateway_secrets=("PLUGIN_API_KEY",),
    routes=ByModel(
        models={"fast": Target(provider="anthropic")},
        default=Fallback(
            targets=(Target(provider="openai"), Target(provider="bedrock", options={"aws_region": "eu-west-1"}))
        ),
    ),
    ingress_cidrs=("10.0.0.0/8",),
    clients=(Client(team="search", scopes=("invoke",)),),
    interface_endpoints=("bedrock-runtime", "xray"),
    alarm_subscriptions=(Subscription("email", "oncall@example.com"),),
)
"""An environment with every switch on that makes resources of its own, apart from tokens, which need provider 6.22."""
WITH_TEAMS = attrs.evolve(
    EVERYTHING,
    enable_jwt_auth=True,
    clients=(
        Client(team="research"),
        Client(
            team="search",
            models=("gpt-4o*", "fast"),
            monthly_budget_usd=500,
            tokens_per_minute=100_000,
            requests_per_minute=600,
        ),
    ),
    allow_unbounded_requests=True,
)
"""The same where the gateway knows teams, one of them with limits."""


@attrs.frozen
class Synthesized:
    """The JSON of one stack and the folder that holds it."""

    document: Block
    folder: Path

    @classmethod
    def of(cls, environment: Environment, outdir: Path) -> "Synthesized":
        """Synthesize one environment into `outdir`."""
        build_app([environment], outdir=str(outdir)).synth()
        folder = outdir / "stacks" / environment.environment
        return cls(json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8")), folder)

    def by_type(self, type_: str) -> dict[str, Block]:
        """The resources of a type by the path of their construct, e.g. `Network/Vpc`."""
        found: dict[str, Block] = self.document.get("resource", {}).get(type_, {})
        return {block["//"]["metadata"]["path"].partition("/")[2]: block for block in found.values()}

    def only(self, type_: str) -> Block:
        """The one resource of a type; fails where there is none or more than one."""
        found = self.by_type(type_)
        assert len(found) == 1, f"{type_}: {sorted(found)}"
        return next(iter(found.values()))

    def count(self, type_: str) -> int:
        """How many resources of a type there are."""
        return len(self.by_type(type_))

    def resources(self) -> Iterator[tuple[str, str, Block]]:
        """Every resource as type, construct path and block."""
        for type_ in self.document["resource"]:
            for path, block in self.by_type(type_).items():
                yield type_, path, block

    def reference(self, type_: str, path: str, attribute: str) -> str:
        """How another resource refers to an attribute of this one."""
        for key, block in self.document["resource"][type_].items():
            if block["//"]["metadata"]["path"].partition("/")[2] == path:
                return f"${{{type_}.{key}.{attribute}}}"
        raise AssertionError(f"no {type_} at {path}")

    def statements(self) -> Iterator[tuple[str, str, Block]]:
        """Every IAM statement as resource type, construct path and statement."""
        for type_, path, block in self.resources():
            for attribute in ("policy", "assume_role_policy"):
                if type_ != "aws_ecr_lifecycle_policy" and attribute in block:
                    for statement in json.loads(block[attribute])["Statement"]:
                        yield type_, path, statement

    def containers(self) -> dict[str, Block]:
        """The container definitions of the task by name."""
        definitions = json.loads(self.only("aws_ecs_task_definition")["container_definitions"])
        return {container["name"]: container for container in definitions}

    def outputs(self) -> dict[str, Any]:
        """The values of the stack's outputs."""
        return {name: block["value"] for name, block in self.document["output"].items()}
