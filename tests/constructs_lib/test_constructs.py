"""What each construct makes, beyond the document's tables: the system of gateways built this way and its traps."""

import json

from constructs_lib.task.containers import COLLECTOR_CONFIGURATION
from ops.gateway.images import PURPOSES
from tests.conftest import Synthesize
from tests.support.synthesized import CERTIFICATE, Block, Synthesized, settings

import pytest
import yaml


@pytest.fixture
def small(synthesize: Synthesize) -> Synthesized:
    """The smallest sound environment."""
    return synthesize(settings())


def test_one_nat_gateway_or_one_per_zone(small: Synthesized, synthesize: Synthesize) -> None:
    """With nat_gateway_per_az each private route table has the NAT gateway of its own zone."""
    large = synthesize(settings(nat_gateway_per_az=True))
    targets = [
        [
            route["nat_gateway_id"]
            for path, route in stack.by_type("aws_route").items()
            if path in ("Network/PrivateAToNat", "Network/PrivateBToNat")
        ]
        for stack in (small, large)
    ]
    nat = [large.reference("aws_nat_gateway", f"Network/Nat{zone}", "id") for zone in "AB"]
    assert targets == [[nat[0], nat[0]], nat]


def test_the_default_security_group_is_closed(small: Synthesized) -> None:
    """Whatever names no group of its own reaches nothing."""
    group = small.only("aws_default_security_group")
    assert (group.get("ingress"), group.get("egress")) == (None, None)


def rules(stack: Synthesized, direction: str) -> dict[str, tuple[str, int]]:
    """Each rule's peer and port by its path."""
    return {
        path.partition("/")[2]: (
            block.get("cidr_ipv4") or block["referenced_security_group_id"].split(".")[1],
            block["from_port"],
        )
        for path, block in stack.by_type(f"aws_vpc_security_group_{direction}_rule").items()
    }


def test_only_the_load_balancer_faces_the_world(small: Synthesized) -> None:
    """World to load balancer to gateway to endpoints, and from the gateway out on 443: no other rule."""
    groups = {
        path.partition("/")[2]: small.reference("aws_security_group", path, "id").split(".")[1]
        for path in small.by_type("aws_security_group")
    }
    assert rules(small, "ingress") == {
        "HttpFrom0.0.0.0-0": ("0.0.0.0/0", 80),
        "LoadBalancerToGatewayIn": (groups["LoadBalancer"], 8787),
        "GatewayToEndpointsIn": (groups["Gateway"], 443),
    }
    assert rules(small, "egress") == {
        "LoadBalancerToGatewayOut": (groups["Gateway"], 8787),
        "GatewayToEndpointsOut": (groups["Endpoints"], 443),
        "GatewayToWorld443": ("0.0.0.0/0", 443),
    }


def test_ingress_and_egress_are_settings(synthesize: Synthesize) -> None:
    """Each network opens each listener's port; each egress port is a rule; JWT needs the keys' endpoint."""
    stack = synthesize(
        settings(
            ingress_cidrs=("10.0.0.0/8", "203.0.113.0/24"),
            gateway_egress_ports=(443, 6379),
            certificate_arn=CERTIFICATE,
            enable_jwt_auth=True,
        )
    )
    world = [peer for name, peer in rules(stack, "ingress").items() if name.startswith("Http")]
    assert world == [("10.0.0.0/8", 80), ("203.0.113.0/24", 80), ("10.0.0.0/8", 443), ("203.0.113.0/24", 443)]
    out = {name: peer for name, peer in rules(stack, "egress").items() if peer[0] == "0.0.0.0/0"}
    assert out == {
        "LoadBalancerToKeys": ("0.0.0.0/0", 443),
        "GatewayToWorld443": ("0.0.0.0/0", 443),
        "GatewayToWorld6379": ("0.0.0.0/0", 6379),
    }


def test_the_endpoints_have_a_group_of_their_own(small: Synthesized) -> None:
    """S3 by route, ECR, logs and secrets by interface with private DNS."""
    group = small.reference("aws_security_group", "SecurityGroups/Endpoints", "id")
    endpoints = {block["service_name"]: block for block in small.by_type("aws_vpc_endpoint").values()}
    interfaces = {"ecr.api", "ecr.dkr", "logs", "secretsmanager"}
    assert set(endpoints) == {f"com.amazonaws.eu-west-1.{name}" for name in interfaces | {"s3"}}
    assert len(endpoints["com.amazonaws.eu-west-1.s3"]["route_table_ids"]) == 2
    for name in interfaces:
        endpoint = endpoints[f"com.amazonaws.eu-west-1.{name}"]
        assert (endpoint["security_group_ids"], endpoint["private_dns_enabled"]) == ([group], True)


