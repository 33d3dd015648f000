"""What an account has to have before the first deployment, looked for before anything is created; `make preflight`.

Names that are taken stop a deployment: the domain of the user pool and the bucket for access logs. What AWS creates by
itself, or what only some requests need, is a notice. Cognito does not tell whether another account has a domain's
prefix: that shows when it is created.
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
            f"envs/{name}.py: cognito_domain_prefix={prefix!r}: the user pool {found['UserPoolId']} has this domain in "
            f"{environment.aws_region}: choose another prefix, or run `make recover ENV={name}` where a deployment of "
            "this environment died"
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
        said = f"exists and is in no state: run `make recover ENV={environment.environment}`, or delete it"
    yield f"envs/{environment.environment}.py: the bucket {name} for access logs {said}"


def problems(aws: Aws, held: Iterable[str]) -> list[str]:
    """What stands in the way of a deployment, one line each; nothing for the types that the state holds already."""
    checks = {DOMAIN: _domain, BUCKET: _bucket}
    types = set(held)
    return [line for type_, check in checks.items() if type_ not in types for line in check(aws)]


def types_of(managed: Mapping[str, Any]) -> set[str]:
    """The types of resources by their addresses."""
    return set(map(type_of, managed))


def _linked(aws: Aws) -> list[str]:
    return [
        f"{one.name} does not exist in account {aws.account_id}: AWS creates it with {one.made_by}, for credentials "
        f"with iam:CreateServiceLinkedRole; `aws iam create-service-linked-role --aws-service-name {one.service}` does "
        "it before, which spares a first deployment that fails because the role is too new"
        for one in linked_roles.missing(aws)
    ]


def notices(aws: Aws) -> list[str]:
    """What AWS creates by itself or what some requests lack, one line each; nothing of it stops a deployment."""
    checks: tuple[Callable[[Aws], list[str]], ...] = (_linked, models.problems)
    found = []
    for check in checks:
        try:
            found += check(aws)
        except ClientError as error:
            if code_of(error) not in DENIED:
                raise
            found.append(f"Not looked at, since the credentials may not: {error.operation_name}")
    return found


def _held(aws: Aws) -> set[str]:
    """The types of what the environment's state holds; none before the first deployment.

    Raises OperatorError where its bucket is another account's.
    """
    body = State(aws).body() if StateBucket(aws).exists() else None
    resources = json.loads(body)["resources"] if body else []
    return {one["type"] for one in resources if one["mode"] == "managed"}


def command(aws: Aws) -> int:
    """Look for everything that a first deployment needs, quotas included; 0 where it may start, else 1."""
    environment = aws.environment
    say(f"{environment.environment} in account {aws.account_id}, {environment.aws_region}: the region is on.")
    wrong = problems(aws, _held(aws))
    noticed = notices(aws)
    for line in wrong:
        say(line, "red")
    for line in noticed:
        say(line, "yellow")
    if not wrong:
        say("The names of its bucket and its domain are free, or its own, as far as this account can see.")
    if environment.routes is not None and not models.named(environment.routes):
        say("Its routes name no model of Bedrock that the task role would invoke: none was looked at.")
    out.print()
    return max(quotas.command(aws, more=False, yes=False), 1 if wrong or noticed else 0)
