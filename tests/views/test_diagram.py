"""The diagram of an environment shows everything that its JSON defines, and nothing else."""

import re
from collections.abc import Iterator
from typing import Any

from envs.common import COMMON
from envs.schema import Environment
from resource_types import RECORDS
from resource_types.stack import BACKEND, PROVIDER, SynthesizedStack
from tests.conftest import Synthesize
from tests.support.environments import EXISTING
from tests.support.synthesized import CERTIFICATE, EVERYTHING, WITH_TEAMS, Synthesized, settings
from views.diagram.boxes import Box, Text
from views.diagram.layout import Layout, layout
from views.diagram.parts import Edge, Frame, Node, Picture, shown
from views.diagram.picture import picture_of
from views.diagram.routes import Route, faults, routes
from views.diagram.svg import svg_of
from views.diagram.text import width, wrapped

import attrs
import pytest

GUARDED = settings(
    certificate_arn=CERTIFICATE, enable_jwt_auth=True, nat_gateway_per_az=True, internal_load_balancer=True
)
CASES = pytest.mark.parametrize(
    "environment", [settings(), EVERYTHING, EXISTING, GUARDED], ids=["small", "everything", "existing-vpc", "guarded"]
)
LOOKS = pytest.mark.parametrize(
    "environment",
    [
        settings(),
        EVERYTHING,
        EXISTING,
        GUARDED,
        WITH_TEAMS,
        attrs.evolve(EVERYTHING, project_name="a-long-project-nm", environment="acceptance"),
        attrs.evolve(EXISTING, internal_load_balancer=True),
    ],
    ids=["small", "everything", "existing-vpc", "guarded", "teams", "long-names", "existing-internal"],
)
WITHOUT_PICTURE = {"data.aws_availability_zones", "data.aws_caller_identity"}
"""Data sources that are not drawn; for resource types, the record has the reason."""


def _picture(synthesized: Synthesized) -> Picture:
    return picture_of(synthesized.stack)


def _without(document: dict[str, Any], addresses: set[str]) -> Picture:
    """Return the diagram of the JSON without some blocks."""
    changed = {
        **document,
        **{part: {type_: dict(named) for type_, named in document[part].items()} for part in ("resource", "data")},
        "terraform": dict(document["terraform"]),
    }
    for address in addresses:
        if address == PROVIDER:
            del changed["provider"]
        elif address == BACKEND:
            del changed["terraform"]["backend"]
        else:
            type_, _, name = address.removeprefix("data.").partition(".")
            del changed["data" if address.startswith("data.") else "resource"][type_][name]
    return picture_of(SynthesizedStack.of(changed))


def _all(picture: Picture) -> list[Node | Frame]:
    return [*picture.nodes, *picture.frames]


def _texts(picture: Picture, id_: str) -> list[str]:
    return [line.text for part in _all(picture) if part.id == id_ for line in part.lines]


def _titled(picture: Picture, title: str) -> list[str]:
    """Return the lines of every node or frame with a title."""
    return [line.text for part in _all(picture) if part.title == title for line in part.lines]


def _edges(picture: Picture) -> set[tuple[str, str]]:
    """Return the edges, by the titles of their ends."""
    titles = {part.id: part.title for part in _all(picture)}
    return {(titles[edge.tail], titles[edge.head]) for edge in picture.edges}


def test_dev_as_its_file_says(dev: Synthesized) -> None:
    """dev's diagram has the networks, sizes, names and numbers of the Terraform version's dev, and no WAF."""
    picture = _picture(dev)
    assert _titled(picture, "AWS") == ["us-east-1 · ai-gateway · dev"]
    assert _titled(picture, "VPC") == ["10.0.0.0/16", "flow log of ALL traffic"]
    assert _titled(picture, "Public subnets") == ["10.0.1.0/24  zone 1", "10.0.2.0/24  zone 2"]
    assert _titled(picture, "Private subnets") == ["10.0.10.0/24  zone 1", "10.0.20.0/24  zone 2"]
    assert _titled(picture, "Task") == ["512 CPU units, 1024 MiB"]
    gateway = COMMON["portkey_image"].rpartition("/")[2]
    assert _titled(picture, "gateway") == [gateway, "256 CPU units, 768 MiB", "port 8787"]
    collector = COMMON["adot_image"].rpartition("/")[2]
    assert _titled(picture, "otel-collector") == [collector, "256 CPU units, 256 MiB"]
    assert _titled(picture, "ECS service") == [
        "ai-gateway-dev on Fargate",
        "in cluster ai-gateway-dev",
        "1 to 3 tasks by autoscaling",
        "ECSServiceAverageCPUUtilization at 70",
        "ALBRequestCountPerTarget at 500",
    ]
    assert _titled(picture, "Load balancer") == ["ai-gateway-dev", "internet-facing", "HTTP :80"]
    assert _titled(picture, "Terraform state") == ["ai-gateway-tfstate-dev", "lock table ai-gateway-tfstate-lock-dev"]
    assert _titled(picture, "S3 bucket") == ["ai-gateway-dev-alb-logs-<account>"]
    assert "/ai-gateway/dev/gateway, 365 days" in _titled(picture, "Log groups")
    assert _titled(picture, "Web ACL") == []
    flow = [("Callers", "Load balancer"), ("Load balancer", "gateway"), ("gateway", "otel-collector")]
    way_out = [
        ("ECS service", "NAT gateways"),
        ("NAT gateways", "Internet gateway"),
        ("Internet gateway", "Internet"),
        ("ECS service", "VPC endpoints"),
    ]
    stored = [("Task", "Log groups"), ("Load balancer", "S3 bucket")]
    assert {*flow, *way_out, *stored} <= _edges(picture)


