"""The settings of an environment: their names, types, defaults and every rule about them.

The first fourteen are the user's document's, to the letter. What goes beyond it has a default with which
the document's own files still mean what the document says.
"""

from typing import Self

from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.task.images import image_problem
from constructs_lib.helpers.task.routes import Route, route_problem
from constructs_lib.helpers.task.runtime import SHARED_ENDPOINTS
from constructs_lib.helpers.task.sizing import FARGATE_MEMORY_MIB
from constructs_lib.helpers.usage.teams import Client, ModelPrice
from envs.schema import team_rules, values
from envs.schema.pairs import PAIR_RULES
from envs.schema.rules import (
    InvalidSettingsError,
    about,
    between,
    each,
    matches,
    one_of,
    problems_of,
)

import attrs

Subscription = values.Subscription

PROVIDER_VERSION_VARIABLE = "GATEWAY_AWS_PROVIDER_VERSION"
"""Names the version constraint of the AWS provider for one run; goes before the setting `aws_provider_version`."""
PIPELINE_SUFFIX = "-pipeline"
"""What the stack of an environment's pipeline is called behind the environment's name."""

REMOVED = dict.fromkeys(
    ("edge_image", "edge_cpu", "edge_memory"),
    "was removed together with the edge container: delete this line; the gateway has the whole share again",
)
"""Settings of earlier versions, and what to do about them."""


