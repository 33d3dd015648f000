"""Settings of the load balancer: certificate, host name, allowed networks and WAF."""

import ipaddress
from collections.abc import Iterator

from constructs_lib.helpers.access import wide_open
from constructs_lib.helpers.regions import partition_of
from constructs_lib.helpers.task.routes import Route
from envs.schema.placement import region_of
from envs.schema.rules import PairRule, Problem, about, between, each, matches

import attrs

HOST = r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
LONGEST_CERTIFICATE_NAME = 64
LONGEST_LABEL = 63
"""Most characters of a certificate's common name and of each of its labels (ACM API reference, RequestCertificate)."""
_optional_host = matches(
    rf"(?:(?=[^.]*\.){HOST})?", "empty or a host name in lower case, e.g. gateway.example.com", longest=253
)


def _ipv4_range(value: str) -> str | None:
    try:
        ipaddress.IPv4Network(value)
    except ValueError as error:
        return f"is not an IPv4 network ({error}); write e.g. 203.0.113.0/24"
    return None if "/" in value else f"has no prefix length; write {value}/32"


def _ingress_cidrs(values: tuple[str, ...]) -> str | None:
    """One or more IPv4 networks."""
    return each(_ipv4_range)(values) if values else "must name at least one IPv4 network, e.g. 10.0.0.0/8"


def _domain_name(value: str) -> str | None:
    """Empty, or a host name that ACM issues a certificate for."""
    if problem := _optional_host(value):
        return problem
    if len(value) > LONGEST_CERTIFICATE_NAME:
        return f"is {len(value)} characters long; ACM takes at most {LONGEST_CERTIFICATE_NAME}"
    label = max(value.split("."), key=len)
    if len(label) > LONGEST_LABEL:
        return f"has a label of {len(label)} characters, {label}; at most {LONGEST_LABEL} are allowed"
    return None


def _client_rate_limit(value: int) -> str | None:
    """0, or a limit that WAF accepts (RateBasedStatement)."""
    return None if value == 0 else between(10, 2_000_000_000, "requests, or 0 for no limit")(value)


@attrs.frozen(kw_only=True, slots=False)
class Entrance:
    """Load balancer, certificate, host name, allowed networks and WAF."""

    certificate_arn: str = attrs.field(
        metadata=about(
            "ACM certificate for HTTPS, in the same region; empty: HTTP only, unless `domain_name` is set",
            matches(
                r"(?:arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate/[A-Za-z0-9-]+)?",
                "empty or the ARN of an ACM certificate, arn:aws:acm:<region>:<12 digits>:certificate/<id>",
                longest=2048,
            ),
        )
    )
    domain_name: str = attrs.field(
        default="",
        metadata=about(
            "Host name of the gateway: creates an alias record in `hosted_zone`, and a certificate if "
            "`certificate_arn` is empty",
            _domain_name,
        ),
    )
    hosted_zone: str = attrs.field(
        default="", metadata=about("Route 53 zone that `domain_name` is in, e.g. `example.com`", _optional_host)
    )
    internal_load_balancer: bool = attrs.field(
        default=False, metadata=about("Reachable only from the VPC and networks connected to it")
    )
    ingress_cidrs: tuple[str, ...] = attrs.field(
        default=("0.0.0.0/0",), metadata=about("IPv4 networks that may reach the load balancer", _ingress_cidrs)
    )
    accept_public_plain_http: bool = attrs.field(
        default=False,
        metadata=about(
            "Outside `dev`: deploy a load balancer that faces the internet without a certificate. Prompts, keys and "
            "tokens then cross the network unencrypted"
        ),
    )
    enable_waf: bool = attrs.field(metadata=about("Attach a WAF web ACL to the load balancer"))
    waf_rate_limit: int = attrs.field(
        default=2000,
        metadata=about(
            "Requests from one IP address in five minutes before WAF blocks it", between(10, 2_000_000_000, "requests")
        ),
    )
    waf_client_rate_limit: int = attrs.field(
        default=0,
        metadata=about(
            "Requests with the same `Authorization` header in five minutes before WAF blocks them; 0: no limit",
            _client_rate_limit,
        ),
    )

    @property
    def serves_https(self) -> bool:
        """Whether the load balancer has a certificate: `certificate_arn`, or one created for `domain_name`."""
        return bool(self.certificate_arn or self.domain_name)

    @property
    def is_public_plain_http(self) -> bool:
        """Whether the load balancer is internet-facing and has no certificate."""
        return not (self.serves_https or self.internal_load_balancer)


def _certificate_region(*, certificate_arn: str, aws_region: str) -> Iterator[Problem]:
    own = (partition_of(aws_region).name, aws_region)
    if certificate_arn and region_of(certificate_arn) != own:
        partition, found = region_of(certificate_arn)
        yield Problem(
            "certificate_arn",
            certificate_arn,
            f"is in {found} of partition {partition}; the load balancer needs a certificate in its own region, "
            f"aws_region={aws_region!r} of partition {own[0]}: write the ARN of one there",
        )


def _name_in_zone(*, domain_name: str, hosted_zone: str) -> Iterator[Problem]:
    if bool(domain_name) != bool(hosted_zone):
        missing, given = ("hosted_zone", "domain_name") if domain_name else ("domain_name", "hosted_zone")
        yield Problem(missing, "", f"must be set together with {given}={domain_name or hosted_zone!r}")
    elif domain_name != hosted_zone and not domain_name.endswith(f".{hosted_zone}"):
        yield Problem(
            "domain_name",
            domain_name,
            f"is not in hosted_zone={hosted_zone!r}: write a name that ends in .{hosted_zone}",
        )


def _routes_are_guarded(
    *, routes: Route | None, enable_jwt_auth: bool, ingress_cidrs: tuple[str, ...]
) -> Iterator[Problem]:
    opened = wide_open(ingress_cidrs)
    if routes is not None and opened and not enable_jwt_auth:
        yield Problem(
            "ingress_cidrs",
            ingress_cidrs,
            f"with routes the keys on the server would be open to the internet ({', '.join(opened)}): "
            "set enable_jwt_auth=True or narrow ingress_cidrs",
        )


def _client_limit_needs_waf(*, waf_client_rate_limit: int, enable_waf: bool) -> Iterator[Problem]:
    if waf_client_rate_limit and not enable_waf:
        yield Problem("waf_client_rate_limit", waf_client_rate_limit, "needs enable_waf=True")


PAIR_RULES: tuple[PairRule, ...] = (_certificate_region, _name_in_zone, _routes_are_guarded, _client_limit_needs_waf)
