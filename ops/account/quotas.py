"""`make quotas`: compares the account's quotas with what a region's environments need, and requests increases."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from envs import load_environments
from envs.schema import Environment
from ops.aws import Aws, code_of
from ops.console import cell, confirmed, out

import attrs
from botocore.exceptions import ClientError
from rich.table import Table
from rich.text import Text

DEPLOYING = 2
"""A deployment runs old and new tasks together: deployment_maximum_percent is 200."""
OPEN = {"PENDING", "CASE_OPENED"}
"""Status of a request that AWS has not answered yet (Service Quotas' API reference)."""


@attrs.frozen(kw_only=True)
class Quota:
    """A quota per region, and how much of it an environment may use at most."""

    service: str
    code: str
    name: str
    needed: Callable[[Environment], float]


def _nat_gateways(environment: Environment) -> int:
    if environment.vpc_id:
        return 0
    return 2 if environment.nat_gateway_per_az else 1


def _spot_tasks(environment: Environment) -> int:
    """The most tasks that run on Spot; the first task never does."""
    tasks = DEPLOYING * environment.autoscaling_max_capacity
    return min(tasks - 1, math.ceil(tasks * environment.fargate_spot_percent / 100))


def _on_demand_tasks(environment: Environment) -> int:
    return DEPLOYING * environment.autoscaling_max_capacity - _spot_tasks(environment)


def _vcpu(environment: Environment) -> float:
    return environment.gateway_cpu / 1024


QUOTAS = (
    Quota(
        service="fargate",
        code="L-3032A538",
        name="Fargate On-Demand vCPU resource count",
        needed=lambda one: _on_demand_tasks(one) * _vcpu(one),
    ),
    Quota(
        service="fargate",
        code="L-36FBB829",
        name="Fargate Spot vCPU resource count",
        needed=lambda one: _spot_tasks(one) * _vcpu(one),
    ),
    Quota(service="vpc", code="L-F678F1CE", name="VPCs per Region", needed=lambda one: 0 if one.vpc_id else 1),
    Quota(
        service="vpc",
        code="L-FE5A380F",
        name="NAT gateways per Availability Zone",
        needed=lambda one: 0 if one.vpc_id else 1,
    ),
    Quota(service="ec2", code="L-0263D0A3", name="EC2-VPC Elastic IPs", needed=_nat_gateways),
    Quota(
        service="elasticloadbalancing",
        code="L-53DA6B97",
        name="Application Load Balancers per Region",
        needed=lambda _: 1,
    ),
)
"""The quotas that a further environment or a higher autoscaling_max_capacity reaches first, with AWS's quota codes."""


@attrs.frozen(kw_only=True)
class Standing:
    """A quota's value in the account, next to the value that is needed."""

    quota: Quota
    needed: float
    value: float
    asked: float
    """The largest value of a request that AWS has not answered yet; 0 without one."""

    @property
    def suffices(self) -> bool:
        """Whether the value covers the environments. Other workloads in the account are not counted."""
        return self.value >= self.needed

    @property
    def verdict(self) -> Text:
        """The last column of the table."""
        if self.suffices:
            return cell("enough", "green")
        return cell(f"{self.asked:g} requested", "yellow") if self.asked >= self.needed else cell("too small", "red")


def _value(client: Any, quota: Quota) -> float:
    """The account's value, which is AWS's default unless it was changed."""
    which = {"ServiceCode": quota.service, "QuotaCode": quota.code}
    try:
        answer = client.get_service_quota(**which)
    except ClientError as error:
        if code_of(error) != "NoSuchResourceException":
            raise
        answer = client.get_aws_default_service_quota(**which)
    return float(answer["Quota"]["Value"])


def _asked(client: Any, quota: Quota) -> float:
    pages = client.get_paginator("list_requested_service_quota_change_history_by_quota").paginate(
        ServiceCode=quota.service, QuotaCode=quota.code
    )
    requests = [request for page in pages for request in page["RequestedQuotas"]]
    return max((request["DesiredValue"] for request in requests if request["Status"] in OPEN), default=0.0)


def neighbours(aws: Aws, environments: Iterable[Environment]) -> list[Environment]:
    """The environments in this one's region and account; those without `aws_account_id` are taken to share it."""
    return [
        one
        for one in environments
        if one.aws_region == aws.environment.aws_region and one.aws_account_id in {"", aws.account_id}
    ]


def command(aws: Aws, *, more: bool, yes: bool) -> int:
    """`quotas` with all environments of envs/."""
    return quotas(aws, load_environments(choice=""), more=more, yes=yes)


def quotas(aws: Aws, environments: Iterable[Environment], *, more: bool, yes: bool) -> int:
    """Print the needed and the current values; with `more`, request increases from AWS after a prompt.

    Returns 0 where every quota is large enough or its increase requested, else 1. Counts twice the tasks that
    autoscaling may start, since a deployment runs the old and the new ones together. Raises ClientError.
    """
    sharing = neighbours(aws, environments)
    client = aws.client("service-quotas")
    standings = [
        Standing(quota=quota, needed=needed, value=_value(client, quota), asked=_asked(client, quota))
        for quota in QUOTAS
        if (needed := math.ceil(sum(quota.needed(one) for one in sharing)))
    ]
    _show(aws, sharing, standings)
    short = [one for one in standings if not one.suffices and one.asked < one.needed]
    if not short:
        return 0
    if not more:
        out.print(f"To request the increase from AWS, run `make quotas ENV={aws.environment.environment} RAISE=1`.")
        return 1
    wanted = ", ".join(f"{one.needed:g} of {one.quota.name}" for one in short)
    if not confirmed(f"Request {wanted} from AWS?", yes=yes):
        out.print("Nothing was requested.")
        return 1
    refused = False
    for one in short:
        if one.asked:
            # AWS accepts only one open request for a quota.
            out.print(
                f"AWS has not answered the request for {one.asked:g} of {one.quota.name} yet: run this again later"
            )
            refused = True
            continue
        client.request_service_quota_increase(
            ServiceCode=one.quota.service, QuotaCode=one.quota.code, DesiredValue=one.needed
        )
        out.print(f"requested {one.needed:g} of {one.quota.name}; AWS answers within minutes to days")
    return 1 if refused else 0


def _show(aws: Aws, sharing: list[Environment], standings: list[Standing]) -> None:
    names = ", ".join(one.environment for one in sharing)
    place = f"Account {aws.account_id}, {aws.environment.aws_region}"
    out.print(f"{place}; needed by {names} (other workloads are not counted):")
    table = Table("Quota", "Code", box=None, pad_edge=False, header_style="bold")
    table.add_column("Needed", justify="right")
    table.add_column("Current", justify="right")
    table.add_column("")
    for one in standings:
        table.add_row(one.quota.name, one.quota.code, f"{one.needed:g}", f"{one.value:g}", one.verdict)
    out.print(table)
