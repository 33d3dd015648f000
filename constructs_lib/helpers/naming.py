"""Every physical name of an environment, made in one place, with AWS's limit on each."""

import attrs


@attrs.frozen
class NameLimit:
    """How long AWS lets a kind of name be, in characters, and what AWS calls it."""

    kind: str
    longest: int


# Lengths from each service's API reference; an account id adds 12 characters where a name ends in one.
BUCKET = NameLimit("S3 bucket", 63)
TABLE = NameLimit("DynamoDB table", 255)
LOAD_BALANCER = NameLimit("load balancer", 32)
TARGET_GROUP = NameLimit("target group", 32)
SECURITY_GROUP = NameLimit("security group", 255)
ROLE = NameLimit("IAM role", 64)
CLUSTER = NameLimit("ECS cluster", 255)
SERVICE = NameLimit("ECS service", 255)
FAMILY = NameLimit("task definition family", 255)
REPOSITORY = NameLimit("ECR repository", 256)
KEY_ALIAS = NameLimit("KMS alias", 256)
LOG_GROUP = NameLimit("log group", 512)
WEB_ACL = NameLimit("web ACL", 128)
USER_POOL = NameLimit("user pool", 128)
SCALING_POLICY = NameLimit("scaling policy", 256)
SECRET = NameLimit("secret", 512)
TOPIC = NameLimit("SNS topic", 256)
DASHBOARD = NameLimit("dashboard", 255)
CACHE = NameLimit("ElastiCache cache", 40)

_ACCOUNT_ID_LENGTH = 12


