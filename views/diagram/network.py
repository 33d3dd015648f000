"""The network: VPC, subnets, gateways, endpoints, and who may call whom."""

from collections.abc import Iterator

from resource_types.expressions import references
from resource_types.stack import PROVIDER, Block, SynthesizedStack
from views.diagram.parts import Edge, Group, Line, Node, Part, shown

from diagrams.aws.general import InternetAlt2, Users
from diagrams.aws.network import Endpoint, InternetGateway, NATGateway

CALLERS, INTERNET, ENDPOINTS, VPC = "callers", "internet", "endpoints", "vpc"
REGION, SERVICE = "region", "service"
SUBNET_TYPES = ("aws_subnet", "data.aws_subnet")
USERS = {"aws_lb": "load balancer", "aws_ecs_service": "tasks"}


def load_balancers(blocks: SynthesizedStack) -> list[Block]:
    """The load balancers."""
    return blocks.of_type("aws_lb")


def subnets_of(block: Block) -> list[str]:
    """The addresses of the subnets that a load balancer or a service stands in."""
    return [
        address
        for address in references([block.get("subnets"), block.get("network_configuration")])
        if address.startswith(SUBNET_TYPES)
    ]


def _routes(blocks: SynthesizedStack, subnet: str) -> list[Block]:
    """The routes that a subnet's route table has."""
    tables = [
        table
        for association in blocks.referring("aws_route_table_association", subnet, "subnet_id")
        for table in association.refers_to("route_table_id")
    ]
    return [route for table in tables for route in blocks.referring("aws_route", table, "route_table_id")]


def subnet_group(blocks: SynthesizedStack, subnet: str) -> str:
    """The frame a subnet belongs to: by its routes where we make it, else by who stands in it."""
    block = blocks.get(subnet)
    if block is None:
        return VPC
    if block.type == "aws_subnet":
        public = any(route.get("gateway_id") for route in _routes(blocks, subnet))
        return "public" if public else "private"
    users = [name for type_, name in USERS.items() for user in blocks.of_type(type_) if subnet in subnets_of(user)]
    return " and ".join(dict.fromkeys(users)) or "unused"


def group_of(blocks: SynthesizedStack, block: Block) -> str:
    """The frame of what stands in subnets."""
    return next((subnet_group(blocks, subnet) for subnet in subnets_of(block)), VPC)


def _zone(block: Block) -> str:
    zone = str(block.get("availability_zone", ""))
    index = zone.removesuffix(")}").rpartition(", ")[2]
    if zone.startswith("${element(") and index.isdecimal():
        return f"  zone {int(index) + 1}"
    return f"  {shown(zone)}" if zone else ""


def _subnet_line(block: Block) -> Line:
    return Line(f"{shown(block.get('cidr_block') or block.get('id'))}{_zone(block)}", block.address)


def _groups(blocks: SynthesizedStack) -> Iterator[Group]:
    region = [
        Line(" · ".join([shown(block["region"]), *_tags(block)]), block.address) for block in blocks.of_type(PROVIDER)
    ]
    yield Group(REGION, "AWS", tuple(region), style="region")
    vpcs = [Line(shown(block["cidr_block"]), block.address) for block in blocks.of_type("aws_vpc")]
    vpcs += [
        Line(f"{block['vpc_id']}, existing", block.address)
        for block in blocks.of_type("aws_lb_target_group")
        if not references(block["vpc_id"])
    ]
    vpcs += [
        Line(f"flow log of {shown(block['traffic_type'])} traffic", block.address)
        for block in blocks.of_type("aws_flow_log")
    ]
    yield Group(VPC, "VPC", tuple(vpcs), REGION, "vpc")
    subnets: dict[str, list[Line]] = {}
    for block in blocks.of_type(*SUBNET_TYPES):
        subnets.setdefault(subnet_group(blocks, block.address), []).append(_subnet_line(block))
    titles = {"public": "Public subnets", "private": "Private subnets", "unused": "Subnets"}
    for name, lines in subnets.items():
        title = titles.get(name, f"Subnets of the {name}")
        yield Group(name, title, tuple(lines), VPC, "public" if name in {"public", "load balancer"} else "private")


