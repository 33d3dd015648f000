"""Teams in the synthesized JSON: the table, its permissions, the gateway's configuration, alarms and dashboard."""

import json

from constructs_lib.helpers.usage.prices import MOST_BYTES
from envs import EnvironmentsError
from envs.schema import Client, ModelPrice, Target
from tests.conftest import Synthesize
from tests.support.packing import unpacked
from tests.support.synthesized import CERTIFICATE, EVERYTHING, WITH_TEAMS, Block, Synthesized, page, settings

import attrs
import pytest


@pytest.fixture
def teams(synthesize: Synthesize) -> Synthesized:
    """Every setting on, including tokens and limits."""
    return synthesize(WITH_TEAMS)


def variables(stack: Synthesized) -> dict[str, str]:
    """The gateway container's environment variables."""
    return {item["name"]: item["value"] for item in stack.containers()["gateway"]["environment"]}


def test_without_teams_there_is_no_trace_of_them(synthesize: Synthesize) -> None:
    """There is no table, key, endpoint, permission, variable, metric or query for teams."""
    stack = synthesize(settings())
    assert stack.count("aws_dynamodb_table") == 0
    assert "Encryption/Usage" not in stack.by_type("aws_kms_key")
    assert "Endpoints/DynamoDb" not in stack.by_type("aws_vpc_endpoint")
    assert {s["Sid"] for _, _, s in stack.statements()} & {"CountUsage", "UseTableKey"} == set()
    text = json.dumps(stack.document)
    assert [word for word in ("GATEWAY_TEAMS", "GATEWAY_LIMITS", "gateway.team", "expensive") if word in text] == []


def test_the_table(teams: Synthesized) -> None:
    """The table is on-demand and has two keys, expiry, point-in-time recovery and the environment's own KMS key."""
    table = teams.only("aws_dynamodb_table")
    assert {name: value for name, value in table.items() if name != "//"} == {
        "name": "ai-gateway-usage-test",
        "billing_mode": "PAY_PER_REQUEST",
        "hash_key": "pk",
        "range_key": "sk",
        "attribute": [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}],
        "ttl": {"attribute_name": "expires_at", "enabled": True},
        "point_in_time_recovery": {"enabled": True},
        "server_side_encryption": {
            "enabled": True,
            "kms_key_arn": teams.reference("aws_kms_key", "Encryption/Usage", "arn"),
        },
        "deletion_protection_enabled": False,
    }


def test_deletion_protection_is_the_settings(synthesize: Synthesize) -> None:
    """deletion_protection applies to the table as it does to the load balancer and the user pool."""
    stack = synthesize(settings(clients=(Client(team="a"),), deletion_protection=True))
    assert stack.only("aws_dynamodb_table")["deletion_protection_enabled"] is True


def test_the_task_may_write_items_and_no_more(teams: Synthesized) -> None:
    """Only the task role may read and update items of this table, and use its key through DynamoDB."""
    held = {s["Sid"]: (path, s) for _, path, s in teams.statements() if s["Sid"] in ("CountUsage", "UseTableKey")}
    assert {path for path, _ in held.values()} == {"TaskRoles/TaskPolicy"}
    items, key = held["CountUsage"][1], held["UseTableKey"][1]
    assert items["Resource"] == [teams.reference("aws_dynamodb_table", "Usage/Table", "arn")]
    assert items["Action"] == ["dynamodb:GetItem", "dynamodb:UpdateItem"]
    assert key["Resource"] == [teams.reference("aws_kms_key", "Encryption/Usage", "arn")]
    assert key["Condition"] == {"StringEquals": {"kms:ViaService": ["dynamodb.eu-west-1.amazonaws.com"]}}


def test_the_gateway_is_told_its_teams(teams: Synthesized) -> None:
    """The gateway gets each team by its client id, as a reference that Terraform resolves."""
    told = json.loads(variables(teams)["GATEWAY_TEAMS"])
    pool = teams.reference("aws_cognito_user_pool", "Auth/UserPool", "id")
    research, search = (
        teams.reference("aws_cognito_user_pool_client", f"Auth/Client-{team}", "id") for team in ("research", "search")
    )
    assert told == {
        "issuer": f"https://cognito-idp.eu-west-1.amazonaws.com/{pool}",
        "table": teams.reference("aws_dynamodb_table", "Usage/Table", "name"),
        "valkey": None,
        "clients": {research: "research", search: "search"},
    }
    limits = unpacked(variables(teams)["GATEWAY_LIMITS"])
    assert {name: value for name, value in limits.items() if name != "prices"} == {
        "region": "eu-west-1",
        "suffix": "amazonaws.com",
        "when_unreachable": "closed",
        "default_max_tokens": 4096,
        "allow_unbounded": True,
        "teams": {
            "research": {},
            "search": {
                "models": ["gpt-4o*", "fast"],
                "monthly_budget_micros": 500_000_000,
                "tokens_per_minute": 100_000,
                "requests_per_minute": 600,
            },
        },
    }


