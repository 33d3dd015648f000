"""S3: tags that come with CreateBucket, and the kinds of encryption that a bucket refuses."""

from typing import Any
from xml.etree import ElementTree as ET

from moto.core.responses import ActionResult
from moto.core.utils import ensure_boolean
from moto.s3.responses import S3Response

S3_MANAGED = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}}
"""Every bucket's encryption since 2023-01-05 ("Default encryption FAQ", S3 user guide)."""
__bucket_response_put = S3Response._bucket_response_put  # noqa: SLF001 (moto dispatches by this name)
BLOCKED_BY_DEFAULT = ["SSE-C"]
"""What a bucket made since 2026-04 refuses unless told otherwise ("Blocking or unblocking SSE-C", S3 user guide)."""


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _bucket_response_put(self: S3Response, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
    """Moto's own; a bucket that is created keeps the tags of its configuration (CreateBucketConfiguration.Tags)."""
    answer = __bucket_response_put(self, request, bucket_name, querystring)
    if not querystring and self.body:
        root = ET.fromstring(self.body)  # noqa: S314 (from this machine's own Terraform)
        tags = {tag.findtext("{*}Key", ""): tag.findtext("{*}Value", "") for tag in root.iterfind("{*}Tags/{*}Tag")}
        if tags:
            self.backend.put_bucket_tagging(bucket_name, tags)
    return answer


def get_bucket_encryption(self: S3Response) -> Any:
    """A bucket's encryption: always there since 2023, and with the kinds that it refuses."""
    self.data["Action"] = "GetBucketEncryption"
    encryption = self.backend.get_bucket_encryption(self.bucket_name) or S3_MANAGED
    rule = encryption["Rule"]
    blocked = (rule.get("BlockedEncryptionTypes") or {}).get("EncryptionType", BLOCKED_BY_DEFAULT)
    shown = {
        "ApplyServerSideEncryptionByDefault": rule["ApplyServerSideEncryptionByDefault"],
        "BucketKeyEnabled": ensure_boolean(rule.get("BucketKeyEnabled")),
        "BlockedEncryptionTypes": {"EncryptionType": _as_list(blocked)},
    }
    return self.serialized(ActionResult({"ServerSideEncryptionConfiguration": {"Rules": [shown]}}))
