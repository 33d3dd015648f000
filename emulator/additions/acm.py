"""ACM: a certificate that is not issued yet has no serial number and no validity dates."""

from typing import Any

from moto.acm.responses import AWSCertificateManagerResponse
from moto.core.responses import ActionResult

ONLY_ISSUED = ("IssuedAt", "NotAfter", "NotBefore", "Serial")
_describe_certificate = AWSCertificateManagerResponse.describe_certificate


def describe_certificate(self: AWSCertificateManagerResponse) -> ActionResult:
    """Moto's answer without the fields that a pending certificate lacks (API reference, CertificateDetail)."""
    found: dict[str, Any] = _describe_certificate(self).result  # type: ignore[assignment] # moto types it as object
    detail = found["Certificate"]
    if detail["Status"] == "PENDING_VALIDATION":
        detail = {name: value for name, value in detail.items() if name not in ONLY_ISSUED}
    return ActionResult({"Certificate": detail})
