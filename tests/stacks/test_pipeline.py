"""The roles of a pipeline: who may assume them, what they reach and what they cannot."""

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from envs.schema import Environment
from main import build_app
from resource_types.expressions import replaced
from resource_types.stack import SynthesizedStack
from tests.conftest import Synthesize
from tests.support.environments import PAIRS
from tests.support.synthesized import EVERYTHING, WITH_TEAMS, Synthesized, settings

import attrs
import pytest

ACCOUNT = "${data.aws_caller_identity.Account.account_id}"
INLINE_LIMIT = 10_240
"""Characters of all inline policies of a role, white space aside (IAM's quotas)."""
MANAGED_LIMIT = 6144
"""Characters of a managed policy, white space aside (IAM's quotas)."""
OURS = {"aws:ResourceTag/Project": ["ai-gateway"], "aws:ResourceTag/Environment": ["test"]}
DATA = {
    *("secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "logs:GetLogEvents", "logs:FilterLogEvents"),
    *("kms:Decrypt", "ecr:BatchGetImage", "ecr:PutImage", "cognito-idp:ListUsers", "dynamodb:Scan", "sts:AssumeRole"),
    *("iam:CreateUser", "iam:AttachRolePolicy", "iam:CreateAccessKey", "ecs:ExecuteCommand", "ecs:RunTask"),
}
"""Calls that no deployment makes and whoever holds a stolen token would like."""


@attrs.frozen
class Pipeline:
    """A synthesized pipeline stack."""

    stack: Synthesized

    @classmethod
    def of(cls, environment: Environment, folder: Path) -> "Pipeline":
        """Synthesize one."""
        build_app([environment], outdir=str(folder)).synth()
        at = folder / "stacks" / f"{environment.environment}-pipeline"
        return cls(Synthesized(SynthesizedStack.read(at.parent.parent, at.name), at))

    @property
    def policies(self) -> dict[str, list[dict[str, Any]]]:
        """The statements of each policy by its construct."""
        held = {**self.stack.by_type("aws_iam_policy"), **self.stack.by_type("aws_iam_role_policy")}
        return {path.partition("/")[2]: json.loads(block["policy"])["Statement"] for path, block in held.items()}

    def statements(self, role: str) -> list[dict[str, Any]]:
        """What a role may do."""
        held = self.policies
        planning = held["Planning"] + held["Locking"]
        changing = ("Numbered", "Network", "Running", "Usage", "Domain", "DeployNamed")
        return planning if role == "Plan" else planning + [one for name in changing for one in held[name]]

    def actions(self, role: str) -> set[str]:
        """The actions of all of them."""
        return {action for statement in self.statements(role) for action in statement["Action"]}


def with_pipeline(name: str = "test") -> Environment:
    """An environment with every switch on and a repository."""
    return attrs.evolve(
        WITH_TEAMS,
        environment=name,
        cognito_domain_prefix=f"ai-gateway-{name}",
        domain_name=f"{name}.example.com",
        github_repository="example/gateway",
    )


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """That of the environment `test`."""
    return Pipeline.of(with_pipeline(), tmp_path_factory.mktemp("pipeline"))


def test_without_a_repository_there_is_no_pipeline(tmp_path: Path) -> None:
    """The stack is there only where the setting is."""
    build_app([settings()], outdir=str(tmp_path)).synth()
    assert [path.name for path in (tmp_path / "stacks").iterdir()] == ["test"]


def test_its_state_is_its_own(pipeline: Pipeline) -> None:
    """In the environment's bucket, under another key, with the environment's lock table and tags."""
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
    """GitHub's token for AWS, of this repository, its environment or branch, and its workflow on main: no wildcard."""
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
    """Its id too, which a renaming does not change; the file's name has none."""
    environment = attrs.evolve(with_pipeline(), github_repository="example@7/gateway@42")
    block = Pipeline.of(environment, tmp_path).stack.by_type("aws_iam_role")["Roles/Deploy"]
    condition = json.loads(block["assume_role_policy"])["Statement"][0]["Condition"]["StringEquals"]
    assert condition[f"{SIGN_IN}:sub"] == ["repo:example@7/gateway@42:environment:test"]
    assert condition[f"{SIGN_IN}:repository_id"] == ["42"]
    assert condition[f"{SIGN_IN}:job_workflow_ref"] == [FILE]


def test_claims_that_sts_does_not_know_lock_nobody_out(tmp_path: Path) -> None:
    """In GovCloud they count only where STS sets them; audience and subject always do."""
    environment = attrs.evolve(with_pipeline(), aws_region="us-gov-west-1", interface_endpoints=())
    block = Pipeline.of(environment, tmp_path).stack.by_type("aws_iam_role")["Roles/Deploy"]
    condition = json.loads(block["assume_role_policy"])["Statement"][0]["Condition"]
    assert set(condition["StringEquals"]) == {f"{SIGN_IN}:aud", f"{SIGN_IN}:sub"}
    assert set(condition["StringEqualsIfExists"]) == {f"{SIGN_IN}:ref", f"{SIGN_IN}:job_workflow_ref"}


def test_each_policy_fits(tmp_path: Path) -> None:
    """AWS refuses a longer one only when it is deployed; no environment has longer names than this one."""
    name = "e" * (32 - len("ai-gateway-"))
    policies = Pipeline.of(with_pipeline(name), tmp_path).policies
    for kind in policies:
        longest = INLINE_LIMIT if kind == "DeployNamed" else MANAGED_LIMIT
        document = {"Version": "2012-10-17", "Statement": policies[kind]}
        assert len(json.dumps(document, separators=(",", ":")).replace(ACCOUNT, "1" * 12)) < longest, kind


def test_each_role_has_its_policies(pipeline: Pipeline) -> None:
    """Both may plan; what deployments do beside it only one may."""
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
    """No secret's value, log line, image or key's use; of clients this environment's; of objects the state and its lock."""
    # DynamoDB asks for the use of a key by whoever makes a table with it; no role here reads what is in one.
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
    """What it may write is the state's lock, in the table or beside the state, and the plan that is stored."""
    writing = {
        statement["Sid"]
        for statement in pipeline.statements("Plan")
        if any(not action.partition(":")[2].startswith(("Get", "Describe", "List")) for action in statement["Action"])
    }
    assert writing == {"LockTable", "LockFile", "StorePlan"}


def test_it_cannot_give_itself_more(pipeline: Pipeline) -> None:
    """No statement that writes reaches the pipeline's own roles, policies and state."""
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


def test_it_can_give_a_role_no_more_than_the_boundary(pipeline: Pipeline, synthesize: Synthesize) -> None:
    """Whatever could widen a role is bound to the boundary, which each role of the environment has."""
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/pipelines/ai-gateway-test-boundary"
    widening = {"iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary"}
    for statement in pipeline.statements("Deploy"):
        if widening & set(statement["Action"]):
            assert statement["Condition"] == {"ArnEquals": {"iam:PermissionsBoundary": [boundary]}}
    assert not {
        "iam:AttachRolePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:UpdateAssumeRolePolicy",
    } & pipeline.actions("Deploy")
    roles = synthesize(with_pipeline()).by_type("aws_iam_role")
    assert {path: block["permissions_boundary"] for path, block in roles.items()} == dict.fromkeys(roles, boundary)
    assert len(roles) == 3
    without = synthesize(EVERYTHING).by_type("aws_iam_role")
    assert [path for path, block in without.items() if "permissions_boundary" in block] == []


def test_the_boundary_leaves_the_roles_what_they_need(pipeline: Pipeline, synthesize: Synthesize) -> None:
    """Each action of each role on a resource that the boundary has too; a name made of references by its kind."""
    held = pipeline.policies["Boundary"]
    lacking = []
    for type_, path, statement in synthesize(with_pipeline()).statements():
        if type_ != "aws_iam_role_policy":
            continue
        for action in statement["Action"]:
            allowed = [
                one["Resource"] for one in held if any(fnmatchcase(action, pattern) for pattern in one["Action"])
            ]
            for resource in statement["Resource"]:
                named = replaced(
                    resource, lambda inside: "REFERENCE" if inside.startswith("aws_") else f"${{{inside}}}"
                )
                if not any(
                    fnmatchcase(resource, pattern) or (named != resource and pattern != "*") or pattern == "*"
                    for patterns in allowed
                    for pattern in patterns
                ):
                    lacking.append((path, action, resource))
    assert lacking == []


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_what_has_a_name_is_its_own_environments(one: str, other: str, tmp_path: Path) -> None:
    """A resource that a statement names by the environment is out of reach under the other's name, also a longer one."""
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
    """Each alarm that an environment can have is among those that its deployment may write."""
    (statement,) = [one for one in pipeline.statements("Deploy") if one["Sid"] == "Alarms"]
    patterns = [resource.rpartition(":")[2] for resource in statement["Resource"]]
    assert patterns.pop() == "TargetTracking-service/ai-gateway-test/ai-gateway-test-*"
    alarms = [block["alarm_name"] for block in synthesize(WITH_TEAMS).by_type("aws_cloudwatch_metric_alarm").values()]
    lists = "`lists.alarms`, `usage_alarms` or `cache_alarms` of constructs_lib/helpers/pipeline/access.toml"
    new = [name for name in alarms if not any(fnmatchcase(name, pattern) for pattern in patterns)]
    assert not new, f"add {', '.join(name.removeprefix('ai-gateway-test-') for name in new)} to {lists}"
    gone = [pattern for pattern in patterns if not any(fnmatchcase(name, pattern) for name in alarms)]
    assert not gone, f"no alarm has the name {', '.join(gone)}: remove it from {lists}"
