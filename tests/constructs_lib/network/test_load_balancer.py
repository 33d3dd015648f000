"""Listeners, access logs and the web ACL of the load balancer."""

from tests.conftest import Synthesize
from tests.support.synthesized import CERTIFICATE, Block, Synthesized, settings

import pytest


@pytest.fixture
def small(synthesize: Synthesize) -> Synthesized:
    """The smallest valid environment."""
    return synthesize(settings())


def listeners(stack: Synthesized) -> dict[int, Block]:
    """The listeners, by port."""
    return {block["port"]: block for block in stack.by_type("aws_lb_listener").values()}


def test_without_a_certificate_there_is_only_http(small: Synthesized) -> None:
    """One listener on port 80 forwards requests."""
    assert {
        port: [action["type"] for action in block["default_action"]] for port, block in listeners(small).items()
    } == {80: ["forward"]}


def test_with_a_certificate_http_redirects(synthesize: Synthesize) -> None:
    """HTTPS forwards with a modern TLS policy, and HTTP redirects to HTTPS."""
    found = listeners(synthesize(settings(certificate_arn=CERTIFICATE)))
    assert found[80]["default_action"] == [
        {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}
    ]
    assert [action["type"] for action in found[443]["default_action"]] == ["forward"]
    assert (found[443]["ssl_policy"], found[443]["certificate_arn"]) == (
        "ELBSecurityPolicy-TLS13-1-2-2021-06",
        CERTIFICATE,
    )


def test_with_jwt_the_one_https_listener_validates_first(synthesize: Synthesize) -> None:
    """The issuer and keys are those of the stack's own user pool, and the scope claim is space-separated."""
    stack = synthesize(settings(certificate_arn=CERTIFICATE, enable_jwt_auth=True))
    pool = stack.reference("aws_cognito_user_pool", "Auth/UserPool", "id")
    issuer = f"https://cognito-idp.eu-west-1.amazonaws.com/{pool}"
    assert set(listeners(stack)) == {80, 443}
    validation, forward = listeners(stack)[443]["default_action"]
    assert validation == {
        "type": "jwt-validation",
        "order": 1,
        "jwt_validation": {
            "issuer": issuer,
            "jwks_endpoint": f"{issuer}/.well-known/jwks.json",
            "additional_claim": [
                {
                    "name": "scope",
                    "format": "space-separated-values",
                    "values": ["https://gateway.internal/invoke"],
                }
            ],
        },
    }
    assert (forward["type"], forward["order"]) == ("forward", 2)


def test_the_load_balancer_suits_streams(small: Synthesized) -> None:
    """The idle timeout is 300 s instead of 60, invalid headers are dropped, access logs are on, and `/` is checked."""
    balancer = small.only("aws_lb")
    assert (balancer["idle_timeout"], balancer["drop_invalid_header_fields"]) == (300, True)
    assert balancer["access_logs"] == {
        "bucket": small.reference("aws_s3_bucket", "AccessLogs/Bucket", "id"),
        "enabled": True,
    }
    group = small.only("aws_lb_target_group")
    assert (group["port"], group["target_type"], group["deregistration_delay"]) == (8787, "ip", "300")
    assert group["health_check"] == {
        "path": "/",
        "matcher": "200",
        "interval": 15,
        "timeout": 5,
        "healthy_threshold": 2,
        "unhealthy_threshold": 3,
    }


def test_the_access_log_bucket_is_private_encrypted_and_forgets(small: Synthesized) -> None:
    """No public access, no ACLs, SSE-S3 (ELB supports no KMS key), TLS only, one year of retention."""
    block = small.only("aws_s3_bucket_public_access_block")
    flags = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    assert [block[flag] for flag in flags] == [True] * 4
    encryption = small.only("aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert encryption == [
        {
            "apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"},
            "blocked_encryption_types": ["SSE-C"],
        }
    ]
    (rule,) = small.only("aws_s3_bucket_lifecycle_configuration")["rule"]
    assert (rule["status"], rule["expiration"]) == ("Enabled", [{"days": 365}])
    statements = {s["Sid"]: s for _, path, s in small.statements() if path == "AccessLogs/Policy"}
    assert statements["OurLoadBalancerWrites"]["Principal"] == {
        "Service": ["logdelivery.elasticloadbalancing.amazonaws.com"]
    }
    assert statements["OnlyTls"]["Condition"] == {"Bool": {"aws:SecureTransport": ["false"]}}


def test_waf_lets_prompts_through_and_keeps_credentials_out_of_its_log(synthesize: Synthesize) -> None:
    """Rules keep the Terraform version's order, body rules only count, and authorization and cookies are redacted."""
    stack = synthesize(settings(enable_waf=True))
    rules_ = stack.only("aws_wafv2_web_acl")["rule"]
    assert [(rule["priority"], rule["name"]) for rule in rules_] == [
        (1, "common"),
        (2, "ip-reputation"),
        (3, "rate-limit"),
        (4, "known-bad-inputs"),
        (5, "common-bodies"),
    ]
    overrides = rules_[0]["statement"]["managed_rule_group_statement"]["rule_action_override"]
    assert {"name": "SizeRestrictions_BODY", "action_to_use": {"count": {}}} in overrides
    assert all(override["name"].endswith("_BODY") for override in overrides)
    assert rules_[2]["statement"]["rate_based_statement"] == {
        "limit": 2000,
        "evaluation_window_sec": 300,
        "aggregate_key_type": "IP",
    }
    logging = stack.only("aws_wafv2_web_acl_logging_configuration")
    redacted = [field["single_header"]["name"] for field in logging["redacted_fields"] if "single_header" in field]
    assert {"authorization", "cookie", "api-key", "x-portkey-config"} <= set(redacted)
    assert {"query_string": {}} in logging["redacted_fields"]
    group = stack.by_type("aws_cloudwatch_log_group")["LogGroups/Waf"]
    assert group["name"] == "aws-waf-logs-ai-gateway-test"
