"""The rate limit cache in the synthesized JSON: its settings, who can reach it, and what the gateway gets about it."""

import json

from envs.schema import Client
from resource_types import RECORDS
from tests.conftest import Synthesize
from tests.support.packing import unpacked
from tests.support.synthesized import CERTIFICATE, WITH_TEAMS, Block, Synthesized, settings

import attrs
import pytest

CACHE, USER = "aws_elasticache_replication_group", "aws_elasticache_user"


@pytest.fixture
def stack(synthesize: Synthesize) -> Synthesized:
    """A stack with teams whose rate limits are in Valkey."""
    return synthesize(attrs.evolve(WITH_TEAMS, rate_limit_store="valkey", github_repository="example/gateway"))


def arguments(block: Block) -> Block:
    """A block without cdktf's metadata."""
    return {name: value for name, value in block.items() if name != "//"}


def test_the_cache(stack: Synthesized) -> None:
    """Two nodes in two zones, encrypted at rest with our key and in transit, without backups."""
    assert arguments(stack.only(CACHE)) == {
        "replication_group_id": "ai-gateway-test",
        "description": "ai-gateway-test: rates of teams",
        "engine": "valkey",
        "engine_version": "8.1",
        "node_type": "cache.t4g.micro",
        "num_cache_clusters": 2,
        "automatic_failover_enabled": True,
        "multi_az_enabled": True,
        "port": 6379,
        "parameter_group_name": stack.reference("aws_elasticache_parameter_group", "RateLimits/Parameters", "name"),
        "subnet_group_name": stack.reference("aws_elasticache_subnet_group", "RateLimits/Subnets", "name"),
        "security_group_ids": [stack.reference("aws_security_group", "SecurityGroups/RateLimits", "id")],
        "at_rest_encryption_enabled": "true",
        "kms_key_id": stack.reference("aws_kms_key", "Encryption/Usage", "arn"),
        "transit_encryption_enabled": True,
        "transit_encryption_mode": "required",
        "user_group_ids": [stack.reference("aws_elasticache_user_group", "RateLimits/Users", "user_group_id")],
        "snapshot_retention_limit": 0,
        "auto_minor_version_upgrade": "false",
        "apply_immediately": True,
    }
    (parameter,) = stack.only("aws_elasticache_parameter_group")["parameter"]
    assert parameter == {"name": "maxmemory-policy", "value": "noeviction"}
    assert stack.only("aws_elasticache_subnet_group")["subnet_ids"] == [
        stack.reference("aws_subnet", f"Network/Private{zone}", "id") for zone in "AB"
    ]


def test_one_node_has_no_failover(synthesize: Synthesize) -> None:
    """One node costs half as much, has no failover, and its alarms use that one node."""
    small = attrs.evolve(WITH_TEAMS, rate_limit_store="valkey", valkey_replicas=0, valkey_node_type="cache.t4g.small")
    stack = synthesize(small)
    cache = stack.only(CACHE)
    held = [
        cache[name] for name in ("num_cache_clusters", "automatic_failover_enabled", "multi_az_enabled", "node_type")
    ]
    assert held == [1, False, False, "cache.t4g.small"]
    alarm = stack.by_type("aws_cloudwatch_metric_alarm")["Monitoring/Alarms/rate-limits-memory"]
    assert [one.get("metric", {}).get("dimensions") for one in alarm["metric_query"]] == [
        {"CacheClusterId": "ai-gateway-test-001"},
        None,
    ]


def test_the_user_signs_in_by_iam_and_may_do_little(stack: Synthesized) -> None:
    """The user signs in with IAM and may only run the commands of our script, on rate keys."""
    user = stack.only(USER)
    assert (user["user_id"], user["user_name"], user["engine"]) == ("ai-gateway-test", "ai-gateway-test", "valkey")
    assert user["authentication_mode"] == {"type": "iam"}
    assert user["access_string"] == "on ~rate:* resetchannels -@all +eval +evalsha +time +hmget +hset +pexpire"
    assert stack.only("aws_elasticache_user_group")["user_ids"] == [stack.reference(USER, "RateLimits/User", "user_id")]


def test_only_the_gateway_reaches_it(stack: Synthesized) -> None:
    """Only the gateway's security group reaches its port, and only the task role may connect as the cache's user."""
    group = stack.reference("aws_security_group", "SecurityGroups/RateLimits", "id")
    gateway = stack.reference("aws_security_group", "SecurityGroups/Gateway", "id")
    into = [
        (rule["referenced_security_group_id"], rule["from_port"], rule["to_port"])
        for rule in stack.by_type("aws_vpc_security_group_ingress_rule").values()
        if rule["security_group_id"] == group
    ]
    assert into == [(gateway, 6379, 6379)]
    assert [
        rule["security_group_id"]
        for rule in stack.by_type("aws_vpc_security_group_egress_rule").values()
        if rule.get("referenced_security_group_id") == group
    ] == [gateway]
    ((path, statement),) = [(path, s) for _, path, s in stack.statements() if "elasticache:Connect" in s["Action"]]
    assert (path, statement["Action"]) == ("TaskRoles/TaskPolicy", ["elasticache:Connect"])
    assert statement["Resource"] == [
        stack.reference(CACHE, "RateLimits/Cache", "arn"),
        stack.reference(USER, "RateLimits/User", "arn"),
    ]


def test_the_gateway_is_told_where_it_is(stack: Synthesized) -> None:
    """The gateway gets the host, port, cache and user. There is no password."""
    variables = {item["name"]: item["value"] for item in stack.containers()["gateway"]["environment"]}
    assert json.loads(variables["GATEWAY_TEAMS"])["valkey"] == {
        "host": stack.reference(CACHE, "RateLimits/Cache", "primary_endpoint_address"),
        "port": 6379,
        "cache": "ai-gateway-test",
        "user": "ai-gateway-test",
    }
    assert unpacked(variables["GATEWAY_LIMITS"])["teams"]["search"]["requests_per_minute"] == 600
    assert "auth_token" not in stack.only(CACHE)


@pytest.mark.parametrize("jwt", [True, False])
def test_it_does_not_depend_on_tokens(synthesize: Synthesize, jwt: bool) -> None:  # noqa: FBT001 (a parameter)
    """Turning off token validation does not delete the cache. With the DynamoDB store there is no cache."""
    client = Client(team="a", requests_per_minute=5) if jwt else Client(team="a")
    made = settings(clients=(client,), rate_limit_store="valkey", enable_jwt_auth=jwt, certificate_arn=CERTIFICATE)
    kinds = {type_ for type_ in RECORDS if type_.startswith("aws_elasticache_")}
    assert {type_ for type_, _, _ in synthesize(made).resources() if type_ in kinds} == kinds
    without = synthesize(attrs.evolve(made, rate_limit_store="dynamodb"))
    assert "RateLimits" not in json.dumps(without.document)
    assert "elasticache" not in json.dumps(without.document)
