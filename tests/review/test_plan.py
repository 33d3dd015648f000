"""Terraform computes which resources would be replaced, without calling AWS.

A plan needs several seconds of CPU, so tests share documents, and each process plans each base once.
"""

from copy import deepcopy
from typing import Any

from review.causes import causes
from review.compare import Change
from review.plan import CannotPlanError, replacements
from review.replaced import Replacement
from tests.conftest import Synthesize
from tests.support.synthesized import EVERYTHING, settings

import attrs
import pytest

pytestmark = [pytest.mark.terraform, pytest.mark.xdist_group("plan")]


def because(found: list[Replacement]) -> dict[str, tuple[str, ...]]:
    """Return the arguments that force each resource's replacement, by its type."""
    return {one.address.partition(".")[0]: one.because for one in found}


def test_nothing_is_replaced_where_nothing_changes(synthesize: Synthesize) -> None:
    """With all features, two identical stacks give no replacement."""
    document = synthesize(EVERYTHING).document
    assert replacements(document, document) == []


def test_what_can_be_changed_in_place_is(synthesize: Synthesize) -> None:
    """Protection, alarms and scaling change in place; a larger task replaces only the task definition."""
    before, after = (
        settings(),
        settings(
            gateway_cpu=1024,
            gateway_memory=2048,
            deletion_protection=True,
            autoscaling_max_capacity=5,
            alarm_5xx_count=20,
            log_retention_days=30,
        ),
    )
    found = because(replacements(synthesize(before).document, synthesize(after).document))
    assert found == {"aws_ecs_task_definition": ("container_definitions", "cpu", "memory")}


def test_another_network_replaces_what_lies_in_it(synthesize: Synthesize) -> None:
    """Another CIDR block replaces the VPC and what refers to it, with one cause and without uncertainty."""
    replaced = replacements(synthesize(settings()).document, synthesize(settings(vpc_cidr="10.9.0.0/16")).document)
    found = because(replaced)
    assert found["aws_vpc"] == ("cidr_block",)
    assert found["aws_subnet"] == ("cidr_block", "vpc_id")
    assert found["aws_security_group"] == ("vpc_id",)
    assert {"aws_lb", "aws_nat_gateway", "aws_vpc_endpoint"} <= found.keys()
    assert "aws_cognito_user_pool" not in found
    assert [one for one in replaced if not one.certain] == []
    (cause,) = causes(replaced, [Change("vpc_cidr", "'10.0.0.0/16'", "'10.9.0.0/16'")])
    assert cause.names == ("vpc_cidr",)


def test_another_name_replaces_what_holds_data(synthesize: Synthesize) -> None:
    """Another project name replaces repository, bucket and log groups, whose names cannot change."""
    other = attrs.evolve(settings(), project_name="other")
    found = because(replacements(synthesize(settings()).document, synthesize(other).document))
    assert found["aws_ecr_repository"] == ("name",)
    assert found["aws_s3_bucket"] == ("bucket",)
    assert found["aws_cloudwatch_log_group"] == ("name",)


def document(**resources: dict[str, Any]) -> dict[str, Any]:
    """Return a stack with these resources."""
    return {"provider": {"aws": [{"region": "eu-west-1"}]}, "resource": resources}


CLIENT = {"C": {"name": "c", "user_pool_id": "${aws_cognito_user_pool.P.id}"}}
UNSET = document(
    aws_cloudwatch_log_group={
        "Default": {"name": "a"},
        "Other": {"name": "b"},
        "Generated": {},
        "Removed": {"name": "c", "log_group_class": "INFREQUENT_ACCESS"},
    },
    aws_cognito_user_pool={"P": {"name": "p"}},
    aws_cognito_user_pool_client=CLIENT,
    aws_kms_key={"K": {}},
    aws_s3_bucket={"B": {"bucket": "b"}},
    aws_subnet={"S": {"vpc_id": "vpc-1", "cidr_block": "10.0.0.0/24"}},
)
SET = document(
    aws_cloudwatch_log_group={
        "Default": {"name": "a", "log_group_class": "STANDARD"},
        "Other": {"name": "b", "log_group_class": "INFREQUENT_ACCESS"},
        "Generated": {"name": "now"},
        "Removed": {"name": "c"},
    },
    aws_cognito_user_pool={"P": {"name": "p", "username_configuration": {"case_sensitive": True}}},
    aws_cognito_user_pool_client=CLIENT,
    aws_kms_key={"K": {"multi_region": False}},
    aws_s3_bucket={"B": {"bucket": "b", "object_lock_enabled": False}},
    aws_subnet={"S": {"vpc_id": "vpc-1", "cidr_block": "10.0.0.0/24", "availability_zone": "eu-west-1a"}},
)


def test_an_argument_that_the_base_does_not_set_depends_on_aws() -> None:
    """A newly set argument makes a replacement uncertain, unless its default is known or its value was generated."""
    found = {one.address: (one.because, one.certain) for one in replacements(UNSET, SET)}
    assert found == {
        "aws_cloudwatch_log_group.Other": (("log_group_class",), True),
        "aws_cloudwatch_log_group.Generated": (("name",), True),
        "aws_cognito_user_pool.P": (("username_configuration.0.case_sensitive",), False),
        "aws_cognito_user_pool_client.C": (("user_pool_id",), False),
        "aws_subnet.S": (("availability_zone",), False),
    }


def test_what_terraform_refuses_is_said() -> None:
    """Terraform's first error is reported in one line."""
    wrong = deepcopy(SET)
    wrong["resource"]["aws_subnet"]["S"]["cidr_blocks"] = "10.0.0.0/16"
    with pytest.raises(CannotPlanError) as caught:
        replacements(UNSET, wrong)
    assert str(caught.value).startswith("Error: Extraneous JSON object property")
    assert "\n" not in str(caught.value)