def test_traffic_is_recorded(small: Synthesized) -> None:
    """Flow logs of all traffic go to our own log group."""
    log = small.only("aws_flow_log")
    group = small.reference("aws_cloudwatch_log_group", "LogGroups/FlowLogs", "arn")
    assert (log["traffic_type"], log["log_destination"]) == ("ALL", group)


def listeners(stack: Synthesized) -> dict[int, Block]:
    """The listeners by port."""
    return {block["port"]: block for block in stack.by_type("aws_lb_listener").values()}


def test_without_a_certificate_there_is_only_http(small: Synthesized) -> None:
    """One listener on 80 forwards."""
    assert {
        port: [action["type"] for action in block["default_action"]] for port, block in listeners(small).items()
    } == {80: ["forward"]}


def test_with_a_certificate_http_redirects(synthesize: Synthesize) -> None:
    """HTTPS forwards with a modern policy, HTTP answers with a redirect to it."""
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
    """Issuer and keys are those of the pool this stack makes; the scope claim is space-separated."""
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
    """Idle for 300 s instead of 60, invalid headers dropped, access logs on, health by `/`."""
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


def test_deletion_protection_is_one_switch(small: Synthesized, synthesize: Synthesize) -> None:
    """It guards load balancer, pool, buckets, images and keys; without it a destroy leaves nothing."""
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


def test_the_access_log_bucket_is_private_encrypted_and_forgets(small: Synthesized) -> None:
    """No public access, no ACLs, S3's own keys (ELB takes no others), TLS only, a year's retention."""
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
    """The document's order of rules; body rules of the common set count only; authorization and cookies are redacted."""
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


def test_cognito_is_for_machines(small: Synthesized) -> None:
    """Nobody signs up; one client_credentials client with both scopes and tokens of an hour."""
    pool = small.only("aws_cognito_user_pool")
    client = small.only("aws_cognito_user_pool_client")
    assert pool["admin_create_user_config"] == {"allow_admin_create_user_only": True}
    assert client["allowed_oauth_flows"] == ["client_credentials"]
    assert client["allowed_oauth_scopes"] == ["https://gateway.internal/invoke", "https://gateway.internal/admin"]
    assert client["access_token_validity"] == 1
    # Named, since an adopted client may have others.
    assert client["token_validity_units"] == [{"access_token": "hours", "id_token": "hours", "refresh_token": "days"}]
    assert client["lifecycle"] == {"ignore_changes": ["generate_secret"]}
    assert client["depends_on"] == ["aws_cognito_resource_server.Auth_ResourceServer_" + client["depends_on"][0][-8:]]


def test_every_writer_has_an_encrypted_log_group(synthesize: Synthesize) -> None:
    """Gateway, collector, metrics, flow logs, container insights and WAF, all with key and retention."""
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
    """A key each for logs, secrets and images."""
    assert {block["enable_key_rotation"] for block in small.by_type("aws_kms_key").values()} == {True}
    assert sorted(block["name"] for block in small.by_type("aws_kms_alias").values()) == [
        "alias/ai-gateway-test-alarms",
        "alias/ai-gateway-test-images",
        "alias/ai-gateway-test-logs",
        "alias/ai-gateway-test-secrets",
    ]


def test_the_repository_keeps_ten_immutable_scanned_images(small: Synthesized) -> None:
    """Scan on push, immutable tags, our key, the last ten images."""
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
    # Each kind of `make images` apart, then the rest, which ECR wants last.
    prefixes = [one["selection"].get("tagPrefixList", [one["selection"]["tagStatus"]]) for one in rules]
    assert prefixes == [[f"{purpose}-"] for purpose in PURPOSES.values()] + [["any"]]
    assert [one["rulePriority"] for one in rules] == [1, 2, 3, 4]


def test_the_gateway_container_starts_portkey_itself(small: Synthesized) -> None:
    """Node without npm, with an init process, health by `/`, a read-only root, production mode, loopback not trusted."""
    gateway = small.containers()["gateway"]
    assert gateway["entryPoint"] == ["node"]
    assert gateway["command"][-3:] == ["build/start-server.js", "--port=8787", "--headless"]
    assert gateway["portMappings"] == [
        {"name": "http", "containerPort": 8787, "protocol": "tcp", "appProtocol": "http"}
    ]
    environment = {item["name"]: item["value"] for item in gateway["environment"]}
    assert (environment["NODE_ENV"], environment["TRUSTED_CUSTOM_HOSTS"]) == ("production", ",")
    assert (gateway["essential"], gateway["readonlyRootFilesystem"], gateway["stopTimeout"]) == (True, True, 120)
    assert gateway["linuxParameters"] == {"initProcessEnabled": True, "capabilities": {"add": [], "drop": ["ALL"]}}
    assert gateway["healthCheck"]["command"][:3] == ["CMD", "node", "-e"]
    # Nothing to write to, and no user that could: a volume of Fargate is root's.
    assert [(mount["containerPath"], mount["readOnly"]) for mount in gateway["mountPoints"]] == [
        ("/otel-auto-instrumentation-node", True)
    ]
    assert {name: one.get("user") for name, one in small.containers().items()} == {
        "gateway": "1000:1000",
        "otel-collector": "4317:4317",
        "instrumentation": None,
    }
    assert gateway["logConfiguration"]["options"]["awslogs-region"] == "eu-west-1"
    assert "secrets" not in gateway


