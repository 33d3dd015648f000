"""Environments that tests of several folders share, as values and as the files that a user would write."""

from constructs_lib.helpers.task.routes import ByModel, Fallback, Route, Target
from constructs_lib.helpers.usage.teams import Client, ModelPrice
from envs.schema import Environment
from tests.support.synthesized import CERTIFICATE, settings

EXISTING = settings(
    vpc_id="vpc-0123456789abcdef0",
    public_subnet_ids=("subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2"),
    private_subnet_ids=("subnet-0bbbbbbbbbbbbbbb1", "subnet-0bbbbbbbbbbbbbbb2"),
)
"""Settings for a VPC that another team manages."""
PAIRS = [("dev", "prod"), ("dev", "dev-2"), ("dev", "dev2"), ("prod", "dev"), ("dev-2", "dev")]
"""Environments of one account and region. Some names are prefixes of others."""

STAGING = '''"""The staging environment of the README."""

from envs.common import COMMON
from envs.schema import Environment

ENVIRONMENT = Environment(
    **COMMON,
    environment="staging",
    aws_region="us-east-1",
    gateway_desired_count=2,
    gateway_cpu=1024,
    gateway_memory=2048,
    autoscaling_min_capacity=1,
    autoscaling_max_capacity=4,
    enable_waf=True,
    certificate_arn="arn:aws:acm:us-east-1:123456789012:certificate/abc-123",
    cognito_domain_prefix="ai-gateway-staging",
    enable_jwt_auth=False,
)
'''

FULL = '''"""Every switch on."""

from constructs_lib.helpers.task.routes import ByModel, Fallback, Target
from envs.common import COMMON
from envs.schema import Client, Environment, Subscription

ENVIRONMENT = Environment(
    **COMMON,
    environment="full",
    aws_region="us-east-1",
    gateway_desired_count=2,
    gateway_cpu=1024,
    gateway_memory=2048,
    autoscaling_min_capacity=1,
    autoscaling_max_capacity=4,
    enable_waf=True,
    waf_client_rate_limit=500,
    certificate_arn="",
    domain_name="gateway.example.com",
    hosted_zone="example.com",
    cognito_domain_prefix="ai-gateway-full",
    enable_jwt_auth=False,
    ingress_cidrs=("10.0.0.0/8",),
    gateway_secrets=("PLUGIN_API_KEY",),
    routes=ByModel(
        models={"claude": Target(provider="anthropic")},
        default=Fallback(
            targets=(
                Target(provider="openai"),
                Target(provider="bedrock", options={"aws_region": "us-east-1"}),
            )
        ),
    ),
    clients=(Client(team="search", scopes=("invoke",)),),
    rate_limit_store="valkey",
    interface_endpoints=("bedrock-runtime", "xray"),
    alarm_subscriptions=(Subscription("email", "oncall@example.com"),),
    github_repository="example/gateway",
)
'''


def many_models(count: int) -> Route:
    """A route with two targets per model, each with overrides, retries and a weight."""
    return ByModel(
        models={
            f"model-{number}": Fallback(
                targets=(
                    Target(provider="openai", retries=2, override_params={"model": f"gpt-{number}", "seed": number}),
                    Target(provider="anthropic", retries=1, override_params={"model": f"claude-{number}"}),
                )
            )
            for number in range(count)
        },
        default=Target(provider="openai"),
    )


def many_teams(store: str) -> Environment:
    """The documented maximum: 200 models with two targets each, a price for each target, and 20 teams with limits."""
    usd = ((0.15, 0.6, 0.075), (2.5, 10, 1.25), (3, 15, 0.3), (0.8, 4, 0.08), (1.1, 4.4, 0.55), (0.1, 0.4, 0.025))
    names = [f"{provider}-{number}" for number in range(200) for provider in ("openai/gpt", "anthropic/claude")]
    prices = tuple(
        ModelPrice(model=name, input_usd=given, output_usd=made, cached_input_usd=cached)
        for number, name in enumerate(names)
        for given, made, cached in (usd[number * number % len(usd)],)
    )
    teams = tuple(
        Client(
            team=f"team-{number}",
            models=(f"model-{number}*", "gpt-4o-mini"),
            monthly_budget_usd=500 + number,
            tokens_per_minute=100_000,
            requests_per_minute=600,
        )
        for number in range(20)
    )
    return settings(
        routes=many_models(200),
        enable_jwt_auth=True,
        certificate_arn=CERTIFICATE,
        clients=teams,
        model_prices=(*prices, ModelPrice(model="openai/gpt-4o-mini", input_usd=0.15, output_usd=0.6)),
        rate_limit_store=store,
    )
