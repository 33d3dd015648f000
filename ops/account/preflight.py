"""`make preflight`: checks the account before a first deployment, and creates nothing. `make deploy` runs part of it.

A taken name stops a deployment: the user pool's domain or the access log bucket. Missing service-linked roles and
Bedrock models are notices, since AWS creates the roles and only some requests need the models. A Cognito domain prefix
that another account has cannot be detected before the deployment tries to create it.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ops.account import linked_roles, models, quotas
from ops.aws import DENIED, Aws, code_of
from ops.console import out, say
from ops.state.state import State
from ops.state.state_resources import StateBucket
from resource_types.expressions import type_of

from botocore.exceptions import ClientError

DOMAIN, BUCKET = "aws_cognito_user_pool_domain", "aws_s3_bucket"


def _domain(aws: Aws) -> Iterator[str]:
    environment = aws.environment
    name, prefix = environment.environment, environment.cognito_domain_prefix
    found = aws.client("cognito-idp").describe_user_pool_domain(Domain=prefix)["DomainDescription"]
    if found.get("UserPoolId"):
        yield (
            f"envs/{name}.py: cognito_domain_prefix={prefix!r}: user pool {found['UserPoolId']} in "
            f"{environment.aws_region} already has this domain: choose another prefix, or if it is left from an "
            f"interrupted deployment of {name}, run `make recover ENV={name}`"
        )


def _bucket(aws: Aws) -> Iterator[str]:
    environment = aws.environment
    name = environment.names.access_log_bucket(aws.account_id)
    try:
        aws.client("s3").head_bucket(Bucket=name)
    except ClientError as error:
        if code_of(error) == "404":
            return
        said = "belongs to another account: change project_name"
    else:
        said = f"exists but is not in the state: run `make recover ENV={environment.environment}`, or delete it"
    yield f"envs/{environment.environment}.py: access log bucket {name} {said}"


def problems(aws: Aws, held: Iterable[str]) -> list[str]:
    """Names that are taken and would stop a deployment, one line each with what to do.

    `held`: the resource types in the state; those are not checked.
    """
    checks = {DOMAIN: _domain, BUCKET: _bucket}
    types = set(held)
    return [line for type_, check in checks.items() if type_ not in types for line in check(aws)]


def types_of(managed: Mapping[str, Any]) -> set[str]:
    """The resource types of these addresses."""
    return set(map(type_of, managed))


def _linked(aws: Aws) -> list[str]:
    return [
        f"{one.name} does not exist in account {aws.account_id}: AWS creates it with {one.made_by}, if the credentials "
        "have iam:CreateServiceLinkedRole. The first deployment can fail while the role is new; to create it now, run "
        f"`aws iam create-service-linked-role --aws-service-name {one.service}`"
        for one in linked_roles.missing(aws)
    ]


def notices(aws: Aws) -> list[str]:
    """Missing service-linked roles and models that cannot be invoked, one line each; none of them stops a deployment.

    A check that the credentials do not allow is reported as a notice. Raises ClientError for any other error.
    """
    checks: tuple[Callable[[Aws], list[str]], ...] = (_linked, models.problems)
    found = []
    for check in checks:
        try:
            found += check(aws)
        except ClientError as error:
            if code_of(error) not in DENIED:
                raise
            found.append(f"Not checked, because the credentials do not allow it: {error.operation_name}")
    return found


def _held(aws: Aws) -> set[str]:
    """The resource types in the environment's state; none before the first deployment.

    Raises OperatorError where the state bucket belongs to another account.
    """
    body = State(aws).body() if StateBucket(aws).exists() else None
    resources = json.loads(body)["resources"] if body else []
    return {one["type"] for one in resources if one["mode"] == "managed"}


def command(aws: Aws) -> int:
    """Run all checks, quotas included; returns 0 where nothing was found, else 1."""
    environment = aws.environment
    say(f"{environment.environment} in account {aws.account_id}, {environment.aws_region}: the region is enabled.")
    wrong = problems(aws, _held(aws))
    noticed = notices(aws)
    for line in wrong:
        say(line, "red")
    for line in noticed:
        say(line, "yellow")
    if not wrong:
        say("The names of its access log bucket and user pool domain are not taken, as far as this account can see.")
    if environment.routes is not None and not models.named(environment.routes):
        say("Its routes name no Bedrock model, so none was checked.")
    out.print()
    return max(quotas.command(aws, more=False, yes=False), 1 if wrong or noticed else 0)
