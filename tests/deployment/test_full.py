"""Every switch on at once, deployed by its pipeline: routes, secrets, teams, a name with its certificate, alarms.

A workflow's role deploys, changes and destroys it, another one compares, and IAM is asked about each of their calls.
"""

import hashlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from constructs_lib.helpers.task.routes import Target
from emulator.rehearsal import copy_of
from envs import load_environments
from envs.schema import Client
from local.embedded_aws import EmbeddedAws, filled
from local.gateway import WITHOUT_COLLECTOR, free_port, local_gateway
from local.task import GATEWAY
from tests.support.cloud import Checkout, Run, client, counted
from tests.support.environments import FULL, STAGING
from tests.support.rights import asked, needed, policies, task_key
from tests.support.synthesized import Synthesized

import attrs
import pytest
from botocore.exceptions import ClientError

pytestmark = [pytest.mark.deployment, pytest.mark.xdist_group("full")]

VALUES = "anthropic=sk-anthropic\nopenai=sk-openai\nPLUGIN_API_KEY=example\n"
OPENAI = "ai-gateway/full/providers/openai"


USAGE = "ai-gateway-usage-full"
TTL = {"TimeToLiveSpecification": {"Enabled": False, "AttributeName": "expires_at"}}
DEPLOYING = Run("example/gateway", "environment:full")
PLANNING = Run("example/gateway", "ref:refs/heads/main")
LOCKED = FULL.replace(
    "    alarm_subscriptions", '    use_lockfile=True,\n    state_kms_key_arn="STATE-KEY",\n    alarm_subscriptions'
).replace(
    'options={"aws_region": "us-east-1"})',
    'options={"aws_region": "us-east-1"}, override_params={"model": "us.amazon.nova-lite-v1:0"})',
)
"""With both locks of the state, a key for it and a model that is named, so that each one's permissions are asked for."""
BUCKET = "ai-gateway-tfstate-full"


