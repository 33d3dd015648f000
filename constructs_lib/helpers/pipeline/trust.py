"""Trust policies of the pipeline's roles: one repository's workflow runs, identified by GitHub's tokens."""

import re
from typing import Literal

from constructs_lib.helpers.policies import Condition, Statement, policy
from constructs_lib.helpers.scope import Scope

import attrs

ISSUER = "token.actions.githubusercontent.com"
"""Issuer of GitHub's OpenID Connect tokens. An AWS account has one provider for it."""
AUDIENCE = "sts.amazonaws.com"
DEPLOYED_BRANCH = "main"
"""The branch whose workflows may plan and deploy."""
REF = f"refs/heads/{DEPLOYED_BRANCH}"
WORKFLOW = "environment.yml"
"""The file in .github/workflows whose jobs assume the roles. deploy.yml and drift.yml call it, and GitHub's tokens name
the called file (GitHub's documentation of reusable workflows)."""
CLAIMS_KNOWN_IN = frozenset({"aws"})
"""Partitions whose STS supports GitHub's claims other than audience and subject: all commercial regions since January
2026 (AWS, "What's new"). In other partitions the conditions use IfExists, or no run could sign in."""


ClaimOperator = Literal["StringEquals", "StringEqualsIfExists"]


def oidc_provider_arn(scope: Scope) -> str:
    """ARN of the account's OpenID Connect provider for GitHub."""
    return scope.arn("iam", f"oidc-provider/{ISSUER}", region="")


@attrs.frozen
class Repository:
    """A repository as `github_repository` names it: `owner/name`, or `owner@id/name@id`."""

    text: str

    @property
    def name(self) -> str:
        """`owner/name`."""
        return re.sub(r"@\d+", "", self.text)

    @property
    def number(self) -> str:
        """The id of the repository, which survives renaming; empty if the setting has none."""
        found = re.search(r"/[^@]+@(\d+)$", self.text)
        return found[1] if found else ""


def _claims(repository: Repository) -> dict[str, tuple[str, ...]]:
    """Claim to the values that a run's token must have: branch, workflow file and, if known, repository id."""
    found: dict[str, tuple[str, ...]] = {
        "ref": (REF,),
        "job_workflow_ref": (f"{repository.name}/.github/workflows/{WORKFLOW}@{REF}",),
    }
    return found | ({"repository_id": (repository.number,)} if repository.number else {})


def subject(repository: Repository, purpose: str, environment: str) -> str:
    """The subject claim of a run's token: with the GitHub environment to `deploy`, with the branch to `plan`."""
    end = f"environment:{environment}" if purpose == "deploy" else f"ref:{REF}"
    return f"repo:{repository.text}:{end}"


def trust(scope: Scope, *, repository: Repository, purpose: str) -> str:
    """The trust policy of the role to `deploy` or to `plan` an environment.

    It pins branch and workflow file in addition to the subject. So other branches cannot deploy even if the GitHub
    environment has no protection rules.
    """
    operator: ClaimOperator = "StringEquals" if scope.partition in CLAIMS_KNOWN_IN else "StringEqualsIfExists"
    return policy(
        Statement(
            sid="AssumedByWorkflow",
            actions=("sts:AssumeRoleWithWebIdentity",),
            federated=(oidc_provider_arn(scope),),
            conditions=(
                Condition("StringEquals", f"{ISSUER}:aud", (AUDIENCE,)),
                Condition("StringEquals", f"{ISSUER}:sub", (subject(repository, purpose, scope.names.environment),)),
                *(Condition(operator, f"{ISSUER}:{claim}", values) for claim, values in _claims(repository).items()),
            ),
        )
    )
