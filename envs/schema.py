"""The settings of an environment: their names, types, defaults and every rule about them.

The first fourteen are the user's document's, to the letter. What goes beyond it has a default with which
the document's own files still mean what the document says.
"""

import ipaddress
import re
from typing import Self

from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.regions import partition_of, partitions
from constructs_lib.helpers.sizing import (
    FARGATE_MEMORY_MIB,
    GATEWAY_MINIMUM_CPU,
    GATEWAY_MINIMUM_MEMORY_MIB,
    SIDECAR_SIZE,
    describe_memory,
    gateway_size,
)
from envs.rules import (
    InvalidSettingsError,
    PairRule,
    Problem,
    about,
    between,
    each,
    matches,
    one_of,
    pinned_image,
    problems_of,
)

import attrs

LOG_RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
"""What CloudWatch Logs takes (PutRetentionPolicy)."""
RESERVED_VARIABLES = ("NODE_ENV", "TRUSTED_CUSTOM_HOSTS")
"""Environment variables of the gateway that this project sets itself."""

_NAME = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_NAME_SAYS = "lower-case letters, digits and hyphens, with no hyphen at either end"
_CONSTRAINT = r"(?:(?:~>|>=|<=|!=|=|>|<)?\s*\d+(?:\.\d+){0,2})"
_HOST = r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"


def _region(value: str) -> str | None:
    names = [region for partition in partitions() for region in partition.regions]
    if value in names:
        return None
    family = value.split("-", maxsplit=1)[0]
    near = sorted(region for region in names if region.split("-", maxsplit=1)[0] == family) or sorted(names)
    return f"AWS has no such region; it has {', '.join(near)}"


def _project(value: str) -> str | None:
    if value.startswith("internal-"):
        return "must not start with internal-, which AWS keeps for load balancers of its own naming"
    return matches(_NAME, _NAME_SAYS, longest=32)(value)


def _vpc_cidr(value: str) -> str | None:
    allowed = "must be an IPv4 network from /16 to /20, e.g. 10.0.0.0/16"
    try:
        network = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        return allowed
    if "/" not in value or not 16 <= network.prefixlen <= 20:
        return f"{allowed} (smaller ones make subnets under AWS's /28)"
    if str(network) != value:
        return f"is no network address; the network is {network}"
    return None


def _ipv4_range(value: str) -> str | None:
    try:
        ipaddress.IPv4Network(value)
    except ValueError as error:
        return f"is no IPv4 network ({error}); write e.g. 203.0.113.0/24"
    return None if "/" in value else f"has no prefix length; write {value}/32"


def _ingress(values: tuple[str, ...]) -> str | None:
    return each(_ipv4_range)(values) if values else "must name at least one IPv4 network, e.g. 10.0.0.0/8"


def _certificate(value: str) -> str | None:
    if not value or re.fullmatch(r"arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+", value, re.ASCII):
        return None
    return "must be empty or the ARN of an ACM certificate, arn:aws:acm:<region>:<12 digits>:certificate/<id>"


def _cognito_prefix(value: str) -> str | None:
    for word in ("aws", "amazon", "cognito"):
        if word in value:
            return f"must not contain {word}; Cognito keeps aws, amazon and cognito to itself"
    return matches(_NAME, _NAME_SAYS, longest=63)(value)


def _variable(value: str) -> str | None:
    if value in RESERVED_VARIABLES:
        return f"is set by this project; {', '.join(RESERVED_VARIABLES)} cannot be secrets"
    return matches(r"[A-Z_][A-Z0-9_]*", "an environment variable, capitals, digits and underscores", longest=128)(value)


@attrs.frozen(kw_only=True)
class Environment:
    """One environment of the gateway. Raises InvalidSettingsError with every problem at once."""

    # The user's document.
    environment: str = attrs.field(
        metadata=about("Name of the environment; equal to its file's name", matches(_NAME, _NAME_SAYS, longest=63))
    )
    aws_region: str = attrs.field(metadata=about("AWS region it lives in, its state included", _region))
    project_name: str = attrs.field(metadata=about("What every physical name starts with", _project))
    vpc_cidr: str = attrs.field(
        default="10.0.0.0/16",
        metadata=about("IPv4 network of the VPC, /16 to /20; the four subnets come out of it", _vpc_cidr),
    )
    portkey_image: str = attrs.field(
        metadata=about("Image of the Portkey gateway, with a pinned tag or a digest", pinned_image)
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
        metadata=about("ACM certificate for HTTPS, of the same region; empty: HTTP only", _certificate)
    )
    cognito_domain_prefix: str = attrs.field(
        metadata=about("First part of the token endpoint's host name; unique in its region", _cognito_prefix)
    )

    # Beyond it.
    adot_image: str = attrs.field(
        metadata=about("Image of the ADOT collector, with a pinned tag or a digest", pinned_image)
    )
    nat_gateway_per_az: bool = attrs.field(
        default=False, metadata=about("A NAT gateway in each availability zone instead of one for both")
    )
    ingress_cidrs: tuple[str, ...] = attrs.field(
        default=("0.0.0.0/0",), metadata=about("IPv4 networks that may reach the load balancer", _ingress)
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
        metadata=about("TCP ports on which the task may reach the world", each(between(1, 65535, "(a TCP port)"))),
    )
    trusted_custom_hosts: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            "Private hosts that callers may name in `x-portkey-custom-host`",
            each(matches(_HOST, "a host name or address", longest=253)),
        ),
    )
    gateway_secrets: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            "Environment variables of the gateway that ECS fills from Secrets Manager, e.g. `REDIS_CONNECTION_STRING`",
            each(_variable),
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
        default=365, metadata=about("How long log groups and access logs are kept", one_of(LOG_RETENTION_DAYS, "days"))
    )
    use_lockfile: bool = attrs.field(
        default=False, metadata=about("Lock the state with a file in the bucket too, beside the DynamoDB table")
    )
    aws_provider_version: str = attrs.field(
        default="",
        metadata=about(
            "Version constraint of the AWS provider; empty: the bindings' own minor version, patches open",
            matches(
                rf"(?:{_CONSTRAINT}(?:\s*,\s*{_CONSTRAINT})*)?",
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


def _gateway_share(cpu: int, memory: int) -> Problem | None:
    share = gateway_size(task_cpu=cpu, task_memory_mib=memory)
    if share.cpu < GATEWAY_MINIMUM_CPU:
        return Problem(
            "gateway_cpu",
            cpu,
            f"leaves the gateway {share.cpu} units beside the sidecar's {SIDECAR_SIZE.cpu}; "
            f"it needs {GATEWAY_MINIMUM_CPU}, so take 512 or more",
        )
    if share.memory_mib < GATEWAY_MINIMUM_MEMORY_MIB:
        return Problem(
            "gateway_memory",
            memory,
            f"leaves the gateway {share.memory_mib} MiB beside the sidecar's "
            f"{SIDECAR_SIZE.memory_mib}; it needs {GATEWAY_MINIMUM_MEMORY_MIB}, so take 1024 or more",
        )
    return None


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
    PairRule(("gateway_cpu", "gateway_memory"), _gateway_share),
    PairRule(("autoscaling_min_capacity", "autoscaling_max_capacity"), _capacity_order),
    PairRule(("gateway_desired_count", "autoscaling_min_capacity", "autoscaling_max_capacity"), _desired_within),
    PairRule(("enable_jwt_auth", "certificate_arn"), _jwt_needs_certificate),
    PairRule(("certificate_arn", "aws_region"), _certificate_region),
)
