"""What the stack itself decides: provider version, lock file, warnings, outputs, isolation, no empty blocks."""

from collections.abc import Iterator
from pathlib import Path

from envs.schema import Environment
from tests.conftest import Synthesize
from tests.support.synthesized import WITH_TEAMS, WITH_TOKENS, Synthesized, settings

import attrs
import pytest


def provider_version(stack: Synthesized) -> str:
    """The version constraint on the AWS provider."""
    version: str = stack.document["terraform"]["required_providers"]["aws"]["version"]
    return version


def test_fixes_of_the_provider_arrive(dev: Synthesized) -> None:
    """By default the constraint allows the release of the bindings and later ones of the same major version."""
    assert provider_version(dev) == "~> 6.25"


def test_a_setting_chooses_the_provider(synthesize: Synthesize) -> None:
    """aws_provider_version changes the provider's release without a code change."""
    assert provider_version(synthesize(settings(aws_provider_version=">= 6.26, < 7.0"))) == ">= 6.26, < 7.0"


def test_a_variable_chooses_the_provider_for_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GATEWAY_AWS_PROVIDER_VERSION takes precedence over the setting."""
    monkeypatch.setenv("GATEWAY_AWS_PROVIDER_VERSION", "5.100.0")
    assert provider_version(Synthesized.of(settings(aws_provider_version="~> 6.26"), tmp_path)) == "5.100.0"


@pytest.mark.parametrize(
    ("constraint", "blocks", "ignores"),
    [("5.100.0", False, False), ("~> 6.22.0", True, False), (">= 6.24, < 7", True, True), ("~> 6.25", True, True)],
)
def test_what_is_written_follows_the_lowest_release(
    synthesize: Synthesize, constraint: str, *, blocks: bool, ignores: bool
) -> None:
    """Attributes that the lowest allowed release does not support are left out."""
    stack = synthesize(settings(aws_provider_version=constraint))
    rule = stack.only("aws_s3_bucket_server_side_encryption_configuration")["rule"][0]
    nat = stack.only("aws_nat_gateway")
    assert rule.get("blocked_encryption_types") == (["SSE-C"] if blocks else None)
    assert nat.get("lifecycle") == ({"ignore_changes": ["regional_nat_gateway_address"]} if ignores else None)


def test_deployments_are_rolled_back_by_alarm(dev: Synthesized) -> None:
    """The service references the alarms on 5xx and unhealthy hosts, and rolls back a deployment when they fire."""
    service = dev.only("aws_ecs_service")
    names = [
        dev.reference("aws_cloudwatch_metric_alarm", f"Monitoring/Alarms/{name}", "alarm_name")
        for name in ("5xx", "unhealthy-hosts")
    ]
    assert service["alarms"] == {"alarm_names": names, "enable": True, "rollback": True}
    assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}


@pytest.mark.parametrize(("seconds", "timeout"), [(300, "25m"), (3600, "80m"), (61, "22m")])
def test_a_service_may_end_its_streams(synthesize: Synthesize, seconds: int, timeout: str) -> None:
    """The timeout for deleting a service is the provider's 20 minutes plus the longest stream."""
    service = synthesize(settings(max_stream_seconds=seconds)).only("aws_ecs_service")
    assert service["timeouts"] == {"delete": timeout}


@pytest.mark.parametrize(
    ("tags", "ignored"),
    [
        ((), None),
        (("CostCenter", "org:*"), [{"keys": ["CostCenter"], "key_prefixes": ["org:"]}]),
        (("org:*",), [{"key_prefixes": ["org:"]}]),
    ],
)
def test_tags_of_an_organization_are_left_alone(
    synthesize: Synthesize, tags: tuple[str, ...], ignored: list[dict[str, list[str]]] | None
) -> None:
    """The provider ignores the listed tag keys, or key prefixes if a key ends in a star."""
    (provider,) = synthesize(settings(ignored_tags=tags)).document["provider"]["aws"]
    assert provider.get("ignore_tags") == ignored


def test_the_lock_file_stands_beside_the_table(synthesize: Synthesize) -> None:
    """With use_lockfile the backend has the lock file and the lock table, which allows a migration."""
    backend = synthesize(settings(use_lockfile=True)).document["terraform"]["backend"]["s3"]
    assert (backend["use_lockfile"], backend["dynamodb_table"]) == (True, "ai-gateway-tfstate-lock-test")


def test_the_outputs_are_there(dev: Synthesized) -> None:
    """The outputs have ALB, cluster, service, repository, VPC, pool, client id, token endpoint and gateway URL."""
    outputs = dev.outputs()
    assert sorted(outputs) == [
        "alb_dns_name",
        "cognito_client_id",
        "cognito_token_endpoint",
        "cognito_user_pool_id",
        "ecr_repository_url",
        "ecs_cluster_name",
        "ecs_service_name",
        "gateway_url",
        "vpc_id",
    ]
    dns_name = dev.reference("aws_lb", "LoadBalancer/LoadBalancer", "dns_name")
    assert (outputs["alb_dns_name"], outputs["gateway_url"]) == (dns_name, f"http://{dns_name}")