@attrs.frozen(kw_only=True)
class Names:
    """The physical names of one environment; no two environments of an account and region share one.

    A name of a resource that AWS itself numbers (a VPC, a subnet) is only a tag and not listed here.
    """

    project_name: str
    environment: str

    @property
    def prefix(self) -> str:
        """What most names start with, e.g. `ai-gateway-dev`."""
        return f"{self.project_name}-{self.environment}"

    @property
    def path(self) -> str:
        """What names with slashes start with, e.g. `ai-gateway/dev`."""
        return f"{self.project_name}/{self.environment}"

    @property
    def state_bucket(self) -> str:
        """Bucket of the Terraform state (the user's document)."""
        return f"{self.project_name}-tfstate-{self.environment}"

    @property
    def lock_table(self) -> str:
        """Table of the Terraform state locks (the user's document)."""
        return f"{self.project_name}-tfstate-lock-{self.environment}"

    @property
    def usage_table(self) -> str:
        """Table of what teams used."""
        return f"{self.project_name}-usage-{self.environment}"

    @property
    def cache(self) -> str:
        """Name of the cache of rates, its user, user group, subnet group and parameter group."""
        return self.prefix

    @property
    def load_balancer(self) -> str:
        """Name of the load balancer."""
        return self.prefix

    @property
    def target_group(self) -> str:
        """Name of the gateway's target group."""
        return self.prefix

    @property
    def cluster(self) -> str:
        """Name of the ECS cluster."""
        return self.prefix

    @property
    def service(self) -> str:
        """Name of the ECS service."""
        return self.prefix

    @property
    def family(self) -> str:
        """Family of the task definition."""
        return self.prefix

    @property
    def repository(self) -> str:
        """ECR repository for the environment's own copy of the gateway image."""
        return f"{self.path}/gateway"

    @property
    def user_pool(self) -> str:
        """Name of the Cognito user pool and its first client."""
        return self.prefix

    @property
    def web_acl(self) -> str:
        """Name of the WAF web ACL; its metrics carry it too."""
        return self.prefix

    def access_log_bucket(self, account_id: str) -> str:
        """Bucket of the load balancer's access logs; the account keeps it apart from the whole world's buckets."""
        return f"{self.prefix}-alb-logs-{account_id}"

    def security_group(self, purpose: str) -> str:
        """Name of the security group of `load-balancer`, `gateway`, `endpoints` or `rate-limits`."""
        return f"{self.prefix}-{purpose}"

    def role(self, purpose: str) -> str:
        """Name of the IAM role for `execution`, `task` or `flow-logs`."""
        return f"{self.prefix}-{purpose}"

    def pipeline_role(self, purpose: str) -> str:
        """Name of the IAM role with which a pipeline may `deploy` or `plan`; its path keeps it apart."""
        return f"{self.prefix}-{purpose}"

    def key_alias(self, purpose: str) -> str:
        """Alias of the KMS key for `logs`, `secrets`, `images`, `alarms` or `usage`."""
        return f"alias/{self.prefix}-{purpose}"

    def log_group(self, writer: str) -> str:
        """Log group of `gateway`, `otel-collector`, `metrics` or `vpc-flow-logs`."""
        return f"/{self.path}/{writer}"

    @property
    def container_insights_log_group(self) -> str:
        """Log group that ECS writes the cluster's metrics to; ECS fixes this name."""
        return f"/aws/ecs/containerinsights/{self.cluster}/performance"

    @property
    def waf_log_group(self) -> str:
        """Log group of the web ACL; WAF takes only names that start with `aws-waf-logs-`."""
        return f"aws-waf-logs-{self.prefix}"

    @property
    def log_groups(self) -> tuple[str, ...]:
        """Every log group an environment can have, in no case another's."""
        writers = ("gateway", "otel-collector", "metrics", "vpc-flow-logs")
        return (*map(self.log_group, writers), self.container_insights_log_group, self.waf_log_group)

    def scaling_policy(self, metric: str) -> str:
        """Name of the scaling policy on `cpu` or `requests`."""
        return f"{self.prefix}-{metric}"

    @property
    def topic(self) -> str:
        """SNS topic that alarms are sent to."""
        return f"{self.prefix}-alarms"

    @property
    def dashboard(self) -> str:
        """Name of the CloudWatch dashboard."""
        return self.prefix

    def alarm(self, what: str) -> str:
        """Name of a CloudWatch alarm, e.g. `ai-gateway-dev-5xx`."""
        return f"{self.prefix}-{what}"

    def metric_filter(self, metric: str) -> str:
        """Name of the metric filter that counts a metric of the access log."""
        return f"{self.prefix}-{metric}"

    def query(self, what: str) -> str:
        """Name of a saved query; the slashes are folders in the console."""
        return f"{self.path}/{what}"

    def client(self, team: str) -> str:
        """Name of a team's Cognito client."""
        return f"{self.prefix}-{team}"

    def provider_secret(self, name: str) -> str:
        """Name of the secret with a provider's key, e.g. `ai-gateway/dev/providers/openai`."""
        return self.secret(f"providers/{name}")

    def client_secret(self, team: str) -> str:
        """Name of the secret with a team's credentials, e.g. `ai-gateway/dev/clients/search`."""
        return self.secret(f"clients/{team}")

    def secret(self, name: str) -> str:
        """Name of a secret, e.g. `ai-gateway/dev/redis-connection-string`."""
        return f"{self.path}/{name}"

    def all(self) -> dict[tuple[NameLimit, str], str]:
        """Each fixed name by its kind and purpose; an account id shows as twelve zeros."""
        return {
            (BUCKET, "Terraform state"): self.state_bucket,
            (BUCKET, "access logs"): self.access_log_bucket("0" * _ACCOUNT_ID_LENGTH),
            (TABLE, "Terraform locks"): self.lock_table,
            (TABLE, "usage"): self.usage_table,
            (CACHE, ""): self.cache,
            (LOAD_BALANCER, ""): self.load_balancer,
            (TARGET_GROUP, ""): self.target_group,
            (CLUSTER, ""): self.cluster,
            (SERVICE, ""): self.service,
            (FAMILY, ""): self.family,
            (REPOSITORY, ""): self.repository,
            (USER_POOL, ""): self.user_pool,
            (WEB_ACL, ""): self.web_acl,
            **{
                (SECURITY_GROUP, p): self.security_group(p)
                for p in ("load-balancer", "gateway", "endpoints", "rate-limits")
            },
            **{(ROLE, p): self.role(p) for p in ("execution", "task", "flow-logs", "deploy", "plan")},
            **{(KEY_ALIAS, p): self.key_alias(p) for p in ("logs", "secrets", "images", "alarms", "usage")},
            **{(LOG_GROUP, name): name for name in self.log_groups},
            (TOPIC, ""): self.topic,
            (DASHBOARD, ""): self.dashboard,
            **{(SCALING_POLICY, m): self.scaling_policy(m) for m in ("cpu", "requests")},
        }

    def too_long(self) -> list[tuple[NameLimit, str]]:
        """The names that AWS would refuse for their length, each with its limit."""
        return [(limit, name) for (limit, _), name in self.all().items() if len(name) > limit.longest]
