"""What the optional features create: routes, secrets, teams, limits, domain names and existing networks."""

import json
import zlib
from typing import Any

from constructs_lib.helpers.task.deflate import deflate
from constructs_lib.helpers.task.packing import base85
from constructs_lib.helpers.task.routes import ByModel, Fallback, LoadBalance, Target, compressed, document
from constructs_lib.helpers.task.runtime import MOST_BUNDLE_BYTES, MOST_TASK_DEFINITION_BYTES, Bundle
from envs import EnvironmentsError
from envs.schema import Client
from tests.conftest import Synthesize
from tests.support.environments import many_models, many_teams
from tests.support.packing import content, unpacked
from tests.support.synthesized import CERTIFICATE, EVERYTHING, Block, Synthesized, settings

import pytest
from hypothesis import given
from hypothesis import strategies as st

VPC = "vpc-0123456789abcdef0"
PUBLIC = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")
PRIVATE = ("subnet-0123456789abcdef2", "subnet-0123456789abcdef3")


@pytest.fixture
def full(synthesize: Synthesize) -> Synthesized:
    """Every setting on."""
    return synthesize(EVERYTHING)


def test_a_route_is_the_runtimes_document() -> None:
    """Strategies nest, each target appears once, and each target's secret is the name of a variable."""
    second = Target(provider="openai", key="second", retries=2, custom_host="https://models.example.com/v1")
    route = ByModel(
        models={
            "fast": LoadBalance(
                targets=(Target(provider="openai", weight=3, override_params={"temperature": 0}), second)
            ),
            "slow": second,
        },
        default=Fallback(
            targets=(
                Target(provider="anthropic", timeout_seconds=20),
                Target(provider="bedrock", options={"aws_region": "eu-west-1"}),
            ),
            on_status_codes=(429,),
        ),
    )
    found: Any = document(route)
    assert found["secrets"] == ["OPENAI_API_KEY", "SECOND_API_KEY", "ANTHROPIC_API_KEY", None]
    assert found["root"] == {
        "models": [["fast", {"balance": [[0, 3], [1, 1]]}], ["slow", 1]],
        "default": {"fallback": [2, 3], "on": [429]},
    }
    assert [one["provider"] for one in found["targets"]] == ["openai", "openai", "anthropic", "bedrock"]
    assert found["targets"][0]["override_params"] == {"temperature": 0}
    assert found["targets"][1]["custom_host"] == "https://models.example.com/v1"
    assert found["targets"][1]["retry"]["attempts"] == 2
    assert found["targets"][1]["retry"]["on_status_codes"] == [408, 429, 500, 502, 503, 504, 529]
    assert [one["request_timeout"] for one in found["targets"]] == [120_000, 120_000, 20_000, 120_000]
    assert found["targets"][3]["aws_region"] == "eu-west-1"
    assert unpacked(compressed(route)) == found


@given(st.binary(max_size=2000) | st.text(alphabet="ab", max_size=3000).map(str.encode))
def test_deflate_is_read_by_zlib(data: bytes) -> None:
    """zlib inflates what we deflate to the same bytes."""
    assert zlib.decompress(deflate(data), -15) == data


@given(st.binary(max_size=300))
def test_base85_comes_back(data: bytes) -> None:
    """base85 decodes to the same bytes, and needs no escaping in JSON, Terraform or single quotes."""
    text = base85(data)
    assert content(text) == data
    assert json.dumps(text) == f'"{text}"'
    assert set(text) & set("$%&<>\"'\\") == set()


@pytest.mark.parametrize(
    ("store", "bundle"),
    [("", Bundle.BASE), ("dynamodb", Bundle.TEAMS), ("valkey", Bundle.VALKEY)],
    ids=["routes", "teams", "valkey"],
)
def test_two_hundred_models_fit(synthesize: Synthesize, store: str, bundle: Bundle) -> None:
    """With two targets per model, with and without teams, the task definition stays under the size limit.

    The task gets only the parts of the runtime that it needs, and they may grow up to their own limit.
    """
    routes_alone = settings(routes=many_models(200), ingress_cidrs=("10.0.0.0/8",))
    stack = synthesize(many_teams(store) if store else routes_alone)
    variables = {item["name"]: item["value"] for item in stack.containers()["gateway"]["environment"]}
    text = bundle.path.read_text(encoding="ascii").strip()
    assert variables["GATEWAY_RUNTIME"] == text
    size = len(stack.only("aws_ecs_task_definition")["container_definitions"].encode())
    assert size - len(text) + MOST_BUNDLE_BYTES[bundle] < MOST_TASK_DEFINITION_BYTES == 57344


def test_what_does_not_fit_is_refused(synthesize: Synthesize) -> None:
    """Routes that are too large for the task definition are refused with their size."""
    with pytest.raises(
        EnvironmentsError, match=r"envs/test.py: routes: the task definition has \d+ bytes, \d+ of them for routes"
    ):
        synthesize(settings(routes=many_models(2000), ingress_cidrs=("10.0.0.0/8",)))


