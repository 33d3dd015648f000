"""The roles of a pipeline: who may assume them, what they may do and what they may not."""

import json
from fnmatch import fnmatchcase
from pathlib import Path

from main import build_app
from tests.conftest import Synthesize
from tests.support.environments import PAIRS
from tests.support.pipelines import ACCESS, ACCOUNT, Pipeline, with_pipeline
from tests.support.synthesized import WITH_TEAMS, settings

import attrs
import pytest

INLINE_LIMIT = 10_240
"""Characters in all inline policies of a role, excluding white space (IAM's quotas)."""
MANAGED_LIMIT = 6144
"""Characters in a managed policy, excluding white space (IAM's quotas)."""
OURS = {"aws:ResourceTag/Project": ["ai-gateway"], "aws:ResourceTag/Environment": ["test"]}
DATA = {
    *("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "logs:GetLogEvents", "logs:FilterLogEvents"),
    *("kms:Decrypt", "ecr:BatchGetImage", "ecr:PutImage", "cognito-idp:ListUsers", "dynamodb:Scan", "sts:AssumeRole"),
    *("iam:CreateUser", "iam:AttachRolePolicy", "iam:CreateAccessKey", "ecs:ExecuteCommand", "ecs:RunTask"),
}
"""Calls that no deployment makes but that a stolen token could be used for."""


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The pipeline of the environment `test`."""
    return Pipeline.of(with_pipeline(), tmp_path_factory.mktemp("pipeline"))


def test_without_a_repository_there_is_no_pipeline(tmp_path: Path) -> None:
    """The pipeline stack exists only if github_repository is set."""
    build_app([settings()], outdir=str(tmp_path)).synth()
    assert [path.name for path in (tmp_path / "stacks").iterdir()] == ["test"]


def test_its_state_is_its_own(pipeline: Pipeline) -> None:
    """The pipeline's state is in the environment's bucket under another key, with the environment's lock table."""
    backend = pipeline.stack.document["terraform"]["backend"]["s3"]
    assert (backend["bucket"], backend["key"]) == ("ai-gateway-tfstate-test", "pipeline.tfstate")
    assert backend["dynamodb_table"] == "ai-gateway-tfstate-lock-test"


SIGN_IN = "token.actions.githubusercontent.com"
FILE = "example/gateway/.github/workflows/environment.yml@refs/heads/main"


@pytest.mark.parametrize(
    ("role", "subject"),
    [
        ("Deploy", "repo:example/gateway:environment:test"),
        ("Plan", "repo:example/gateway:ref:refs/heads/main"),
    ],
)
def test_one_subject_may_assume_a_role(pipeline: Pipeline, role: str, subject: str) -> None:
    """Only a token of GitHub for one repository, environment or branch, and workflow on main is accepted."""
    block = pipeline.stack.by_type("aws_iam_role")[f"Roles/{role}"]
    (statement,) = json.loads(block["assume_role_policy"])["Statement"]
    assert block["path"] == "/pipelines/"
    assert statement == {
        "Sid": "AssumedByWorkflow",
        "Effect": "Allow",
        "Principal": {"Federated": [f"arn:aws:iam::{ACCOUNT}:oidc-provider/{SIGN_IN}"]},
        "Action": ["sts:AssumeRoleWithWebIdentity"],
        "Condition": {
            "StringEquals": {
                f"{SIGN_IN}:aud": ["sts.amazonaws.com"],
                f"{SIGN_IN}:sub": [subject],
                f"{SIGN_IN}:ref": ["refs/heads/main"],
                f"{SIGN_IN}:job_workflow_ref": [FILE],
            }
        },
    }


def test_a_repository_with_numbers_is_pinned_by_them(tmp_path: Path) -> None:
    """The trust policy also checks the repository id, which a rename does not change. The workflow's path has no id."""
    environment = attrs.evolve(with_pipeline(), github_repository="example@7/gateway@42")
    block = Pipeline.of(environment, tmp_path).stack.by_type("aws_iam_role")["Roles/Deploy"]
    condition = json.loads(block["assume_role_policy"])["Statement"][0]["Condition"]["StringEquals"]
    assert condition[f"{SIGN_IN}:sub"] == ["repo:example@7/gateway@42:environment:test"]
    assert condition[f"{SIGN_IN}:repository_id"] == ["42"]
    assert condition[f"{SIGN_IN}:job_workflow_ref"] == [FILE]


def test_claims_that_sts_does_not_know_lock_nobody_out(tmp_path: Path) -> None:
    """In GovCloud, claims other than audience and subject are checked only if STS sets them."""
    environment = attrs.evolve(with_pipeline(), aws_region="us-gov-west-1", interface_endpoints=())
    block = Pipeline.of(environment, tmp_path).stack.by_type("aws_iam_role")["Roles/Deploy"]
    condition = json.loads(block["assume_role_policy"])["Statement"][0]["Condition"]
    assert set(condition["StringEquals"]) == {f"{SIGN_IN}:aud", f"{SIGN_IN}:sub"}
    assert set(condition["StringEqualsIfExists"]) == {f"{SIGN_IN}:ref", f"{SIGN_IN}:job_workflow_ref"}


def test_each_policy_fits(tmp_path: Path) -> None:
    """The longest allowed names stay within IAM's limits, which AWS would only check during a deployment."""
    name = "e" * (32 - len("ai-gateway-"))
    policies = Pipeline.of(with_pipeline(name), tmp_path).policies
    for kind in policies:
        longest = INLINE_LIMIT if kind == "DeployNamed" else MANAGED_LIMIT
        document = {"Version": "2012-10-17", "Statement": policies[kind]}
        assert len(json.dumps(document, separators=(",", ":")).replace(ACCOUNT, "1" * 12)) < longest, kind


def test_each_role_has_its_policies(pipeline: Pipeline) -> None:
    """Both roles may plan and lock; only the deploy role has the policies that change resources."""
    stack = pipeline.stack
    attached = {
        (block["role"], block["policy_arn"]) for block in stack.by_type("aws_iam_role_policy_attachment").values()
    }
    deploy, plan = (stack.reference("aws_iam_role", f"Roles/{role}", "name") for role in ("Deploy", "Plan"))
    policies = ("Planning", "Locking", "Numbered", "Network", "Running", "Usage", "Domain")
    planning, locking, *changing = (stack.reference("aws_iam_policy", f"Roles/{one}", "arn") for one in policies)
    both = {(role, one) for role in (deploy, plan) for one in (planning, locking)}
    assert attached == both | {(deploy, one) for one in changing}
    assert stack.only("aws_iam_role_policy")["role"] == stack.reference("aws_iam_role", "Roles/Deploy", "id")


@pytest.mark.parametrize("role", ["Deploy", "Plan"])
def test_no_data_is_in_reach(pipeline: Pipeline, role: str) -> None:
    """The roles cannot read secrets, log lines, images or table items, or use keys."""
    # DynamoDB checks that whoever creates a table may use its key. No role here reads the table's items.
    held = [one for one in pipeline.statements(role) if one["Sid"] != "GrantsToUsage"]
    actions = {action for statement in held for action in statement["Action"]}
    assert [call for call in DATA if any(fnmatchcase(call, pattern) for pattern in actions)] == []
    on_usage = {
        action
        for statement in held
        if any("table/ai-gateway-usage" in resource for resource in statement["Resource"])
        for action in statement["Action"]
    }
    assert [action for action in on_usage if action.endswith("Item") or "Query" in action] == []
    for statement in pipeline.statements(role):
        if "kms:CreateGrant" in statement["Action"]:
            via = "dynamodb" if statement["Sid"] == "GrantsToUsage" else "ecr"
            assert statement["Condition"]["StringEquals"] == {"kms:ViaService": [f"{via}.eu-west-1.amazonaws.com"]}
            assert statement["Condition"]["StringEqualsIfExists"] == OURS
        if "cognito-idp:DescribeUserPoolClient" in statement["Action"]:
            assert statement["Condition"]["StringEquals"] == OURS
    objects = {
        resource
        for statement in pipeline.statements(role)
        if "s3:GetObject" in statement["Action"]
        for resource in statement["Resource"]
    }
    state = "arn:aws:s3:::ai-gateway-tfstate-test/terraform.tfstate"
    plans = "arn:aws:s3:::ai-gateway-tfstate-test/plans/*"
    assert objects == {state, f"{state}.tflock", *([plans] if role == "Deploy" else [])}


def test_a_plan_writes_nothing_but_the_lock_and_itself(pipeline: Pipeline) -> None:
    """The plan role may write only the state's lock, in the table or next to the state, and the stored plan."""
    writing = {
        statement["Sid"]
        for statement in pipeline.statements("Plan")
        if any(not action.partition(":")[2].startswith(("Get", "Describe", "List")) for action in statement["Action"])
    }
    assert writing == {"LockTable", "LockFile", "StorePlan"}


def test_it_cannot_give_itself_more(pipeline: Pipeline) -> None:
    """No statement that writes covers the pipeline's own roles, policies and state."""
    own = [f"arn:aws:iam::{ACCOUNT}:role/pipelines/ai-gateway-test-{purpose}" for purpose in ("deploy", "plan")]
    own += [
        f"arn:aws:iam::{ACCOUNT}:policy/pipelines/ai-gateway-test-{one}"
        for one in ("boundary", "deploy", "domain", "network", "plan", "run", "state", "usage")
    ]
    own.append("arn:aws:s3:::ai-gateway-tfstate-test/pipeline.tfstate")
    writing = [one for one in pipeline.statements("Deploy") if not one["Sid"].startswith("Read")]
    reached = [
        (statement["Sid"], one)
        for statement in writing
        for resource in statement["Resource"]
        for one in own
        if resource != "*" and fnmatchcase(one, resource)
    ]
    assert reached == []
    assert [
        one["Sid"] for one in writing if "*" in one["Resource"] and any(a.startswith("iam:") for a in one["Action"])
    ] == []


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_what_has_a_name_is_its_own_environments(one: str, other: str, tmp_path: Path) -> None:
    """Statements that name resources by environment do not match another environment, even one whose name is longer."""
    statements = Pipeline.of(with_pipeline(one), tmp_path).statements("Deploy")
    patterns = [
        resource
        for one_ in statements
        for resource in one_["Resource"]
        if f"-{one}" in resource or f"/{one}" in resource
    ]
    foreign = [
        pattern.replace(f"-{one}", f"-{other}").replace(f"/{one}", f"/{other}").replace("*", "x")
        for pattern in patterns
    ]
    assert len(patterns) > 20
    assert [name for name in foreign if any(fnmatchcase(name, pattern) for pattern in patterns)] == []


def test_its_alarms_are_all_there(pipeline: Pipeline, synthesize: Synthesize) -> None:
    """Each alarm that an environment can have is in the deploy role's policy."""
    (statement,) = [one for one in pipeline.statements("Deploy") if one["Sid"] == "Alarms"]
    patterns = [resource.rpartition(":")[2] for resource in statement["Resource"]]
    assert patterns.pop() == "TargetTracking-service/ai-gateway-test/ai-gateway-test-*"
    alarms = [block["alarm_name"] for block in synthesize(WITH_TEAMS).by_type("aws_cloudwatch_metric_alarm").values()]
    lists = f"`alarms`, `usage_alarms` or `cache_alarms` under [lists] in {ACCESS}"
    unlisted = [name for name in alarms if not any(fnmatchcase(name, pattern) for pattern in patterns)]
    assert unlisted == [], f"add each, without its prefix ai-gateway-test-, to {lists}"
    unused = [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in alarms)]
    assert unused == [], f"no environment has these alarms: remove each from {lists}"