def _tags(provider: Block) -> list[str]:
    tags = {name: value for given in provider.get("default_tags", []) for name, value in given.get("tags", {}).items()}
    return [shown(tags[name]) for name in ("Project", "Environment") if name in tags]


def _rules(blocks: SynthesizedStack, type_: str, owner: Block) -> list[Block]:
    """The rules of the security groups of a load balancer or a service."""
    groups = [
        address
        for address in references([owner.get("security_groups"), owner.get("network_configuration")])
        if address.startswith("aws_security_group.")
    ]
    return [rule for group in groups for rule in blocks.referring(type_, group, "security_group_id")]


def _callers(blocks: SynthesizedStack) -> Node:
    rules = [
        rule
        for balancer in load_balancers(blocks)
        for rule in _rules(blocks, "aws_vpc_security_group_ingress_rule", balancer)
        if rule.get("cidr_ipv4")
    ]
    lines = [Line(f"{rule['cidr_ipv4']} to port {rule['to_port']}", rule.address) for rule in rules]
    return Node(CALLERS, Users, "Callers", tuple(lines))


def _nat(blocks: SynthesizedStack, nat: Block) -> Node:
    subnets = [blocks.get(address) for address in nat.refers_to("subnet_id")]
    inside = ", ".join(shown(subnet["cidr_block"]) for subnet in subnets if subnet)
    addresses = [blocks.get(address) for address in nat.refers_to("allocation_id")]
    lines = [Line(f"in {inside}" if inside else shown(nat.get("connectivity_type", "public")), nat.address)]
    lines += [Line("with an Elastic IP", address.address) for address in addresses if address]
    group = next((subnet_group(blocks, subnet.address) for subnet in subnets if subnet), VPC)
    return Node(nat.address, NATGateway, "NAT gateway", tuple(lines), group)


def _endpoints(blocks: SynthesizedStack) -> Node:
    lines = []
    for block in blocks.of_type("aws_vpc_endpoint"):
        kind = shown(block.get("vpc_endpoint_type", "Gateway")).lower()
        service = shown(block["service_name"]).split(".", 3)[-1]
        lines.append(Line(f"{service}, {kind}", block.address))
    return Node(ENDPOINTS, Endpoint, "VPC endpoints", tuple(lines), "private")


def network(blocks: SynthesizedStack, caller: str, side: str) -> Iterator[Part]:
    """Frames, gateways and endpoints; `caller` is a container of the service, `side` one at its right side."""
    yield from _groups(blocks)
    yield _callers(blocks)
    yield _endpoints(blocks)
    rules = [
        rule
        for service in blocks.of_type("aws_ecs_service")
        for rule in _rules(blocks, "aws_vpc_security_group_egress_rule", service)
    ]
    outward = [rule for rule in rules if rule.get("cidr_ipv4")]
    yield Node(
        INTERNET,
        InternetAlt2,
        "Internet",
        tuple(Line(shown(rule.get("description", rule["cidr_ipv4"])), rule.address) for rule in outward),
    )
    for rule in rules:
        if rule.get("referenced_security_group_id"):
            yield Edge(caller, ENDPOINTS, rule.address, whole=SERVICE)
    nats = blocks.of_type("aws_nat_gateway")
    for nat in nats:
        yield _nat(blocks, nat)
        yield from (
            Edge(caller, nat.address, route.address, whole=SERVICE)
            for route in blocks.referring("aws_route", nat.address, "nat_gateway_id")
        )
    gateways = blocks.of_type("aws_internet_gateway")
    for gateway in gateways:
        line = Line(" ".join(_routed(blocks, gateway)) or "no route", gateway.address)
        yield Node(gateway.address, InternetGateway, "Internet gateway", (line,), VPC)
        for route in blocks.referring("aws_route", gateway.address, "gateway_id"):
            yield from (Edge(nat.address, gateway.address, route.address) for nat in nats)
        yield from (Edge(gateway.address, INTERNET, rule.address) for rule in outward)
    if not gateways:
        yield from (Edge(side, INTERNET, rule.address, whole=SERVICE) for rule in outward)


def _routed(blocks: SynthesizedStack, gateway: Block) -> list[str]:
    """What the routes send to an internet gateway."""
    routes = blocks.referring("aws_route", gateway.address, "gateway_id")
    return [shown(route["destination_cidr_block"]) for route in routes]
