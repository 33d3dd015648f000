"""The settings of an environment: their names, types, defaults and every rule about them.

The first fourteen are the user's document's, to the letter. What goes beyond it has a default with which
the document's own files still mean what the document says.
"""

from typing import Self

from constructs_lib.helpers.images import image_problem
from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.regions import partition_of
from constructs_lib.helpers.sizing import (
    FARGATE_MEMORY_MIB,
    GATEWAY_MINIMUM_CPU,
    GATEWAY_MINIMUM_MEMORY_MIB,
    SIDECAR_SIZE,
    describe_memory,
)
from envs import values
from envs.rules import (
    InvalidSettingsError,
    PairRule,
    Problem,
    about,
    between,
    each,
    matches,
    one_of,
    problems_of,
)

import attrs

PROVIDER_VERSION_VARIABLE = "GATEWAY_AWS_PROVIDER_VERSION"
"""Names the version constraint of the AWS provider for one run; goes before the setting `aws_provider_version`."""


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
            between(1, 3600, "seconds"),
        ),
    )
    gateway_egress_ports: tuple[int, ...] = attrs.field(
        default=(443,),
        metadata=about("TCP ports on which the task may reach the world", values.egress_ports),
    )
    trusted_custom_hosts: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            "Private hosts that callers may name in `x-portkey-custom-host`",
            each(matches(values.HOST, "a host name or address", longest=253)),
        ),
    )
    gateway_secrets: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            "Environment variables of the gateway that ECS fills from Secrets Manager, e.g. `REDIS_CONNECTION_STRING`",
            each(values.variable),
        ),
    )
    fargate_spot_percent: int = attrs.field(
        default=0,
        metadata=about(
            "Share of the tasks that run on Fargate Spot; the first task never does", between(0, 100, "percent")
        ),
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
    log_retention_days: int = attrs.field(
        default=365,
        metadata=about("How long log groups and access logs are kept", one_of(values.LOG_RETENTION_DAYS, "days")),
    )
    aws_account_id: str = attrs.field(
        default="",
        metadata=about(
            "The only account it may be deployed to; empty: whichever the credentials are of",
            matches(r"(?:[0-9]{12})?", "twelve digits", longest=12),
        ),
    )
    use_lockfile: bool = attrs.field(
        default=False, metadata=about("Lock the state with a file in the bucket too, beside the DynamoDB table")
    )
    aws_provider_version: str = attrs.field(
        default="",
        metadata=about(
            "Version constraint of the AWS provider; empty: the bindings' own minor version, patches open",
            matches(
                rf"(?:{values.CONSTRAINT}(?:\s*,\s*{values.CONSTRAINT})*)?",
                "a Terraform version constraint, e.g. ~> 6.25.0",
                longest=100,
            ),
        ),
    )

    def __new__(cls, **settings: object) -> Self:
        """Check everything before attrs fills the first field, so that all problems come out together."""
        if problems := list(problems_of(cls, settings, _PAIR_RULES)):
            raise InvalidSettingsError(problems)
        return super().__new__(cls)

    @property
    def names(self) -> Names:
        """The physical names of this environment."""
        return Names(project_name=self.project_name, environment=self.environment)

    @property
    def tags(self) -> dict[str, str]:
        """The tags of every resource that Terraform makes for it (the user's document)."""
        return {"Project": self.project_name, "ManagedBy": "cdktf", "Environment": self.environment}


def _names_fit(project_name: str, environment: str) -> Problem | None:
    too_long = Names(project_name=project_name, environment=environment).too_long()
    if not too_long:
        return None
    limit, name = max(too_long, key=lambda item: len(item[1]) - item[0].longest)
    return Problem(
        "environment",
        environment,
        f"makes the {limit.kind} name {name} {len(name)} characters long, AWS "
        f"allows {limit.longest}: shorten it or project_name={project_name!r} by {len(name) - limit.longest}",
    )


def _fargate_pair(cpu: int, memory: int) -> Problem | None:
    if memory in FARGATE_MEMORY_MIB[cpu]:
        return None
    return Problem("gateway_memory", memory, f"with gateway_cpu={cpu} Fargate takes {describe_memory(cpu)}")


def _gateway_cpu_share(cpu: int) -> Problem | None:
    share = cpu - SIDECAR_SIZE.cpu
    if share >= GATEWAY_MINIMUM_CPU:
        return None
    return Problem(
        "gateway_cpu",
        cpu,
        f"leaves the gateway {share} units beside the sidecar's {SIDECAR_SIZE.cpu}; it needs {GATEWAY_MINIMUM_CPU}, "
        "so take 512 or more",
    )


def _gateway_memory_share(memory: int) -> Problem | None:
    share = memory - SIDECAR_SIZE.memory_mib
    if share >= GATEWAY_MINIMUM_MEMORY_MIB:
        return None
    return Problem(
        "gateway_memory",
        memory,
        f"leaves the gateway {share} MiB beside the sidecar's {SIDECAR_SIZE.memory_mib}; it needs "
        f"{GATEWAY_MINIMUM_MEMORY_MIB}, so take 1024 or more",
    )


def _capacity_order(minimum: int, maximum: int) -> Problem | None:
    if minimum <= maximum:
        return None
    return Problem("autoscaling_max_capacity", maximum, f"must be at least autoscaling_min_capacity={minimum}")


def _desired_within(desired: int, minimum: int, maximum: int) -> Problem | None:
    if minimum <= desired <= maximum or minimum > maximum:
        return None
    return Problem(
        "gateway_desired_count",
        desired,
        f"must be from autoscaling_min_capacity={minimum} to autoscaling_max_capacity={maximum}",
    )


def _jwt_needs_certificate(jwt: bool, certificate: str) -> Problem | None:  # noqa: FBT001 (called with the settings in order)
    if certificate or not jwt:
        return None
    return Problem("enable_jwt_auth", jwt, "needs certificate_arn: a load balancer validates tokens only on HTTPS")


def _certificate_region(certificate: str, region: str) -> Problem | None:
    if not certificate:
        return None
    _, partition, _, found, _ = certificate.split(":", maxsplit=4)
    if (partition, found) == (partition_of(region).name, region):
        return None
    return Problem(
        "certificate_arn",
        certificate,
        f"is of {found} in partition {partition}; a load balancer takes "
        f"certificates of its own region only, aws_region={region!r} in {partition_of(region).name}",
    )


_PAIR_RULES = (
    PairRule(("project_name", "environment"), _names_fit),
    PairRule(("gateway_cpu", "gateway_memory"), _fargate_pair),
    PairRule(("gateway_cpu",), _gateway_cpu_share),
    PairRule(("gateway_memory",), _gateway_memory_share),
    PairRule(("autoscaling_min_capacity", "autoscaling_max_capacity"), _capacity_order),
    PairRule(("gateway_desired_count", "autoscaling_min_capacity", "autoscaling_max_capacity"), _desired_within),
    PairRule(("enable_jwt_auth", "certificate_arn"), _jwt_needs_certificate),
    PairRule(("certificate_arn", "aws_region"), _certificate_region),
)
