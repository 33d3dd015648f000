"""dev and prod in one account, as users run them: deployed, planned without changes, changed and destroyed."""

import json
import re
from collections.abc import Iterator
from typing import Any

from emulator.iam.evaluator import Rights
from emulator.rehearsal import copy_of
from envs.schema import PROVIDER_VERSION_VARIABLE
from ops.terraform import REHEARSED_PLUGIN_CACHE
from tests.support.cloud import Checkout, client, counted
from tests.support.isolation import named_actions, named_resources, reached
from tests.support.output import rows
from tests.support.rights import policies

import pytest

pytestmark = [pytest.mark.deployment, pytest.mark.xdist_group("lifecycle")]

NAMES = ("dev", "prod")
GIB = 1024
TASKS = {"dev": ("512", "1024", 256, 768), "prod": ("1024", "2048", 768, 1792)}
"""CPU and memory of the task, then the gateway's share of them, as the Terraform version divides them."""
CAPACITY = {"dev": (1, 3), "prod": (2, 6)}
ROLES = ("execution", "task", "flow-logs")


@pytest.fixture(scope="module")
def sides(deployed: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Checkout]]:
    """One checkout each for dev and prod, which were deployed at the same time to the same AWS."""
    folder = tmp_path_factory.mktemp("sides")
    with copy_of(deployed) as environ:
        made = {name: Checkout.make(folder / name, environ) for name in NAMES}
        for name, checkout in made.items():
            checkout.initialize(name)
        yield made


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """The name of each environment: the test runs once for dev and once for prod."""
    return str(request.param)


@pytest.fixture
def aws(sides: dict[str, Checkout], name: str) -> Any:  # noqa: ANN401 (boto3 has no types)
    """A function that creates clients of the AWS that both were deployed to."""
    return lambda service: client(sides[name].environ, service)


def test_a_second_plan_is_empty(sides: dict[str, Checkout], name: str) -> None:
    """`make diff` after a deployment exits 0. Its init does not rewrite the cached provider, which may be in use."""
    release = sides[name].environ[PROVIDER_VERSION_VARIABLE]
    cache = sides[name].folder / ".tools" / REHEARSED_PLUGIN_CACHE.name
    (provider,) = cache.glob(f"registry.terraform.io/hashicorp/aws/{release}/*")
    written = provider.lstat().st_mtime_ns
    done = sides[name].ops("diff", name)
    assert done.returncode == 0, done.stdout
    assert "No changes." in done.stdout
    assert provider.lstat().st_mtime_ns == written


def test_the_ejected_hcl_changes_the_tag_alone(sides: dict[str, Checkout], name: str) -> None:
    """Terraform continues with the HCL of `make hcl` and the existing state, without cdktf."""
    sides["dev"].ejected_plan_changes_the_tag_alone(name)  # one module has both


@pytest.mark.scanners
def test_the_plan_has_no_unexplained_finding(sides: dict[str, Checkout]) -> None:
    """checkov finds nothing unexplained in the plan of prod. dev has a subset of the same resources."""
    assert sides["prod"].unexplained("prod") == []


def test_the_subnets_are_the_documents(aws: Any, name: str) -> None:  # noqa: ANN401 (boto3 has no types)
    """Two public and two private subnets in two zones, from cidrsubnet 1, 2, 10 and 20."""
    found = aws("ec2").describe_subnets(Filters=[{"Name": "tag:Environment", "Values": [name]}])["Subnets"]
    shown = sorted((subnet["CidrBlock"], subnet["AvailabilityZone"]) for subnet in found)
    assert shown == [
        ("10.0.1.0/24", "us-east-1a"),
        ("10.0.10.0/24", "us-east-1a"),
        ("10.0.2.0/24", "us-east-1b"),
        ("10.0.20.0/24", "us-east-1b"),
    ]


