"""Sizes, names, regions, images and documents, tested without a stack."""

import json

from constructs_lib.helpers.access import token_endpoint
from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.policies import Condition, Statement, policy
from constructs_lib.helpers.regions import (
    endpoint_service,
    has_endpoint_data,
    lacks_service,
    partition_of,
    partitions,
)
from constructs_lib.helpers.task.containers import ContainerDefinition, HealthCheck, aws_logs, container_definitions
from constructs_lib.helpers.task.images import ecr_repository_arn, image_problem
from constructs_lib.helpers.task.sizing import FARGATE_MEMORY_MIB, ContainerSize, describe_memory, gateway_size
from emulator.judge.endpoint_services import is_a_service

import botocore.session
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

NAMES = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,12}[a-z0-9])?", fullmatch=True)
DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ((512, 1024), ContainerSize(cpu=256, memory_mib=768)),
        ((1024, 2048), ContainerSize(cpu=768, memory_mib=1792)),
    ],
)
def test_the_documents_split(task: tuple[int, int], expected: ContainerSize) -> None:
    """The gateway gets what remains after the sidecar's 256 CPU units and 256 MiB."""
    assert gateway_size(ContainerSize(cpu=task[0], memory_mib=task[1])) == expected


def test_fargates_steps() -> None:
    """8 vCPU has steps of 4 GiB, and 16 vCPU steps of 8 GiB."""
    assert FARGATE_MEMORY_MIB[8192][:2] == (16384, 20480)
    assert FARGATE_MEMORY_MIB[16384][-2:] == (114688, 122880)
    assert describe_memory(256) == "512, 1024 or 2048 MiB"
    assert describe_memory(4096) == "8192 to 30720 MiB in steps of 1024"


def test_regions_are_botocores() -> None:
    """The regions and partitions include all that botocore lists."""
    session = botocore.session.get_session()
    for name in ("aws", "aws-cn", "aws-us-gov"):
        (partition,) = (found for found in partitions() if found.name == name)
        assert set(session.get_available_regions("ec2", partition_name=name)) <= set(partition.regions)
    assert partition_of("cn-north-1").dns_suffix == "amazonaws.com.cn"
    with pytest.raises(ValueError, match="AWS has no region 'moon'"):
        partition_of("moon")


def test_every_region_of_the_partition_aws_has_what_the_stack_needs() -> None:
    """Every region of the partition aws has the required services, as `lacks_service` assumes, by botocore's data."""
    session = botocore.session.get_session()
    (partition,) = (found for found in partitions() if found.name == "aws")
    with_data = {region for region in partition.regions if has_endpoint_data(region)}
    for service in ("cognito-idp", "ecs", "elbv2", "kms", "logs", "secretsmanager", "acm", "xray", "wafv2"):
        assert with_data <= set(session.get_available_regions(service)), service


@pytest.mark.parametrize(
    ("region", "lacks"),
    [("us-gov-west-1", False), ("eusc-de-east-1", False), ("cn-north-1", True), ("us-iso-east-1", True)],
)
def test_other_partitions_may_have_no_cognito(region: str, *, lacks: bool) -> None:
    """GovCloud and the European Sovereign Cloud have Cognito; China and the isolated partitions do not."""
    assert lacks_service(region, "cognito-idp") is lacks


@pytest.mark.parametrize(
    ("region", "service", "name"),
    [
        ("eu-west-1", "ecr.api", "com.amazonaws.eu-west-1.ecr.api"),
        ("us-gov-west-1", "s3", "com.amazonaws.us-gov-west-1.s3"),
        ("eusc-de-east-1", "ecr.dkr", "eu.amazonaws.eusc-de-east-1.ecr.dkr"),
        ("eusc-de-east-1", "logs", "com.amazonaws.eusc-de-east-1.logs"),
    ],
)
def test_the_name_of_an_endpoint_service(region: str, service: str, name: str) -> None:
    """In the European Sovereign Cloud, ECR's endpoint services have another prefix. The emulator accepts the names."""
    assert endpoint_service(region, service) == name
    assert is_a_service(name, region)


