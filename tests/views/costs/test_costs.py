"""An environment's cost follows from its resources and from prices that each name a source."""

from collections.abc import Iterator
from typing import Any

from resource_types import RECORDS
from resource_types.record import Cost
from resource_types.stack import SynthesizedStack
from tests.conftest import Synthesize
from tests.support.environments import EXISTING
from tests.support.synthesized import EVERYTHING, WITH_TEAMS, Synthesized, settings
from views.costs import __main__ as command
from views.costs.estimate import Estimate, estimate
from views.costs.prices import PRICES, read
from views.costs.tables import by_use, by_use_table, doubts_list, fixed, sources_table, summary, unknown_list

import attrs
import pytest


def rules() -> Iterator[Cost]:
    """Return every cost rule of every resource type."""
    for record in RECORDS.values():
        yield from record.costs


def usd(found: Estimate) -> dict[str, tuple[float, float]]:
    """Return the cost of each price, rounded to cents."""
    return {one.price.name: (round(one.usd[0], 2), round(one.usd[1], 2)) for one in found.charges if one.usd}


def stack(region: str = "us-east-1", **resources: dict[str, Any]) -> SynthesizedStack:
    """Return a stack with one resource of each type."""
    named = {type_: {"One": body} for type_, body in resources.items()}
    return SynthesizedStack.of({"provider": {"aws": [{"region": region}]}, "resource": named})


def test_dev_and_prod(dev: Synthesized, prod: Synthesized) -> None:
    """Costs of dev and prod equal a calculation by hand of tasks, NAT gateways, endpoints and WAF rules."""
    small, large = usd(estimate("dev", dev.stack)), usd(estimate("prod", prod.stack))
    assert small["fargate_vcpu_hour"] == (14.78, 44.33)  # 1 to 3 tasks * 0.5 * 730 h * 0.04048
    assert small["fargate_gb_hour"] == (3.24, 9.73)  # 1 to 3 tasks * 1 GB * 730 h * 0.004445
    assert large["fargate_vcpu_hour"] == (59.10, 177.30)  # 2 to 6 tasks * 1 * 730 h * 0.04048
    assert (small["nat_gateway_hour"], large["nat_gateway_hour"]) == ((32.85, 32.85), (65.7, 65.7))
    assert small["interface_endpoint_hour"] == (58.4, 58.4)  # 4 endpoints * 2 zones * 730 h * 0.01
    assert small["public_ipv4_hour"] == (10.95, 10.95)  # 2 of the load balancer, 1 of NAT, * 730 h * 0.005
    assert (large["web_acl_month"], large["web_acl_rule_month"]) == ((5, 5), (5, 5))
    assert "web_acl_month" not in small


def test_what_a_setting_changes(synthesize: Synthesize) -> None:
    """An internal load balancer has no public address; an existing VPC has no NAT gateways or endpoints."""
    region = "us-east-1"
    internal = usd(estimate("test", synthesize(settings(aws_region=region, internal_load_balancer=True)).stack))
    assert internal["public_ipv4_hour"] == (3.65, 3.65)
    existing = usd(estimate("test", synthesize(attrs.evolve(EXISTING, aws_region=region)).stack))
    assert {"nat_gateway_hour", "interface_endpoint_hour"}.isdisjoint(existing)


def test_fargate_spot_and_a_service_without_autoscaling() -> None:
    """Without autoscaling, the number of tasks is the service's desired count."""
    found = estimate(
        "test",
        stack(
            aws_ecs_service={"desired_count": 3, "task_definition": "${aws_ecs_task_definition.One.arn}"},
            aws_ecs_task_definition={"cpu": "256", "memory": "512"},
        ),
    )
    assert usd(found)["fargate_vcpu_hour"] == (22.16, 22.16)  # 3 * 0.25 * 730 h * 0.04048


