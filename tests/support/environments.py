"""Environments that tests of several folders share, as values and as the files that a user would write."""

from constructs_lib.helpers.task.routes import ByModel, Fallback, Route, Target
from tests.support.synthesized import settings

EXISTING = settings(
    vpc_id="vpc-0123456789abcdef0",
    public_subnet_ids=("subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2"),
    private_subnet_ids=("subnet-0bbbbbbbbbbbbbbb1", "subnet-0bbbbbbbbbbbbbbb2"),
)
"""In a VPC that somebody else looks after."""
PAIRS = [("dev", "prod"), ("dev", "dev-2"), ("dev", "dev2"), ("prod", "dev"), ("dev-2", "dev")]
"""Environments of one account and region, names that begin alike among them."""

STAGING = '''"""The user's document's staging environment."""

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
    interface_endpoints=("bedrock-runtime", "xray"),
    alarm_subscriptions=(Subscription("email", "oncall@example.com"),),
    github_repository="example/gateway",
)
'''


def many_models(count: int) -> Route:
    """A route with two targets a model, each with overrides, retries and weights of its own."""
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
