"""What a role's policies allow on another environment, by IAM's rules and the Service Authorization Reference."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache

from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.pipeline.access import Access
from constructs_lib.helpers.policies import policy
from emulator.iam.evaluator import Document, Evaluator, Question, Rights
from emulator.iam.reference import GAPS, actions_of, kinds_of, takes

ACCOUNT_ID = "123456789012"
PROJECT, REGION = "ai-gateway", "eu-west-1"
ZONE = "arn:aws:route53:::hostedzone/Z0123456789"
VARIABLE = re.compile(r"\$\{([^}]*)\}")
EVALUATOR = Evaluator()
"""The evaluator that all tests of a process share. It ends with the process."""
TAGGING = frozenset({"ec2:CreateTags", "ec2:DeleteTags"})
"""Only in these calls does EC2 have request tags for a resource that already exists."""
Context = Mapping[str, str | Sequence[str]]


def scope_of(environment: str) -> Access:
    """An environment with its own domain name, in a zone that environments share."""
    return Access(
        names=Names(project_name=PROJECT, environment=environment),
        region=REGION,
        account_id=ACCOUNT_ID,
        domain_name=f"{environment}.example.com",
        zone_arn=ZONE,
        usage=True,
        waf=True,
        bedrock=True,
    )


def documents(scope: Access, *names: str) -> dict[str, Document]:
    """The pipeline's policies, by name."""
    return {name: json.loads(policy(*scope.statements(name))) for name in names}


def roles(scope: Access) -> dict[str, dict[str, Document]]:
    """The policies of the pipeline's roles and of the boundary, by role and name."""
    planning = documents(scope, "planning", "locking")
    changing = documents(scope, "usage", "named", "running", "numbered", "domain", "network")
    return {"plan": planning, "deploy": planning | changing, "boundary": documents(scope, "boundary")}


@cache
def expanded(pattern: str) -> tuple[str, ...]:
    """The actions that an action pattern of a policy matches."""
    known = actions_of(pattern.partition(":")[0])
    return tuple(sorted(action for action in known if fnmatchcase(action.lower(), pattern.lower())))


def named_actions(documents: Iterable[Document]) -> list[str]:
    """Every action that the policies name, with wildcards expanded."""
    patterns = {action for document in documents for one in document["Statement"] for action in one["Action"]}
    return sorted({action for pattern in patterns for action in expanded(pattern)})


def named_resources(documents: Iterable[Document], region: str) -> set[str]:
    """An ARN for each resource that the policies name, with an "x" for each wildcard."""
    arns = {arn for document in documents for one in document["Statement"] for arn in one["Resource"]}
    own = {arn for arn in arns if arn.count("*") < 3 and arn.split(":")[3:4] in ([region], [""])}
    return {arn.replace("*", "x") for arn in own if arn != "*"}


def of_kinds(action: str, region: str) -> set[str]:
    """An ARN that no environment has, for each resource type of an action."""
    values = {"Partition": "aws", "Region": region, "Account": ACCOUNT_ID}
    return {VARIABLE.sub(lambda found: values.get(found[1], "foreign0123"), format_) for format_ in kinds_of(action)}


def _of(action: str, contexts: Sequence[Context]) -> list[Context]:
    """The contexts that can differ for an action; KMS is also called on behalf of other services."""
    if action.startswith("ec2:") and action not in TAGGING:
        return [{key: value for key, value in contexts[0].items() if not key.startswith("aws:RequestTag/")}]
    return list(contexts) if action.startswith("kms:") else list(contexts[:1])


def reached(
    rights: Rights, actions: Iterable[str], resources: Iterable[str], contexts: Sequence[Context], region: str
) -> set[tuple[str, str]]:
    """The pairs of action and resource that the policies allow in any of the contexts."""
    questions = [
        Question(
            principal=f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/role/run",
            action=action,
            resource=resource,
            account_id=ACCOUNT_ID,
            context=context,
            resource_policy=KEY_POLICY if resource.split(":")[2:3] == ["kms"] and ":key/" in resource else None,
            unchecked=action in GAPS,
        )
        for action in actions
        for resource in (
            {one for one in resources if takes(action, one)} | of_kinds(action, region) if kinds_of(action) else {"*"}
        )
        for context in _of(action, contexts)
    ]
    answers = EVALUATOR.ask(rights, questions)
    return {(one.action, one.resource) for one, answer in zip(questions, answers, strict=True) if answer.allowed}


KEY_POLICY: Document = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ],
}
"""A key policy that leaves the decision to the account's IAM policies, like KMS's default one."""
