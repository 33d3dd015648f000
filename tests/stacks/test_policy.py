"""Rules that apply to every resource of every environment."""

import json
from collections.abc import Iterator
from typing import Any

from envs.schema import Environment
from policy.records import findings
from resource_types import RECORDS
from resource_types.expressions import references
from resource_types.stack import SynthesizedStack
from tests.conftest import Synthesize
from tests.support.synthesized import EVERYTHING, WITH_TEAMS, Synthesized

import attrs
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
"""Statements with Resource *, and why they cannot name specific resources."""


@pytest.fixture(params=["dev", "prod", "staging", "everything"])
def stack(request: pytest.FixtureRequest, synthesize: Synthesize, environments: dict[str, Environment]) -> Synthesized:
    """The Terraform version's environments, and one with every setting on."""
    return synthesize(EVERYTHING if request.param == "everything" else environments[request.param])


def test_what_the_records_demand_is_there(stack: Synthesized) -> None:
    """Data is encrypted with one of the environment's keys, and buckets have their settings (policy/records.py)."""
    found = [f"{one.resource}: {one.title}" for one in findings("", stack.stack)]
    assert not found, "\n".join(found)


def test_logs_are_kept_for_a_time(stack: Synthesized) -> None:
    """Every log group and every log bucket has a retention of the configured days."""
    for path, block in stack.by_type("aws_cloudwatch_log_group").items():
        assert block.get("retention_in_days") == 365, path
    buckets = {stack.reference("aws_s3_bucket", path, "id") for path in stack.by_type("aws_s3_bucket")}
    assert {block["bucket"] for block in stack.by_type("aws_s3_bucket_lifecycle_configuration").values()} == buckets


def test_no_bucket_is_public(stack: Synthesized) -> None:
    """Every bucket has all four public access blocks."""
    blocked: dict[str, Any] = {
        block["bucket"]: [value for name, value in block.items() if name.startswith(("block_", "ignore_", "restrict_"))]
        for block in stack.by_type("aws_s3_bucket_public_access_block").values()
    }
    buckets = {stack.reference("aws_s3_bucket", path, "id") for path in stack.by_type("aws_s3_bucket")}
    assert blocked == dict.fromkeys(buckets, [True] * 4)


def test_a_statement_on_everything_has_a_reason(stack: Synthesized) -> None:
    """Only statements in WILDCARDS have Resource *, and only a key's policy for its own account allows every action."""
    everything = {s["Sid"] for _, _, s in stack.statements() if "*" in s.get("Resource", [])}
    assert everything <= set(WILDCARDS)
    all_actions = {
        s["Sid"]
        for _, _, s in stack.statements()
        if s["Effect"] == "Allow" and any(action == "*" or action.endswith(":*") for action in s["Action"])
    }
    assert all_actions <= {"AccountDecides"}


def test_every_reason_is_needed(synthesize: Synthesize) -> None:
    """Every entry of WILDCARDS is used."""
    used = {s["Sid"] for _, _, s in synthesize(EVERYTHING).statements() if "*" in s.get("Resource", [])}
    assert used == set(WILDCARDS)


def test_only_the_load_balancer_is_open(stack: Synthesized) -> None:
    """No other security group allows traffic from 0.0.0.0/0."""
    open_ones = [
        path
        for path, rule in stack.by_type("aws_vpc_security_group_ingress_rule").items()
        if rule.get("cidr_ipv4") == "0.0.0.0/0"
    ]
    assert [path for path in open_ones if not path.startswith("SecurityGroups/Http")] == []


KEY_OF_SERVICE = {
    "ecr": "ECR uses the repository's key with a grant (ECR user guide, encryption at rest)",
    "elasticache": "ElastiCache uses the cache's key with a grant (ElastiCache user guide, at-rest encryption)",
    "logs": "CloudWatch Logs uses the group's key as itself, which the key's policy allows",
}
"""Services that use a resource's key without the caller having a permission on the key, and why."""
READING = ("BatchGet", "Get", "Query", "Receive", "Scan", "Select")
NEITHER = ("Describe", "List")


def lacking_keys(stack: SynthesizedStack) -> Iterator[str]:
    """The roles' actions on a resource with our key for which the role lacks the key's action that AWS also checks."""
    for role in stack.of_type("aws_iam_role_policy"):
        statements = json.loads(role["policy"])["Statement"]
        usable = [
            (address, action.rstrip("*"))
            for statement in statements
            for address in references(statement["Resource"])
            for action in statement["Action"]
            if action.startswith("kms:")
        ]
        used = [
            (action, stack.by_address[address])
            for statement in statements
            for address in references(statement["Resource"])
            for action in statement["Action"]
        ]
        for action, block in used:
            service, _, name = action.partition(":")
            record = RECORDS.get(block.type)
            if not record or record.iam != service or service in KEY_OF_SERVICE or name.startswith(NEITHER):
                continue
            needed = "kms:Decrypt" if name.startswith(READING) else "kms:GenerateDataKey"
            for key in references(block.values(record.key)) if record.key else ():
                if (key, needed) not in usable:
                    yield f"{role.path}: {action} on {block.path} needs {needed} on {key}: add a statement to the role"


def test_who_uses_a_resource_may_use_its_key(synthesize: Synthesize) -> None:
    """A role that uses a resource may use its key; otherwise AWS would deny its first read or write."""
    everything = attrs.evolve(WITH_TEAMS, rate_limit_store="valkey")
    assert list(lacking_keys(synthesize(everything).stack)) == []


@pytest.mark.parametrize(
    ("sid", "lacking"),
    [
        ("DecryptSecrets", {"secretsmanager:GetSecretValue": "kms:Decrypt"}),
        ("UseTableKey", {"dynamodb:GetItem": "kms:Decrypt", "dynamodb:UpdateItem": "kms:GenerateDataKey"}),
    ],
)
def test_a_role_without_the_key_is_found(synthesize: Synthesize, sid: str, lacking: dict[str, str]) -> None:
    """Removing the statement about the key from a stack is reported."""
    document = json.loads(json.dumps(synthesize(WITH_TEAMS).document))
    for body in document["resource"]["aws_iam_role_policy"].values():
        policy = json.loads(body["policy"])
        policy["Statement"] = [one for one in policy["Statement"] if one["Sid"] != sid]
        body["policy"] = json.dumps(policy)
    found = list(lacking_keys(SynthesizedStack.of(document)))
    assert {line.split()[1]: line.split()[5] for line in found} == lacking
