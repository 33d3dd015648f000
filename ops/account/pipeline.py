"""`make pipeline`: deploys the IAM roles of the workflows of `github_repository`, run by a person with credentials."""

import os
import sys

from constructs_lib.helpers.pipeline.trust import AUDIENCE, ISSUER, Repository, oidc_provider_arn
from constructs_lib.helpers.scope import PIPELINES
from envs.schema import PIPELINE_SUFFIX
from ops.account import github
from ops.aws import Aws, OperatorError, one_environment
from ops.console import confirmed, out, say
from ops.state.bootstrap import bootstrap
from ops.terraform import Stack

import requests


def variables(aws: Aws) -> dict[str, str]:
    """The GitHub repository variables that the workflows read: role ARNs by variable name."""
    names = aws.environment.names
    roles = aws.scope.arn("iam", f"role{PIPELINES}", region="")
    upper = aws.environment.environment.upper().replace("-", "_")
    return {
        f"DEPLOY_ROLE_{upper}": f"{roles}{names.pipeline_role('deploy')}",
        f"PLAN_ROLE_{upper}": f"{roles}{names.pipeline_role('plan')}",
    }


def provider(aws: Aws, *, yes: bool) -> bool:
    """Create the account's OpenID Connect provider for GitHub, or add the audience that it lacks.

    All environments of the account share it. Returns whether it is complete; False where the operator declines.
    """
    iam, arn = aws.client("iam"), oidc_provider_arn(aws.scope)
    if arn in {one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]}:
        if AUDIENCE in iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"]:
            return True
        if not confirmed(f"Add the audience {AUDIENCE} to {arn}?", yes=yes):
            out.print("Nothing changed.")
            return False
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=AUDIENCE)
        out.print(f"added audience {AUDIENCE} to {arn}")
        return True
    if not confirmed(f"Create the OpenID Connect provider for GitHub in account {aws.account_id}?", yes=yes):
        out.print("Nothing changed.")
        return False
    # Without thumbprints: IAM trusts GitHub's certificate authority by itself (IAM's API reference).
    iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=[AUDIENCE])
    out.print(f"created {arn}")
    return True


def pipeline(name: str, *, yes: bool, destroy: bool) -> int:
    """Deploy the stack with an environment's pipeline roles, and print the repository variables to set.

    Returns Terraform's exit code, or 1 where the operator declines. `destroy`: delete the stack instead. Asks for
    confirmation where there is a terminal, except with `yes`. Raises OperatorError without `github_repository`.
    """
    environment = one_environment(name)
    if not environment.github_repository:
        raise OperatorError(
            f'envs/{name}.py sets no github_repository: set github_repository="owner/name", the repository whose '
            "workflows may deploy it"
        )
    aws = Aws.of(environment)
    stack = Stack(aws, suffix=PIPELINE_SUFFIX)
    if destroy:
        question = f"Delete the roles of {name}'s pipeline in account {aws.account_id}?"
        if not confirmed(question, yes=yes):
            return 1
        stack.prepare()
        return stack.destroy()
    unattended = yes or not sys.stdin.isatty()
    if not (bootstrap(aws, yes=unattended, fix=False) and provider(aws, yes=unattended)):
        return 1
    stack.prepare()
    if code := stack.apply(yes=unattended):
        return code
    if not (environment.vpc_id or _subnets(aws)):
        say(
            f"{name} has no subnets yet, so its deploy role may use any subnet: run `make pipeline ENV={name}` again "
            "after the first deployment",
            "yellow",
        )
    out.print("Set these repository variables, which the workflows read:")
    repository = Repository(environment.github_repository).name
    for variable, arn in variables(aws).items():
        out.print(f"gh variable set {variable} --repo {repository} --body {arn}")
    _print_protection(environment.environment, repository)
    return 0


def _subnets(aws: Aws) -> list[str]:
    """The ids of the environment's own subnets."""
    names = aws.environment.names
    tags = {"Project": names.project_name, "Environment": names.environment}
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
    return list(aws.items("ec2", "describe_subnets", "Subnets[].SubnetId", Filters=filters))


def _print_protection(name: str, repository: str) -> None:
    """Print the GitHub environment's missing protection rules, or how to look them up.

    The deploy role itself accepts runs on main only.
    """
    token = github.token_in(os.environ)
    try:
        weak = github.weaknesses(repository, name, token) if token else None
    except requests.RequestException as error:
        out.print(f"GitHub's protection rules for environment {name} could not be read: {type(error).__name__}")
        weak = None
    if weak is None:
        out.print(f"Check that GitHub's environment {name} requires approvals:")
        out.print(github.command(repository, name))
        return
    for line in weak:
        out.print(f"GitHub's environment {name}: {line}", style="yellow")
    if not weak:
        out.print(f"GitHub's environment {name} requires approvals and limits the branches that may deploy.")
