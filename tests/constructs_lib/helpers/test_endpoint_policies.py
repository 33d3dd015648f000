"""What the policies of VPC endpoints allow."""

import json

from constructs_lib.helpers.endpoint_policies import endpoint_policies
from constructs_lib.helpers.naming import Names
from constructs_lib.helpers.scope import Scope
from envs.common import COMMON

import pytest

NAMES = Names(project_name="ai-gateway", environment="test")
HUB, PUBLIC = COMMON["portkey_image"], COMMON["adot_image"]


def policies(*images: str) -> dict[str, str]:
    """The endpoints' policies of an environment with these images."""
    return endpoint_policies(Scope(names=NAMES, region="eu-west-1", account_id="123456789012"), images or (HUB, PUBLIC))


def test_only_the_accounts_own_principals_get_through() -> None:
    """Only principals of this account may use the endpoints, except S3, where image layers have presigned URLs."""
    for service, document in policies().items():
        (statement,) = json.loads(document)["Statement"]
        expected = None if service == "s3" else {"StringEquals": {"aws:PrincipalAccount": ["123456789012"]}}
        assert statement.get("Condition") == expected, service


@pytest.mark.parametrize(
    ("image", "layers"),
    [
        (HUB, "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"),
        ("docker.io/portkeyai/gateway:1.15.2", "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"),
        (PUBLIC, "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/gateway:1",
            "arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*",
        ),
        ("registry.example.com/gateway:1", "*"),
        ("localhost:5000/gateway:1", "*"),
    ],
)
def test_layers_of_other_registries_may_be_in_s3(image: str, layers: str) -> None:
    """An image from an unknown registry may have its layers in any S3 bucket."""
    (statement,) = json.loads(policies(image)["s3"])["Statement"]
    assert (statement["Action"], statement["Resource"]) == (["s3:GetObject"], [layers])


def test_no_name_is_another_environments() -> None:
    """The policies name only secrets, log groups and the usage table of `test`, and do not match those of `test-2`."""
    named = [
        resource
        for service in ("dynamodb", "logs", "secretsmanager")
        for resource in json.loads(policies()[service])["Statement"][0]["Resource"]
    ]
    assert named
    assert all(
        "/test/" in one or one.endswith(("/test:*", "-test:*", "/ai-gateway-usage-test")) or "ai-gateway-test/" in one
        for one in named
    )
