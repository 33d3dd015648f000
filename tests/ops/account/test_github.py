"""How GitHub's protection rules for a deployment environment are checked through its API."""

from local.stand_in import Asked
from ops.account import github
from tests.support.servers import Response, server

import pytest
import requests

REVIEWERS = {"type": "required_reviewers"}
MAIN = {"protected_branches": True, "custom_branch_policies": False}
PAGE = "https://github.com/example/gateway/settings/environments"
BRANCHES = f"any branch may deploy to it: limit it to main under Deployment branches and tags, {PAGE}"
APPROVAL = f"a deployment needs no approval: add required reviewers, {PAGE}"


@pytest.mark.parametrize(
    ("rules", "branches", "weak"),
    [
        ([REVIEWERS], MAIN, []),
        ([], MAIN, [APPROVAL]),
        ([REVIEWERS, {"type": "wait_timer"}], None, [BRANCHES]),
        ([], None, [BRANCHES, APPROVAL]),
    ],
)
def test_what_is_not_protected_is_named(
    rules: list[dict[str, str]], branches: dict[str, bool] | None, weak: list[str]
) -> None:
    """Each missing protection rule is reported with the page on which to set it."""
    document = {"name": "prod", "protection_rules": rules, "deployment_branch_policy": branches}
    with server(lambda _: Response.of(document)) as (url, asked):
        assert github.weaknesses("example/gateway", "prod", "t0ken", api=url) == weak
    (request,) = asked
    assert request.path == "/repos/example/gateway/environments/prod"
    assert request.headers["authorization"] == "Bearer t0ken"


def test_an_environment_that_is_not_there() -> None:
    """GitHub answers 404 for a missing environment and for a token without access, so the line names both."""
    with server(lambda _: Response.of({"message": "Not Found"}, 404)) as (url, _):
        (line,) = github.weaknesses("example/gateway", "prod", "t0ken", api=url)
    assert line == f"example/gateway has no environment prod, or the token may not read it: create it, {PAGE}"


def test_a_refusal_is_no_answer() -> None:
    """A bad token raises an error instead of passing as a protected environment."""

    def refuse(_: Asked) -> Response:
        return Response.of({"message": "Bad credentials"}, 401)

    with server(refuse) as (url, _), pytest.raises(requests.HTTPError):
        github.weaknesses("example/gateway", "prod", "bad", api=url)


def test_a_token_is_found_where_githubs_command_line_looks() -> None:
    """GH_TOKEN is used before GITHUB_TOKEN, and empty variables are skipped."""
    assert github.token_in({"GH_TOKEN": "", "GITHUB_TOKEN": "b"}) == "b"
    assert github.token_in({"GH_TOKEN": "a", "GITHUB_TOKEN": "b"}) == "a"
    assert github.token_in({}) == ""