def test_the_gateway_has_its_whole_share(full: Synthesized, synthesize: Synthesize) -> None:
    """With and without routes, the sidecar gets 256 CPU units and 256 MiB, and the gateway the rest."""
    for stack in (full, synthesize(settings())):
        sizes = {name: (c.get("cpu"), c.get("memory")) for name, c in stack.containers().items()}
        assert sizes == {"gateway": (256, 768), "otel-collector": (256, 256), "instrumentation": (None, None)}


def test_the_load_balancer_talks_to_the_gateway(full: Synthesized, synthesize: Synthesize) -> None:
    """There is one port and one health check, with and without routes."""
    for stack in (full, synthesize(settings())):
        (balancer,) = stack.only("aws_ecs_service")["load_balancer"]
        group = stack.only("aws_lb_target_group")
        assert (balancer["container_name"], balancer["container_port"]) == ("gateway", 8787)
        assert (group["port"], group["health_check"]["path"]) == (8787, "/")
        mapped = {
            name: [m["containerPort"] for m in c.get("portMappings", [])] for name, c in stack.containers().items()
        }
        assert mapped == {"gateway": [8787], "otel-collector": [], "instrumentation": []}


def variables(stack: Synthesized) -> dict[str, str]:
    """The gateway container's environment variables."""
    return {item["name"]: item["value"] for item in stack.containers()["gateway"]["environment"]}


def test_node_knows_the_containers_memory(synthesize: Synthesize) -> None:
    """Node's heap is limited to 60% of the memory, and the memory also limits the request bodies in flight."""
    stack = synthesize(settings(gateway_cpu=1024, gateway_memory=2048))
    assert "--max-old-space-size=1075" in stack.containers()["gateway"]["command"]
    assert json.loads(variables(stack)["GATEWAY_SETTINGS"])["in_flight_mib"] == (1792 - 150) // 12


def test_the_health_check_loads_no_telemetry(full: Synthesized) -> None:
    """An argument of the gateway's command loads telemetry, because the health check would inherit NODE_OPTIONS."""
    assert "NODE_OPTIONS" not in variables(full)
    command = full.containers()["gateway"]["command"]
    assert command[command.index("--require") + 1] == "/otel-auto-instrumentation-node/autoinstrumentation.js"


def test_the_execution_role_reads_exactly_its_secrets(full: Synthesized) -> None:
    """Each stored key has one secret, named for its provider, under our key. The task does not read teams' secrets."""
    secrets = full.by_type("aws_secretsmanager_secret")
    assert sorted(one["name"] for one in secrets.values()) == [
        "ai-gateway/test/clients/search",
        "ai-gateway/test/plugin-api-key",
        "ai-gateway/test/providers/anthropic",
        "ai-gateway/test/providers/openai",
    ]
    given = {secret["name"]: secret["valueFrom"] for c in full.containers().values() for secret in c.get("secrets", [])}
    assert set(given) == {"ANTHROPIC_API_KEY", "OPENAI_API_KEY", "PLUGIN_API_KEY"}
    granted = {s["Sid"]: s["Resource"] for _, path, s in full.statements() if path == "TaskRoles/ExecutionPolicy"}
    assert sorted(granted["ReadSecrets"]) == sorted(given.values())
    assert granted["DecryptSecrets"] == [full.reference("aws_kms_key", "Encryption/Secrets", "arn")]


def test_bedrock_is_the_task_roles_only_where_it_is_used(full: Synthesized, synthesize: Synthesize) -> None:
    """The task role may invoke models only if a Bedrock target has no stored key."""
    actions = [
        {action for _, path, s in stack.statements() if path == "TaskRoles/TaskPolicy" for action in s["Action"]}
        for stack in (full, synthesize(settings()))
    ]
    bedrock = [{action for action in found if action.startswith("bedrock:")} for found in actions]
    assert bedrock == [{"bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"}, set()]


def waf_rules(stack: Synthesized) -> dict[int, Block]:
    """The web ACL's rules, by priority."""
    return {rule["priority"]: rule for rule in stack.only("aws_wafv2_web_acl")["rule"]}


def test_bodies_are_counted_on_the_api_and_blocked_elsewhere(full: Synthesized) -> None:
    """A body that the common rule set matches is blocked, except on paths that receive prompts."""
    rules = waf_rules(full)
    (group,) = [rules[1]["statement"]["managed_rule_group_statement"]]
    counted = {one["name"] for one in group["rule_action_override"]}
    assert {json.dumps(one["action_to_use"]) for one in group["rule_action_override"]} == {'{"count": {}}'}
    found, elsewhere = rules[5]["statement"]["and_statement"]["statement"]
    labels = {one["label_match_statement"]["key"].rpartition(":")[2] for one in found["or_statement"]["statement"]}
    assert {label.replace("_Body", "_BODY") for label in labels} == counted
    path = elsewhere["not_statement"]["statement"][0]["byte_match_statement"]
    assert (path["search_string"], path["positional_constraint"], list(path["field_to_match"])) == (
        "/v1/",
        "STARTS_WITH",
        ["uri_path"],
    )
    assert rules[5]["action"] == {"block": {}}