def test_the_task_has_the_documents_sizes(aws: Any, name: str) -> None:  # noqa: ANN401 (boto3 has no types)
    """Two tasks run. The sidecar gets 256 CPU units and 256 MiB, the gateway the rest, the init container none."""
    service = aws("ecs").describe_services(cluster=f"ai-gateway-{name}", services=[f"ai-gateway-{name}"])["services"][0]
    task = aws("ecs").describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    sizes = {item["name"]: (item["cpu"], item.get("memory")) for item in task["containerDefinitions"]}
    cpu, memory, gateway_cpu, gateway_memory = TASKS[name]
    assert service["desiredCount"] == 2
    assert (task["cpu"], task["memory"]) == (cpu, memory)
    assert sizes == {
        "gateway": (gateway_cpu, gateway_memory),
        "otel-collector": (256, 256),
        "instrumentation": (0, None),
    }


def test_both_policies_scale_between_the_documents_bounds(aws: Any, name: str) -> None:  # noqa: ANN401
    """The targets are 70% CPU and 500 requests per target, with cooldowns of 60 s (scale-out) and 300 s (scale-in)."""
    scaling = aws("application-autoscaling")
    target = scaling.describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[f"service/ai-gateway-{name}/ai-gateway-{name}"]
    )["ScalableTargets"][0]
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs", ResourceId=target["ResourceId"])
    tracked = {
        policy["PredefinedMetricSpecification"]["PredefinedMetricType"]: (
            policy["TargetValue"],
            policy["ScaleOutCooldown"],
            policy["ScaleInCooldown"],
        )
        for policy in (item["TargetTrackingScalingPolicyConfiguration"] for item in policies["ScalingPolicies"])
    }
    assert (target["MinCapacity"], target["MaxCapacity"]) == CAPACITY[name]
    assert tracked == {
        "ECSServiceAverageCPUUtilization": (70.0, 60, 300),
        "ALBRequestCountPerTarget": (500.0, 60, 300),
    }


def test_only_prod_has_a_firewall(aws: Any, name: str) -> None:  # noqa: ANN401 (boto3 has no types)
    """Only prod has a WAF web ACL, and it is attached to prod's load balancer."""
    acls = {item["Name"]: item["ARN"] for item in aws("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"]}
    balancer = aws("elbv2").describe_load_balancers(Names=[f"ai-gateway-{name}"])["LoadBalancers"][0]
    answer = aws("wafv2").get_web_acl_for_resource(ResourceArn=balancer["LoadBalancerArn"])
    before = answer.get("WebACL", {}).get("Name")
    assert list(acls) == ["ai-gateway-prod"]
    assert before == ("ai-gateway-prod" if name == "prod" else None)


def test_a_task_reaches_nothing_of_the_other(sides: dict[str, Checkout], name: str) -> None:
    """One environment's task roles reach no resource that only the other's roles name."""
    environ = sides[name].environ
    (other,) = set(NAMES) - {name}
    own, foreign = (
        [document for role in ROLES for document in policies(environ, f"ai-gateway-{one}-{role}").values()]
        for one in (name, other)
    )
    targets = named_resources(foreign, "us-east-1") - named_resources(own, "us-east-1")
    context = {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}
    rights = Rights(identity={str(number): document for number, document in enumerate(own)})
    found = reached(rights, named_actions(own), targets, [context], "us-east-1")
    assert len(targets) >= 4
    assert {pair for pair in found if pair[1] in targets} == set()


TAG_CALLS: dict[str, tuple[str, str, str, str]] = {
    "aws_appautoscaling_target": ("application-autoscaling", "list_tags_for_resource", "ResourceARN", "arn"),
    "aws_cloudwatch_log_group": ("logs", "list_tags_for_resource", "resourceArn", "arn"),
    "aws_cognito_user_pool": ("cognito-idp", "describe_user_pool", "UserPoolId", "id"),
    "aws_ecr_repository": ("ecr", "list_tags_for_resource", "resourceArn", "arn"),
    "aws_ecs_cluster": ("ecs", "list_tags_for_resource", "resourceArn", "arn"),
    "aws_ecs_service": ("ecs", "list_tags_for_resource", "resourceArn", "id"),
    "aws_ecs_task_definition": ("ecs", "list_tags_for_resource", "resourceArn", "arn"),
    "aws_iam_role": ("iam", "list_role_tags", "RoleName", "name"),
    "aws_kms_key": ("kms", "list_resource_tags", "KeyId", "key_id"),
    "aws_s3_bucket": ("s3", "get_bucket_tagging", "Bucket", "bucket"),
    "aws_cloudwatch_metric_alarm": ("cloudwatch", "list_tags_for_resource", "ResourceARN", "arn"),
    "aws_sns_topic": ("sns", "list_tags_for_resource", "ResourceArn", "arn"),
    "aws_wafv2_web_acl": ("wafv2", "list_tags_for_resource", "ResourceARN", "arn"),
}
"""How to read a resource's tags: the service, the call, its argument, and the attribute to pass."""