@pytest.fixture(scope="module")
def full(empty_aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """The environment, deployed by its pipeline's role where its zone is, with the values of its secrets."""
    folder = tmp_path_factory.mktemp("full")
    (folder / "values").write_text(VALUES, encoding="utf-8")
    with copy_of(empty_aws) as environ:
        made = Checkout.make(folder / "checkout", environ)
        key = client(made.environ, "kms").create_key(Description="state")["KeyMetadata"]["Arn"]
        (made.folder / "envs" / "full.py").write_text(LOCKED.replace("STATE-KEY", key), encoding="utf-8")
        commit(made)
        client(made.environ, "route53").create_hosted_zone(Name="example.com.", CallerReference="test")
        done = made.ops("pipeline", "full", "--yes")
        assert done.returncode == 0, done.stdout
        (folder / "variables").write_text(done.stdout, encoding="utf-8")
        done = made.ops("deploy", "full", "--yes", **deploying(made))
        assert done.returncode == 0, done.stdout
        done = made.ops("secrets", "full", "--from", str(folder / "values"), "--yes")
        assert done.returncode == 0, done.stdout
        made.initialize("full")
        yield made


def commit(checkout: Checkout) -> None:
    """A commit, under which the pipeline stores its plan."""
    author = ("-c", "user.name=test", "-c", "user.email=test@example.com")
    for command in (("init", "--quiet"), (*author, "commit", "--quiet", "--allow-empty", "--message=test")):
        subprocess.run(["git", *command], cwd=checkout.folder, check=True)


def deploying(checkout: Checkout) -> dict[str, str]:
    """The variables of the job that deploys."""
    return DEPLOYING.sign_in(checkout.environ, "ai-gateway-full-deploy")


def planning(checkout: Checkout) -> dict[str, str]:
    """The variables of the job that looks for drift."""
    return PLANNING.sign_in(checkout.environ, "ai-gateway-full-plan")


def secret(checkout: Checkout, name: str) -> str:
    """What a secret holds."""
    answer = client(checkout.environ, "secretsmanager").get_secret_value(SecretId=name)
    return str(answer["SecretString"])


def refused(checkout: Checkout) -> list[tuple[str, str]]:
    """What a role asked for and did not get: action and resource."""
    questions = asked(checkout.environ)
    assert len(questions) > 100
    return [(one["action"], one["resource"]) for one in questions if not one["allowed"]]


def test_a_second_plan_is_empty(full: Checkout) -> None:
    """With the secrets' values written, nothing is left to change, as the role for plans sees it; no role lacks a right."""
    done = full.ops("diff", "full", **planning(full))
    assert done.returncode == 0, done.stdout
    assert "No changes." in done.stdout
    assert refused(full) == []


@pytest.mark.parametrize(
    ("run", "role"),
    [
        (Run("example/gateway", "environment:full", ref="refs/heads/feature"), "deploy"),
        (Run("example/gateway", "environment:full", "pr.yml"), "deploy"),
        (Run("example/gateway", "environment:dev"), "deploy"),
        (Run("example/fork", "environment:full"), "deploy"),
        (PLANNING, "deploy"),
        (DEPLOYING, "plan"),
        (Run("example/gateway", "pull_request", ref="refs/pull/1/merge"), "plan"),
    ],
)
def test_another_run_gets_no_role(full: Checkout, run: Run, role: str) -> None:
    """Another branch, workflow, environment or repository, and a pull request, also with GitHub's environment unprotected."""
    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        run.sign_in(full.environ, f"ai-gateway-full-{role}")


def test_a_plan_changes_nothing(full: Checkout) -> None:
    """A deployment with the role for plans is refused by AWS, in AWS's words."""
    with pytest.raises(ClientError, match="is not authorized to perform: ecs:UpdateService on resource") as refusal:
        client({**full.environ, **planning(full)}, "ecs").update_service(
            cluster="ai-gateway-full", service="ai-gateway-full", desiredCount=0
        )
    assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"


def test_the_task_may_do_what_it_does(full: Checkout) -> None:
    """ECS's agent reads the secrets and writes logs, the gateway calls models, the collector writes metrics and traces."""
    agent, task = (task_key(full.environ, f"ai-gateway-full-{one}") for one in ("execution", "task"))
    described = client(full.environ, "ecs").describe_task_definition(taskDefinition="ai-gateway-full")
    containers = described["taskDefinition"]["containerDefinitions"]
    secrets = [one["valueFrom"] for container in containers for one in container.get("secrets", [])]
    logging = [container["logConfiguration"]["options"] for container in containers if "logConfiguration" in container]
    assert (bool(secrets), bool(logging)) == (True, True)
    for name in secrets:
        assert client(agent, "secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    logs = client(agent, "logs")
    for number, options in enumerate(logging):
        logs.create_log_stream(logGroupName=options["awslogs-group"], logStreamName=f"test/{number}")
        logs.put_log_events(
            logGroupName=options["awslogs-group"],
            logStreamName=f"test/{number}",
            logEvents=[{"timestamp": 1, "message": "x"}],
        )
    assert client(agent, "ecr").get_authorization_token()["authorizationData"]
    metrics = client(task, "logs")
    metrics.create_log_stream(logGroupName="/ai-gateway/full/metrics", logStreamName="test")
    metrics.describe_log_streams(logGroupName="/ai-gateway/full/metrics")
    client(task, "xray").put_trace_segments(TraceSegmentDocuments=[])
    counts_usage(task)
    for model in ("amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0"):
        answer = client(task, "bedrock-runtime").invoke_model(modelId=model, body=b"{}")
        assert answer["contentType"] == "application/json"
    with pytest.raises(ClientError, match="bedrock:InvokeModel on resource"):
        client(agent, "bedrock-runtime").invoke_model(modelId="amazon.nova-lite-v1:0", body=b"{}")
    with pytest.raises(ClientError, match="secretsmanager:GetSecretValue"):
        client(task, "secretsmanager").get_secret_value(SecretId=secrets[0])


def counts_usage(task: dict[str, str]) -> None:
    """The gateway writes and reads items of the table with its key, and nothing else of it."""
    table = client(task, "dynamodb")
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
    """On demand, with our key, expiry and point-in-time recovery; `make usage` reads it."""
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


LIMITED = Client(team="search", models=("gpt-4o*",), monthly_budget_usd=0.01, requests_per_minute=100)
ASKED: tuple[tuple[int, dict[str, Any]], ...] = (
    (200, {"model": "gpt-4o-mini"}),
    (200, {"model": "gpt-4o-mini", "stream": True}),
    (403, {"model": "o3"}),
    (429, {"model": "gpt-4o", "max_tokens": 4096}),
)


def test_a_gateway_with_teams_on_what_is_deployed(full: Checkout, tmp_path: Path) -> None:
    """Its task as synthesized, with the table, pool and client that Terraform deployed, and a token from `make token`.

    IAM is asked about each call of the task's role, and the judge looks at it. Provider 5.100.0 lacks the JWT action alone.
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
    """Two nodes in two zones, over TLS, with our key, one user by IAM and Valkey's parameters."""
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


def test_the_pipeline_has_its_roles(full: Checkout) -> None:
    """The provider of the account is made once; the variables name the roles, which only this repository may assume."""
    iam = client(full.environ, "iam")
    (provider,) = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    described = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"])
    assert (described["Url"], described["ClientIDList"]) == (
        "token.actions.githubusercontent.com",
        ["sts.amazonaws.com"],
    )
    roles = {purpose: iam.get_role(RoleName=f"ai-gateway-full-{purpose}")["Role"] for purpose in ("deploy", "plan")}
    said = (full.folder.parent / "variables").read_text(encoding="utf-8")
    assert [line for line in said.splitlines() if line.startswith("gh ")][:2] == [
        f"gh variable set {purpose.upper()}_ROLE_FULL --repo example/gateway --body {role['Arn']}"
        for purpose, role in roles.items()
    ]
    assert "Check that GitHub's environment full requires approvals:" in said
    assert "full has no subnets yet, so its deploy role may use any subnet" in said
    again = full.ops("pipeline", "full", "--yes")
    assert again.returncode == 0
    assert "created arn:" not in again.stdout
    assert "no subnets yet" not in again.stdout


def test_a_service_stays_where_it_is(full: Checkout) -> None:
    """Once the pipeline knows the subnets: neither another subnet nor another environment's task definition, live."""
    environ = {**full.environ, **deploying(full)}
    ecs, which = client(environ, "ecs"), {"cluster": "ai-gateway-full", "service": "ai-gateway-full"}
    (service,) = client(full.environ, "ecs").describe_services(cluster=which["cluster"], services=[which["service"]])[
        "services"
    ]
    network = service["networkConfiguration"]
    ec2 = client(full.environ, "ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    theirs = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    away = {"awsvpcConfiguration": {"subnets": [theirs], "securityGroups": [group["GroupId"]]}}
    container = {"name": "gateway", "image": "theirs:1", "memory": 512}
    other = client(full.environ, "ecs").register_task_definition(
        family="ai-gateway-prod", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        containerDefinitions=[container],
    )["taskDefinition"]["taskDefinitionArn"]  # fmt: skip
    for bad in ({"networkConfiguration": away}, {"taskDefinition": other}, {"enableExecuteCommand": True}):
        with pytest.raises(ClientError, match="not authorized to perform: ecs:UpdateService"):
            ecs.update_service(**which, **bad)
    ecs.update_service(**which, networkConfiguration=network, taskDefinition=service["taskDefinition"])
    client(full.environ, "ecs").deregister_task_definition(taskDefinition=other)
    ec2.delete_subnet(SubnetId=theirs)
    ec2.delete_vpc(VpcId=vpc)


def test_nobody_without_a_repository_has_a_pipeline(full: Checkout) -> None:
    """The message says what to write where."""
    (full.folder / "envs" / "staging.py").write_text(STAGING, encoding="utf-8")
    done = full.ops("pipeline", "staging", "--yes")
    (full.folder / "envs" / "staging.py").unlink()
    assert (done.returncode, done.stdout) == (
        1,
        'envs/staging.py sets no github_repository: write github_repository="owner/name", the repository whose workflows '
        "may deploy it\n",
    )


def test_the_ejected_hcl_changes_the_tag_alone(full: Checkout) -> None:
    """Every switch means in HCL what it means in the JSON."""
    full.ejected_plan_changes_the_tag_alone("full")


@pytest.mark.scanners
def test_the_plan_has_no_unexplained_finding(full: Checkout) -> None:
    """What checkov sees in Terraform's plan alone, such as the documents of the roles' policies."""
    assert full.unexplained("full") == []


def test_the_name_leads_to_the_load_balancer(full: Checkout) -> None:
    """An alias in the zone, and HTTPS with the certificate that the zone proved."""
    balancer = client(full.environ, "elbv2").describe_load_balancers(Names=["ai-gateway-full"])["LoadBalancers"][0]
    route53 = client(full.environ, "route53")
    zone = route53.list_hosted_zones()["HostedZones"][0]["Id"]
    records = route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    alias = next(record for record in records if record["Type"] == "A")
    listeners = client(full.environ, "elbv2").describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])
    certificates = client(full.environ, "acm").list_certificates()["CertificateSummaryList"]
    assert (alias["Name"], alias["AliasTarget"]["DNSName"]) == ("gateway.example.com.", balancer["DNSName"])
    https = next(listener for listener in listeners["Listeners"] if listener["Port"] == 443)
    assert [one["CertificateArn"] for one in https["Certificates"]] == [certificates[0]["CertificateArn"]]


def test_a_teams_credentials_are_in_its_secret(full: Checkout) -> None:
    """Those of its Cognito client, and in no output of the stack."""
    held = json.loads(secret(full, "ai-gateway/full/clients/search"))
    cognito = client(full.environ, "cognito-idp")
    pool = cognito.list_user_pools(MaxResults=10)["UserPools"][0]["Id"]
    found = cognito.describe_user_pool_client(UserPoolId=pool, ClientId=held["client_id"])["UserPoolClient"]
    assert (found["ClientName"], found["ClientSecret"]) == ("ai-gateway-full-search", held["client_secret"])
    assert held["client_secret"] not in full.terraform("full", "output", "-json").stdout


def test_a_rotated_key_survives_an_apply(full: Checkout) -> None:
    """A changed setting is applied; the key that somebody wrote meanwhile stays, and is in no state."""
    rotated = "sk-rotated"
    values = full.folder / "rotated"
    values.write_text(f"openai={rotated}\n", encoding="utf-8")
    done = full.ops("secrets", "full", "--from", str(values), "--rotate", "--yes")
    assert done.returncode == 0, done.stdout
    full.change("full", "gateway_cpu=1024", "gateway_cpu=2048")
    full.change("full", "gateway_memory=2048", "gateway_memory=4096")
    summary = full.folder / "summary"
    stored = full.folder / "stored"
    done = full.ops("diff", "full", "--exit-zero", "--summary", str(summary), "--store", str(stored), **planning(full))
    assert done.returncode == 0, done.stdout
    shown = summary.read_text(encoding="utf-8")
    assert shown.startswith("### What a deployment of full changes\n\n```text\n")
    assert "# aws_ecs_task_definition.Gateway_Task_48720B6B must be replaced" in shown
    sha256 = stored.read_text(encoding="utf-8").removeprefix("plan=").strip()
    assert "Plan: 1 to add, 1 to change, 1 to destroy.\n```\n\nStored at commit " in shown
    assert f", SHA-256 {sha256}.\n" in shown
    done = full.ops("diff", "full", "--summary", str(full.folder))
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        1,
        f"{full.folder}: Is a directory; name a file that can be written",
    )
    s3 = client(full.environ, "s3")
    (kept,) = s3.list_objects_v2(Bucket=BUCKET, Prefix="plans/")["Contents"]
    held = s3.get_object(Bucket=BUCKET, Key=kept["Key"])
    plan, key = held["Body"].read(), held["SSEKMSKeyId"]
    assert hashlib.sha256(plan).hexdigest() == sha256
    assert key == client(full.environ, "kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    # Whoever writes another plan in its place gets nothing applied.
    refusal = full.ops("deploy", "full", "--yes", "--plan", "0" * 64, **deploying(full))
    assert refusal.returncode == 1
    assert f"has SHA-256 {sha256}, but {'0' * 64} was approved; nothing was applied" in refusal.stdout
    done = full.ops("deploy", "full", "--yes", "--plan", sha256, **deploying(full))
    assert done.returncode == 0, done.stdout
    assert "Apply complete! Resources: 1 added, 1 changed, 1 destroyed." in done.stdout
    assert "Versions" not in s3.list_object_versions(Bucket=BUCKET, Prefix="plans/")
    again = full.ops("deploy", "full", "--yes", "--plan", sha256, **deploying(full))
    assert (again.returncode, "there is no stored plan of full for commit" in again.stdout) == (1, True)
    # The same plan, brought back, was made for a state that is gone.
    s3.put_object(Bucket=BUCKET, Key=kept["Key"], Body=plan)
    stale = full.ops("deploy", "full", "--yes", "--plan", sha256, **deploying(full))
    assert (stale.returncode, "Saved plan is stale" in stale.stdout) == (1, True)
    assert [path.name for path in (full.folder / ".work").rglob("*.tfplan")] == []
    assert secret(full, OPENAI) == rotated
    state = s3.get_object(Bucket=BUCKET, Key="terraform.tfstate")
    text = state["Body"].read().decode()
    assert [value for value in (rotated, "sk-anthropic", "sk-openai", "redis://example") if value in text] == []


def alarms(checkout: Checkout) -> list[dict[str, Any]]:
    """Our alarms as CloudWatch has them; autoscaling makes others."""
    found: list[dict[str, Any]] = client(checkout.environ, "cloudwatch").describe_alarms(
        AlarmNamePrefix="ai-gateway-full-"
    )["MetricAlarms"]
    return found


def test_the_alarms_are_there(full: Checkout) -> None:
    """Each tells the one topic, to which the address of the settings is subscribed; `make describe` shows them."""
    (topic,) = client(full.environ, "sns").list_topics()["Topics"]
    assert len(alarms(full)) == 11
    assert {tuple(alarm["AlarmActions"]) for alarm in alarms(full)} == {(topic["TopicArn"],)}
    subscriptions = client(full.environ, "sns").list_subscriptions_by_topic(TopicArn=topic["TopicArn"])
    assert [one["Endpoint"] for one in subscriptions["Subscriptions"]] == ["oncall@example.com"]
    assert "11 alarms notify ai-gateway-full-alarms" in full.ops("describe", "full").stdout


def test_what_a_dead_deployment_left_is_found(full: Checkout) -> None:
    """Query, table, topic, certificate and alias that exist and are in no state are imported, and nothing is made twice."""
    kinds = (
        *("aws_cloudwatch_query_definition", "aws_dynamodb_table", "aws_sns_topic", "aws_acm_certificate"),
        *("aws_elasticache_parameter_group", "aws_elasticache_replication_group", "aws_elasticache_subnet_group"),
        *("aws_elasticache_user", "aws_elasticache_user_group", "aws_route53_record"),
    )
    listed = full.terraform("full", "state", "list").stdout.split()
    lost = [address for address in listed if address.partition(".")[0] in kinds]
    assert {address.partition(".")[0] for address in lost} == set(kinds)
    done = full.terraform("full", "state", "rm", *lost)
    assert done.returncode == 0, done.stdout
    before = counted(full.environ, "full")
    done = full.ops("recover", "full", "--yes")
    assert done.returncode == 0, done.stdout
    assert full.ops("diff", "full").returncode == 0
    assert counted(full.environ, "full") == before


def test_everything_goes_again(full: Checkout) -> None:
    """The role that deploys leaves no secret, alarm, topic, table, certificate or access log behind, and lacked no right."""
    s3, bucket = client(full.environ, "s3"), "ai-gateway-full-alb-logs-123456789012"
    s3.put_object(Bucket=bucket, Key="by-hand", Body=b"")
    before = len(refused(full))
    done = full.ops("destroy", "full", "--yes", **deploying(full))
    assert done.returncode == 0, done.stdout
    assert refused(full)[before:] == []
    assert alarms(full) == []
    assert bucket not in {one["Name"] for one in s3.list_buckets()["Buckets"]}
    assert client(full.environ, "sns").list_topics()["Topics"] == []
    assert client(full.environ, "dynamodb").list_tables()["TableNames"] == ["ai-gateway-tfstate-lock-full"]
    assert client(full.environ, "secretsmanager").list_secrets()["SecretList"] == []
    cache = client(full.environ, "elasticache")
    assert cache.describe_replication_groups()["ReplicationGroups"] == []
    assert [one["UserId"] for one in cache.describe_users()["Users"]] == ["default"]
    assert client(full.environ, "acm").list_certificates()["CertificateSummaryList"] == []


def test_every_statement_is_needed(full: Checkout) -> None:
    """Without any one statement of the roles' policies, a call of the tests above would have been refused."""
    held = policies(full.environ, "ai-gateway-full-deploy")
    used = {role: needed(held, asked(full.environ, f"ai-gateway-full-{role}")) for role in ("deploy", "plan")}
    sids = {one["Sid"] for document in held.values() for one in document["Statement"]}
    assert len(sids) > 40
    assert sorted(sids - used["deploy"] - used["plan"]) == []
    planned = policies(full.environ, "ai-gateway-full-plan")
    assert sorted({one["Sid"] for document in planned.values() for one in document["Statement"]} - used["plan"]) == []


def test_the_pipeline_goes(full: Checkout) -> None:
    """After a question, and with its roles."""
    done = full.ops("pipeline", "full", "--destroy")
    assert (done.returncode, "no terminal to confirm" in done.stdout) == (1, True)
    done = full.ops("pipeline", "full", "--destroy", "--yes")
    assert done.returncode == 0, done.stdout
    assert client(full.environ, "iam").list_roles(PathPrefix="/pipelines/")["Roles"] == []