def test_prod_has_a_waf_before_its_load_balancer(prod: Synthesized) -> None:
    """Callers reach the load balancer only through the web ACL, with its rules in order; each zone has its NAT."""
    picture = _picture(prod)
    assert _titled(picture, "Web ACL") == [
        "ai-gateway-prod",
        "common",
        "ip-reputation",
        "rate-limit: 2000 in 300 s",
        "known-bad-inputs",
        "common-bodies",
        "logs to aws-waf-logs-ai-gateway-prod",
    ]
    assert {("Callers", "Web ACL"), ("Web ACL", "Load balancer")} <= _edges(picture)
    assert ("Callers", "Load balancer") not in _edges(picture)
    assert _titled(picture, "gateway")[1] == "768 CPU units, 1792 MiB"
    assert {line for line in _titled(picture, "NAT gateways") if "/" in line} == {"in 10.0.1.0/24", "in 10.0.2.0/24"}


def test_everything(synthesize: Synthesize) -> None:
    """The diagram shows domain, certificate, secrets, team clients and alarm subscribers."""
    picture = _picture(synthesize(EVERYTHING))
    assert _titled(picture, "Route 53") == ["A gateway.example.com", "zone example.com", "proof for the certificate"]
    assert _titled(picture, "Certificate") == ["gateway.example.com, by DNS"]
    assert _titled(picture, "Secrets") == [
        "ai-gateway/test/clients/search",
        "ai-gateway/test/plugin-api-key",
        "ai-gateway/test/providers/anthropic",
        "ai-gateway/test/providers/openai",
    ]
    assert _titled(picture, "Callers") == ["10.0.0.0/8 to port 80", "10.0.0.0/8 to port 443"]
    assert _titled(picture, "Load balancer")[2:] == [
        "HTTP :80 redirects to HTTPS :443",
        "HTTPS :443, TLS13-1-2-2021-06",
    ]
    assert "client ai-gateway-test-search: invoke" in _titled(picture, "Cognito user pool")
    assert _titled(picture, "Subscribers") == ["email oncall@example.com"]
    assert {
        ("Route 53", "Load balancer"),
        ("Certificate", "Load balancer"),
        ("Route 53", "Certificate"),
        ("Load balancer", "gateway"),
        ("Secrets", "gateway"),
        ("KMS key", "Secrets"),
        ("Log groups", "Alarms"),
        ("Alarms", "SNS topic"),
        ("SNS topic", "Subscribers"),
    } <= _edges(picture)


def test_an_existing_vpc(synthesize: Synthesize) -> None:
    """An existing VPC and its subnets are shown by id, without gateways or endpoints that the JSON does not define."""
    picture = _picture(synthesize(EXISTING))
    assert _titled(picture, "VPC") == ["vpc-0123456789abcdef0, existing"]
    assert _titled(picture, "Subnets of the load balancer") == ["subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2"]
    assert _titled(picture, "Subnets of the tasks") == ["subnet-0bbbbbbbbbbbbbbb1", "subnet-0bbbbbbbbbbbbbbb2"]
    assert {"NAT gateways", "Internet gateway", "VPC endpoints"}.isdisjoint(node.title for node in picture.nodes)
    assert ("ECS service", "Internet") in _edges(picture)


def test_tokens_and_an_internal_load_balancer(synthesize: Synthesize) -> None:
    """The user pool points to the listener that verifies its tokens; the load balancer is in the tasks' frame."""
    picture = _picture(synthesize(GUARDED))
    assert ("Cognito user pool", "Load balancer") in _edges(picture)
    assert _titled(picture, "Certificate") == ["certificate/abc-123"]
    assert _titled(picture, "Load balancer")[1:] == [
        "internal",
        "HTTP :80 redirects to HTTPS :443",
        "HTTPS :443 with a valid JWT, TLS13-1-2-2021-06",
    ]
    assert [node.frame for node in picture.nodes if node.title == "Load balancer"] == ["private"]


def _parts(picture: Picture) -> Iterator[tuple[Node | Frame, set[str]]]:
    for part in _all(picture):
        if part.lines:
            yield part, {line.block for line in part.lines}


