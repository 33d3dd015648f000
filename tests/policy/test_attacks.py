"""Attacks on other environments with a stolen deployment role, each next to the legitimate request that it imitates."""

from typing import Any

from constructs_lib.helpers.pipeline.access import Access
from emulator.iam.evaluator import Document, Question, Rights
from tests.support.isolation import ACCOUNT_ID, EVALUATOR, KEY_POLICY, PROJECT, REGION, ZONE, roles, scope_of

import attrs
import pytest

SUBNETS = ("subnet-0aaaaaaaaaaaaaaaa", "subnet-0bbbbbbbbbbbbbbbb")
DEV: Access = attrs.evolve(scope_of("dev"), private_subnets=SUBNETS, public_subnets=SUBNETS)
PROD = scope_of("prod")
SERVICE = DEV.arn("ecs", "service/ai-gateway-dev/ai-gateway-dev")
BALANCER = DEV.arn("elasticloadbalancing", "loadbalancer/app/ai-gateway-dev/0")
ALARM = DEV.arn("cloudwatch", "alarm:ai-gateway-dev-5xx")
TRACKING = DEV.arn("cloudwatch", "alarm:TargetTracking-service/ai-gateway-dev/ai-gateway-dev-x")
WEB_ACL = DEV.arn("wafv2", "regional/webacl/ai-gateway-dev/0")
HOST = "route53:ChangeResourceRecordSets"
OURS = {"aws:ResourceTag/Project": PROJECT, "aws:ResourceTag/Environment": "dev"}
AS_OURS = {"aws:RequestTag/Project": PROJECT, "aws:RequestTag/Environment": "dev"}
AS_THEIRS = {"aws:RequestTag/Project": PROJECT, "aws:RequestTag/Environment": "prod"}
LOG = "arn:aws:logs:eu-west-1:123456789012:log-group:aws-waf-logs-ai-gateway"
INSTANCE = "arn:aws:automate:eu-west-1:ec2:terminate"
SCALING = "arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:0a:resource/ecs/service"
PROOF = f"_{'0a' * 16}"
NUMBERED = {
    "ec2:CreateTags": DEV.arn("ec2", "security-group/sg-0"),
    "kms:TagResource": DEV.arn("kms", "key/0"),
    "cognito-idp:TagResource": DEV.arn("cognito-idp", "userpool/eu-west-1_0"),
    "application-autoscaling:TagResource": DEV.arn("application-autoscaling", "scalable-target/0"),
    "acm:AddTagsToCertificate": DEV.arn("acm", "certificate/0"),
}
"""Actions that write tags of resources with generated ids, each with a resource."""


def uses(what: str, used: object) -> dict[str, Any]:
    """Return the condition keys of an ECS request with or without an optional feature."""
    return {f"ecs:enable-{what}": str(used).lower()}


def change(name: str, type_: str) -> dict[str, Any]:
    """Return the condition keys of a request that changes one DNS record."""
    return {f"{HOST}NormalizedRecordNames": [name], f"{HOST}RecordTypes": [type_]}


def allowed(held: dict[str, Document], action: str, resource: str, context: dict[str, Any]) -> bool:
    """Return whether the policies allow an action on a resource."""
    question = Question(
        principal=f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/role/run",
        action=action,
        resource=resource,
        account_id=ACCOUNT_ID,
        context={"aws:RequestedRegion": REGION, **context},
        resource_policy=KEY_POLICY if action.startswith("kms:") else None,
    )
    (answer,) = EVALUATOR.ask(Rights(identity=held), [question])
    return answer.allowed