def tags_of(aws: Any, type_: str, values: dict[str, Any]) -> dict[str, str]:  # noqa: ANN401 (boto3 has no types)
    """The tags of a resource as its own service returns them; EC2 and the load balancers have separate calls."""
    if type_.startswith("aws_lb"):
        answer = aws("elbv2").describe_tags(ResourceArns=[values["arn"]])["TagDescriptions"][0]
    elif type_ in TAG_CALLS:
        service, call, argument, attribute = TAG_CALLS[type_]
        answer = getattr(aws(service), call)(**{argument: values[attribute]})
        answer = answer.get("TagInfoForResource") or answer.get("UserPool") or answer
    else:
        answer = aws("ec2").describe_tags(Filters=[{"Name": "resource-id", "Values": [values["id"]]}])
    tags = next(answer[key] for key in ("Tags", "tags", "TagSet", "TagList", "UserPoolTags") if key in answer)
    if isinstance(tags, dict):
        return tags
    if not tags:
        return {}
    # Each service spells these keys in its own way.
    spelt = next(pair for pair in (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue")) if pair[0] in tags[0])
    return {tag[spelt[0]]: tag[spelt[1]] for tag in tags}


def test_everything_that_can_be_tagged_is(sides: dict[str, Checkout], aws: Any, name: str) -> None:  # noqa: ANN401
    """Every taggable resource has the tags Project, ManagedBy and Environment, as its own service returns them."""
    wanted = {"Project": "ai-gateway", "ManagedBy": "cdktf", "Environment": name}
    shown = json.loads(sides[name].terraform(name, "show", "-json").stdout)
    resources = [item for item in shown["values"]["root_module"]["resources"] if item["mode"] == "managed"]
    taggable = [item for item in resources if "tags_all" in item["values"]]
    wrong = {
        item["address"]: found
        for item in taggable
        if not wanted.items() <= (found := tags_of(aws, item["type"], item["values"])).items()
    }
    assert len(taggable) > 30
    assert wrong == {}


def test_describe_reads_it_back(sides: dict[str, Checkout], name: str) -> None:
    """`make describe` shows the network, listeners, task, policies, state and lock table as they are on AWS."""
    cpu, memory, gateway_cpu, gateway_memory = TASKS[name]
    done = sides[name].ops("describe", name)
    assert done.returncode == 0, done.stdout
    for line in (
        "private-b: 10.0.20.0/24 in us-east-1b",
        "listens on HTTP 80: forward",
        f"{cpu} CPU units, {memory} MiB",
        f"container gateway: {gateway_cpu} units, {gateway_memory} MiB, portkeyai/gateway:1.15.2",
        "ALBRequestCountPerTarget at 500, out 60 s, in 300 s",
        f"s3://ai-gateway-tfstate-{name}/terraform.tfstate: serial",
        f"lock table ai-gateway-tfstate-lock-{name} (ACTIVE)",
    ):
        assert line in done.stdout


def test_a_larger_task_replaces_nothing_but_its_definition(sides: dict[str, Checkout]) -> None:
    """gateway_cpu=1024 in dev plans a new task definition and an update of the service, and nothing else."""
    dev = sides["dev"]
    dev.change("dev", "gateway_cpu=512", "gateway_cpu=1024")
    dev.change("dev", "gateway_memory=1024", "gateway_memory=2048")
    planned = several_are_planned(dev)
    assert dict(re.findall(r"^ *# (\w+)\.\S+ (.*)$", planned, re.MULTILINE)) == {
        "aws_ecs_task_definition": "must be replaced",
        "aws_ecs_service": "will be updated in-place",
    }
    assert "Plan: 1 to add, 1 to change, 1 to destroy." in planned
    dev.change("dev", "gateway_cpu=1024", "gateway_cpu=512")
    dev.change("dev", "gateway_memory=2048", "gateway_memory=1024")


def several_are_planned(dev: Checkout) -> str:
    """Check that a diff of several environments plans each one, even if one fails. Returns dev's plan."""
    dev.change("prod", "autoscaling_max_capacity=6", "autoscaling_max_capacity=7")
    pending = dev.ops("diff")
    assert pending.returncode == 2, pending.stdout
    assert rows(pending.stdout) == [
        ["dev", "1 to add, 1 to change, 1 to destroy"],
        ["prod", "0 to add, 2 to change, 0 to destroy"],
    ]
    assert "# aws_appautoscaling_target." in pending.stdout
    dev.change("prod", "autoscaling_max_capacity=7", "autoscaling_max_capacity=6")
    settings = (dev.folder / "envs" / "dev.py").read_text(encoding="utf-8")
    staging = dev.folder / "envs" / "staging.py"
    staging.write_text(
        settings.replace('"dev"', '"staging"').replace("gateway-dev", "gateway-staging"), encoding="utf-8"
    )
    failed = dev.ops("diff", "dev,staging")
    staging.unlink()
    assert failed.returncode == 1, failed.stdout
    assert rows(failed.stdout) == [
        ["dev", "1 to add, 1 to change, 1 to destroy"],
        [
            "staging",
            "there is no state bucket ai-gateway-tfstate-staging, so staging is not deployed: run `make deploy ENV=staging`, which creates it",
        ],
    ]
    return failed.stdout


def test_a_protected_environment_is_not_destroyed(sides: dict[str, Checkout]) -> None:
    """`make destroy ENV=prod` prints what is protected and how to continue, and deletes nothing."""
    before = counted(sides["prod"].environ, "prod")
    done = sides["prod"].ops("destroy", "prod", "--yes")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == (
        "deletion protection is on for aws_cognito_user_pool.Auth_UserPool_3A690A78, "
        "aws_ecr_repository.Repository_7817FAF0, aws_lb.LoadBalancer_10456B95, "
        "aws_s3_bucket.AccessLogs_Bucket_FB91B785; nothing was deleted: set deletion_protection=False in "
        "envs/prod.py, run `make deploy ENV=prod`, then `make destroy ENV=prod` again"
    )
    assert counted(sides["prod"].environ, "prod") == before


def test_destroying_asks_somebody(sides: dict[str, Checkout]) -> None:
    """Without a terminal and without --yes nothing is destroyed."""
    done = sides["dev"].ops("destroy", "dev")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].startswith("no terminal to confirm (Destroy the 90 resources of dev in account")


def test_destroying_leaves_the_state_and_the_other(sides: dict[str, Checkout]) -> None:
    """`make destroy ENV=dev` leaves dev's state bucket and lock table, and all of prod."""
    environ = sides["dev"].environ
    before = counted(environ, "prod")
    done = sides["dev"].ops("destroy", "dev", "--yes")
    assert done.returncode == 0, done.stdout
    buckets = [bucket["Name"] for bucket in client(environ, "s3").list_buckets()["Buckets"]]
    tables = client(environ, "dynamodb").list_tables()["TableNames"]
    pools = client(environ, "cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
    vpcs = client(environ, "ec2").describe_vpcs(Filters=[{"Name": "tag:Environment", "Values": ["dev"]}])["Vpcs"]
    groups = client(environ, "logs").describe_log_groups()["logGroups"]
    assert sorted(name for name in buckets if "dev" in name) == ["ai-gateway-tfstate-dev"]
    assert [name for name in tables if "dev" in name] == ["ai-gateway-tfstate-lock-dev"]
    assert [pool["Name"] for pool in pools] == ["ai-gateway-prod"]
    assert vpcs == []
    assert [group["logGroupName"] for group in groups if "dev" in group["logGroupName"]] == []
    assert counted(environ, "prod") == before