def test_a_limit_per_client_is_a_switch(full: Synthesized, synthesize: Synthesize) -> None:
    """The client limit counts requests per authorization header, apart from the limit per address. 0 turns it off."""
    limit = waf_rules(full)[6]["statement"]["rate_based_statement"]
    assert (limit["limit"], limit["aggregate_key_type"], limit["custom_key"][0]["header"]["name"]) == (
        500,
        "CUSTOM_KEYS",
        "authorization",
    )
    assert 6 not in waf_rules(synthesize(settings(enable_waf=True)))


def test_each_team_has_a_client_with_its_scopes(synthesize: Synthesize) -> None:
    """A team's client uses client credentials with the team's scopes only, and no output contains its secret."""
    stack = synthesize(
        settings(clients=(Client(team="search", scopes=("invoke",)), Client(team="ops", scopes=("invoke", "admin"))))
    )
    found = {
        one["name"]: (one["allowed_oauth_flows"], one["allowed_oauth_scopes"])
        for one in stack.by_type("aws_cognito_user_pool_client").values()
    }
    scope = "https://gateway.internal"
    assert found["ai-gateway-test-search"] == (["client_credentials"], [f"{scope}/invoke"])
    assert found["ai-gateway-test-ops"] == (["client_credentials"], [f"{scope}/invoke", f"{scope}/admin"])
    assert [value for value in stack.outputs().values() if "secret" in value] == []


def test_a_name_brings_its_certificate(full: Synthesized) -> None:
    """The certificate is validated in the zone, HTTPS waits for it, and the name is an alias of the load balancer."""
    issued = full.reference("aws_acm_certificate_validation", "Domain/CertificateIssued", "certificate_arn")
    https = full.by_type("aws_lb_listener")["LoadBalancer/Https"]
    assert https["certificate_arn"] == issued
    assert full.only("aws_acm_certificate")["validation_method"] == "DNS"
    alias = full.by_type("aws_route53_record")["Domain/Alias"]
    (path,) = full.by_type("aws_lb")
    assert (alias["name"], alias["type"], alias["alias"]["name"]) == (
        "gateway.example.com",
        "A",
        full.reference("aws_lb", path, "dns_name"),
    )
    assert full.outputs()["gateway_url"] == "https://gateway.example.com"


def test_a_given_certificate_is_used_for_a_name(synthesize: Synthesize) -> None:
    """With a domain name and an existing certificate, only the alias record is created."""
    stack = synthesize(
        settings(certificate_arn=CERTIFICATE, domain_name="gateway.example.com", hosted_zone="example.com")
    )
    assert stack.by_type("aws_lb_listener")["LoadBalancer/Https"]["certificate_arn"] == CERTIFICATE
    assert (stack.count("aws_acm_certificate"), stack.count("aws_route53_record")) == (0, 1)


def test_a_vpc_of_ones_own(synthesize: Synthesize) -> None:
    """No network is created. The subnets are looked up in the given VPC, so that a wrong subnet fails in the plan."""
    stack = synthesize(settings(vpc_id=VPC, public_subnet_ids=PUBLIC, private_subnet_ids=PRIVATE))
    for type_ in ("aws_vpc", "aws_subnet", "aws_nat_gateway", "aws_vpc_endpoint", "aws_flow_log"):
        assert stack.count(type_) == 0
    assert stack.outputs()["vpc_id"] == VPC
    assert {group["vpc_id"] for group in stack.by_type("aws_security_group").values()} == {VPC}
    assert len(stack.only("aws_lb")["subnets"]) == len(PUBLIC)
    assert len(stack.only("aws_ecs_service")["network_configuration"]["subnets"]) == len(PRIVATE)


def test_an_internal_load_balancer(synthesize: Synthesize) -> None:
    """An internal load balancer is in the private subnets."""
    stack = synthesize(settings(internal_load_balancer=True))
    private = [
        stack.reference("aws_subnet", path, "id")
        for path in stack.by_type("aws_subnet")
        if path.startswith("Network/Private")
    ]
    assert (stack.only("aws_lb")["internal"], stack.only("aws_lb")["subnets"]) == (True, private)


@pytest.mark.parametrize("seconds", [60, 300])
def test_one_setting_is_for_streams(synthesize: Synthesize, seconds: int) -> None:
    """max_stream_seconds sets idle timeout, draining, the gateway's timeout and the stop timeout (at most 120 s)."""
    stack = synthesize(settings(max_stream_seconds=seconds))
    told = json.loads(variables(stack)["GATEWAY_SETTINGS"])
    assert stack.only("aws_lb")["idle_timeout"] == seconds
    assert stack.only("aws_lb_target_group")["deregistration_delay"] == str(seconds)
    assert (told["stream_seconds"], told["drain_seconds"]) == (seconds, min(seconds, 120))
    assert {c["stopTimeout"] for c in stack.containers().values()} == {min(seconds, 120)}
