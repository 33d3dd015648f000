"""`make quotas`: what the environments of a region need of the account's service quotas, and a request for more."""

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
"""Times its tasks that a service runs at the height of a deployment (deployment_maximum_percent is 200)."""
OPEN = {"PENDING", "CASE_OPENED"}
"""Where a request stands while AWS has not answered (Service Quotas' API reference)."""


@attrs.frozen(kw_only=True)
class Quota:
    """One of AWS's quotas, by region, and how much of it an environment may come to use."""

    service: str
    code: str
    name: str
    needed: Callable[[Environment], float]


def _nat_gateways(environment: Environment) -> int:
    if environment.vpc_id:
        return 0
    return 2 if environment.nat_gateway_per_az else 1


def _spot_tasks(environment: Environment) -> int:
    """At most; the first task is never a Spot one."""
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
"""Those that a second environment or a higher ceiling meets first, with the codes that AWS gives them."""


@attrs.frozen(kw_only=True)
class Standing:
    """A quota as the account has it."""

    quota: Quota
    needed: float
    value: float
    asked: float
    """The largest value of a request that AWS has not answered yet; 0 without one."""

    @property
    def suffices(self) -> bool:
        """Whether the environments fit; what else the account runs is not known here."""
        return self.value >= self.needed

    @property
    def verdict(self) -> Text:
        """What to make of it, for the table."""
        if self.suffices:
            return cell("enough", "green")
        return cell(f"{self.asked:g} asked for", "yellow") if self.asked >= self.needed else cell("too small", "red")


def _value(client: Any, quota: Quota) -> float:
    """The account's value; an account that never had one of its own has AWS's default."""
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
    """The environments that share this one's region, and its account as far as their files say."""
    return [
        one
        for one in environments
        if one.aws_region == aws.environment.aws_region and one.aws_account_id in {"", aws.account_id}
    ]


def command(aws: Aws, *, more: bool, yes: bool) -> int:
    """As `quotas`, with the environments of envs/."""
    return quotas(aws, load_environments(choice=""), more=more, yes=yes)


def quotas(aws: Aws, environments: Iterable[Environment], *, more: bool, yes: bool) -> int:
    """Show what is needed and what there is; with `more`, ask AWS for what is missing.

    0 where all of it is there or asked for, else 1. Counts the tasks that autoscaling may start, twice, since a
    deployment runs the old and the new ones side by side.
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
        out.print(f"`make quotas ENV={aws.environment.environment} RAISE=1` asks AWS for what is missing.")
        return 1
    wanted = ", ".join(f"{one.needed:g} of {one.quota.name}" for one in short)
    if not confirmed(f"Ask AWS for {wanted}?", yes=yes):
        out.print("Nothing was asked for.")
        return 1
    refused = False
    for one in short:
        if one.asked:
            # AWS takes a second request for a quota when it has answered the first.
            out.print(f"{one.asked:g} of {one.quota.name} is still asked for; ask again when AWS has answered")
            refused = True
            continue
        client.request_service_quota_increase(
            ServiceCode=one.quota.service, QuotaCode=one.quota.code, DesiredValue=one.needed
        )
        out.print(f"asked for {one.needed:g} of {one.quota.name}; AWS answers within minutes to days")
    return 1 if refused else 0


def _show(aws: Aws, sharing: list[Environment], standings: list[Standing]) -> None:
    names = ", ".join(one.environment for one in sharing)
    place = f"Account {aws.account_id}, {aws.environment.aws_region}"
    out.print(f"{place}; needed by {names} (what else runs there is not counted):")
    table = Table("Quota", "Code", box=None, pad_edge=False, header_style="bold")
    table.add_column("Needed", justify="right")
    table.add_column("There is", justify="right")
    table.add_column("")
    for one in standings:
        table.add_row(one.quota.name, one.quota.code, f"{one.needed:g}", f"{one.value:g}", one.verdict)
    out.print(table)
