"""What each construct creates beyond the tables of the Terraform version."""

import json

from ops.gateway.images import PURPOSES
from tests.conftest import Synthesize
from tests.support.synthesized import Synthesized, settings

import pytest


@pytest.fixture
def small(synthesize: Synthesize) -> Synthesized:
    """The smallest valid environment."""
    return synthesize(settings())


def test_deletion_protection_is_one_switch(small: Synthesized, synthesize: Synthesize) -> None:
    """deletion_protection applies to load balancer, user pool, buckets, images and keys."""
    guarded = synthesize(settings(deletion_protection=True))

    def switches(stack: Synthesized) -> tuple[object, ...]:
        return (
            stack.only("aws_lb")["enable_deletion_protection"],
            stack.only("aws_cognito_user_pool")["deletion_protection"],
            stack.only("aws_s3_bucket")["force_destroy"],
            stack.only("aws_ecr_repository")["force_delete"],
            {key["deletion_window_in_days"] for key in stack.by_type("aws_kms_key").values()},
        )

    assert switches(guarded) == (True, "ACTIVE", False, False, {30})
    assert switches(small) == (False, "INACTIVE", True, True, {7})


def test_cognito_is_for_machines(small: Synthesized) -> None:
    """Users cannot sign up. There is one client_credentials client with both scopes and tokens valid for an hour."""
    pool = small.only("aws_cognito_user_pool")
    client = small.only("aws_cognito_user_pool_client")
    assert pool["admin_create_user_config"] == {"allow_admin_create_user_only": True}
    assert client["allowed_oauth_flows"] == ["client_credentials"]
    assert client["allowed_oauth_scopes"] == ["https://gateway.internal/invoke", "https://gateway.internal/admin"]
    assert client["access_token_validity"] == 1
    # Given explicitly, because an adopted client may have other units.
    assert client["token_validity_units"] == [{"access_token": "hours", "id_token": "hours", "refresh_token": "days"}]
    assert client["lifecycle"] == {"ignore_changes": ["generate_secret"]}
    assert client["depends_on"] == ["aws_cognito_resource_server.Auth_ResourceServer_" + client["depends_on"][0][-8:]]


def test_every_writer_has_an_encrypted_log_group(synthesize: Synthesize) -> None:
    """Gateway, collector, metrics, flow logs, Container Insights and WAF have log groups with a key and retention."""
    stack = synthesize(settings(enable_waf=True))
    key = stack.reference("aws_kms_key", "Encryption/Logs", "arn")
    assert {
        block["name"]: (block["kms_key_id"], block["retention_in_days"])
        for block in stack.by_type("aws_cloudwatch_log_group").values()
    } == dict.fromkeys(
        (
            "/ai-gateway/test/gateway",
            "/ai-gateway/test/otel-collector",
            "/ai-gateway/test/metrics",
            "/ai-gateway/test/vpc-flow-logs",
            "/aws/ecs/containerinsights/ai-gateway-test/performance",
            "aws-waf-logs-ai-gateway-test",
        ),
        (key, 365),
    )


def test_keys_rotate_and_have_aliases(small: Synthesized) -> None:
    """Logs, secrets and images each have a key with rotation and an alias."""
    assert {block["enable_key_rotation"] for block in small.by_type("aws_kms_key").values()} == {True}
    assert sorted(block["name"] for block in small.by_type("aws_kms_alias").values()) == [
        "alias/ai-gateway-test-alarms",
        "alias/ai-gateway-test-images",
        "alias/ai-gateway-test-logs",
        "alias/ai-gateway-test-secrets",
    ]


def test_the_repository_keeps_ten_immutable_scanned_images(small: Synthesized) -> None:
    """The repository has scan on push, immutable tags and our key, and keeps the last ten images."""
    repository = small.only("aws_ecr_repository")
    assert (repository["image_tag_mutability"], repository["image_scanning_configuration"]) == (
        "IMMUTABLE",
        {"scan_on_push": True},
    )
    assert repository["encryption_configuration"] == [
        {"encryption_type": "KMS", "kms_key": small.reference("aws_kms_key", "Encryption/Images", "arn")}
    ]
    rules = json.loads(small.only("aws_ecr_lifecycle_policy")["policy"])["rules"]
    assert {(one["selection"]["countType"], one["selection"]["countNumber"]) for one in rules} == {
        ("imageCountMoreThan", 10)
    }
    # One rule per kind of image from `make images`, then one for the rest, which ECR requires to be last.
    prefixes = [one["selection"].get("tagPrefixList", [one["selection"]["tagStatus"]]) for one in rules]
    assert prefixes == [[f"{purpose}-"] for purpose in PURPOSES.values()] + [["any"]]
    assert [one["rulePriority"] for one in rules] == [1, 2, 3, 4]
