"""Rules that hold for every resource of every environment, whoever adds one."""

from typing import Any

from envs.schema import Environment
from policy.records import findings
from tests.conftest import Synthesize
from tests.support.synthesized import EVERYTHING, Synthesized

import pytest

WILDCARDS = {
    "AccountDecides": "the key's own policy: its one resource is the key, and the account's IAM decides",
    "LogsOfThisEnvironment": "the key's own policy, for the log groups that its condition lists",
    "AlarmsOfThisAccount": "the key's own policy, for this account's alarms",
    "LogInToEcr": "ecr:GetAuthorizationToken takes no resource (service authorization reference)",
    "FindLogGroup": "logs:DescribeLogGroups is asked for all of them (VPC user guide, flow logs to CloudWatch Logs)",
    "PullThroughEndpoint": "the endpoint's policy: the login takes no resource, and an image may be another account's",
    "TraceThroughEndpoint": "the endpoint's policy, for the actions of SendTraces",
    "SendTraces": "X-Ray's writing actions take no resource (service authorization reference)",
}
"""Statements on every resource, and why they cannot name fewer."""


@pytest.fixture(params=["dev", "prod", "staging", "everything"])
def stack(request: pytest.FixtureRequest, synthesize: Synthesize, environments: dict[str, Environment]) -> Synthesized:
    """The document's environments, and one with every switch on."""
    return synthesize(EVERYTHING if request.param == "everything" else environments[request.param])


def test_what_the_records_demand_is_there(stack: Synthesized) -> None:
    """Data is encrypted with one of the environment's keys, and buckets have their settings (policy/records.py)."""
    found = [f"{one.resource}: {one.title}" for one in findings("", stack.stack)]
    assert not found, "\n".join(found)


def test_logs_are_kept_for_a_time(stack: Synthesized) -> None:
    """Every log group and every bucket of logs forgets after the setting's days."""
    for path, block in stack.by_type("aws_cloudwatch_log_group").items():
        assert block.get("retention_in_days") == 365, path
    buckets = {stack.reference("aws_s3_bucket", path, "id") for path in stack.by_type("aws_s3_bucket")}
    assert {block["bucket"] for block in stack.by_type("aws_s3_bucket_lifecycle_configuration").values()} == buckets


def test_no_bucket_is_public(stack: Synthesized) -> None:
    """All four blocks on each."""
    blocked: dict[str, Any] = {
        block["bucket"]: [value for name, value in block.items() if name.startswith(("block_", "ignore_", "restrict_"))]
        for block in stack.by_type("aws_s3_bucket_public_access_block").values()
    }
    buckets = {stack.reference("aws_s3_bucket", path, "id") for path in stack.by_type("aws_s3_bucket")}
    assert blocked == dict.fromkeys(buckets, [True] * 4)


def test_a_statement_on_everything_has_a_reason(stack: Synthesized) -> None:
    """Resource * stands only where AWS takes nothing else; nothing allows every action but a key to its account."""
    everything = {s["Sid"] for _, _, s in stack.statements() if "*" in s.get("Resource", [])}
    assert everything <= set(WILDCARDS)
    all_actions = {
        s["Sid"]
        for _, _, s in stack.statements()
        if s["Effect"] == "Allow" and any(action == "*" or action.endswith(":*") for action in s["Action"])
    }
    assert all_actions <= {"AccountDecides"}


def test_every_reason_is_needed(synthesize: Synthesize) -> None:
    """An entry of the list that nothing uses goes."""
    used = {s["Sid"] for _, _, s in synthesize(EVERYTHING).statements() if "*" in s.get("Resource", [])}
    assert used == set(WILDCARDS)


def test_only_the_load_balancer_is_open(stack: Synthesized) -> None:
    """No other security group takes anything from everywhere."""
    open_ones = [
        path
        for path, rule in stack.by_type("aws_vpc_security_group_ingress_rule").items()
        if rule.get("cidr_ipv4") == "0.0.0.0/0"
    ]
    assert [path for path in open_ones if not path.startswith("SecurityGroups/Http")] == []
