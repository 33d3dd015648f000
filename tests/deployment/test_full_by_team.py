"""The parts of the full environment that count the usage of teams and limit it."""

import json
from pathlib import Path
from typing import Any

from constructs_lib.helpers.task.routes import Target
from envs import load_environments
from envs.schema import Client
from local.embedded_aws import EmbeddedAws, filled
from local.gateway import WITHOUT_COLLECTOR, free_port, local_gateway
from local.task import GATEWAY
from tests.support.cloud import Checkout, client
from tests.support.full import secret
from tests.support.rights import asked, task_key
from tests.support.synthesized import Synthesized

import attrs
import pytest
from botocore.exceptions import ClientError

pytestmark = [pytest.mark.deployment, pytest.mark.xdist_group("full")]

USAGE = "ai-gateway-usage-full"
TTL = {"TimeToLiveSpecification": {"Enabled": False, "AttributeName": "expires_at"}}
LIMITED = Client(team="search", models=("gpt-4o*",), monthly_budget_usd=0.01, requests_per_minute=100)
ASKED: tuple[tuple[int, dict[str, Any]], ...] = (
    (200, {"model": "gpt-4o-mini"}),
    (200, {"model": "gpt-4o-mini", "stream": True}),
    (403, {"model": "o3"}),
    (429, {"model": "gpt-4o", "max_tokens": 4096}),
)


def test_the_task_counts_usage(full: Checkout) -> None:
    """The gateway may read and write items of the usage table with its key, and nothing else of the table."""
    table = client(task_key(full.environ, "ai-gateway-full-task"), "dynamodb")
    item = {"pk": {"S": "budget#search"}, "sk": {"S": "2026-11"}}
    update = {
        "TableName": USAGE,
        "Key": item,
        "UpdateExpression": "ADD reserved_micros :cost",
        "ConditionExpression": "attribute_not_exists(reserved_micros) OR reserved_micros < :cost",
        "ExpressionAttributeValues": {":cost": {"N": "5"}},
    }
    table.update_item(**update)
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        table.transact_write_items(TransactItems=[{"Update": update}], ClientRequestToken="once")
    assert table.get_item(TableName=USAGE, Key=item)["Item"]["reserved_micros"] == {"N": "5"}
    for call, more in (("scan", {}), ("put_item", {"Item": item}), ("delete_table", {}), ("update_time_to_live", TTL)):
        with pytest.raises(ClientError, match="is not authorized to perform: dynamodb:"):
            getattr(table, call)(TableName=USAGE, **more)


def test_the_usage_table_is_kept(full: Checkout) -> None:
    """The table is on-demand and has our key, expiry and point-in-time recovery. `make usage` reads it."""
    dynamodb = client(full.environ, "dynamodb")
    table = dynamodb.describe_table(TableName=USAGE)["Table"]
    aliases = client(full.environ, "kms").list_aliases()["Aliases"]
    key = next(one["TargetKeyId"] for one in aliases if one["AliasName"] == "alias/ai-gateway-full-usage")
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSEDescription"]["KMSMasterKeyArn"].rpartition("/")[2] == key
    expiry = dynamodb.describe_time_to_live(TableName=USAGE)["TimeToLiveDescription"]
    assert (expiry["TimeToLiveStatus"], expiry["AttributeName"]) == ("ENABLED", "expires_at")
    backups = dynamodb.describe_continuous_backups(TableName=USAGE)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    services = {
        one["ServiceName"].removeprefix("com.amazonaws.us-east-1."): one["VpcEndpointType"]
        for one in client(full.environ, "ec2").describe_vpc_endpoints()["VpcEndpoints"]
    }
    assert services["dynamodb"] == services["s3"] == "Gateway"
    assert services["bedrock-runtime"] == services["xray"] == "Interface"
    key_of_item = {"pk": {"S": "usage#search"}, "sk": {"S": "2026-10#openai/gpt-4o-mini"}}
    dynamodb.put_item(TableName=USAGE, Item={**key_of_item, "requests": {"N": "2"}, "cost_micros": {"N": "315"}})
    done = full.ops("usage", "full", "--month", "2026-10", "--format", "csv")
    assert done.returncode == 0, done.stdout
    assert "2026-10,search,openai/gpt-4o-mini,2,0,0,0,0,0,315,0,0,0,0,0,0,," in done.stdout.splitlines()


