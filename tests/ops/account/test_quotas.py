"""`make quotas` on the embedded AWS: the quotas that the environments of a region need, and requests for more."""

from collections.abc import Callable
from typing import Any

from envs.schema import Environment
from ops.account import quotas
from ops.aws import code_of
from tests.ops.conftest import Answer
from tests.support.calls import answer
from tests.support.synthesized import settings

import pytest
from botocore.exceptions import ClientError

Ops = Callable[..., Answer]
Clients = Callable[..., Any]


def rows(text: str) -> dict[str, list[str]]:
    """Return the table by quota code: the numbers and the verdict."""
    lines = [line.split() for line in text.splitlines() if " L-" in line]
    starts = [next(number for number, word in enumerate(line) if word.startswith("L-")) for line in lines]
    return {line[start]: line[start + 1 :] for line, start in zip(lines, starts, strict=True)}


def test_dev_and_prod_need_more_than_a_new_account_has(aws: Clients, ops: Ops) -> None:
    """The need is twice the maximum tasks of dev and prod: 2 x 3 x 0.5 and 2 x 6 x 1 vCPU; network quotas fit."""
    del aws
    done = ops("quotas", "prod")
    assert (done.code, done.err) == (1, "")
    assert rows(done.out) == {
        "L-3032A538": ["15", "6", "too", "small"],
        "L-F678F1CE": ["2", "5", "enough"],
        "L-FE5A380F": ["2", "5", "enough"],
        "L-0263D0A3": ["3", "5", "enough"],
        "L-53DA6B97": ["2", "50", "enough"],
    }
    assert "us-east-1; needed by dev, prod (other workloads are not counted):" in done.out
    assert done.out.endswith("To request the increase from AWS, run `make quotas ENV=prod RAISE=1`.\n")


def test_more_is_asked_for_once(aws: Clients, ops: Ops) -> None:
    """RAISE=1 requests an increase once; later runs show the open request and do not repeat it."""
    done = ops("quotas", "dev", "--raise", "--yes")
    assert done.code == 0
    assert "requested 15 of Fargate On-Demand vCPU resource count; AWS answers" in done.out
    again = ops("quotas", "prod", "--raise", "--yes")
    assert (again.code, rows(again.out)["L-3032A538"]) == (0, ["15", "6", "15", "requested"])
    asked = aws("service-quotas").list_requested_service_quota_change_history_by_quota(
        ServiceCode="fargate", QuotaCode="L-3032A538"
    )["RequestedQuotas"]
    assert [(one["DesiredValue"], one["Status"]) for one in asked] == [(15.0, "PENDING")]
    with pytest.raises(ClientError) as refused:
        aws("service-quotas").request_service_quota_increase(
            ServiceCode="fargate", QuotaCode="L-3032A538", DesiredValue=20
        )
    assert code_of(refused.value) == "ResourceAlreadyExistsException"


def test_nothing_is_asked_for_without_an_answer(aws: Clients, ops: Ops) -> None:
    """Without a terminal and without --yes, nothing is requested and the error names the option."""
    done = ops("quotas", "dev", "--raise")
    assert (done.code, done.err) == (
        1,
        "no terminal to confirm (Request 15 of Fargate On-Demand vCPU resource count from AWS?): pass --yes "
        "(with make: YES=1)\n",
    )
    asked = aws("service-quotas").list_requested_service_quota_change_history_by_quota(
        ServiceCode="fargate", QuotaCode="L-3032A538"
    )["RequestedQuotas"]
    assert asked == []


def test_a_no_asks_for_nothing(aws: Clients, ops: Ops, at_terminal: Callable[[str], None]) -> None:
    """After the answer no, nothing is requested."""
    del aws
    at_terminal("no")
    done = ops("quotas", "dev", "--raise")
    assert (done.code, done.out.endswith("Nothing was requested.\n")) == (1, True)


@pytest.mark.parametrize(
    ("changes", "needs"),
    [
        ({"autoscaling_max_capacity": 10, "gateway_cpu": 2048, "gateway_memory": 4096}, (40, 0, 1, 1, 1, 1)),
        ({"fargate_spot_percent": 50}, (1.5, 1.5, 1, 1, 1, 1)),
        ({"fargate_spot_percent": 99}, (0.5, 2.5, 1, 1, 1, 1)),
        ({"nat_gateway_per_az": True}, (3, 0, 1, 1, 2, 1)),
        (
            {
                "vpc_id": "vpc-0123456789abcdef0",
                "public_subnet_ids": ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
                "private_subnet_ids": ("subnet-0123456789abcdef2", "subnet-0123456789abcdef3"),
            },
            (3, 0, 0, 0, 0, 1),
        ),
    ],
)
def test_what_an_environment_needs(changes: dict[str, object], needs: tuple[float, ...]) -> None:
    """The needs are On-Demand vCPU, Spot vCPU, VPCs, NAT gateways in a zone, addresses and load balancers."""
    assert tuple(quota.needed(settings(**changes)) for quota in quotas.QUOTAS) == needs


def test_only_environments_beside_it_count(
    aws: Clients, ops: Ops, monkeypatch: pytest.MonkeyPatch, only_environment: Callable[[Environment], None]
) -> None:
    """Only environments in the same region and account count."""
    here = settings()
    others = [
        settings(environment="far", aws_region="us-west-2"),
        settings(environment="foreign", aws_account_id="999999999999"),
        settings(environment="near", aws_account_id=aws("sts").get_caller_identity()["Account"]),
    ]
    only_environment(here)
    monkeypatch.setattr("ops.account.quotas.load_environments", lambda **_: [here, *others])
    done = ops("quotas", "test")
    assert "eu-west-1; needed by test, near (other workloads are not counted):" in done.out
    assert (done.code, rows(done.out)["L-3032A538"]) == (0, ["6", "6", "enough"])


def test_aws_refusals_are_passed_on(aws: Clients, ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown quota, or one that may not be read, ends with AWS's own message."""
    monkeypatch.setattr(
        quotas, "QUOTAS", (quotas.Quota(service="vpc", code="L-00000000", name="nothing", needed=lambda _: 1),)
    )
    done = ops("quotas", "dev")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("AWS reports: An error occurred (NoSuchResourceException)")
    with pytest.raises(ClientError) as refused:
        aws("service-quotas").request_service_quota_increase(
            ServiceCode="fargate", QuotaCode="L-3032A538", DesiredValue=6
        )
    assert code_of(refused.value) == "IllegalArgumentException"


def test_denied_is_said(monkeypatch: pytest.MonkeyPatch, aws: Clients, ops: Ops) -> None:
    """If the credentials may not read quotas, the error has AWS's message with the call."""
    del aws

    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetServiceQuota")
    answer(monkeypatch, "service-quotas", "GetServiceQuota", denied)
    done = ops("quotas", "dev")
    assert (done.code, done.err.startswith("the credentials lack a permission: An error occurred")) == (1, True)
