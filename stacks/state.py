"""A stack's S3 backend and AWS provider."""

import os

from constructs_lib.helpers.provider_release import Release, lowest_release
from envs.schema import PROVIDER_VERSION_VARIABLE, Environment

from cdktf import S3Backend, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags, AwsProviderIgnoreTags


def state_and_provider(stack: TerraformStack, environment: Environment, *, key: str = "terraform.tfstate") -> Release:
    """Add the S3 backend and the AWS provider, with region, account and tags, to a stack.

    Returns the lowest provider release that the version constraint allows. Raises RuntimeError if neither the settings
    nor the bindings have a constraint.
    """
    names = environment.names
    S3Backend(
        stack,
        bucket=names.state_bucket,
        key=key,
        region=environment.aws_region,
        encrypt=True,
        kms_key_id=environment.state_kms_key_arn or None,
        dynamodb_table=names.lock_table,
        # The backend cannot check the bucket's owner; ops/terraform.py does before each init.
        allowed_account_ids=[environment.aws_account_id] if environment.aws_account_id else None,
    )
    if environment.use_lockfile:
        # cdktf 0.21 has no argument for it.
        stack.add_override("terraform.backend.s3.use_lockfile", True)  # noqa: FBT003 (the value)
    provider = AwsProvider(
        stack,
        "Aws",
        region=environment.aws_region,
        allowed_account_ids=[environment.aws_account_id] if environment.aws_account_id else None,
        default_tags=[AwsProviderDefaultTags(tags=environment.tags)],
        ignore_tags=_ignored(environment.ignored_tags),
    )
    # cdktf writes `aws`, which means the same; cdktn writes the full name.
    stack.add_override("terraform.required_providers.aws.source", "hashicorp/aws")
    version = os.environ.get(PROVIDER_VERSION_VARIABLE) or environment.aws_provider_version or _own_version(provider)
    stack.add_override("terraform.required_providers.aws.version", version)
    return lowest_release(version)


def _ignored(tags: tuple[str, ...]) -> list[AwsProviderIgnoreTags] | None:
    if not tags:
        return None
    prefixes = [tag.removesuffix("*") for tag in tags if tag.endswith("*")]
    keys = [tag for tag in tags if not tag.endswith("*")]
    return [AwsProviderIgnoreTags(keys=keys or None, key_prefixes=prefixes or None)]


def _own_version(provider: AwsProvider) -> str:
    """`~> major.minor` of the release that the bindings were generated from (ADR 31)."""
    metadata = provider.terraform_generator_metadata
    if metadata is None or metadata.provider_version is None:
        raise RuntimeError("the AWS bindings have no provider version: set aws_provider_version, e.g. ~> 6.25")
    return f"~> {metadata.provider_version.rpartition('.')[0]}"
