"""Who may assume a pipeline's roles: runs of one repository's workflows, as GitHub's tokens identify them."""

import re
from typing import Literal

from constructs_lib.helpers.policies import Condition, Statement, policy
from constructs_lib.helpers.scope import Scope

import attrs

ISSUER = "token.actions.githubusercontent.com"
"""GitHub's OpenID Connect provider, of which an account has one (its documentation)."""
AUDIENCE = "sts.amazonaws.com"
DEPLOYED_BRANCH = "main"
"""Whose workflows may plan and deploy."""
REF = f"refs/heads/{DEPLOYED_BRANCH}"
WORKFLOW = "environment.yml"
"""The file in .github/workflows whose jobs assume the roles. deploy.yml and drift.yml call it, and GitHub's token names
the called file (its documentation of reusable workflows)."""
CLAIMS_KNOWN_IN = frozenset({"aws"})
"""The partitions whose STS knows GitHub's claims beyond audience and subject: all commercial regions since January 2026
(AWS, "What's new"). Elsewhere a condition on such a key counts only where STS sets it, or no run could ever sign in."""


ClaimOperator = Literal["StringEquals", "StringEqualsIfExists"]


def oidc_provider_arn(scope: Scope) -> str:
    """The account's OpenID Connect provider for GitHub."""
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
        """The id of the repository, which a renaming does not change; empty where the setting has none."""
        found = re.search(r"/[^@]+@(\d+)$", self.text)
        return found[1] if found else ""


def _claims(repository: Repository) -> dict[str, tuple[str, ...]]:
    """The further claims that a run must have, by name: its branch, the file of its jobs, the repository's id."""
    found: dict[str, tuple[str, ...]] = {
        "ref": (REF,),
        "job_workflow_ref": (f"{repository.name}/.github/workflows/{WORKFLOW}@{REF}",),
    }
    return found | ({"repository_id": (repository.number,)} if repository.number else {})


def subject(repository: Repository, purpose: str, environment: str) -> str:
    """What a run's token is about: GitHub's environment for a deployment, the branch for a plan."""
    end = f"environment:{environment}" if purpose == "deploy" else f"ref:{REF}"
    return f"repo:{repository.text}:{end}"


def trust(scope: Scope, *, repository: Repository, purpose: str) -> str:
    """Who may assume the role to `deploy` or to `plan` an environment.

    The branch and the file are pinned in addition to the subject, so that a GitHub environment without protection lets
    no branch deploy.
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
