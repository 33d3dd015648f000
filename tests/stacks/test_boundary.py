"""The permissions boundary, which limits what a pipeline can grant to a role."""

import difflib
from fnmatch import fnmatchcase

from emulator.iam.actions import SERVICES
from resource_types.expressions import replaced
from tests.conftest import Synthesize
from tests.support.pipelines import ACCESS, ACCOUNT, Pipeline, with_pipeline
from tests.support.synthesized import EVERYTHING

import botocore.session
import pytest


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """The pipeline of the environment `test`."""
    return Pipeline.of(with_pipeline(), tmp_path_factory.mktemp("pipeline"))


def test_it_can_give_a_role_no_more_than_the_boundary(pipeline: Pipeline, synthesize: Synthesize) -> None:
    """Every statement that could widen a role requires the boundary, and each role of the environment has it."""
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


def hint(action: str) -> str:
    """How to fix an action that the boundary lacks: correct its name, or add it to the boundary."""
    add = f"add the action and its resource to a [[policies.boundary]] of {ACCESS}"
    prefix, _, name = action.partition(":")
    session = botocore.session.get_session()
    service = {iam: botocore_name for botocore_name, iam in SERVICES.items()}.get(prefix, prefix)
    names = session.get_service_model(service).operation_names if service in session.get_available_services() else []
    meant = [] if name in names else difflib.get_close_matches(name, names, n=1)
    return f"did you mean {meant[0]}? Otherwise {add}" if meant else add


def test_a_misspelt_action_gets_a_suggestion() -> None:
    """An action without an API call of that name may still be valid, e.g. elasticache:Connect."""
    add = f"add the action and its resource to a [[policies.boundary]] of {ACCESS}"
    assert hint("sqs:SendMesage") == f"did you mean SendMessage? Otherwise {add}"
    assert [hint(action) for action in ("sqs:SendMessage", "elasticache:Connect", "nothing:Get")] == [add] * 3


def test_the_boundary_leaves_the_roles_what_they_need(pipeline: Pipeline, synthesize: Synthesize) -> None:
    """The boundary allows each action of each role on its resource. A name made of references matches any ARN."""
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
                    lacking.append(f"{path}: {action} on {resource}: {hint(action)}")
    assert lacking == []
