"""`make pipeline`: what the workflows of `github_repository` need on AWS, deployed by a person."""

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
    """The repository's variables that its workflows read, by name."""
    names = aws.environment.names
    roles = aws.scope.arn("iam", f"role{PIPELINES}", region="")
    upper = aws.environment.environment.upper().replace("-", "_")
    return {
        f"DEPLOY_ROLE_{upper}": f"{roles}{names.pipeline_role('deploy')}",
        f"PLAN_ROLE_{upper}": f"{roles}{names.pipeline_role('plan')}",
    }


def provider(aws: Aws, *, yes: bool) -> bool:
    """Make the account's OpenID Connect provider where it is missing; it belongs to no environment."""
    iam, arn = aws.client("iam"), oidc_provider_arn(aws.scope)
    if arn in {one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]}:
        if AUDIENCE in iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)["ClientIDList"]:
            return True
        if not confirmed(f"Add the audience {AUDIENCE} to {arn}?", yes=yes):
            out.print("Nothing changed.")
            return False
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=AUDIENCE)
        out.print(f"added {AUDIENCE} to {arn}")
        return True
    if not confirmed(f"Make the OpenID Connect provider of GitHub in account {aws.account_id}?", yes=yes):
        out.print("Nothing changed.")
        return False
    # No thumbprints: AWS knows GitHub's certificate authority itself (IAM's API reference).
    iam.create_open_id_connect_provider(Url=f"https://{ISSUER}", ClientIDList=[AUDIENCE])
    out.print(f"made {arn}")
    return True


def pipeline(name: str, *, yes: bool, destroy: bool) -> int:
    """Deploy the stack of an environment's pipeline and say what the repository has to know; Terraform's exit code.

    `destroy`: delete it instead. Asks where there is a terminal. Raises OperatorError for an environment without a
    repository.
    """
    environment = one_environment(name)
    if not environment.github_repository:
        raise OperatorError(
            f'envs/{name}.py sets no github_repository: write github_repository="owner/name", the repository whose '
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
            f"{name} has no subnets yet, so the role that deploys may use any: run `make pipeline ENV={name}` again "
            "after the first deployment",
            "yellow",
        )
    out.print("The workflows read these variables of the repository:")
    repository = Repository(environment.github_repository).name
    for variable, arn in variables(aws).items():
        out.print(f"gh variable set {variable} --repo {repository} --body {arn}")
    _tell_protection(environment.environment, repository)
    return 0


def _subnets(aws: Aws) -> list[str]:
    """The ids of the environment's own subnets."""
    names = aws.environment.names
    tags = {"Project": names.project_name, "Environment": names.environment}
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
    return list(aws.items("ec2", "describe_subnets", "Subnets[].SubnetId", Filters=filters))


def _tell_protection(name: str, repository: str) -> None:
    """Say what protects GitHub's environment, or how to find out; the role takes runs on main only in any case."""
    token = github.token_in(os.environ)
    try:
        weak = github.weaknesses(repository, name, token) if token else None
    except requests.RequestException as error:
        out.print(f"GitHub did not tell how its environment {name} is protected: {type(error).__name__}")
        weak = None
    if weak is None:
        out.print(f"Approvals are a rule of GitHub's environment {name}. Check that it has them:")
        out.print(github.command(repository, name))
        return
    for line in weak:
        out.print(f"GitHub's environment {name}: {line}", style="yellow")
    if not weak:
        out.print(f"GitHub's environment {name} asks for approval and takes deployments of named branches only.")