def test_the_collector_can_fail_without_taking_the_gateway_along(small: Synthesized) -> None:
    """Non-essential, restarted by ECS, pinned, with its configuration kept from Terraform's templates."""
    collector = small.containers()["otel-collector"]
    assert (collector["essential"], collector["restartPolicy"]) == (
        False,
        {"enabled": True, "ignoredExitCodes": [], "restartAttemptPeriod": 60},
    )
    values = {item["name"]: item["value"] for item in collector["environment"]}
    configuration = values.pop("AOT_CONFIG_CONTENT").replace("$${", "${")
    assert yaml.safe_load(configuration) == yaml.safe_load(COLLECTOR_CONFIGURATION.read_text(encoding="utf-8"))
    assert "#" not in configuration  # ECS counts the bytes of comments too
    assert set(values) == {
        "AWS_REGION",
        "DEPLOYMENT_ENVIRONMENT",
        "LOGS_LOG_GROUP",
        "METRICS_LOG_GROUP",
        "METRICS_NAMESPACE",
    }


def test_the_service_deploys_with_care(small: Synthesized) -> None:
    """Circuit breaker with rollback, 100 to 200 %, private subnets, and it waits for listeners and roles."""
    service = small.only("aws_ecs_service")
    assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}
    assert (service["deployment_minimum_healthy_percent"], service["deployment_maximum_percent"]) == (100, 200)
    assert service["network_configuration"]["assign_public_ip"] is False
    assert service["capacity_provider_strategy"] == [{"capacity_provider": "FARGATE", "base": 1, "weight": 100}]
    waited = {dependency.split(".")[0] for dependency in service["depends_on"]}
    assert waited == {"aws_ecs_cluster_capacity_providers", "aws_iam_role_policy", "aws_lb_listener"}
    assert small.only("aws_ecs_cluster")["setting"] == [{"name": "containerInsights", "value": "enabled"}]


def test_a_spot_share_leaves_one_task_on_demand(synthesize: Synthesize) -> None:
    """The share is a weight; the base of one is never Spot."""
    strategy = synthesize(settings(fargate_spot_percent=75)).only("aws_ecs_service")["capacity_provider_strategy"]
    assert strategy == [
        {"capacity_provider": "FARGATE", "base": 1, "weight": 25},
        {"capacity_provider": "FARGATE_SPOT", "weight": 75},
    ]


def test_secrets_are_named_not_valued(synthesize: Synthesize) -> None:
    """A secret per variable under our key, read by the execution role alone, and no version in Terraform."""
    stack = synthesize(settings(gateway_secrets=("PLUGIN_API_KEY",)))
    secret = stack.only("aws_secretsmanager_secret")
    arn = stack.reference("aws_secretsmanager_secret", "Secrets/PLUGIN_API_KEY", "arn")
    key = stack.reference("aws_kms_key", "Encryption/Secrets", "arn")
    assert secret["name"] == "ai-gateway/test/plugin-api-key"
    assert stack.containers()["gateway"]["secrets"] == [{"name": "PLUGIN_API_KEY", "valueFrom": arn}]
    granted = {s["Sid"]: s["Resource"] for _, path, s in stack.statements() if path == "TaskRoles/ExecutionPolicy"}
    assert (granted["ReadSecrets"], granted["DecryptSecrets"]) == ([arn], [key])
    assert stack.count("aws_secretsmanager_secret_version") == 0


def test_without_secrets_the_roles_read_none(small: Synthesized) -> None:
    """The execution role may log in to ECR, pull and log; the task role may send telemetry; nothing else."""
    granted = {
        path: [s["Sid"] for _, p, s in small.statements() if p == path]
        for path in ("TaskRoles/ExecutionPolicy", "TaskRoles/TaskPolicy")
    }
    assert granted == {
        "TaskRoles/ExecutionPolicy": ["LogInToEcr", "PullImages", "WriteContainerLogs"],
        "TaskRoles/TaskPolicy": ["WriteTelemetry", "SendTraces"],
    }


def test_roles_are_assumed_for_this_account_only(small: Synthesized) -> None:
    """Each trust policy names one service and this account (confused deputy)."""
    trusts = [s for type_, _, s in small.statements() if type_ == "aws_iam_role" and s["Action"] == ["sts:AssumeRole"]]
    assert len(trusts) == 3
    assert all("aws:SourceAccount" in trust["Condition"]["StringEquals"] for trust in trusts)
