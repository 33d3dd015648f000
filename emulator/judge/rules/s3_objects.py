"""Objects: encryption that a bucket blocks or has no key for, and ACLs where they are off."""

from collections.abc import Iterator
from typing import Any

from emulator.answers import defaults
from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

WRITES = ("PutObject", "CopyObject", "CreateMultipartUpload")
ENFORCED = "BucketOwnerEnforced"
OPEN_ACLS = frozenset({"bucket-owner-full-control", "private"})
"""ACLs that say what holds without them."""


def _bucket(call: Call, cloud: Cloud) -> Any:
    return cloud.backend("s3").buckets.get(str(call.params.get("Bucket", "")))


@rule("s3", *WRITES, source="AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html")
def customer_keys(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A bucket that blocks SSE-C, as every new one does, takes no object with a key of the caller's."""
    bucket = _bucket(call, cloud)
    algorithm = call.params.get("SSECustomerAlgorithm")
    if bucket is None or not algorithm:
        return
    held = ((bucket.encryption or {}).get("Rule") or {}).get("BlockedEncryptionTypes")
    if "SSE-C" in (held or defaults("s3", "BlockedEncryptionTypes"))["EncryptionType"]:
        said = "the bucket blocks server-side encryption with customer-provided keys (SSE-C)"
        yield Refusal("AccessDenied", "SSECustomerAlgorithm", algorithm, said, 403)


@rule("s3", *WRITES, source="AmazonS3/latest/userguide/UsingKMSEncryption.html")
def kms_keys(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The key of an object exists here and is enabled."""
    identifier = call.params.get("SSEKMSKeyId")
    if not identifier:
        return
    key = cloud.key(str(identifier))
    if key is None:
        yield Refusal("KMS.NotFoundException", "SSEKMSKeyId", identifier, "the key does not exist")
    elif key.key_state != "Enabled":
        yield Refusal("KMS.DisabledException", "SSEKMSKeyId", identifier, f"{key.arn} is disabled.")


@rule("s3", *WRITES, source="AmazonS3/latest/userguide/about-object-ownership.html")
def object_acls(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """BucketOwnerEnforced, which new buckets have, turns ACLs off."""
    bucket, acl = _bucket(call, cloud), call.params.get("ACL")
    if bucket is not None and acl and acl not in OPEN_ACLS and ENFORCED in str(bucket.ownership_rule):
        yield Refusal("AccessControlListNotSupported", "ACL", acl, "The bucket does not allow ACLs")


@rule("s3", "CreateBucket", source="AmazonS3/latest/userguide/about-object-ownership.html")
def bucket_acls(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A bucket is created with an ACL for others only where ObjectOwnership lets ACLs count."""
    acl = call.params.get("ACL")
    ownership = call.params.get("ObjectOwnership") or defaults("s3", "OwnershipControlsRule")["ObjectOwnership"]
    if acl and acl != "private" and ownership == ENFORCED:
        said = "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
        yield Refusal("InvalidBucketAclWithObjectOwnership", "ACL", acl, said)
