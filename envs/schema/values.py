"""Rules about one setting, apart from the settings that other settings decide about (those are in schema.py)."""

import ipaddress
import re

from constructs_lib.helpers.regions import botocore_version, lacks_service, partitions
from constructs_lib.helpers.task.hosts import ipv4, own_address
from constructs_lib.helpers.task.runtime import SHARED_ENDPOINTS
from envs.schema.rules import between, each, matches

import attrs

# fmt: off
LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)
# fmt: on
"""What CloudWatch Logs takes (PutRetentionPolicy)."""
HTTPS = 443
COGNITO = "cognito-idp"
SHORTEST_STREAM_SECONDS = 2
"""The shortest stop timeout that ECS takes (AWS::ECS::TaskDefinition ContainerDefinition, StopTimeout)."""
LONGEST_CERTIFICATE_NAME = 64
LONGEST_LABEL = 63
"""Characters of a certificate's first name (its common name) and of each of its labels (ACM, RequestCertificate)."""
RESERVED_VARIABLES = ("NODE_ENV", "NODE_OPTIONS", "TRUSTED_CUSTOM_HOSTS")
RESERVED_PREFIXES = ("GATEWAY_", "OTEL_")
UNUSED_VARIABLE = "REDIS_CONNECTION_STRING"
DANGEROUS_VARIABLES = re.compile(
    r"NODE_.*|LD_.*|SSL.*|PATH|HOME|PORT|TLS_.*|UV_.*|(HTTPS?|ALL|NO)_PROXY|"
    r"AWS_(CONTAINER_|REGION|DEFAULT_REGION|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN).*"
)
"""Variables that change how Node, its TLS or the task role works, e.g. NODE_TLS_REJECT_UNAUTHORIZED."""
"""Environment variables of the gateway that this project sets itself."""


@attrs.frozen
class Subscription:
    """Where alarms go: `Subscription("email", "oncall@example.com")`. An email address has to confirm it once."""

    protocol: str
    endpoint: str


ENDPOINTS = {
    "email": (r"[^@\s]+@[^@\s]+\.[^@\s]+", "an email address"),
    "https": (r"https://[!-~]+", "an https:// URL"),
    "sqs": (r"arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+", "the ARN of a queue"),
    "lambda": (r"arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_:-]+", "the ARN of a function"),
}
"""Protocols of SNS that suit an alarm, and what each takes."""

NAME = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
NAME_SAYS = "lower-case letters, digits and hyphens, with no hyphen at either end"
CONSTRAINT = r"(?:(?:~>|>=|<=|!=|=|>|<)?\s*\d+(?:\.\d+){0,2})"
HOST = r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"


def aws_region(value: str) -> str | None:
    """A region that botocore lists."""
    names = [region for partition in partitions() for region in partition.regions]
    if value in names:
        if lacks_service(value, COGNITO):
            return (
                f"has no Amazon Cognito, which issues the gateway's tokens (botocore {botocore_version()}): "
                "choose a region of the partition aws, aws-us-gov or aws-eusc"
            )
        return None
    if (meant := value.strip().lower().replace("_", "-")) in names:
        return f"AWS has no such region; did you mean {meant!r}?"
    family = value.split("-", maxsplit=1)[0]
    if near := sorted(region for region in names if region.split("-", maxsplit=1)[0] == family):
        return f"AWS has no such region; those that begin with {family}- are {', '.join(near)}"
    return f"AWS has no such region; it has {', '.join(sorted(names))}"


def project_name(value: str) -> str | None:
    """The start of every name; a load balancer's must not begin with internal-."""
    if value.startswith("internal-"):
        return "must not start with internal-, which AWS keeps for load balancers of its own naming"
    return matches(NAME, NAME_SAYS, longest=32)(value)


def vpc_cidr(value: str) -> str | None:
    """A network address of /16 to /20, so that the subnets are no smaller than AWS's /28."""
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


def ingress_cidrs(values: tuple[str, ...]) -> str | None:
    """One or more IPv4 networks."""
    return each(_ipv4_range)(values) if values else "must name at least one IPv4 network, e.g. 10.0.0.0/8"


def certificate_arn(value: str) -> str | None:
    """Empty, or a well-formed ARN of an ACM certificate."""
    if not value or re.fullmatch(r"arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+", value, re.ASCII):
        return None
    return "must be empty or the ARN of an ACM certificate, arn:aws:acm:<region>:<12 digits>:certificate/<id>"


