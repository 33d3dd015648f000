"""Faulty requests are refused with AWS's error code, the member and the rule."""

import json
from collections.abc import Iterator
from typing import Any

from emulator.rehearsal import copy_of
from tests.emulator.faults.access import OF_ACCESS
from tests.emulator.faults.ecs import OF_ECS
from tests.emulator.faults.form import OF_FORM
from tests.emulator.faults.load_balancers import OF_LOAD_BALANCERS
from tests.emulator.faults.networks import OF_NETWORKS
from tests.emulator.faults.operators import OF_OPERATORS
from tests.emulator.faults.others import OF_OTHERS
from tests.emulator.faults.requests import Planted, dashboard, ingress, oauth
from tests.emulator.faults.use import OF_USE
from tests.emulator.world import World, acl, alarm, fargate_task, service

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


@pytest.fixture(scope="module")
def world(empty_aws: dict[str, str]) -> Iterator[World]:
    """Resources to refer to, and clients that do not validate parameters."""
    with copy_of(empty_aws) as environ:

        def unchecked(name: str) -> Any:  # noqa: ANN401 (boto3 has no types)
            return boto3.Session().client(
                name,
                region_name="us-east-1",
                aws_access_key_id=environ["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=environ["AWS_SECRET_ACCESS_KEY"],
                verify=environ["AWS_CA_BUNDLE"],
                config=Config(
                    proxies={"https": environ["HTTPS_PROXY"]},
                    retries={"total_max_attempts": 1},
                    parameter_validation=False,
                ),
            )

        yield World.make(unchecked)


PLANTED = (*OF_FORM, *OF_USE, *OF_ECS, *OF_LOAD_BALANCERS, *OF_NETWORKS, *OF_ACCESS, *OF_OTHERS, *OF_OPERATORS)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda one: f"{one.service}:{one.name}")
def test_a_planted_fault_is_refused(world: World, planted: Planted) -> None:
    """The error has the service's own code. Its message has the operation, member, value and rule."""
    with pytest.raises(ClientError) as refused:
        getattr(world.aws(planted.service), planted.call)(**planted.params(world))
    error = refused.value.response["Error"]
    assert error["Code"] == planted.code, error
    assert planted.says in error["Message"]
    assert error["Message"].startswith(f"{refused.value.operation_name}: Value '")


def test_a_sound_service_is_created(world: World) -> None:
    """The requests that the faults above change are valid without the faults."""
    ecs = world.aws("ecs")
    ecs.register_task_definition(**fargate_task(world.role))
    ecs.create_service(**service(world))
    world.aws("cloudwatch").put_metric_alarm(**alarm())
    world.aws("cognito-idp").create_user_pool_client(**oauth(world))
    world.aws("ec2").authorize_security_group_ingress(**ingress(world))
    rule = {"Action": {"Block": {}}, "Statement": {"GeoMatchStatement": {"CountryCodes": ["US"]}}}
    world.aws("wafv2").create_web_acl(**acl(rule))
    search = "SEARCH('{\"a/b\",C} x', 'Sum', 60)"
    world.aws("cloudwatch").put_dashboard(DashboardName="d", DashboardBody=dashboard(search))


def test_names_of_other_accounts_are_taken(world: World) -> None:
    """A bucket name or Cognito domain of another account is refused."""
    sts = world.aws("sts").assume_role(RoleArn="arn:aws:iam::210987654321:role/r", RoleSessionName="other")[
        "Credentials"
    ]

    def other(name: str) -> Any:  # noqa: ANN401 (boto3 has no types)
        mine = world.aws(name)
        return boto3.Session().client(
            name, region_name="us-east-1", aws_access_key_id=sts["AccessKeyId"],
            aws_secret_access_key=sts["SecretAccessKey"], aws_session_token=sts["SessionToken"],
            verify=mine._endpoint.http_session._verify, config=mine.meta.config,
        )  # fmt: skip

    other("s3").create_bucket(Bucket="taken-elsewhere")
    pool = other("cognito-idp").create_user_pool(PoolName="p")["UserPool"]["Id"]
    other("cognito-idp").create_user_pool_domain(UserPoolId=pool, Domain="taken-elsewhere")
    with pytest.raises(ClientError) as bucket:
        world.aws("s3").create_bucket(Bucket="taken-elsewhere")
    with pytest.raises(ClientError) as domain:
        world.aws("cognito-idp").create_user_pool_domain(UserPoolId=world.pool, Domain="taken-elsewhere")
    assert bucket.value.response["Error"]["Code"] == "BucketAlreadyExists"
    assert domain.value.response["Error"]["Code"] == "InvalidParameterException"
    assert "'taken-elsewhere' at 'Domain'" in domain.value.response["Error"]["Message"]


def test_a_secret_in_recovery_keeps_its_name(world: World) -> None:
    """The name of a secret that is scheduled for deletion cannot be used again."""
    secrets = world.aws("secretsmanager")
    secrets.create_secret(Name="recovering", SecretString="x")
    secrets.delete_secret(SecretId="recovering", RecoveryWindowInDays=7)
    with pytest.raises(ClientError) as refused:
        secrets.create_secret(Name="recovering", SecretString="y")
    assert refused.value.response["Error"]["Code"] == "InvalidRequestException"


def test_an_unknown_member_is_refused(world: World) -> None:
    """A key that ECS would silently drop is refused here."""
    ecs = world.aws("ecs")
    body = {"family": "u", "containerDefinitions": [{"name": "c", "image": "i", "port_mappings": []}]}

    def rewrite(request: Any, **_: Any) -> None:  # noqa: ANN401 (botocore's request)
        request.data = json.dumps(body).encode()

    ecs.meta.events.register("before-sign.ecs.RegisterTaskDefinition", rewrite)
    with pytest.raises(ClientError) as refused:
        ecs.register_task_definition(family="u", containerDefinitions=[])
    assert "'containerDefinitions[0].port_mappings' failed to satisfy constraint: the API has no such member" in str(
        refused.value
    )
