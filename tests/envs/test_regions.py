"""The regions and partitions that an environment can be in, and the AWS provider releases for them."""

from importlib import metadata

from tests.support.synthesized import problems, settings

import pytest


@pytest.mark.parametrize("region", ["cn-north-1", "us-iso-east-1"])
def test_a_region_without_cognito_is_refused(region: str) -> None:
    """The message has the reason, its source, and what to choose."""
    release = metadata.version("botocore")
    assert problems(aws_region=region) == [
        f"aws_region='{region}': has no Amazon Cognito, which issues the gateway's tokens (botocore {release}): "
        "choose a region of the partition aws, aws-us-gov or aws-eusc"
    ]


@pytest.mark.parametrize(("region", "version"), [("us-gov-west-1", "6.25.0"), ("eusc-de-east-1", "~> 6.25.0")])
def test_a_provider_that_makes_no_bucket_there_is_refused(region: str, version: str) -> None:
    """Provider 6.23 to 6.28 is refused outside the commercial regions, with the reason and what to choose."""
    assert problems(aws_region=region, aws_provider_version=version) == [
        f"aws_provider_version='{version}': 6.23 to 6.28 cannot create a bucket in aws_region='{region}', where S3 "
        "refuses tags in CreateBucket (hashicorp/terraform-provider-aws#46122): choose 6.29.0 or later, or leave it empty"
    ]


@pytest.mark.parametrize(
    ("region", "version"),
    [
        ("us-gov-west-1", "6.29.0"),
        ("us-gov-west-1", "~> 6.25"),
        ("us-gov-west-1", "5.100.0"),
        ("us-gov-west-1", ""),
        ("eu-west-1", "6.25.0"),
    ],
)
def test_other_providers_are_taken(region: str, version: str) -> None:
    """Earlier and later releases, constraints that allow later ones, and all releases in commercial regions pass."""
    assert settings(aws_region=region, aws_provider_version=version).aws_provider_version == version


def test_a_certificate_of_another_partition_is_refused() -> None:
    """An ARN of the China partition is refused in a commercial region."""
    arn = "arn:aws-cn:acm:eu-west-1:123456789012:certificate/abc"
    assert problems(certificate_arn=arn)[0].startswith(f"certificate_arn='{arn}': is in eu-west-1 of partition aws-cn;")