@pytest.mark.parametrize(
    ("region", "host"), [("eu-west-1", "auth.eu-west-1"), ("us-gov-west-1", "auth-fips.us-gov-west-1")]
)
def test_the_token_endpoint_of_a_partition(region: str, host: str) -> None:
    """GovCloud's token endpoint is a FIPS endpoint."""
    assert token_endpoint("gateway", region) == f"https://gateway.{host}.amazoncognito.com/oauth2/token"


@given(NAMES, NAMES, NAMES, NAMES)
def test_two_environments_share_no_name(project: str, one: str, other_project: str, other: str) -> None:
    """If two environments differ in prefix and state bucket, they have no name of the same kind in common."""
    first = Names(project_name=project, environment=one)
    second = Names(project_name=other_project, environment=other)
    assume(first.prefix != second.prefix and first.state_bucket != second.state_bucket)
    assert set(first.all()) & set(second.all()) == set()


def test_a_name_that_is_too_long_is_found() -> None:
    """The name of a load balancer or target group has at most 32 characters."""
    names = Names(project_name="ai-gateway", environment="a" * 22)
    name = f"ai-gateway-{'a' * 22}"
    assert names.too_long() == [("load balancer", name), ("target group", name)]
    assert Names(project_name="ai-gateway", environment="a" * 21).too_long() == []


@pytest.mark.parametrize(
    ("image", "says"),
    [
        ("portkeyai/gateway:1.15.2", None),
        ("localhost:5000/gateway:1", None),
        (f"gateway@{DIGEST}", None),
        (f"gateway:latest@{DIGEST}", None),
        ("localhost:5000/gateway", "has no tag and no digest"),
        ("gateway:latest", "has the tag latest"),
        ("gateway:", "is not an image reference"),
        ("", "is not an image reference"),
        ("Gateway:1", "is not an image reference"),
    ],
)
def test_images_are_pinned(image: str, says: str | None) -> None:
    """An image needs a tag other than latest, or a digest."""
    problem = image_problem(image)
    assert problem is None if says is None else (problem or "").startswith(says)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("portkeyai/gateway:1.15.2", None),
        ("public.ecr.aws/x/y:1", None),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/gateway:1",
            "arn:aws:ecr:eu-west-1:123456789012:repository/team/gateway",
        ),
    ],
)
def test_a_private_ecr_image_names_its_repository(image: str, expected: str | None) -> None:
    """Only images of private ECR repositories need a pull permission."""
    assert ecr_repository_arn(image, "aws") == expected


def test_a_policy_document_is_what_iam_reads() -> None:
    """Keys have IAM's spelling, empty ones are left out, and values are lists."""
    statement = Statement(
        sid="One",
        effect="Deny",
        actions=("s3:*",),
        accounts=("*",),
        resources=("a", "b"),
        conditions=(Condition("Bool", "aws:SecureTransport", ("false",)),),
    )
    assert json.loads(policy(statement)) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "One",
                "Effect": "Deny",
                "Principal": {"AWS": ["*"]},
                "Action": ["s3:*"],
                "Resource": ["a", "b"],
                "Condition": {"Bool": {"aws:SecureTransport": ["false"]}},
            }
        ],
    }


def test_a_container_definition_is_what_ecs_reads() -> None:
    """Keys are camelCase, numbers stay numbers, and keys without a value are left out."""
    container = ContainerDefinition(
        name="x",
        image="y:1",
        size=ContainerSize(cpu=256, memory_mib=512),
        essential=True,
        health_check=HealthCheck(command=("CMD", "true")),
        logs=aws_logs(group="g", region="r", stream_prefix="p"),
        stop_timeout=30,
    )
    (document,) = json.loads(container_definitions(container))
    assert document["healthCheck"] == {
        "command": ["CMD", "true"],
        "interval": 15,
        "timeout": 5,
        "retries": 3,
        "startPeriod": 30,
    }
    assert sorted(document) == [
        "cpu",
        "essential",
        "healthCheck",
        "image",
        "linuxParameters",
        "logConfiguration",
        "memory",
        "name",
        "readonlyRootFilesystem",
        "stopTimeout",
    ]
