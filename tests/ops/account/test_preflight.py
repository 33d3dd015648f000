"""Taken names are reported together, before anything is created."""

from collections.abc import Callable
from typing import Any

from ops.account.preflight import problems
from ops.aws import Aws, OperatorError
from tests.support.synthesized import settings

import boto3
import pytest

ENVIRONMENT = settings(aws_region="us-east-1")
HELD: dict[str, dict[str, Any]] = {"aws_cognito_user_pool_domain.D": {}, "aws_s3_bucket.B": {}}


def test_free_names_are_no_problem(aws: Callable[..., Any]) -> None:
    """In an empty account nothing stands in the way."""
    del aws  # empties it
    assert problems(Aws.of(ENVIRONMENT), {}) == []


def test_taken_names_are_reported_together(aws: Callable[..., Any]) -> None:
    """Each with its file and what to do; what the state holds is this environment's own."""
    cognito = aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
    cognito.create_user_pool_domain(UserPoolId=pool, Domain=ENVIRONMENT.cognito_domain_prefix)
    name = ENVIRONMENT.names.access_log_bucket("123456789012")
    aws("s3").create_bucket(Bucket=name)
    account = Aws.of(ENVIRONMENT)
    assert problems(account, {}) == [
        f"envs/test.py: cognito_domain_prefix='ai-gateway-test': the user pool {pool} has this domain in us-east-1: choose "
        "another prefix, or run `make recover ENV=test` where a deployment of this environment died",
        f"envs/test.py: the bucket {name} for access logs exists and is in no state: run `make recover ENV=test`, or delete it",
    ]
    assert problems(account, HELD) == []


def test_a_bucket_of_another_account(aws: Callable[..., Any]) -> None:
    """Its name is one for the whole world."""
    role = aws("sts").assume_role(RoleArn="arn:aws:iam::210987654321:role/r", RoleSessionName="other")["Credentials"]
    name = ENVIRONMENT.names.access_log_bucket("123456789012")
    boto3.Session().client(
        "s3", region_name="us-east-1", aws_access_key_id=role["AccessKeyId"],
        aws_secret_access_key=role["SecretAccessKey"], aws_session_token=role["SessionToken"],
    ).create_bucket(Bucket=name)  # fmt: skip
    assert problems(Aws.of(ENVIRONMENT), {}) == [
        f"envs/test.py: the bucket {name} for access logs belongs to another account: change project_name"
    ]


def test_a_region_that_is_off_is_refused(aws: Callable[..., Any]) -> None:
    """An account has to opt in to some regions; with the command of the message it does."""
    away = settings(aws_region="af-south-1")
    with pytest.raises(OperatorError) as refused:
        Aws.of(away)
    assert str(refused.value) == (
        "region af-south-1 is off in account 123456789012: enable it (aws account enable-region --region-name af-south-1) "
        "or change aws_region in envs/test.py"
    )
    account = aws("account")
    assert account.get_region_opt_status(RegionName="af-south-1")["RegionOptStatus"] == "DISABLED"
    account.enable_region(RegionName="af-south-1")
    assert account.get_region_opt_status(RegionName="af-south-1")["RegionOptStatus"] == "ENABLED"
    assert Aws.of(away).account_id == "123456789012"
