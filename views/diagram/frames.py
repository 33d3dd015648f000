"""The frames of a picture: region, VPC, public and private subnets, the service with its task, and the rest."""

from collections.abc import Iterator

from resource_types.expressions import references
from resource_types.stack import PROVIDER, Block, SynthesizedStack
from views.diagram.parts import Frame, Line, shown

REGION, VPC, SERVICE, TASK, KEEPING, WATCHING = "region", "vpc", "service", "task", "keeping", "watching"
PUBLIC, PRIVATE, UNUSED = "public", "private", "unused"
SUBNET_TYPES = ("aws_subnet", "data.aws_subnet")
USERS = {"aws_lb": "load balancer", "aws_ecs_service": "tasks"}
TITLES = {PUBLIC: "Public subnets", PRIVATE: "Private subnets", UNUSED: "Subnets"}
Lines = dict[str, list[Line]]
"""The lines of each frame."""


def subnets_of(block: Block) -> list[str]:
    """The addresses of the subnets to which a block refers."""
    given = [block.get(name) for name in ("subnets", "subnet_ids", "subnet_id", "network_configuration")]
    return [address for address in references(given) if address.startswith(SUBNET_TYPES)]


def _routes(stack: SynthesizedStack, subnet: str) -> list[Block]:
    """The routes in a subnet's route table."""
    tables = [
        table
        for association in stack.referring("aws_route_table_association", subnet, "subnet_id")
        for table in association.refers_to("route_table_id")
    ]
    return [route for table in tables for route in stack.referring("aws_route", table, "route_table_id")]


def _subnet_frame(stack: SynthesizedStack, address: str) -> str:
    """The frame of a subnet: by its routes if the stack creates it, else by the resources in it."""
    block = stack.get(address)
    if block is None:
        return VPC
    if block.type == "aws_subnet":
        return PUBLIC if any(route.get("gateway_id") for route in _routes(stack, address)) else PRIVATE
    users = [name for type_, name in USERS.items() for user in stack.of_type(type_) if address in subnets_of(user)]
    return " and ".join(dict.fromkeys(users)) or UNUSED


def frame_of(stack: SynthesizedStack, block: Block) -> str:
    """The frame of a block that refers to subnets; the VPC's without a subnet."""
    return next((_subnet_frame(stack, subnet) for subnet in subnets_of(block)), VPC)


def _zone(block: Block) -> str:
    zone = str(block.get("availability_zone", ""))
    index = zone.removesuffix(")}").rpartition(", ")[2]
    if zone.startswith("${element(") and index.isdecimal():
        return f"  zone {int(index) + 1}"
    return f"  {shown(zone)}" if zone else ""


def _region(stack: SynthesizedStack) -> Iterator[Line]:
    for provider in stack.of_type(PROVIDER):
        given = [one.get("tags", {}) for one in provider.get("default_tags", [])]
        tags = [shown(one[name]) for name in ("Project", "Environment") for one in given if name in one]
        yield Line(" · ".join([shown(provider["region"]), *tags]), provider.address)


def frames(stack: SynthesizedStack, lines: Lines) -> Iterator[Frame]:
    """All frames. `lines`: the lines that records put into each frame."""

    def frame(id_: str, title: str, parent: str, *, plain: bool = False) -> Frame:
        return Frame(id_, title, tuple(lines.get(id_, ())), parent, plain)

    yield Frame(REGION, "AWS", tuple(_region(stack)))
    yield frame(VPC, "VPC", REGION)
    texts = {line.block: line.text for line in lines.get("subnets", ())}
    subnets: Lines = {}
    for block in stack.of_type(*SUBNET_TYPES):
        # A data source has no record, so it is shown by its id.
        text = f"{texts.get(block.address) or shown(block.get('id'))}{_zone(block)}"
        subnets.setdefault(_subnet_frame(stack, block.address), []).append(Line(text, block.address))
    for name, found in subnets.items():
        yield Frame(name, TITLES.get(name, f"Subnets of the {name}"), tuple(found), VPC)
    services = stack.of_type("aws_ecs_service")
    yield frame(SERVICE, "ECS service", frame_of(stack, services[0]) if services else VPC)
    yield frame(TASK, "Task", SERVICE)
    yield Frame(WATCHING, "Logs and alarms", (), REGION, plain=True)
    yield Frame(KEEPING, "Identity, keys and storage", (), REGION, plain=True)
