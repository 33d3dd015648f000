"""What roles of one environment may do to another in the same account, tested in IAM for every action they name."""

from pathlib import Path
from typing import Any

from constructs_lib.helpers.pipeline.access import Access
from emulator.iam.evaluator import Document, Rights
from emulator.iam.reference import kinds_of
from tests.support.isolation import (
    PROJECT,
    REGION,
    ZONE,
    Context,
    named_actions,
    named_resources,
    reached,
    roles,
    scope_of,
)

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

ADR = Path(__file__).parent.parent.parent / "docs" / "adr" / "0019-pipelines-in-roles-of-their-own.md"
AWS_OWN = ("foundation-model/", "managedruleset/")
"""Resources that AWS owns, such as models and managed rule groups."""
SHARED = {
    # A DNS change has no environment, and AWS creates the hosted zone of an endpoint.
    "route53:GetChange",
    "route53:AssociateVPCWithHostedZone",
    # Service-linked roles belong to the account and are created once.
    "iam:CreateServiceLinkedRole",
    # Models belong to AWS, and a route may use them in any region.
    "bedrock:GetFoundationModel",
    "bedrock:GetInferenceProfile",
    # Inference profiles belong to the account.
    "bedrock:InvokeModel",
    "bedrock:InvokeModelWithResponseStream",
    "sns:Unsubscribe",
}
"""Actions on resources outside the environment; ADR 19 lists each one."""
NAMES = st.from_regex(r"[a-z][a-z0-9]{0,4}(-[a-z0-9]{1,4}){0,2}", fullmatch=True)


def everything(scope: Access) -> list[Document]:
    """Return every policy of an environment."""
    return [one for held in roles(scope).values() for one in held.values()]


def attempts(one: Access, resource: Context) -> list[Context]:
    """Return the condition keys that an environment's role can set in a request, with those of the target resource."""
    chosen: dict[str, Any] = {
        "aws:RequestTag/Project": PROJECT,
        "aws:RequestTag/Environment": one.names.environment,
        "aws:RequestedRegion": REGION,
        "iam:PermissionsBoundary": one.boundary,
        "iam:PassedToService": "ecs-tasks.amazonaws.com",
        "iam:AWSServiceName": "ecs.amazonaws.com",
        "acm:DomainNames": [one.domain_name],
        **resource,
    }
    services = ("ecr", "secretsmanager")
    return [chosen, *(chosen | {"kms:ViaService": f"{service}.{REGION}.amazonaws.com"} for service in services)]


def tags(scope: Access, project: str = PROJECT) -> dict[str, Any]:
    """Return the condition keys of another environment's resource."""
    return {
        "aws:ResourceTag/Project": project,
        "aws:ResourceTag/Environment": scope.names.environment,
        "kms:ResourceAliases": [scope.names.key_alias("logs")],
        "dynamodb:LeadingKeys": [f"{scope.names.state_bucket}/terraform.tfstate"],
        "route53:ChangeResourceRecordSetsNormalizedRecordNames": [scope.domain_name],
    }


