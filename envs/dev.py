"""Development: small tasks, no WAF, no deletion protection."""

from envs.common import COMMON
from envs.schema import Environment

ENVIRONMENT = Environment(
    **COMMON,
    environment="dev",
    aws_region="us-east-1",
    gateway_desired_count=2,
    gateway_cpu=512,
    gateway_memory=1024,
    autoscaling_min_capacity=1,
    autoscaling_max_capacity=3,
    enable_waf=False,
    certificate_arn="",
    cognito_domain_prefix="ai-gateway-dev",
    enable_jwt_auth=False,
)
