"""Settings of the network: a new or an existing VPC, NAT gateways, egress ports and endpoints."""

import ipaddress
from collections.abc import Iterator

from constructs_lib.helpers.task.routes import BEDROCK, Route, targets
from envs.schema.rules import PairRule, Problem, about, between, each, matches, one_of

import attrs

HTTPS = 443
INTERFACE_ENDPOINTS = ("bedrock-runtime", "xray")
"""AWS services that the task calls while it serves requests, and that may get an interface endpoint."""
_subnets = each(matches(r"subnet-[0-9a-f]{8,17}", "the id of a subnet, e.g. subnet-0123456789abcdef0", longest=24))


def _vpc_cidr(value: str) -> str | None:
    """A network address of /16 to /20: its subnets are /24 to /28, and AWS allows none smaller than /28."""
    allowed = "must be an IPv4 network from /16 to /20, e.g. 10.0.0.0/16"
    try:
        network = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        return allowed
    if "/" not in value or not 16 <= network.prefixlen <= 20:
        return f"{allowed} (a smaller one would need subnets below AWS's minimum, /28)"
    return None if str(network) == value else f"is not a network address; write {network}"


def _egress_ports(values: tuple[int, ...]) -> str | None:
    """TCP ports, including 443."""
    if HTTPS not in values:
        return f"must include {HTTPS}, the port of image registries, AWS and model providers"
    return each(between(1, 65535, "(a TCP port)"))(values)


@attrs.frozen(kw_only=True, slots=False)
class Network:
    """VPC, subnets, NAT gateways, egress ports and endpoints."""

    vpc_cidr: str = attrs.field(
        default="10.0.0.0/16",
        metadata=about("IPv4 network of the VPC, /16 to /20; the four subnets are parts of it", _vpc_cidr),
    )
    nat_gateway_per_az: bool = attrs.field(
        default=False, metadata=about("One NAT gateway in each availability zone instead of one for both")
    )
    vpc_id: str = attrs.field(
        default="",
        metadata=about(
            "Existing VPC to use instead of a new one; its private subnets need a route to the internet",
            matches(r"(?:vpc-[0-9a-f]{8,17})?", "the id of a VPC, e.g. vpc-0123456789abcdef0", longest=21),
        ),
    )
    public_subnet_ids: tuple[str, ...] = attrs.field(
        default=(), metadata=about("Subnets of `vpc_id` for an internet-facing load balancer", _subnets)
    )
    private_subnet_ids: tuple[str, ...] = attrs.field(
        default=(), metadata=about("Subnets of `vpc_id` for the tasks and an internal load balancer", _subnets)
    )
    gateway_egress_ports: tuple[int, ...] = attrs.field(
        default=(HTTPS,), metadata=about("TCP ports on which the tasks may connect to the internet", _egress_ports)
    )
    interface_endpoints: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            "AWS services that the tasks call through further interface endpoints, of "
            f"{', '.join(f'`{name}`' for name in INTERFACE_ENDPOINTS)}; $14.60 a month each in two zones, and "
            "$0.01 per GB",
            each(one_of(INTERFACE_ENDPOINTS)),
        ),
    )


def _own_vpc(
    *,
    vpc_id: str,
    public_subnet_ids: tuple[str, ...],
    private_subnet_ids: tuple[str, ...],
    internal_load_balancer: bool,
    nat_gateway_per_az: bool,
) -> Iterator[Problem]:
    subnets = {"public_subnet_ids": public_subnet_ids, "private_subnet_ids": private_subnet_ids}
    if not vpc_id:
        for name, given in subnets.items():
            if given:
                yield Problem(name, given, "are subnets of an existing VPC: set vpc_id too")
        return
    for name, given in reversed(subnets.items()):
        if len(given) < 2 and not (internal_load_balancer and name == "public_subnet_ids"):
            yield Problem(name, given, f"vpc_id={vpc_id!r} needs at least two subnets, in different availability zones")
    if shared := sorted(set(public_subnet_ids) & set(private_subnet_ids)):
        yield Problem(
            "private_subnet_ids",
            private_subnet_ids,
            f"has {', '.join(shared)}, which public_subnet_ids has too: delete it in one of them",
        )
    if nat_gateway_per_az:
        yield Problem(
            "nat_gateway_per_az", nat_gateway_per_az, f"vpc_id={vpc_id!r} has NAT gateways of its own: leave it False"
        )


def _endpoints_are_used(
    *,
    interface_endpoints: tuple[str, ...],
    vpc_id: str,
    aws_region: str,
    routes: Route | None,
    instrument_gateway: bool,
) -> Iterator[Problem]:
    if interface_endpoints and vpc_id:
        yield Problem(
            "interface_endpoints",
            interface_endpoints,
            f"vpc_id={vpc_id!r} has endpoints of its own: delete this setting",
        )
        return
    if "xray" in interface_endpoints and not instrument_gateway:
        yield Problem(
            "interface_endpoints", interface_endpoints, "xray needs instrument_gateway=True, which sends the traces"
        )
    called = {
        str(dict(target.options).get("aws_region"))
        for target in (targets(routes) if routes else ())
        if target.provider == BEDROCK
    }
    if "bedrock-runtime" in interface_endpoints and routes is not None and aws_region not in called:
        yield Problem(
            "interface_endpoints",
            interface_endpoints,
            f"bedrock-runtime is for Bedrock in aws_region={aws_region!r}; routes call it in "
            f"{', '.join(sorted(called)) or 'nowhere'}: delete it",
        )


PAIR_RULES: tuple[PairRule, ...] = (_own_vpc, _endpoints_are_used)