@CASES
def test_what_leaves_the_json_leaves_the_picture(environment: Environment, synthesize: Synthesize) -> None:
    """Without its blocks, a node, frame or line disappears."""
    document = synthesize(environment).document
    picture = picture_of(SynthesizedStack.of(document))
    for part, addresses in _parts(picture):
        after = _without(document, addresses)
        assert part.id not in {other.id for other, _ in _parts(after)}, part.title
    for address in sorted({address for _, addresses in _parts(picture) for address in addresses}):
        after = _without(document, {address})
        assert address not in {address for _, addresses in _parts(after) for address in addresses}
        for part, _ in _parts(picture):
            left = [line.text for line in part.lines if line.block != address]
            gone = [line.text for line in part.lines if line.block == address and line.text not in left]
            assert set(gone).isdisjoint(_texts(after, part.id)), (part.title, address)


@CASES
def test_edges_go_with_what_makes_them(environment: Environment, synthesize: Synthesize) -> None:
    """Without its blocks, an edge disappears."""
    document = synthesize(environment).document

    def ends(edge: Edge) -> tuple[str, str]:
        return edge.tail, edge.head

    for edge in picture_of(SynthesizedStack.of(document)).edges:
        assert ends(edge) not in map(ends, _without(document, set(edge.blocks)).edges), edge


@CASES
def test_without_any_block_the_rest_can_still_be_drawn(environment: Environment, synthesize: Synthesize) -> None:
    """Without any one block, the diagram still has a place for every node and a route for every edge."""
    document = synthesize(environment).document
    for block in SynthesizedStack.of(document):
        picture = _without(document, {block.address})
        made = layout(picture)
        assert {part.id for part in _all(picture)} == set(made.boxes)
        assert len(routes(made, picture)) == len(picture.edges)


@LOOKS
def test_a_picture_can_be_read(environment: Environment, synthesize: Synthesize) -> None:
    """No edge crosses a label, no labels overlap, and none leaves its frame, even in the widest font."""
    picture = _picture(synthesize(environment))
    made = layout(picture)
    assert faults(made, routes(made, picture)) == []


def test_what_cannot_be_read_is_found() -> None:
    """Crossed and overlapping labels are reported, and those that leave their card or the diagram."""
    made = Layout(
        boxes={"card": Box(10, 10, 100, 30)}, texts=[Text(20, 30, "in the card"), Text(90, 30, "too long for it")]
    )
    assert faults(made, []) == ["'too long for it' leaves card"]
    route = Route(Edge("a", "b", "x"), ((50, 0), (50, 60)))
    assert faults(attrs.evolve(made, texts=made.texts[:1]), [route]) == ["a -> b runs across 'in the card'"]
    assert faults(Layout(texts=[Text(5, 20, "one"), Text(8, 22, "two")]), []) == ["'one' is on 'two'"]
    assert faults(Layout(texts=[Text(820, 20, "wide")]), []) == ["'wide' leaves the picture"]


def test_texts_are_broken_where_names_are() -> None:
    """Labels break after a space, before a slash, then after a dash or anywhere; no line is too wide."""
    assert wrapped("ai-gateway/prod/latency-by-provider", 150) == ("ai-gateway/prod", "\xa0\xa0/latency-by-provider")
    for text in (
        "subnet-0aaaaaaaaaaaaaaa1",
        "a b",
        "/aws/ecs/containerinsights/ai-gateway-prod/performance, 365 days",
        "W" * 80,
    ):
        for most in (60, 122, 300):
            lines = wrapped(text, most)
            assert "".join(lines).replace("\xa0", "").replace(" ", "") == text.replace(" ", "")
            assert all(width(line) <= most for line in lines)


def test_a_picture_is_as_wide_as_github_shows_it(dev: Synthesized) -> None:
    """The SVG has 838 pixels, the width that GitHub shows, and labels of at least 11 pixels."""
    svg = svg_of(_picture(dev))
    assert 'width="838"' in svg
    assert min(map(int, re.findall(r'font-size="(\d+)"', svg))) == 11


def test_every_type_is_drawn_or_known_not_to_be(synthesize: Synthesize) -> None:
    """Every resource type is drawn, or its record has the reason why not."""
    seen, drawn = set(), set()
    for environment in (settings(), EVERYTHING, EXISTING, GUARDED):
        document = synthesize(environment).document
        blocks, picture = SynthesizedStack.of(document), picture_of(SynthesizedStack.of(document))
        seen |= {block.type for block in blocks}
        of_parts = {address for _, addresses in _parts(picture) for address in addresses}
        of_edges = {address for edge in picture.edges for address in edge.blocks}
        drawn |= {blocks.by_address[address].type for address in of_parts | of_edges}
    undrawn = {type_ for type_, record in RECORDS.items() if record.undrawn}
    assert seen - drawn == (undrawn & seen) | WITHOUT_PICTURE


def test_what_only_a_deployment_knows() -> None:
    """Values that are known after deployment are in brackets; escaped templates are literal."""
    assert shown("logs-${data.aws_caller_identity.Account.account_id}-${aws_y.B.id}") == "logs-<account>-<…>"
    assert shown("$${NAME}") == "${NAME}"
