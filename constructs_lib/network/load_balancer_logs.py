"""The bucket that the load balancer writes its access logs to."""

from constructs_lib.helpers.policies import Condition, Statement, policy
from constructs_lib.helpers.provider_release import BLOCKED_ENCRYPTION_TYPES, Release
from constructs_lib.helpers.scope import Scope

from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
)
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from constructs import Construct


class AccessLogs(Construct):
    """A private, encrypted bucket with expiry, to which only this environment's load balancer may write."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        where: Scope,
        retention_in_days: int,
        deletion_protection: bool,
        release: Release,
    ) -> None:
        super().__init__(scope, id_)
        bucket = S3Bucket(
            self,
            "Bucket",
            bucket=where.names.access_log_bucket(where.account_id),
            force_destroy=not deletion_protection,
        )
        self.bucket_name = bucket.id
        bucket_arn = bucket.arn
        block = S3BucketPublicAccessBlock(
            self,
            "PublicAccessBlock",
            bucket=self.bucket_name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        S3BucketOwnershipControls(
            self,
            "Ownership",
            bucket=self.bucket_name,
            rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
        )
        # Load balancers write only to buckets with S3's own keys (ELB user guide, "Access logs").
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "Encryption",
            bucket=self.bucket_name,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(
                    apply_server_side_encryption_by_default=(
                        S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
                            sse_algorithm="AES256"
                        )
                    ),
                    # S3 sets it by default. Provider releases that know the argument would otherwise plan to remove it.
                    blocked_encryption_types=["SSE-C"] if release >= BLOCKED_ENCRYPTION_TYPES else None,
                )
            ],
        )
        S3BucketLifecycleConfiguration(
            self,
            "Lifecycle",
            bucket=self.bucket_name,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="expire",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=retention_in_days)],
                    abort_incomplete_multipart_upload=[
                        S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=7)
                    ],
                )
            ],
        )
        balancer = where.arn("elasticloadbalancing", f"loadbalancer/app/{where.names.load_balancer}/*")
        self.bucket_policy = S3BucketPolicy(
            self,
            "Policy",
            bucket=self.bucket_name,
            policy=policy(
                Statement(
                    sid="OurLoadBalancerWrites",
                    actions=("s3:PutObject",),
                    services=("logdelivery.elasticloadbalancing.amazonaws.com",),
                    resources=(f"{bucket_arn}/AWSLogs/{where.account_id}/*",),
                    conditions=(Condition("ArnLike", "aws:SourceArn", (balancer,)),),
                ),
                Statement(
                    sid="OnlyTls",
                    effect="Deny",
                    actions=("s3:*",),
                    accounts=("*",),
                    resources=(bucket_arn, f"{bucket_arn}/*"),
                    conditions=(Condition("Bool", "aws:SecureTransport", ("false",)),),
                ),
            ),
            # S3 refuses a policy while the public access block is being applied.
            depends_on=[block],
        )