@attrs.frozen(kw_only=True)
class Environment:
    """One environment of the gateway. Raises InvalidSettingsError with every problem at once."""

    # The user's document.
    environment: str = attrs.field(
        metadata=about(
            "Name of the environment; equal to its file's name", matches(values.NAME, values.NAME_SAYS, longest=63)
        )
    )
    aws_region: str = attrs.field(metadata=about("AWS region it lives in, its state included", values.aws_region))
    project_name: str = attrs.field(metadata=about("What every physical name starts with", values.project_name))
    vpc_cidr: str = attrs.field(
        default="10.0.0.0/16",
        metadata=about("IPv4 network of the VPC, /16 to /20; the four subnets come out of it", values.vpc_cidr),
    )
    portkey_image: str = attrs.field(
        metadata=about("Image of the Portkey gateway, with a pinned tag or a digest", image_problem)
    )
    gateway_cpu: int = attrs.field(
        metadata=about(
            "CPU units of the whole task (1024 are one vCPU)", one_of(tuple(FARGATE_MEMORY_MIB), "CPU units")
        )
    )
    gateway_memory: int = attrs.field(
        metadata=about(
            "MiB of the whole task; what Fargate takes depends on `gateway_cpu`", between(512, 122880, "MiB")
        )
    )
    gateway_desired_count: int = attrs.field(
        metadata=about("Tasks to start with; autoscaling owns the number afterwards", between(1, 5000, "tasks"))
    )
    autoscaling_min_capacity: int = attrs.field(
        metadata=about("Fewest tasks autoscaling leaves", between(1, 5000, "tasks"))
    )
    autoscaling_max_capacity: int = attrs.field(
        metadata=about("Most tasks autoscaling starts", between(1, 5000, "tasks"))
    )
    enable_waf: bool = attrs.field(metadata=about("Put a WAF web ACL before the load balancer"))
    enable_jwt_auth: bool = attrs.field(
        metadata=about("Let only requests with a token of our Cognito pool through; needs `certificate_arn`")
    )
    certificate_arn: str = attrs.field(
        metadata=about("ACM certificate for HTTPS, of the same region; empty: HTTP only", values.certificate_arn)
    )
    cognito_domain_prefix: str = attrs.field(
        metadata=about(
            "First part of the token endpoint's host name; unique in its region", values.cognito_domain_prefix
        )
    )

    # Beyond it.
    adot_image: str = attrs.field(
        metadata=about("Image of the ADOT collector, with a pinned tag or a digest", image_problem)
    )
    nat_gateway_per_az: bool = attrs.field(
        default=False, metadata=about("A NAT gateway in each availability zone instead of one for both")
    )
    ingress_cidrs: tuple[str, ...] = attrs.field(
        default=("0.0.0.0/0",), metadata=about("IPv4 networks that may reach the load balancer", values.ingress_cidrs)
    )
    accept_public_plain_http: bool = attrs.field(
        default=False,
        metadata=about(
            "Outside `dev`: deploy a load balancer that faces the internet without a certificate. Prompts, keys and "
            "tokens then cross the network unencrypted"
        ),
    )
    deletion_protection: bool = attrs.field(
        default=False,
        metadata=about(
            "Refuse to delete the load balancer, the user pool and buckets and repositories that are not empty"
        ),
    )
    max_stream_seconds: int = attrs.field(
        default=300,
        metadata=about(
            "Longest silence within an answer: the load balancer's idle timeout and how long a task is drained",
            between(values.SHORTEST_STREAM_SECONDS, 3600, "seconds"),
        ),
    )
    gateway_egress_ports: tuple[int, ...] = attrs.field(
        default=(443,),
        metadata=about("TCP ports on which the task may reach the world", values.egress_ports),
    )
    trusted_custom_hosts: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            "Further hosts that callers without `routes` may name, private ones included",
            each(values.trusted_host),
        ),
    )
    allow_public_hosts: bool = attrs.field(
        default=False,
        metadata=about("Without `routes`: let callers name any public host over HTTPS, not only providers' own"),
    )
    allow_caller_hooks: bool = attrs.field(
        default=False,
        metadata=about("Without `routes`: let callers define guardrails, hooks, webhooks, caches and expressions"),
    )
    shared_endpoints: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            f"With `routes`: paths beyond inference for tokens with the scope `admin`, of "
            f"{', '.join(f'`{name}`' for name in SHARED_ENDPOINTS)}; all teams share what is stored there",
            each(values.shared_endpoint),
        ),
    )
    gateway_secrets: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            "Environment variables of the gateway that ECS fills from Secrets Manager",
            each(values.variable),
        ),
    )
    routes: Route | None = attrs.field(
        default=None,
        metadata=about(
            "Providers and strategies whose keys the server holds: `Target`, `Fallback`, `LoadBalance`, `ByModel`; "
            "None: callers bring their own keys",
            route_problem,
        ),
    )
    max_body_mib: int = attrs.field(
        default=10, metadata=about("Largest request body, after decompression", between(1, 100, "MiB"))
    )
    instrument_gateway: bool = attrs.field(
        default=True, metadata=about("Load OpenTelemetry into the gateway: traces to X-Ray, metrics to CloudWatch")
    )
    adot_node_image: str = attrs.field(
        default="public.ecr.aws/aws-observability/adot-autoinstrumentation-node:v0.13.0",
        metadata=about("Image that brings OpenTelemetry for Node, with a pinned tag or a digest", image_problem),
    )
    clients: tuple[Client, ...] = attrs.field(
        default=(),
        metadata=about(
            "Teams with a Cognito client of their own, what they may use and how much: "
            '`Client(team=…, scopes=("invoke",), models=("gpt-4o-mini", "claude-*"), monthly_budget_usd=500, '
            "tokens_per_minute=100_000, requests_per_minute=600)`; the limits need `enable_jwt_auth`",
            team_rules.clients,
        ),
    )
    model_prices: tuple[ModelPrice, ...] = attrs.field(
        default=(),
        metadata=about(
            'With `clients`: prices instead of genai-prices\': `ModelPrice(model="openai/gpt-4o-mini", input_usd=0.15, '
            "output_usd=0.60)`, in dollars for a million tokens",
            team_rules.model_prices,
        ),
    )
    default_max_tokens: int = attrs.field(
        default=4096,
        metadata=about(
            "With `clients`: the `max_tokens` of a request that has none, from a team with a budget",
            between(1, 1_000_000, "tokens"),
        ),
    )
    allow_unbounded_requests: bool = attrs.field(
        default=False,
        metadata=about(
            "With `clients`: let teams with a budget send requests whose cost cannot be bounded before the answer, "
            "models without a price included; they can exceed the budget"
        ),
    )
    usage_store_failure: str = attrs.field(
        default="closed",
        metadata=about(
            "With `clients`: while the usage table, or the cache of rates, cannot be reached, refuse requests of teams "
            "with limits (`closed`) or serve them uncounted (`open`)",
            team_rules.store_failure,
        ),
    )
    rate_limit_store: str = attrs.field(
        default="dynamodb",
        metadata=about(
            "With `clients`: where requests and tokens per minute are kept: the usage table (`dynamodb`), or "
            "ElastiCache for Valkey (`valkey`), from $19 a month",
            team_rules.rate_limit_store,
        ),
    )
    valkey_node_type: str = attrs.field(
        default="cache.t4g.micro",
        metadata=about('With `rate_limit_store="valkey"`: the type of its nodes', team_rules.node_type),
    )
    valkey_replicas: int = attrs.field(
        default=1,
        metadata=about(
            'With `rate_limit_store="valkey"`: replicas in other availability zones, of which one takes over; 0: none, '
            "and half the price",
            between(0, 5, "replicas"),
        ),
    )
    interface_endpoints: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            "Further services that the task reaches within the VPC, of "
            f"{', '.join(f'`{name}`' for name in values.INTERFACE_ENDPOINTS)}; $14.60 a month each in two zones, and "
            "$0.01 a GB",
            each(values.interface_endpoint),
        ),
    )
    domain_name: str = attrs.field(
        default="",
        metadata=about(
            "Host name of the gateway: an alias in `hosted_zone`, and a certificate where `certificate_arn` is empty",
            values.domain_name,
        ),
    )
    hosted_zone: str = attrs.field(
        default="", metadata=about("Route 53 zone that `domain_name` is in, e.g. `example.com`", values.optional_host)
    )
    internal_load_balancer: bool = attrs.field(
        default=False, metadata=about("Reachable from the VPC and what is connected to it only")
    )
    vpc_id: str = attrs.field(
        default="",
        metadata=about(
            "VPC of your own, with its ways out, instead of one made from `vpc_cidr`",
            matches(r"(?:vpc-[0-9a-f]{8,17})?", "the id of a VPC, e.g. vpc-0123456789abcdef0", longest=21),
        ),
    )
    public_subnet_ids: tuple[str, ...] = attrs.field(
        default=(), metadata=about("Subnets of `vpc_id` for an internet-facing load balancer", each(values.subnet))
    )
    private_subnet_ids: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about("Subnets of `vpc_id` for the tasks and an internal load balancer", each(values.subnet)),
    )
    fargate_spot_percent: int = attrs.field(
        default=0,
        metadata=about("Share of the tasks that run on Fargate Spot; the first task never does", values.spot_percent),
    )
    autoscaling_cpu_target_percent: int = attrs.field(
        default=70, metadata=about("Average CPU utilization that autoscaling holds", between(1, 100, "percent"))
    )
    autoscaling_requests_per_target: int = attrs.field(
        default=500,
        metadata=about("Requests a minute and task that autoscaling holds", between(1, 1_000_000, "requests")),
    )
    autoscaling_scale_out_cooldown_seconds: int = attrs.field(
        default=60, metadata=about("Pause after adding tasks", between(0, 3600, "seconds"))
    )
    autoscaling_scale_in_cooldown_seconds: int = attrs.field(
        default=300, metadata=about("Pause after removing tasks", between(0, 3600, "seconds"))
    )
    waf_rate_limit: int = attrs.field(
        default=2000,
        metadata=about(
            "Requests of one address in five minutes before WAF blocks it", between(10, 2_000_000_000, "requests")
        ),
    )
    waf_client_rate_limit: int = attrs.field(
        default=0,
        metadata=about(
            "Requests with one `Authorization` in five minutes before WAF blocks it; 0: no limit",
            values.client_rate_limit,
        ),
    )
    alarm_subscriptions: tuple[Subscription, ...] = attrs.field(
        default=(),
        metadata=about(
            'Who is told about alarms: `Subscription("email", …)`, by email, https, sqs or lambda', values.subscriptions
        ),
    )
    alarm_5xx_count: int = attrs.field(
        default=10,
        metadata=about("Threshold of the alarm: answers with 5xx in five minutes", between(1, 1_000_000, "answers")),
    )
    alarm_p99_seconds: int = attrs.field(
        default=60,
        metadata=about("Response time that one answer in a hundred may exceed", between(1, 3600, "seconds")),
    )
    alarm_unhealthy_minutes: int = attrs.field(
        default=5, metadata=about("How long a task may fail its health check", between(1, 60, "minutes"))
    )
    alarm_ceiling_minutes: int = attrs.field(
        default=15,
        metadata=about("How long `autoscaling_max_capacity` tasks may be wanted", between(1, 60, "minutes")),
    )
    alarm_waf_blocks: int = attrs.field(
        default=100,
        metadata=about("Threshold of the alarm: blocked requests in five minutes", between(1, 1_000_000, "requests")),
    )
    alarm_provider_error_percent: int = attrs.field(
        default=10,
        metadata=about("Share of a provider's answers that may be errors (429, 5xx)", between(1, 100, "percent")),
    )
    log_retention_days: int = attrs.field(
        default=365,
        metadata=about("How long log groups and access logs are kept", one_of(values.LOG_RETENTION_DAYS, "days")),
    )
    aws_account_id: str = attrs.field(
        default="",
        metadata=about(
            "The only account it may be deployed to; empty: any account the credentials belong to",
            matches(r"(?:[0-9]{12})?", "twelve digits", longest=12),
        ),
    )
    ignored_tags: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            'Keys of tags that your organization adds and Terraform leaves alone, e.g. `("CostCenter", "org:*")`; one '
            "that ends in `*` is a prefix",
            values.ignored_tags,
        ),
    )
    github_repository: str = attrs.field(
        default="",
        metadata=about(
            "Repository whose workflows may plan and deploy it, as GitHub's tokens name it: `owner/name`, since "
            "2026-07-15 `owner@id/name@id`; `make pipeline` makes their roles; empty: none",
            values.github_repository,
        ),
    )
    use_lockfile: bool = attrs.field(
        default=False, metadata=about("Lock the state with a file in the bucket, in addition to the DynamoDB table")
    )
    state_kms_key_arn: str = attrs.field(
        default="",
        metadata=about(
            "KMS key that encrypts the state's bucket, a key that exists already; empty: S3's own keys",
            values.kms_key_arn,
        ),
    )
    aws_provider_version: str = attrs.field(
        default="",
        metadata=about(
            "Version constraint of the AWS provider; empty: the release of the bindings and later ones of its major",
            matches(
                rf"(?:{values.CONSTRAINT}(?:\s*,\s*{values.CONSTRAINT})*)?",
                "a Terraform version constraint, e.g. ~> 6.25",
                longest=100,
            ),
        ),
    )

    def __new__(cls, **settings: object) -> Self:
        """Check everything before attrs fills the first field, so that all problems come out together."""
        if problems := list(problems_of(cls, settings, (*PAIR_RULES, *team_rules.TEAM_PAIR_RULES), REMOVED)):
            raise InvalidSettingsError(problems)
        return super().__new__(cls)

    @property
    def serves_https(self) -> bool:
        """Whether there is a certificate, given or made for `domain_name`."""
        return bool(self.certificate_arn or self.domain_name)

    @property
    def is_public_plain_http(self) -> bool:
        """Whether its load balancer faces the internet without TLS."""
        return not (self.serves_https or self.internal_load_balancer)

    @property
    def needs_acceptance(self) -> bool:
        """Whether a deployment waits for `accept_public_plain_http`; `dev` never does."""
        return self.is_public_plain_http and self.environment != "dev" and not self.accept_public_plain_http

    @property
    def knows_teams(self) -> bool:
        """Whether the gateway can tell which team calls: there are some, and tokens that name them."""
        return bool(self.clients) and self.enable_jwt_auth

    @property
    def rates_in_valkey(self) -> bool:
        """Whether there is a cache of the rates of teams."""
        return bool(self.clients) and self.rate_limit_store == "valkey"

    @property
    def names(self) -> Names:
        """The physical names of this environment."""
        return Names(project_name=self.project_name, environment=self.environment)

    @property
    def tags(self) -> dict[str, str]:
        """The tags of every resource that Terraform makes for it (the user's document)."""
        return {"Project": self.project_name, "ManagedBy": "cdktf", "Environment": self.environment}
