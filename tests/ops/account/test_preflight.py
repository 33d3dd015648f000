"""`make preflight` reports taken names and missing roles, models and quotas before anything is created."""

import json
from collections.abc import Callable
from typing import Any

from envs.schema import Environment
from ops.account import quotas
from ops.account.preflight import notices, problems
from ops.aws import Aws, OperatorError
from tests.ops.conftest import Answer
from tests.support.synthesized import settings

import boto3
import pytest

ENVIRONMENT = settings(aws_region="us-east-1")
HELD = {"aws_cognito_user_pool_domain", "aws_s3_bucket"}


def test_free_names_are_no_problem(aws: Callable[..., Any]) -> None:
    """An empty account has no problems."""
    del aws  # empties the embedded AWS
    assert problems(Aws.of(ENVIRONMENT), set()) == []


def test_taken_names_are_reported_together(aws: Callable[..., Any]) -> None:
    """Each taken name is reported with its file and the fix; resources in the state are not reported."""
    cognito = aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName="p")["UserPool"]["Id"]
    cognito.create_user_pool_domain(UserPoolId=pool, Domain=ENVIRONMENT.cognito_domain_prefix)
    name = ENVIRONMENT.names.access_log_bucket("123456789012")
    aws("s3").create_bucket(Bucket=name)
    account = Aws.of(ENVIRONMENT)
    assert problems(account, set()) == [
        f"envs/test.py: cognito_domain_prefix='ai-gateway-test': user pool {pool} in us-east-1 already has this domain: choose "
        "another prefix, or if it is left from an interrupted deployment of test, run `make recover ENV=test`",
        f"envs/test.py: access log bucket {name} exists but is not in the state: run `make recover ENV=test`, or delete it",
    ]
    assert problems(account, HELD) == []


def test_a_bucket_of_another_account(aws: Callable[..., Any]) -> None:
    """Bucket names are unique across all accounts, so a bucket of another account is reported."""
    role = aws("sts").assume_role(RoleArn="arn:aws:iam::210987654321:role/r", RoleSessionName="other")["Credentials"]
    name = ENVIRONMENT.names.access_log_bucket("123456789012")
    boto3.Session().client(
        "s3", region_name="us-east-1", aws_access_key_id=role["AccessKeyId"],
        aws_secret_access_key=role["SecretAccessKey"], aws_session_token=role["SessionToken"],
    ).create_bucket(Bucket=name)  # fmt: skip
    assert problems(Aws.of(ENVIRONMENT), set()) == [
        f"envs/test.py: access log bucket {name} belongs to another account: change project_name"
    ]


def test_a_region_that_is_off_is_refused(aws: Callable[..., Any]) -> None:
    """The error has the command that enables the region; once it ran, the region is accepted."""
    away = settings(aws_region="af-south-1")
    with pytest.raises(OperatorError) as refused:
        Aws.of(away)
    assert str(refused.value) == (
        "region af-south-1 is not enabled in account 123456789012: run `aws account enable-region --region-name "
        "af-south-1`, or change aws_region in envs/test.py"
    )
    account = aws("account")
    assert account.get_region_opt_status(RegionName="af-south-1")["RegionOptStatus"] == "DISABLED"
    account.enable_region(RegionName="af-south-1")
    assert account.get_region_opt_status(RegionName="af-south-1")["RegionOptStatus"] == "ENABLED"
    assert Aws.of(away).account_id == "123456789012"


def test_roles_that_aws_creates_are_named(aws: Callable[..., Any]) -> None:
    """Each missing service-linked role is reported with the call that creates it; WAF's role only if WAF is enabled."""
    account = Aws.of(ENVIRONMENT)
    ecs = (
        "AWSServiceRoleForECS does not exist in account 123456789012: AWS creates it with ecs:CreateCluster, if the "
        "credentials have iam:CreateServiceLinkedRole. The first deployment can fail while the role is new; to create it "
        "now, run `aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com`"
    )
    lines = notices(account)
    assert [line.split()[0] for line in lines] == [
        "AWSServiceRoleForECS",
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
        "AWSServiceRoleForElasticLoadBalancing",
    ]
    assert lines[0] == ecs
    aws("ecs").create_cluster(clusterName="any")
    aws("iam").create_service_linked_role(AWSServiceName="elasticloadbalancing.amazonaws.com")
    assert [line.split()[0] for line in notices(account)] == ["AWSServiceRoleForApplicationAutoScaling_ECSService"]


def test_a_missing_right_is_said(aws: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that the credentials do not allow is reported as not checked, and does not stop the command."""
    iam = aws("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="nothing", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    key = aws("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    account = Aws.of(ENVIRONMENT)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    limited = Aws(ENVIRONMENT, account.account_id, boto3.Session())
    assert notices(limited) == ["Not checked, because the credentials do not allow it: GetRole"]


def test_one_command_looks_at_everything(
    aws: Callable[..., Any],
    ops: Callable[..., Answer],
    only_environment: Callable[[Environment], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`make preflight` checks names, roles, models and quotas; exit code 1 if something is missing, otherwise 0."""
    only_environment(ENVIRONMENT)
    monkeypatch.setattr(quotas, "load_environments", lambda choice: [ENVIRONMENT] if choice == "" else [])
    done = ops("preflight", "test")
    assert done.code == 1
    assert "test in account 123456789012, us-east-1: the region is enabled." in done.out
    assert "AWSServiceRoleForECS does not exist" in done.out
    assert "Fargate On-Demand vCPU resource count" in done.out
    for service in ("ecs", "ecs.application-autoscaling", "elasticloadbalancing"):
        aws("iam").create_service_linked_role(AWSServiceName=f"{service}.amazonaws.com")
    done = ops("preflight", "test")
    assert (done.code, "does not exist" in done.out) == (0, False)
    assert "The names of its access log bucket and user pool domain are not taken" in done.out
