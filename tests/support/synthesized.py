"""Parses a synthesized stack once, with accessors for tests."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from constructs_lib.helpers.task.routes import ByModel, Fallback, Target
from envs.schema import Client, Environment, Subscription
from envs.schema.rules import InvalidSettingsError
from main import build_app
from resource_types.stack import SynthesizedStack

import attrs
import pytest

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
"""The settings of a valid environment of the smallest size."""
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/abc-123"


def settings(**changes: object) -> Environment:
    """The valid environment with some settings changed."""
    return Environment(**{**SETTINGS, **changes})


def problems(**changes: object) -> list[str]:
    """The problems reported for the valid environment with these changes."""
    with pytest.raises(InvalidSettingsError) as caught:
        settings(**changes)
    return [str(problem) for problem in caught.value.problems]


WITH_TOKENS: dict[str, object] = {
    "enable_waf": True,
    "enable_jwt_auth": True,
    "certificate_arn": CERTIFICATE,
    "nat_gateway_per_az": True,
    "gateway_secrets": ("PLUGIN_API_KEY",),
    "routes": Fallback(
        targets=(Target(provider="openai"), Target(provider="bedrock", options={"aws_region": "eu-west-1"}))
    ),
    "clients": (Client(team="search"), Client(team="billing", scopes=("invoke", "admin"))),
    "domain_name": "gateway.example.com",
    "hosted_zone": "example.com",
    "waf_client_rate_limit": 500,
    "fargate_spot_percent": 50,
    "use_lockfile": True,
    "portkey_image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shared/gateway:1.15.2",
}
"""Settings with every switch on, tokens too, whose stack only provider 6.22 or newer takes."""
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
    rate_limit_store="valkey",
    interface_endpoints=("bedrock-runtime", "xray"),
    alarm_subscriptions=(Subscription("email", "oncall@example.com"),),
)
"""An environment with every setting on that creates resources, except tokens, which need provider 6.22."""
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
    rate_limit_store="dynamodb",
)
"""The same for a gateway with teams, one of which has limits."""


@attrs.frozen
class Synthesized:
    """One stack, the folder that holds its JSON, and accessors for tests."""

    stack: SynthesizedStack
    folder: Path

    @classmethod
    def of(cls, environment: Environment, outdir: Path) -> "Synthesized":
        """Synthesize one environment into `outdir`."""
        name = environment.environment
        build_app([environment], outdir=str(outdir)).synth()
        return cls(SynthesizedStack.read(outdir, name), outdir / "stacks" / name)

    @property
    def document(self) -> Block:
        """The stack's JSON."""
        return dict(self.stack.document)

    def by_type(self, type_: str) -> dict[str, Block]:
        """The resources of a type, by construct path, e.g. `Network/Vpc`."""
        return {block.path: block.body for block in self.stack.of_type(type_)}

    def only(self, type_: str) -> Block:
        """The one resource of a type. Fails if there is none or more than one."""
        return self.stack.only(type_).body

    def count(self, type_: str) -> int:
        """The number of resources of a type."""
        return len(self.stack.of_type(type_))

    def resources(self) -> Iterator[tuple[str, str, Block]]:
        """Every resource as type, construct path and block."""
        return ((block.type, block.path, block.body) for block in self.stack.resources.values())

    def reference(self, type_: str, path: str, attribute: str) -> str:
        """How another resource refers to an attribute of this one."""
        return self.stack.at(type_, path).reference(attribute)

    def statements(self) -> Iterator[tuple[str, str, Block]]:
        """Every IAM statement as resource type, construct path and statement."""
        for block in self.stack.resources.values():
            for document in block.iam_documents():
                for statement in json.loads(document)["Statement"]:
                    yield block.type, block.path, statement

    def containers(self) -> dict[str, Block]:
        """The container definitions of the task, by name."""
        return self.stack.containers()

    def outputs(self) -> dict[str, Any]:
        """The values of the stack's outputs."""
        return {name: block["value"] for name, block in self.stack.document["output"].items()}


def page(stack: Synthesized) -> Block:
    """The dashboard's body."""
    found: Block = json.loads(stack.only("aws_cloudwatch_dashboard")["dashboard_body"])
    return found
