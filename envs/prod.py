"""Production: WAF, a NAT gateway in each availability zone, and deletion protection."""

from envs.common import COMMON
from envs.schema import Environment

ENVIRONMENT = Environment(
    **COMMON,
    environment="prod",
    aws_region="us-east-1",
    gateway_desired_count=2,
    gateway_cpu=1024,
    gateway_memory=2048,
    autoscaling_min_capacity=2,
    autoscaling_max_capacity=6,
    enable_waf=True,
    certificate_arn="",  # set to your ACM certificate's ARN
    accept_public_plain_http=True,  # delete this line when certificate_arn is set
    cognito_domain_prefix="ai-gateway-prod",
    enable_jwt_auth=False,  # enable when ready; needs the certificate
    nat_gateway_per_az=True,
    deletion_protection=True,
)
