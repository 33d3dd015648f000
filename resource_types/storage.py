"""Keys, secrets and buckets."""

from resource_types.record import Detail, Lookup, Loss, ResourceType

_ENCRYPTION = "Encryption"
_OF_THE_BUCKET = "a property of the bucket"


def _of_a_bucket(type_: str, **reviewed: str) -> ResourceType:
    return ResourceType(
        type=type_,
        iam="s3",
        lookup=_OF_THE_BUCKET,
        place=("bucket",),
        reviewed={heading.replace("_", " "): pattern for heading, pattern in reviewed.items()},
        undrawn=_OF_THE_BUCKET,
    )


TYPES = (
    ResourceType(
        type="aws_kms_key",
        iam="kms",
        # The description names the environment and the purpose; an alias comes only after the key.
        lookup=Lookup(
            service="kms",
            call="list_keys",
            query="Keys[]",
            detail=Detail(
                call="describe_key",
                arguments={"KeyId": "{KeyId}"},
                query="KeyMetadata",
                same={"Description": "{description}", "KeyState": "Enabled"},
            ),
            attributes={"id": "{KeyId}", "key_id": "{KeyId}", "arn": "{Arn}"},
        ),
        loses=Loss.DATA,
        no_key="is a key",
        arn="arn:{partition}:kms:{region}:{account_id}:key/{key_id}",
        reviewed={_ENCRYPTION: ""},
    ),
    ResourceType(
        type="aws_kms_alias",
        iam="kms",
        lookup=Lookup(
            service="kms",
            call="list_aliases",
            query="Aliases[]",
            same={"AliasName": "{name}"},
            attributes={"id": "{AliasName}"},
        ),
        name="name",
        place=("target_key_id",),
        reviewed={_ENCRYPTION: ""},
    ),
    ResourceType(
        type="aws_secretsmanager_secret",
        iam="secretsmanager",
        lookup=Lookup(
            service="secretsmanager",
            call="describe_secret",
            arguments={"SecretId": "{name}"},
            absent=("ResourceNotFoundException",),
            attributes={"id": "{ARN}", "arn": "{ARN}"},
        ),
        name="name",
        loses=Loss.DATA,
        key="kms_key_id",
        arn="arn:{partition}:secretsmanager:{region}:{account_id}:secret:{name}-{suffix}",
        reviewed={"Authentication": ""},
    ),
    ResourceType(
        type="aws_s3_bucket",
        iam="s3",
        lookup=Lookup(
            service="s3",
            call="head_bucket",
            arguments={"Bucket": "{bucket}"},
            absent=("404", "NoSuchBucket"),
            attributes={"id": "{bucket}", "arn": "arn:{partition}:s3:::{bucket}"},
        ),
        name="bucket",
        loses=Loss.DATA,
        no_key="a load balancer writes its access logs only where S3's own key encrypts (ELB user guide)",
        needs=(
            "aws_s3_bucket_lifecycle_configuration",
            "aws_s3_bucket_public_access_block",
            "aws_s3_bucket_server_side_encryption_configuration",
        ),
        protection=("force_destroy", False),
        arn="arn:{partition}:s3:::{bucket}",
    ),
    _of_a_bucket("aws_s3_bucket_lifecycle_configuration"),
    _of_a_bucket("aws_s3_bucket_ownership_controls", Public_exposure=""),
    _of_a_bucket("aws_s3_bucket_policy", IAM="policy", Public_exposure=""),
    _of_a_bucket("aws_s3_bucket_public_access_block", Public_exposure=""),
    _of_a_bucket("aws_s3_bucket_server_side_encryption_configuration", Encryption=""),
)
