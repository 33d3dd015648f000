"""Terraform itself says what would be replaced, and asks no AWS."""

from copy import deepcopy
from typing import Any

from review.plan import CannotPlanError, replacements
from tests.conftest import Synthesize
from tests.support.synthesized import EVERYTHING, Synthesized, settings

import attrs
import pytest

pytestmark = pytest.mark.terraform


def replaced(base: dict[str, Any], head: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """What forces the replacement of each resource, by its type."""
    return {one.address.partition(".")[0]: one.because for one in replacements(base, head)}


def test_nothing_is_replaced_where_nothing_changes(synthesize: Synthesize) -> None:
    """With every switch on: the invented identifiers alone replace nothing."""
    document = synthesize(EVERYTHING).document
    assert replacements(document, document) == []


def test_what_can_be_changed_in_place_is(synthesize: Synthesize) -> None:
    """Protection, alarms and scaling change in place; a larger task is a new task definition and nothing else."""
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
    found = replaced(synthesize(before).document, synthesize(after).document)
    assert found == {"aws_ecs_task_definition": ("container_definitions", "cpu", "memory")}


def test_another_network_replaces_what_lies_in_it(synthesize: Synthesize) -> None:
    """The VPC by its CIDR block, and what refers to it because of the reference."""
    found = replaced(synthesize(settings()).document, synthesize(settings(vpc_cidr="10.9.0.0/16")).document)
    assert found["aws_vpc"] == ("cidr_block",)
    assert found["aws_subnet"] == ("cidr_block", "vpc_id")
    assert found["aws_security_group"] == ("vpc_id",)
    assert "aws_cognito_user_pool" not in found


def test_another_name_replaces_what_holds_data(synthesize: Synthesize) -> None:
    """Repository, bucket and log groups have no other way to be called something else."""
    other = attrs.evolve(settings(), project_name="other")
    found = replaced(synthesize(settings()).document, synthesize(other).document)
    assert found["aws_ecr_repository"] == ("name",)
    assert found["aws_s3_bucket"] == ("bucket",)
    assert found["aws_cloudwatch_log_group"] == ("name",)


def test_what_terraform_refuses_is_said(dev: Synthesized) -> None:
    """Its first error, in one line."""
    wrong = deepcopy(dev.document)
    next(iter(wrong["resource"]["aws_vpc"].values()))["cidr_blocks"] = "10.0.0.0/16"
    with pytest.raises(CannotPlanError) as caught:
        replacements(dev.document, wrong)
    assert str(caught.value).startswith("Error: Extraneous JSON object property")
    assert "\n" not in str(caught.value)