def beyond(one: Access, found: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return what is neither the environment's own, nor AWS's, nor among the exceptions."""
    return {
        (action, resource)
        for action, resource in found
        if resource != "*"
        and action not in SHARED
        and not any(own in resource for own in AWS_OWN)
        and resource not in named_resources(everything(one), REGION)
    }


@settings(max_examples=3)
@example("dev", "prod")
@example("dev", "dev-2")
@example("dev-2", "dev")
@example("prod", "prod-eu")
@given(NAMES, NAMES)
def test_an_environment_is_out_of_the_others_reach(name: str, foreign: str) -> None:
    """No role of an environment, nor its permissions boundary, reaches resources named or tagged as another's."""
    if name == foreign:
        return
    one, other = scope_of(name), scope_of(foreign)
    targets = named_resources(everything(other), REGION) - {ZONE}
    for role, held in roles(one).items():
        rights = Rights(identity=held)
        found = reached(rights, named_actions(held.values()), targets, attempts(one, tags(other)), REGION)
        assert beyond(one, {pair for pair in found if pair[1] in targets or "foreign0123" in pair[1]}) == set(), role


def test_another_project_is_out_of_reach() -> None:
    """An environment of another project is out of reach, even one of the same name, since both tags must match."""
    one = scope_of("dev")
    for role, held in roles(one).items():
        attempted = attempts(one, tags(one, project="other"))
        found = reached(Rights(identity=held), named_actions(held.values()), (), attempted, REGION)
        assert beyond(one, found) == set(), role


UNTAGGED = {
    "acm:AddTagsToCertificate",
    "application-autoscaling:RegisterScalableTarget",
    "application-autoscaling:TagResource",
    "cognito-idp:TagResource",
    "ec2:CreateTags",
    "kms:CreateGrant",
    "kms:RetireGrant",
    *(f"kms:{name}" for name in ("CreateAlias", "DescribeKey", "EnableKeyRotation", "GetKeyPolicy")),
    *(f"kms:{name}" for name in ("GetKeyRotationStatus", "ListResourceTags", "TagResource")),
}
"""Actions that a deployment may use on untagged resources, since AWS cannot tell them from newly created ones."""


def test_what_has_no_tags_can_be_taken_over_where_adr_19_says_so() -> None:
    """Only the listed actions reach untagged resources; those on keys require that the key has no alias."""
    one = scope_of("dev")
    held = roles(one)["deploy"]
    found = reached(Rights(identity=held), named_actions(held.values()), (), attempts(one, {}), REGION)
    taken = {pair for pair in beyond(one, found) if kinds_of(pair[0]) and "foreign0123" in pair[1]}
    assert {action for action, _ in taken} == UNTAGGED
    aliased = attempts(one, {"kms:ResourceAliases": ["alias/theirs"]})
    found = reached(Rights(identity=held), [action for action in UNTAGGED if action[:4] == "kms:"], (), aliased, REGION)
    assert {action for action, _ in found if action not in {"kms:CreateGrant", "kms:RetireGrant"}} == set()


def test_a_pipeline_does_not_reach_its_own_state() -> None:
    """A deployment cannot reach the lock and digest of pipeline.tfstate, which are items in the environment's table."""
    one = scope_of("dev")
    table = one.arn("dynamodb", f"table/{one.names.lock_table}")
    held = roles(one)["deploy"]
    for item in ("pipeline.tfstate", "pipeline.tfstate-md5"):
        context = {"dynamodb:LeadingKeys": [f"{one.names.state_bucket}/{item}"]}
        actions = [action for action in named_actions(held.values()) if action.endswith("Item")]
        found = reached(Rights(identity=held), actions, {table}, [context], REGION)
        assert (actions, {pair for pair in found if pair[1] == table}) == (
            ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"],
            set(),
        )


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("dev.example.com", True),
        ("_0123456789abcdef0123456789abcdef.dev.example.com", True),
        ("prod.example.com", False),
        ("dev.example.com.example.com", False),
        ("example.com", False),
        ("_0a1b.prod.example.com", False),
    ],
)
def test_records_are_the_environments_own(name: str, allowed: bool) -> None:  # noqa: FBT001
    """In a shared hosted zone, a deployment may change only the environment's own name and certificate validation."""
    one = scope_of("dev")
    change = "route53:ChangeResourceRecordSets"
    context = {f"{change}NormalizedRecordNames": [name], f"{change}RecordTypes": ["CNAME"]}
    found = reached(
        Rights(identity=roles(one)["deploy"]), ["route53:ChangeResourceRecordSets"], {ZONE}, [context], REGION
    )
    assert (("route53:ChangeResourceRecordSets", ZONE) in found) is allowed


def test_adr_19_lists_what_aws_does_not_let_us_limit() -> None:
    """ADR 19 names each action that a role may use outside its environment, including account-wide reads."""
    one = scope_of("dev")
    text = ADR.read_text(encoding="utf-8")
    unlimited = {
        action
        for held in roles(one).values()
        for action in named_actions(held.values())
        if not kinds_of(action) and action not in {"acm:RequestCertificate", "cognito-idp:CreateUserPool"}
    } - {"kms:CreateKey"}
    lacking = {
        action
        for action in unlimited | SHARED | UNTAGGED
        if f"`{action}`" not in text
        and not (":Describe" in action and f"`{action.partition(':')[0]}:Describe*`" in text)
    }
    assert lacking == set()