def test_a_gateway_with_teams_on_what_is_deployed(full: Checkout, tmp_path: Path) -> None:
    """The synthesized task runs with the deployed table, pool and client, and takes a token from `make token`.

    IAM evaluates each call of the task's role, and the emulator's checks run on it. Only the JWT action is missing,
    because provider 5.100.0 does not have it.
    """
    (deployed,) = load_environments(full.folder / "envs", choice="full")
    made = attrs.evolve(
        deployed,
        enable_jwt_auth=True,
        routes=Target(provider="openai"),
        clients=(LIMITED,),
        rate_limit_store="dynamodb",
        interface_endpoints=(),
    )
    definition = Synthesized.of(made, tmp_path / "out").containers()[GATEWAY]
    state = json.loads(full.terraform("full", "show", "-json").stdout)
    values = {one["address"]: one["values"] for one in state["values"]["root_module"]["resources"]}
    done = full.ops("token", "full", "--client", "search", XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 0, done.stdout
    token = done.stdout.strip()
    role = "ai-gateway-full-task"
    aws = EmbeddedAws.of(task_key(full.environ, role), "us-east-1")
    with local_gateway(
        filled(definition, values),
        tmp_path / "gateway",
        keys=None,
        environ=WITHOUT_COLLECTOR,
        port=free_port(),
        aws=aws,
    ) as gateway:

        def ask(token: str, document: dict[str, Any]) -> int:
            answer = gateway.ask(
                {"messages": [{"role": "user", "content": "x"}], **document}, {"authorization": f"Bearer {token}"}
            )
            _ = answer.content
            return answer.status_code

        answers = [ask(token, document) for _, document in ASKED]
        assert answers == [status for status, _ in ASKED], gateway.container.output[-2000:]
        other = "B" if token[-5] == "A" else "A"
        assert ask(f"{token[:-5]}{other}{token[-4:]}", ASKED[0][1]) == 401
        gateway.container.stop()
    report = json.loads(full.ops("usage", "full", "--format", "json").stdout)
    (model,) = report["teams"][0]["models"]
    assert (model["model"], model["requests"], model["output_tokens"]) == ("openai/gpt-4o-mini", 2, 7 + 3)
    assert (model["errors"], model["estimated_requests"], model["unpriced_requests"]) == (0, 0, 0)
    allowed = {one["action"] for one in asked(full.environ, role) if one["allowed"]}
    assert "dynamodb:UpdateItem" in allowed


def test_the_cache_of_rates_is_there(full: Checkout) -> None:
    """The cache has two nodes in two zones, TLS, our key, one user with IAM authentication, and Valkey's parameters."""
    cache = client(full.environ, "elasticache")
    (group,) = cache.describe_replication_groups(ReplicationGroupId="ai-gateway-full")["ReplicationGroups"]
    flags = ("TransitEncryptionEnabled", "AtRestEncryptionEnabled", "AutomaticFailover", "MultiAZ", "Engine")
    assert [group[flag] for flag in flags] == [True, True, "enabled", "enabled", "valkey"]
    members = group["NodeGroups"][0]["NodeGroupMembers"]
    assert len({one["PreferredAvailabilityZone"] for one in members}) == 2
    (user,) = cache.describe_users(UserId="ai-gateway-full")["Users"]
    assert (user["Authentication"]["Type"], user["UserGroupIds"]) == ("iam", group["UserGroupIds"])
    set_ = cache.describe_cache_parameters(CacheParameterGroupName="ai-gateway-full", Source="user")["Parameters"]
    assert [(one["ParameterName"], one["ParameterValue"]) for one in set_] == [("maxmemory-policy", "noeviction")]


def test_a_teams_credentials_are_in_its_secret(full: Checkout) -> None:
    """The secret of a team has the credentials of its Cognito client. No output of the stack contains them."""
    held = json.loads(secret(full, "ai-gateway/full/clients/search"))
    cognito = client(full.environ, "cognito-idp")
    pool = cognito.list_user_pools(MaxResults=10)["UserPools"][0]["Id"]
    found = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=held["client_id"])["UserPoolClient"]
    assert (found["ClientName"], found["ClientSecret"]) == ("ai-gateway-full-search", held["client_secret"])
    assert held["client_secret"] not in full.terraform("full", "output", "-json").stdout
