"""Names that are taken, found before anything is created: the domain of the user pool and the bucket for access logs.

Cognito does not tell whether another account has a domain's prefix: that shows when it is created.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ops.aws import Aws, code_of
from resource_types.expressions import type_of

from botocore.exceptions import ClientError


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


def problems(aws: Aws, managed: Mapping[str, Any]) -> list[str]:
    """What stands in the way of a deployment, one line each; nothing for what the state holds already."""
    checks = {"aws_cognito_user_pool_domain": _domain, "aws_s3_bucket": _bucket}
    held = set(map(type_of, managed))
    return [line for type_, check in checks.items() if type_ not in held for line in check(aws)]
