"""The protection rules of the GitHub environment that the deployment job runs in."""

from collections.abc import Iterator, Mapping
from typing import Any

import requests

API = "https://api.github.com"
VERSION = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
TOKENS = ("GH_TOKEN", "GITHUB_TOKEN")
"""The variables in which the `gh` command looks for a token."""
TIMEOUT_SECONDS = 10


def token_in(environ: Mapping[str, str]) -> str:
    """A GitHub token from these environment variables; empty where there is none."""
    return next((environ[name] for name in TOKENS if environ.get(name)), "")


def command(repository: str, environment: str) -> str:
    """The `gh` command that shows the protection rules."""
    return f"gh api repos/{repository}/environments/{environment} --jq '{{protection_rules, deployment_branch_policy}}'"


def _weaknesses(found: Mapping[str, Any], page: str) -> Iterator[str]:
    kinds = {rule.get("type") for rule in found.get("protection_rules", [])}
    if not found.get("deployment_branch_policy"):
        yield f"any branch may deploy to it: limit it to main under Deployment branches and tags, {page}"
    if "required_reviewers" not in kinds:
        yield f"a deployment needs no approval: add required reviewers, {page}"


def weaknesses(repository: str, environment: str, token: str, *, api: str = API) -> list[str]:
    """Missing protection rules, one line each with what to do.

    Raises requests.RequestException where GitHub cannot be reached or answers with an error other than 404.
    """
    page = f"https://github.com/{repository}/settings/environments"
    answer = requests.get(
        f"{api}/repos/{repository}/environments/{environment}",
        headers={**VERSION, "Authorization": f"Bearer {token}"},
        timeout=TIMEOUT_SECONDS,
    )
    if answer.status_code == 404:
        return [f"{repository} has no environment {environment}, or the token may not read it: create it, {page}"]
    answer.raise_for_status()
    return list(_weaknesses(answer.json(), page))
