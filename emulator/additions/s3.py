"""S3: tags in CreateBucket, and the defaults of new buckets (answers/s3.json)."""

from typing import Any
from xml.etree import ElementTree as ET

from emulator.answers import defaults

from moto.core.responses import ActionResult
from moto.core.utils import ensure_boolean
from moto.s3.models import FakeBucket, PublicAccessBlock
from moto.s3.responses import S3Response

__bucket_response_put = S3Response._bucket_response_put  # noqa: SLF001 (moto dispatches by this name)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _begin(bucket: FakeBucket) -> None:
    """Set the defaults of a new bucket: ACLs are disabled, and public access is blocked."""
    block = defaults("s3", "PublicAccessBlockConfiguration")
    bucket.public_access_block = PublicAccessBlock(
        block["BlockPublicAcls"], block["IgnorePublicAcls"], block["BlockPublicPolicy"], block["RestrictPublicBuckets"]
    )
    bucket.ownership_rule = bucket.ownership_rule or defaults("s3", "OwnershipControlsRule")["ObjectOwnership"]


def _bucket_response_put(self: S3Response, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
    """Moto's call; a new bucket keeps the tags in CreateBucketConfiguration."""
    is_new = not querystring and bucket_name not in self.backend.buckets
    answer = __bucket_response_put(self, request, bucket_name, querystring)
    if is_new and bucket_name in self.backend.buckets:
        _begin(self.backend.buckets[bucket_name])
    if not querystring and self.body:
        root = ET.fromstring(self.body)  # noqa: S314 (from this machine's own Terraform)
        tags = {tag.findtext("{*}Key", ""): tag.findtext("{*}Value", "") for tag in root.iterfind("{*}Tags/{*}Tag")}
        if tags:
            self.backend.put_bucket_tagging(bucket_name, tags)
    return answer


def get_bucket_encryption(self: S3Response) -> Any:
    """A bucket's encryption, which every bucket has since 2023, with the blocked encryption types."""
    self.data["Action"] = "GetBucketEncryption"
    rule = (self.backend.get_bucket_encryption(self.bucket_name) or {}).get("Rule", {})
    filled = {**defaults("s3", "ServerSideEncryptionRule"), **rule}
    by_default = defaults("s3", "BlockedEncryptionTypes")
    blocked = (rule.get("BlockedEncryptionTypes") or by_default)["EncryptionType"]
    shown = {
        "ApplyServerSideEncryptionByDefault": filled["ApplyServerSideEncryptionByDefault"],
        "BucketKeyEnabled": ensure_boolean(filled["BucketKeyEnabled"]),
        "BlockedEncryptionTypes": {"EncryptionType": _as_list(blocked)},
    }
    return self.serialized(ActionResult({"ServerSideEncryptionConfiguration": {"Rules": [shown]}}))
