"""Two environments share no name, and neither has a permission on the other."""

import fnmatch
import itertools
import json
from pathlib import Path

from envs.schema import Subscription
from main import build_app
from resource_types import record_of
from resource_types.expressions import references, replaced
from tests.conftest import Synthesize
from tests.support.environments import PAIRS
from tests.support.synthesized import WITH_TOKENS, Block, Synthesized, settings

import pytest

WITHOUT_RESOURCES = {
    "ecr:GetAuthorizationToken",
    "logs:DescribeLogGroups",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
}
"""Actions for which AWS defines no resource (service authorization reference), or that only list."""
OUTSIDE = {
    "arn:aws:ecr:eu-west-1:123456789012:repository/shared/gateway",  # the image that WITH_TOKENS names
    "arn:aws:bedrock:*::foundation-model/*",  # owned by AWS
    "arn:aws:bedrock:*:${data.aws_caller_identity.Account.account_id}:inference-profile/*",
}
"""Resources in statements that belong to no environment."""


@pytest.mark.parametrize(
    "changes",
    [
        {},
        WITH_TOKENS | {"alarm_subscriptions": (Subscription("email", "oncall@example.com"),)},
        {
            "vpc_id": "vpc-0123456789abcdef0",
            "public_subnet_ids": ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1"),
            "private_subnet_ids": ("subnet-0123456789abcdef2", "subnet-0123456789abcdef3"),
            "internal_load_balancer": True,
        },
    ],
    ids=["defaults", "every switch", "existing network"],
)
def test_no_stack_refers_to_another(changes: dict[str, object], tmp_path: Path) -> None:
    """No stack reads another stack's state, which the roles of an environment may not access."""
    environments = [
        settings(**changes, environment=name, github_repository="octo-org/octo-repo") for name in ("blue", "green")
    ]
    build_app(environments, outdir=str(tmp_path)).synth()
    read = {path.parent.name: json.loads(path.read_text())["data"] for path in tmp_path.rglob("cdk.tf.json")}
    assert sorted(read) == ["blue", "blue-pipeline", "green", "green-pipeline"]
    assert [name for name, data in read.items() if "terraform_remote_state" in data] == []


def physical_names(stack: Synthesized) -> dict[tuple[str, str], str]:
    """Every name with a literal part, by resource type and path. A name of references alone is another resource's."""
    names: dict[tuple[str, str], str] = {}
    for block in stack.stack.resources.values():
        record = record_of(block.type)
        name = block.get(record.name) if record.name and not record.shared_name else None
        if name and replaced(name, lambda _: ""):
            names[block.type, block.path] = name
    return names


@pytest.fixture(params=PAIRS, ids="-".join)
def pair(request: pytest.FixtureRequest, synthesize: Synthesize) -> tuple[Synthesized, Synthesized]:
    """Two environments of one account and region with every setting on; some names are prefixes of others."""
    one, other = (
        synthesize(
            settings(
                **WITH_TOKENS | {"domain_name": f"{name}.example.com"},
                environment=name,
                cognito_domain_prefix=f"ai-gateway-{name}",
            )
        )
        for name in request.param
    )
    return one, other


def test_no_physical_name_is_shared(pair: tuple[Synthesized, Synthesized]) -> None:
    """For every resource type, two environments in one account and region have no name in common."""
    one, other = map(physical_names, pair)
    shared = {
        (type_, name) for (type_, _), name in one.items() if (type_, name) in {(t, n) for (t, _), n in other.items()}
    }
    assert shared == set()
    assert {type_ for type_, _ in one} >= {
        "aws_appautoscaling_policy",
        "aws_cloudwatch_log_group",
        "aws_cognito_user_pool_domain",
        "aws_ecr_repository",
        "aws_ecs_cluster",
        "aws_ecs_service",
        "aws_ecs_task_definition",
        "aws_iam_role",
        "aws_kms_alias",
        "aws_lb",
        "aws_lb_target_group",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
        "aws_security_group",
        "aws_wafv2_web_acl",
    }


def reachable(statement: Block) -> list[str]:
    """The resources of a statement that do not refer to a resource of the same stack."""
    resources: list[str] = statement.get("Resource", [])
    return [resource for resource in resources if not any(one.startswith("aws_") for one in references(resource))]


def test_no_statement_reaches_the_other_environment(pair: tuple[Synthesized, Synthesized]) -> None:
    """Each statement names only resources of its own stack, except for actions for which AWS defines no resource."""
    one, other = pair
    account = "${data.aws_caller_identity"
    foreign = [name for (_, _), name in physical_names(other).items()]
    seen = 0
    for type_, path, statement in one.statements():
        for resource in reachable(statement):
            seen += 1
            if type_ == "aws_vpc_endpoint":
                # An endpoint policy only restricts what goes through that endpoint.
                named = resource.removesuffix(":*").rpartition(":")[2]
                assert resource == "*" or not [name for name in foreign if fnmatch.fnmatch(name, named)], path
            elif resource == "*":
                # A key policy applies to that key only.
                assert type_ == "aws_kms_key" or set(statement["Action"]) <= WITHOUT_RESOURCES, (path, statement)
            else:
                assert resource in OUTSIDE, (path, resource)
        for values in statement.get("Condition", {}).values():
            for value in itertools.chain.from_iterable(values.values()):
                if value.startswith("arn:") and ":log-group:" in value:
                    assert not [name for name in foreign if fnmatch.fnmatch(name, value.rpartition(":")[2])], path
    assert seen >= 4
    assert account in json.dumps(one.document)