def test_another_region_is_unknown(dev: Synthesized) -> None:
    """The cost in a region without a price is shown as unknown."""
    found = estimate("test", stack("eu-west-1", aws_nat_gateway={}, aws_kms_key={}))
    assert (found.usd, found.without_price) == ((0, 0), ["NAT gateways", "KMS keys"])
    assert fixed([found]) == [
        ["NAT gateways", "unknown", "unknown"],
        ["KMS keys", "unknown", "unknown"],
        ["Total", "", "0.00, and what is unknown"],
    ]
    assert "| `test` | unknown | unknown | unknown |" in summary([found])
    both = fixed([estimate("dev", dev.stack), found])
    assert next(row for row in both if row[0] == "NAT gateways") == [
        "NAT gateways",
        "0.045 per hour; unknown",
        "32.85",
        "unknown",
    ]


def test_a_rule_that_does_not_fit_is_named() -> None:
    """A service without a task definition cannot be priced, and the error names the rule."""
    with pytest.raises(
        ValueError, match=r"^aws_ecs_service\.One: cost rule for fargate_vcpu_hour in resource_types/: .* finds nothing"
    ):
        estimate("test", stack(aws_ecs_service={"desired_count": 1}))


def test_every_rule_has_a_price_and_every_price_a_rule(synthesize: Synthesize) -> None:
    """Every rule has a price, every price is used by a rule, and the rules match synthesized stacks."""
    assert {cost.price for cost in rules()} == set(PRICES)
    used = set()
    for environment in (EVERYTHING, WITH_TEAMS, EXISTING):
        found = estimate("test", synthesize(environment).stack)
        used |= {one.price.name for one in found.charges} | {one.price.name for one in found.by_use}
    assert used == set(PRICES)


def test_every_price_names_its_source() -> None:
    """Every price has regions, dates and source URLs, and was looked up on or after the date of its source."""
    for price in PRICES.values():
        assert price.quotes, price.name
        for region, quote in price.quotes.items():
            assert quote.usd > 0
            assert quote.as_of <= quote.looked_up, (price.name, region)
            assert quote.sources
            assert all(source.startswith("https://") for source in quote.sources)
        assert (price.a_month == 730) == price.name.endswith("_hour")
        assert price.title in sources_table()


def test_what_cannot_be_verified_is_marked(prod: Synthesized) -> None:
    """A price that cannot be verified is marked, with the reason on the page and the amount in the README."""
    found = estimate("prod", prod.stack)
    assert found.doubted == 6
    row = next(row for row in fixed([found]) if row[0] == "Cognito app clients that request tokens")
    assert row[1] == "6 per client and month¹"
    assert "Cognito app clients that request tokens: an invoice from 2025" in doubts_list()
    assert summary([found]).endswith("| 6 |")


def test_use_and_what_is_unknown_are_shown(prod: Synthesized) -> None:
    """Usage-based prices are shown with their unit, and resources without a price are listed."""
    found = estimate("prod", prod.stack)
    assert ["Web ACL, requests", "0.6 per million requests", "requests"] in by_use([found])
    assert "| Logs, written | 0.5 per GB |" in by_use_table([found])
    assert "`aws_ecs_cluster`: Container Insights" in unknown_list([found])


def test_a_price_that_is_none_is_named() -> None:
    """An invalid price is an error with the file and table."""
    with pytest.raises(ValueError, match=r"^views/costs/prices\.toml: \[nat\]: .*'uint'"):
        read('[nat]\ntitle = "NAT"\nuint = "hour"\n')


def test_the_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints the tables of the named environment; an unknown name gives a one-line error."""
    monkeypatch.setenv("GATEWAY_ENVIRONMENTS", "dev")
    assert command.main() == 0
    printed = capsys.readouterr().out
    assert "NAT gateways" in printed
    assert "0.045 per hour" in printed
    assert "prod" not in printed
    monkeypatch.setenv("GATEWAY_ENVIRONMENTS", "prd")
    assert command.main() == 1
    assert capsys.readouterr().err == "no environment 'prd': envs/ has dev, prod; did you mean prod?\n"
