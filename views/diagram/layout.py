"""Where things stand: what Graphviz has to be told beyond what is connected with what."""

from collections.abc import Iterator

from views.diagram.network import CALLERS, ENDPOINTS, INTERNET
from views.diagram.parts import Picture
from views.diagram.service import CERTIFICATE, DOMAIN
from views.diagram.support import ALARMS, DASHBOARDS, LOGS, QUERIES, SECRETS, STATE

import attrs

COLUMNS = (
    ("aws_wafv2_web_acl.", DOMAIN, CERTIFICATE, "aws_cognito_user_pool.", "aws_ecr_repository."),
    ("aws_lb.", "aws_s3_bucket.", SECRETS, STATE),
    ("aws_nat_gateway.", ENDPOINTS, LOGS),
    ("aws_internet_gateway.", ALARMS, "aws_sns_topic."),
)
"""What stands above each other: ids of nodes, or how they begin. A key stands with what it encrypts."""
BEFORE = (
    ("aws_cognito_user_pool.", "aws_s3_bucket.", 1),
    (STATE, DASHBOARDS, 5),
    ("aws_s3_bucket.", QUERIES, 5),
    (QUERIES, LOGS, 1),
    (DASHBOARDS, LOGS, 1),
    (LOGS, ALARMS, 1),
)
"""What stands left of what, and how much it is drawn to its height: this keeps all frames of a kind below the VPC."""


def columns(picture: Picture) -> list[list[str]]:
    """The nodes of each column."""
    found = [[node.id for node in picture.nodes if node.id.startswith(column)] for column in COLUMNS]
    for key in (node.id for node in picture.nodes if node.id.startswith("aws_kms_key.")):
        encrypted = {edge.head for edge in picture.edges if edge.tail == key}
        next((column for column in found if encrypted.intersection(column)), found[0]).append(key)
    return found


@attrs.frozen
class Order:
    """A connection that nobody sees: the left node stands at least some columns before the right one."""

    left: str
    right: str
    weight: int = 0
    columns: int = 1


def orders(picture: Picture) -> Iterator[Order]:
    """Which nodes stand before which: callers first, room for a WAF, the load balancer, and the internet last."""

    def first(start: str) -> str | None:
        return next((node.id for node in picture.nodes if node.id.startswith(start)), None)

    callers, balancer, internet = first(CALLERS), first("aws_lb."), first(INTERNET)
    if callers and balancer:
        yield Order(callers, balancer, columns=2)
    for left, right, weight in BEFORE:
        before, after = first(left), first(right)
        if before and after:
            yield Order(before, after, weight)
    last = columns(picture)[-1]
    if last and internet and not any(edge.head == internet and edge.tail in last for edge in picture.edges):
        yield Order(last[0], internet)
