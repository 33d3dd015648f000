"""Which resources on AWS recovery treats as the environment's own."""

import json
from typing import Any

from ops.aws import Aws
from ops.state.ownership import Imported, imported, parents, same_document, why_ours
from resource_types import RECORDS
from resource_types.stack import Block
from tests.support.synthesized import settings

import boto3
import pytest

AWS = Aws(settings(), "123456789012", boto3.Session())
TAGS = {"Project": "ai-gateway", "Environment": "test", "ManagedBy": "cdktf"}
INSIGHTS = "/aws/ecs/containerinsights/ai-gateway-test/performance"


def of(address: str, body: dict[str, Any], before: dict[str, Any]) -> str:
    """Return why a resource with these arguments and attributes counts as ours, or an empty string."""
    after = {key: value for key, value in body.items() if not str(value).startswith("${")}
    return why_ours(AWS, Imported(address, before, {**before, **after}), Block(address, body))


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (TAGS, "its tags"),
        ({"Project": "ai-gateway", "Environment": "test"}, "its tags"),
        ({"Environment": "test"}, ""),
        ({"Project": "ai-gateway", "Environment": "test-2"}, ""),
        ({"Project": "another", "Environment": "test"}, ""),
        ({}, ""),
    ],
)
def test_both_tags_make_it_ours(tags: dict[str, str], expected: str) -> None:
    """A resource needs both tags, Project and Environment."""
    assert of("aws_sns_topic.T", {"name": "ai-gateway-test-alarms"}, {"tags_all": tags}) == expected


def test_a_part_belongs_to_what_it_was_looked_for_in() -> None:
    """An untagged part counts as ours if its parent is the one in the configuration."""
    body = {"role": "${aws_iam_role.R.id}", "name": "p"}
    assert parents(Block("aws_iam_role_policy.P", body)) == {"role": "aws_iam_role.R"}
    assert of("aws_iam_role_policy.P", body, {"role": "r", "name": "p"}) == "part of aws_iam_role.R"
    moved = Imported("aws_kms_alias.A", {"target_key_id": "theirs"}, {"target_key_id": "ours"})
    alias = Block("aws_kms_alias.A", {"name": "alias/a", "target_key_id": "${aws_kms_key.K.key_id}"})
    assert why_ours(AWS, moved, alias) == ""


@pytest.mark.parametrize(
    ("name", "ours"), [(INSIGHTS, True), ("/ai-gateway/test/gateway", False), ("/ecs/ai-gateway-test", False)]
)
def test_the_records_say_what_counts_by_name(name: str, ours: bool) -> None:  # noqa: FBT001 (a test parameter)
    """Container Insights' log group, which ECS creates without tags, counts by name, and no other group does."""
    reason = of("aws_cloudwatch_log_group.G", {"name": name}, {"name": name, "tags_all": {}})
    assert reason == ("ECS creates the group of Container Insights without tags" if ours else "")


def test_only_these_types_count_by_name() -> None:
    """A new type that counts by name must be added here, and its record must have the reason."""
    assert {type_: set(record.by_name) for type_, record in RECORDS.items() if record.by_name} == {
        "aws_cloudwatch_log_group": {"/aws/ecs/containerinsights/*"},
        "aws_cloudwatch_query_definition": {"*"},
        "aws_route53_record": {"*"},
    }


def test_documents_are_compared_by_what_they_mean() -> None:
    """JSON documents are equal regardless of list order, and a single value equals a list of one."""
    one = {"Statement": [{"Sid": "A", "Action": ["x:A", "x:B"]}, {"Sid": "B", "Action": "x:C"}]}
    other = {"Statement": [{"Sid": "B", "Action": ["x:C"]}, {"Sid": "A", "Action": ["x:B", "x:A"]}]}
    wider = {"Statement": [{"Sid": "A", "Action": ["x:A", "x:B", "x:*"]}, {"Sid": "B", "Action": "x:C"}]}
    assert same_document(json.dumps(one), json.dumps(other))
    assert not same_document(json.dumps(one), json.dumps(wider))


def test_what_a_plan_imports_is_read_from_it() -> None:
    """Only the changes of a plan that import a resource are returned."""
    change = {"before": {"a": 1}, "after": {"a": 2}, "importing": {"id": "x"}}
    plan = {
        "resource_changes": [
            {"address": "aws_sns_topic.T", "change": change},
            {"address": "aws_vpc.V", "change": {"before": None, "after": {}}},
        ]
    }
    assert imported(plan) == [Imported("aws_sns_topic.T", {"a": 1}, {"a": 2})]