def test_the_gateway_is_told_what_models_cost(synthesize: Synthesize) -> None:
    """The gateway gets the prices of the models that a team may use, including prices from the settings."""
    stack = synthesize(
        settings(
            enable_jwt_auth=True,
            certificate_arn=CERTIFICATE,
            routes=Target(provider="openai"),
            clients=(Client(team="a", models=("gpt-4o-mini", "our-*")),),
            model_prices=(ModelPrice(model="openai/our-*", input_usd=0.5, output_usd=1),),
        )
    )
    packed = variables(stack)["GATEWAY_LIMITS"]
    prices = {name: price for price, names in unpacked(packed)["prices"] for name in names}
    assert prices["openai/our-*"] == {"input": 500_000, "output": 1_000_000}
    assert prices["openai/gpt-4o-mini"]["output"] == 600_000
    assert "openai/gpt-4o" not in prices
    assert len(packed) < MOST_BYTES


def test_prices_that_do_not_fit_stop_the_synthesis(synthesize: Synthesize) -> None:
    """The error names the environment's file and the remedy."""
    wide = settings(
        enable_jwt_auth=True,
        certificate_arn=CERTIFICATE,
        routes=Target(provider="openrouter"),
        clients=(Client(team="a"),),
    )
    with pytest.raises(EnvironmentsError, match=r"^envs/test\.py: clients: the prices of .* list each team's models"):
        synthesize(wide)


def test_without_tokens_the_table_waits(synthesize: Synthesize) -> None:
    """Turning off token validation does not delete the table. No alarm or widget then uses its metrics."""
    stack = synthesize(EVERYTHING)
    assert stack.count("aws_dynamodb_table") == 1
    assert {"GATEWAY_TEAMS", "GATEWAY_LIMITS"} & set(variables(stack)) == set()
    names = [block["alarm_name"] for block in stack.by_type("aws_cloudwatch_metric_alarm").values()]
    assert [name for name in names if "budget" in name or "usage" in name] == []
    assert [one for one in page(stack)["widgets"] if one["type"] == "log"] == []


def test_calls_to_aws_stay_in_the_vpc(teams: Synthesized, synthesize: Synthesize) -> None:
    """DynamoDB has a gateway endpoint in the private subnets' routes. Bedrock and X-Ray follow interface_endpoints."""
    endpoints = teams.by_type("aws_vpc_endpoint")
    kinds = {path.partition("/")[2]: block["vpc_endpoint_type"] for path, block in endpoints.items()}
    assert kinds == {
        "S3": "Gateway",
        "DynamoDb": "Gateway",
        **dict.fromkeys(("EcrApi", "EcrDkr", "Logs", "Secretsmanager", "BedrockRuntime", "Xray"), "Interface"),
    }
    tables = endpoints["Endpoints/S3"]["route_table_ids"]
    assert endpoints["Endpoints/DynamoDb"]["route_table_ids"] == tables
    assert endpoints["Endpoints/BedrockRuntime"]["service_name"] == "com.amazonaws.eu-west-1.bedrock-runtime"
    few = synthesize(settings()).by_type("aws_vpc_endpoint")
    assert len(few) == 5


def titles(stack: Synthesized) -> dict[str, Block]:
    """The dashboard's widgets, by title."""
    return {one["properties"]["title"]: one for one in page(stack)["widgets"]}


def test_the_dashboard_shows_teams(teams: Synthesized) -> None:
    """The dashboard shows tokens, dollars, budgets, and percentiles from the access log."""
    found = titles(teams)
    log = found["Time to the first byte of a model's answer (s): p50, p95"]
    group = teams.reference("aws_cloudwatch_log_group", "LogGroups/Gateway", "name")
    assert log["type"] == "log"
    assert log["properties"]["query"].startswith(f"SOURCE '{group}' | filter log = \"access\" and ispresent(model)")
    cost = found["Cost by team and model ($)"]["properties"]["metrics"][0][0]["expression"]
    assert cost.endswith("'Sum', 60) / 1000000")
    share = found["Budget used (%)"]["properties"]["metrics"]
    assert [line[-1]["label"] for line in share] == ["search"]


def test_without_opentelemetry_the_log_is_left(synthesize: Synthesize) -> None:
    """The access log's widget and queries remain. There are no alarms on metrics that are not sent."""
    stack = synthesize(attrs.evolve(WITH_TEAMS, instrument_gateway=False, interface_endpoints=()))
    assert "Cost by team and model ($)" not in titles(stack)
    assert "Time to the first byte of a model's answer (s): p50, p95" in titles(stack)
    names = [block["alarm_name"] for block in stack.by_type("aws_cloudwatch_metric_alarm").values()]
    assert [name for name in names if "budget" in name or "usage" in name] == []
    queries = {block["name"] for block in stack.by_type("aws_cloudwatch_query_definition").values()}
    assert "ai-gateway/test/most-expensive-requests" in queries
