"""Every setting on at once, deployed by its pipeline: routes, secrets, a domain name with its certificate, alarms.

IAM evaluates each call of the workflow's roles.
"""

from tests.support.cloud import Checkout, client
from tests.support.environments import STAGING
from tests.support.full import DEPLOYING, PLANNING, alarms, deploying, planning, refused
from tests.support.github_run import Run
from tests.support.rights import task_key

import pytest
from botocore.exceptions import ClientError

pytestmark = [pytest.mark.deployment, pytest.mark.xdist_group("full")]


def test_a_second_plan_is_empty(full: Checkout) -> None:
    """After the secrets' values are written, the plan role's plan shows no changes, and no call of a role is denied."""
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
    """A run of another branch, workflow, environment or repository, or of a pull request, cannot assume the role."""
    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        run.sign_in(full.environ, f"ai-gateway-full-{role}")


def test_a_plan_changes_nothing(full: Checkout) -> None:
    """AWS denies a deployment that uses the plan role."""
    with pytest.raises(ClientError, match="is not authorized to perform: ecs:UpdateService on resource") as refusal:
        client({**full.environ, **planning(full)}, "ecs").update_service(
            cluster="ai-gateway-full", service="ai-gateway-full", desiredCount=0
        )
    assert refusal.value.response["Error"]["Code"] == "AccessDeniedException"


def test_the_task_may_do_what_it_does(full: Checkout) -> None:
    """ECS's agent may read secrets and write logs, the gateway may call models, the collector may write telemetry."""
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
    for model in ("amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0"):
        answer = client(task, "bedrock-runtime").invoke_model(modelId=model, body=b"{}")
        assert answer["contentType"] == "application/json"
    with pytest.raises(ClientError, match="bedrock:InvokeModel on resource"):
        client(agent, "bedrock-runtime").invoke_model(modelId="amazon.nova-lite-v1:0", body=b"{}")
    with pytest.raises(ClientError, match="secretsmanager:GetSecretValue"):
        client(task, "secretsmanager").get_secret_value(SecretId=secrets[0])


def test_the_pipeline_has_its_roles(full: Checkout) -> None:
    """There is one OIDC provider per account. The variables name the roles, which only this repository may assume."""
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
    """The deploy role cannot change the service to a foreign subnet or task definition, or turn on ECS Exec."""
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
    """Without a repository, `make pipeline` fails and names the setting and the file to write it in."""
    (full.folder / "envs" / "staging.py").write_text(STAGING, encoding="utf-8")
    done = full.ops("pipeline", "staging", "--yes")
    (full.folder / "envs" / "staging.py").unlink()
    assert (done.returncode, done.stdout) == (
        1,
        'envs/staging.py sets no github_repository: set github_repository="owner/name", the repository whose workflows '
        "may deploy it\n",
    )


def test_the_ejected_hcl_changes_the_tag_alone(full: Checkout) -> None:
    """Terraform plans no change for the ejected HCL except the ManagedBy tag."""
    full.ejected_plan_changes_the_tag_alone("full")


@pytest.mark.scanners
def test_the_plan_has_no_unexplained_finding(full: Checkout) -> None:
    """checkov finds nothing unexplained in the plan, which also shows e.g. the documents of the roles' policies."""
    assert full.unexplained("full") == []


def test_the_name_leads_to_the_load_balancer(full: Checkout) -> None:
    """The zone has an alias for the load balancer, and HTTPS uses the certificate that was validated in the zone."""
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


def test_the_alarms_are_there(full: Checkout) -> None:
    """Each alarm notifies the one topic, to which the configured address is subscribed. `make describe` shows them."""
    (topic,) = client(full.environ, "sns").list_topics()["Topics"]
    assert len(alarms(full)) == 11
    assert {tuple(alarm["AlarmActions"]) for alarm in alarms(full)} == {(topic["TopicArn"],)}
    subscriptions = client(full.environ, "sns").list_subscriptions_by_topic(TopicArn=topic["TopicArn"])
    assert [one["Endpoint"] for one in subscriptions["Subscriptions"]] == ["oncall@example.com"]
    assert "11 alarms notify ai-gateway-full-alarms" in full.ops("describe", "full").stdout
