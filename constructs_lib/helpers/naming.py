"""All physical names of an environment, with AWS's length limits."""

from typing import Any

import attrs

LONGEST = {
    "S3 bucket": 63,
    "DynamoDB table": 255,
    "load balancer": 32,
    "target group": 32,
    "security group": 255,
    "IAM role": 64,
    "ECS cluster": 255,
    "ECS service": 255,
    "task definition family": 255,
    "ECR repository": 256,
    "KMS alias": 256,
    "log group": 512,
    "web ACL": 128,
    "user pool": 128,
    "scaling policy": 256,
    "SNS topic": 256,
    "dashboard": 255,
    "ElastiCache cache": 40,
}
"""Most characters of each kind of name, from each service's API reference."""

SECURITY_GROUPS = ("load-balancer", "gateway", "endpoints", "rate-limits")
_ACCOUNT_ID_LENGTH = 12


def _made(template: str, kind: str = "") -> Any:  # noqa: ANN401 (as attrs.field)
    """A field with a template over earlier fields as its value; `kind` is a key of LONGEST, or empty if not checked."""
    default = attrs.Factory(lambda names: template.format(names=names), takes_self=True)
    return attrs.field(init=False, default=default, repr=False, eq=False, metadata={"kind": kind})


@attrs.frozen(kw_only=True)
class Names:
    """The physical names of one environment. Two environments in one account and region share none of them.

    Resources whose ids AWS assigns (VPC, subnets) have their name in a tag and are not listed here.
    """

    project_name: str
    environment: str
    prefix: str = _made("{names.project_name}-{names.environment}")
    """Prefix of most names, e.g. `ai-gateway-dev`."""
    path: str = _made("{names.project_name}/{names.environment}")
    """Prefix of names with slashes, e.g. `ai-gateway/dev`."""
    state_bucket: str = _made("{names.project_name}-tfstate-{names.environment}", "S3 bucket")
    """Bucket of the Terraform state, as in the Terraform version of this gateway."""
    lock_table: str = _made("{names.project_name}-tfstate-lock-{names.environment}", "DynamoDB table")
    """Table of the Terraform state locks, as in the Terraform version of this gateway."""
    usage_table: str = _made("{names.project_name}-usage-{names.environment}", "DynamoDB table")
    """Table of teams' usage."""
    cache: str = _made("{names.prefix}", "ElastiCache cache")
    """Name of the rate limit cache, its user, user group, subnet group and parameter group."""
    load_balancer: str = _made("{names.prefix}", "load balancer")
    """Name of the load balancer."""
    target_group: str = _made("{names.prefix}", "target group")
    """Name of the gateway's target group."""
    cluster: str = _made("{names.prefix}", "ECS cluster")
    """Name of the ECS cluster."""
    service: str = _made("{names.prefix}", "ECS service")
    """Name of the ECS service."""
    family: str = _made("{names.prefix}", "task definition family")
    """Family of the task definition."""
    repository: str = _made("{names.path}/gateway", "ECR repository")
    """ECR repository for the environment's own copies of the task's images."""
    user_pool: str = _made("{names.prefix}", "user pool")
    """Name of the Cognito user pool, its resource server and the environment's own client."""
    web_acl: str = _made("{names.prefix}", "web ACL")
    """Name of the WAF web ACL and of its metrics."""
    topic: str = _made("{names.prefix}-alarms", "SNS topic")
    """SNS topic of the alarms."""
    dashboard: str = _made("{names.prefix}", "dashboard")
    """Name of the CloudWatch dashboard."""
    container_insights_log_group: str = _made("/aws/ecs/containerinsights/{names.cluster}/performance")
    """Log group of the cluster's Container Insights metrics; ECS fixes its name."""
    waf_log_group: str = _made("aws-waf-logs-{names.prefix}")
    """Log group of the web ACL; WAF requires the prefix `aws-waf-logs-`."""

    def _prefixed(self, what: str) -> str:
        return f"{self.prefix}-{what}"

    security_group = _prefixed
    """Name of a security group in SECURITY_GROUPS."""
    role = _prefixed
    """Name of the IAM role for `execution`, `task` or `flow-logs`."""
    pipeline_role = _prefixed
    """Name of a pipeline's IAM role, `deploy` or `plan`, or of one of its policies; all have the path PIPELINES."""
    scaling_policy = _prefixed
    """Name of the scaling policy on `cpu` or `requests`."""
    alarm = _prefixed
    """Name of a CloudWatch alarm, e.g. `ai-gateway-dev-5xx`."""
    metric_filter = _prefixed
    """Name of the metric filter that counts a metric of the access log."""
    client = _prefixed
    """Name of a team's Cognito client."""

    def access_log_bucket(self, account_id: str) -> str:
        """Bucket of the load balancer's access logs. Bucket names are global, so it has the account id (ADR 3)."""
        return f"{self.prefix}-alb-logs-{account_id}"

    def key_alias(self, purpose: str) -> str:
        """Alias of the KMS key for `logs`, `secrets`, `images`, `alarms` or `usage`."""
        return f"alias/{self.prefix}-{purpose}"

    def log_group(self, writer: str) -> str:
        """Log group of `gateway`, `otel-collector`, `metrics` or `vpc-flow-logs`."""
        return f"/{self.path}/{writer}"

    @property
    def log_groups(self) -> tuple[str, ...]:
        """All log groups that an environment may have. No other environment has one of these names."""
        writers = ("gateway", "otel-collector", "metrics", "vpc-flow-logs")
        return (*map(self.log_group, writers), self.container_insights_log_group, self.waf_log_group)

    def query(self, what: str) -> str:
        """Name of a saved query; the console shows its slashes as folders."""
        return f"{self.path}/{what}"

    def provider_secret(self, name: str) -> str:
        """Name of the secret with a provider's key, e.g. `ai-gateway/dev/providers/openai`."""
        return self.secret(f"providers/{name}")

    def client_secret(self, team: str) -> str:
        """Name of the secret with a team's credentials, e.g. `ai-gateway/dev/clients/search`."""
        return self.secret(f"clients/{team}")

    def secret(self, name: str) -> str:
        """Name of a secret, e.g. `ai-gateway/dev/redis-connection-string`."""
        return f"{self.path}/{name}"

    def all(self) -> list[tuple[str, str]]:
        """All names with a length limit, as (kind, name), with twelve zeros as the account id."""
        fields = [(field.metadata.get("kind"), getattr(self, field.name)) for field in attrs.fields(Names)]
        return [
            *((kind, name) for kind, name in fields if kind),
            ("S3 bucket", self.access_log_bucket("0" * _ACCOUNT_ID_LENGTH)),
            *(("security group", self.security_group(p)) for p in SECURITY_GROUPS),
            *(("IAM role", self.role(p)) for p in ("execution", "task", "flow-logs", "deploy", "plan")),
            *(("KMS alias", self.key_alias(p)) for p in ("logs", "secrets", "images", "alarms", "usage")),
            *(("log group", name) for name in self.log_groups),
            *(("scaling policy", self.scaling_policy(m)) for m in ("cpu", "requests")),
        ]

    def too_long(self) -> list[tuple[str, str]]:
        """The names longer than AWS allows, as (kind, name)."""
        return [(kind, name) for kind, name in self.all() if len(name) > LONGEST[kind]]