def empty_blocks(value: object, path: str) -> Iterator[str]:
    """The path of each empty object."""
    if isinstance(value, dict):
        if not value:
            yield path
        for key, item in value.items():
            yield from empty_blocks(item, f"{path}.{key}")
    elif isinstance(value, list):
        for item in value:
            yield from empty_blocks(item, path)


def test_no_block_is_empty_by_accident(synthesize: Synthesize) -> None:
    """The bindings silently drop misspelt keys, which leaves an empty block. Only WAF has intentional empty blocks."""
    stack = synthesize(settings(**WITH_TOKENS))
    found = {f"{type_}{place}" for type_, _, block in stack.resources() for place in empty_blocks(block, "")}
    acl = "aws_wafv2_web_acl"
    assert found == {
        f"{acl}_logging_configuration.redacted_fields.query_string",
        f"{acl}.default_action.allow",
        f"{acl}.rule.action.block",
        f"{acl}.rule.override_action.none",
        f"{acl}.rule.statement.and_statement.statement.not_statement.statement.byte_match_statement.field_to_match"
        ".uri_path",
        f"{acl}.rule.statement.managed_rule_group_statement.rule_action_override.action_to_use.count",
    }


def test_a_task_with_a_shared_image_may_pull_it(synthesize: Synthesize) -> None:
    """With an image from another private ECR repository, the execution role may also pull from that repository."""
    stack = synthesize(settings(**WITH_TOKENS))
    statement = next(s for _, _, s in stack.statements() if s["Sid"] == "PullImages")
    assert statement["Resource"] == [
        stack.reference("aws_ecr_repository", "Repository/Repository", "arn"),
        "arn:aws:ecr:eu-west-1:123456789012:repository/shared/gateway",
    ]


def test_the_construct_ids_do_not_carry_the_environment(synthesize: Synthesize) -> None:
    """The same settings under another environment name give the same Terraform addresses."""
    addresses, others = (
        {
            (type_, key)
            for type_, blocks in synthesize(attrs.evolve(WITH_TEAMS, environment=name)).document["resource"].items()
            for key in blocks
        }
        for name in (WITH_TEAMS.environment, "other")
    )
    assert addresses == others, "a construct id contains the environment's name; it must be the same in all of them"


def test_settings_reach_aws(synthesize: Synthesize, environments: dict[str, Environment]) -> None:
    """Each numeric setting reaches its resource."""
    stack = synthesize(
        attrs.evolve(
            environments["prod"],
            autoscaling_cpu_target_percent=55,
            autoscaling_requests_per_target=900,
            autoscaling_scale_out_cooldown_seconds=30,
            autoscaling_scale_in_cooldown_seconds=600,
            waf_rate_limit=5000,
            log_retention_days=90,
            max_stream_seconds=900,
        )
    )
    tracking = [
        policy["target_tracking_scaling_policy_configuration"]
        for policy in stack.by_type("aws_appautoscaling_policy").values()
    ]
    assert [(t["target_value"], t["scale_out_cooldown"], t["scale_in_cooldown"]) for t in tracking] == [
        (55, 30, 600),
        (900, 30, 600),
    ]
    rules = {rule["name"]: rule["statement"] for rule in stack.only("aws_wafv2_web_acl")["rule"]}
    assert rules["rate-limit"]["rate_based_statement"]["limit"] == 5000
    assert {group["retention_in_days"] for group in stack.by_type("aws_cloudwatch_log_group").values()} == {90}
    assert stack.only("aws_lb")["idle_timeout"] == 900
    assert stack.only("aws_lb_target_group")["deregistration_delay"] == "900"


def test_what_cannot_change_its_vpc_is_replaced_with_it(dev: Synthesized) -> None:
    """The load balancer and the service are replaced with their security groups, and autoscaling with the service."""

    def triggers(type_: str) -> list[list[str]]:
        return [block["lifecycle"]["replace_triggered_by"] for block in dev.by_type(type_).values()]

    def named(type_: str, path: str) -> str:
        return dev.reference(type_, path, "id")[2:-1]

    service = named("aws_ecs_service", "Gateway/Service")
    assert triggers("aws_lb") == [[named("aws_security_group", "SecurityGroups/LoadBalancer")]]
    assert triggers("aws_ecs_service") == [[named("aws_security_group", "SecurityGroups/Gateway")]]
    assert triggers("aws_appautoscaling_target") == [[service]]
    assert triggers("aws_appautoscaling_policy") == [[service], [service]]


@pytest.mark.parametrize(("region", "zones"), [("eu-west-1", None), ("us-west-1", ["usw1-az1", "usw1-az3"])])
def test_subnets_are_where_fargate_is(synthesize: Synthesize, region: str, zones: list[str] | None) -> None:
    """Subnets are never in Local Zones, and in some regions only in the zones that Fargate supports."""
    stack = synthesize(settings(aws_region=region))
    (found,) = stack.document["data"]["aws_availability_zones"].values()
    filters = {one["name"]: one["values"] for one in found["filter"]}
    assert filters.pop("opt-in-status") == ["opt-in-not-required"]
    assert filters == ({} if zones is None else {"zone-id": zones})