ATTACKS: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    # Runs prod's containers with prod's roles and secrets behind dev's load balancer, without token checks.
    "run prod's task definition": (
        *("ecs:UpdateService", SERVICE),
        {"ecs:task-definition": PROD.arn("ecs", "task-definition/ai-gateway-prod:7")},
        {"ecs:task-definition": DEV.arn("ecs", "task-definition/ai-gateway-dev:7")},
    ),
    "create a service of prod's task definition": (
        *("ecs:CreateService", SERVICE),
        {"ecs:task-definition": PROD.arn("ecs", "task-definition/ai-gateway-prod:7")},
        {"ecs:task-definition": DEV.arn("ecs", "task-definition/ai-gateway-dev:7")},
    ),
    # ECS would register the task with prod's target group, so that it receives prod's requests and their keys.
    "start a task in prod's subnet": (
        *("ecs:UpdateService", SERVICE),
        {"ecs:subnet": [SUBNETS[0], "subnet-0eeeeeeeeeeeeeeee"]},
        {"ecs:subnet": list(SUBNETS)},
    ),
    "open a load balancer in prod's subnets": (
        *("elasticloadbalancing:SetSubnets", BALANCER),
        {"elasticloadbalancing:Subnet": ["subnet-0eeeeeeeeeeeeeeee", "subnet-0ffffffffffffffff"]},
        {"elasticloadbalancing:Subnet": list(SUBNETS)},
    ),
    **{
        f"{what} of an ECS service": ("ecs:UpdateService", SERVICE, uses(what, used=True), uses(what, used=False))
        for what in ("execute-command", "service-connect", "vpc-lattice", "ebs-volumes")
    },
    "let an alarm end instances of others": (
        *("cloudwatch:PutMetricAlarm", ALARM),
        {"cloudwatch:AlarmActions": [INSTANCE]},
        {"cloudwatch:AlarmActions": [DEV.arn("sns", DEV.names.topic)]},
    ),
    "call prod's people": (
        *("cloudwatch:PutMetricAlarm", ALARM),
        {"cloudwatch:AlarmActions": [DEV.arn("sns", DEV.names.topic), PROD.arn("sns", PROD.names.topic)]},
        {"cloudwatch:AlarmActions": []},
    ),
    "scale prod by an alarm": (
        *("cloudwatch:PutMetricAlarm", TRACKING),
        {"cloudwatch:AlarmActions": [f"{SCALING}/ai-gateway-prod/ai-gateway-prod:policyName/cpu"]},
        {"cloudwatch:AlarmActions": [f"{SCALING}/ai-gateway-dev/ai-gateway-dev:policyName/cpu"]},
    ),
    "write into the log of prod's firewall": (
        *("wafv2:PutLoggingConfiguration", WEB_ACL),
        {"wafv2:LogDestinationResource": f"{LOG}-prod"},
        {"wafv2:LogDestinationResource": f"{LOG}-dev"},
    ),
    "take every name below one's own": (
        *(f"{HOST}", ZONE),
        change("dev.example.com", "NS"),
        change("dev.example.com", "A"),
    ),
    "prove a name below one's own to ACM": (
        *(f"{HOST}", ZONE),
        change(f"{PROOF}.prod.dev.example.com", "CNAME"),
        change(f"{PROOF}.dev.example.com", "CNAME"),
    ),
    "prove one's own name to another authority": (
        *(f"{HOST}", ZONE),
        change("_acme-challenge.dev.example.com", "CNAME"),
        change(f"{PROOF}.dev.example.com", "CNAME"),
    ),
    **{
        f"{action}: give prod something of dev's": (action, resource, {**OURS, **AS_THEIRS}, {**OURS, **AS_OURS})
        for action, resource in NUMBERED.items()
    },
    **{
        f"{action}: take what has a name": (action, resource, {"aws:ResourceTag/Name": "theirs", **AS_OURS}, AS_OURS)
        for action, resource in NUMBERED.items()
    },
    "take what a stack of CloudFormation has made": (
        *("ec2:CreateTags", NUMBERED["ec2:CreateTags"]),
        {"aws:ResourceTag/aws:cloudformation:stack-name": "theirs", **AS_OURS},
        AS_OURS,
    ),
}
"""Action, resource, the condition keys of the attack, and those of the deployment that it imitates."""


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused(attack: str) -> None:
    """The role that deploys dev is denied the attack and allowed the deployment's own request."""
    action, resource, bad, good = ATTACKS[attack]
    held = roles(DEV)["deploy"]
    assert (allowed(held, action, resource, bad), allowed(held, action, resource, good)) == (False, True)


def test_an_environment_without_waf_reaches_no_log_delivery_of_the_account() -> None:
    """Without WAF, the deployment role may neither write log resource policies nor change log deliveries."""
    actions = ("logs:PutResourcePolicy", "logs:DeleteLogDelivery", "elasticloadbalancing:SetWebAcl")
    without, with_waf = roles(attrs.evolve(DEV, waf=False))["deploy"], roles(DEV)["deploy"]
    assert [allowed(without, action, "*", {}) for action in actions] == [False] * 3
    assert [allowed(with_waf, action, "*", {}) for action in actions] == [True] * 3


MODEL = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"
THEIR_IMAGE = DEV.arn("ecr", "repository/theirs")


def test_a_task_gets_no_more_than_its_settings_name() -> None:
    """The permissions boundary allows only the images and Bedrock models that the settings name."""
    plain = attrs.evolve(DEV, bedrock=False)
    using = attrs.evolve(DEV, pulled=(THEIR_IMAGE,))
    own = DEV.arn("ecr", f"repository/{DEV.names.repository}")
    asked = (("ecr:BatchGetImage", own), ("ecr:BatchGetImage", THEIR_IMAGE), ("bedrock:InvokeModel", MODEL))
    answers = [
        tuple(allowed(roles(one)["boundary"], action, resource, {}) for action, resource in asked)
        for one in (plain, using)
    ]
    assert answers == [(True, False, False), (True, True, True)]