def kms_key_arn(value: str) -> str | None:
    """Empty, or a well-formed ARN of a KMS key; not of an alias, which may come to mean another key."""
    if not value or re.fullmatch(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+", value, re.ASCII):
        return None
    return "must be empty or the ARN of a KMS key, arn:aws:kms:<region>:<12 digits>:key/<id>"


def cognito_domain_prefix(value: str) -> str | None:
    """What Cognito takes as the first part of a domain (CreateUserPoolDomain)."""
    for word in ("aws", "amazon", "cognito"):
        if word in value:
            return f"must not contain {word}; Cognito keeps aws, amazon and cognito to itself"
    return matches(NAME, NAME_SAYS, longest=63)(value)


def egress_ports(values: tuple[int, ...]) -> str | None:
    """TCP ports, 443 among them."""
    if HTTPS not in values:
        return f"must hold {HTTPS}: images, logs and model providers are reached over it"
    return each(between(1, 65535, "(a TCP port)"))(values)


def variable(value: str) -> str | None:
    """An environment variable that this project does not set itself."""
    if value in RESERVED_VARIABLES or value.startswith(RESERVED_PREFIXES):
        return (
            f"is set by this project; {', '.join(RESERVED_VARIABLES)} and whatever starts with "
            f"{' or '.join(RESERVED_PREFIXES)} cannot be secrets"
        )
    if value == UNUSED_VARIABLE:
        return "has no effect: Portkey 1.15.2 has no response cache that uses Redis; delete it"
    if DANGEROUS_VARIABLES.fullmatch(value):
        return (
            "changes how Node, TLS or the task role works: only variables of Portkey and its plugins can be secrets; "
            "delete it"
        )
    return matches(r"[A-Z_][A-Z0-9_]*", "an environment variable, capitals, digits and underscores", longest=128)(value)


INTERFACE_ENDPOINTS = ("bedrock-runtime", "xray")
"""Services of AWS that the task calls while it serves, and that a setting keeps within the VPC."""


def interface_endpoint(value: str) -> str | None:
    """A service that an interface endpoint can be made for."""
    return None if value in INTERFACE_ENDPOINTS else f"must be one of {', '.join(INTERFACE_ENDPOINTS)}"


def optional_host(value: str) -> str | None:
    """Empty, or a host name with a dot in it."""
    if not value or (re.fullmatch(HOST, value, re.ASCII) and "." in value):
        return None
    return "must be empty or a host name in lower case, e.g. gateway.example.com"


def domain_name(value: str) -> str | None:
    """Empty, or a host name that ACM gives a certificate for."""
    if problem := optional_host(value):
        return problem
    if len(value) > LONGEST_CERTIFICATE_NAME:
        return f"is {len(value)} characters long; ACM takes at most {LONGEST_CERTIFICATE_NAME}"
    label = max(value.split("."), key=len)
    if len(label) > LONGEST_LABEL:
        return f"has a label of {len(label)} characters, {label}; at most {LONGEST_LABEL} are allowed"
    return None


OWN_TAGS = ("Project", "ManagedBy", "Environment")
"""The tags that the provider writes on everything."""


def _ignored_tag(value: str) -> str | None:
    prefix = value.removesuffix("*")
    if any(tag == value or (value != prefix and tag.startswith(prefix)) for tag in OWN_TAGS):
        return f"must not be one of this project's own tags, {', '.join(OWN_TAGS)}"
    return matches(r"[^*]+\*?", "a tag's key, or the start of one followed by *", longest=128)(value)


ignored_tags = each(_ignored_tag)


def spot_percent(value: int) -> str | None:
    """A share of Spot that leaves on-demand capacity a weight."""
    if value == 100:
        return (
            "must be from 0 to 99 percent: 100 gives FARGATE a weight of 0, and a capacity provider with a weight of 0 "
            "cannot place tasks (CapacityProviderStrategyItem, ECS API reference)"
        )
    return between(0, 99, "percent")(value)


def subnet(value: str) -> str | None:
    """The id of a subnet."""
    return matches(r"subnet-[0-9a-f]{8,17}", "the id of a subnet, e.g. subnet-0123456789abcdef0", longest=24)(value)


def shared_endpoint(value: str) -> str | None:
    """A group of paths beyond inference."""
    return None if value in SHARED_ENDPOINTS else f"must be one of {', '.join(SHARED_ENDPOINTS)}"


_NAME_LABEL = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?|[a-z0-9]+-[a-z0-9-]*[a-z0-9]", re.ASCII)


def trusted_host(value: str) -> str | None:
    """A full host name or an IPv4 address, not the task itself and not link-local."""
    if problem := matches(HOST, "a host name or address", longest=253)(value):
        return problem
    if own_address(value):
        return "is the task itself or where its credentials are: no setting opens it; delete it"
    if ipv4(value) is not None:
        return None
    if "." not in value or not _NAME_LABEL.fullmatch(value.rsplit(".", maxsplit=1)[1]):
        return "must be a full host name, e.g. models.example.com, or an IPv4 address, e.g. 10.0.10.5"
    return None


def client_rate_limit(value: int) -> str | None:
    """No limit, or what WAF takes (RateBasedStatement)."""
    return None if value == 0 else between(10, 2_000_000_000, "requests, or 0 for no limit")(value)


def subscriptions(values: tuple[Subscription, ...]) -> str | None:
    """Each once, with an endpoint that suits its protocol."""
    for one in values:
        if type(one.protocol) is not str or one.protocol not in ENDPOINTS:
            return f"has protocol={one.protocol!r}; SNS tells people by {', '.join(ENDPOINTS)}"
        pattern, says = ENDPOINTS[one.protocol]
        if type(one.endpoint) is not str or not re.fullmatch(pattern, one.endpoint, re.ASCII):
            return f"has endpoint={one.endpoint!r}; {one.protocol} takes {says}"
    return None if len(set(values)) == len(values) else "has one twice"


_OWNER, _NAME = r"[A-Za-z0-9][A-Za-z0-9-]{0,38}", r"[A-Za-z0-9._-]{1,100}"
github_repository = matches(
    rf"(?:{_OWNER}/{_NAME}|{_OWNER}@[0-9]+/{_NAME}@[0-9]+)?",
    "owner/name, or owner@id/name@id for a repository made, renamed or moved since 2026-07-15",
    longest=180,
)
