"""Attributes of load balancers and target groups, and the bucket that access logs are written to."""

from collections.abc import Iterator

from emulator.answers import attributes
from emulator.judge.cloud import Cloud
from emulator.judge.documents import lets_service
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

API = "elasticloadbalancing/latest/APIReference/API_"
CODE = "InvalidConfigurationRequest"
DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"
RANGES = {
    "idle_timeout.timeout_seconds": (1, 4000),
    "client_keep_alive.seconds": (60, 604800),
    "deregistration_delay.timeout_seconds": (0, 3600),
    "stickiness.lb_cookie.duration_seconds": (1, 604800),
    "slow_start.duration_seconds": (0, 900),
}
ONE_OF = {
    "routing.http.desync_mitigation_mode": ("monitor", "defensive", "strictest"),
    "routing.http.xff_header_processing.mode": ("append", "preserve", "remove"),
    "load_balancing.algorithm.type": ("round_robin", "least_outstanding_requests", "weighted_random"),
    "load_balancing.algorithm.anomaly_mitigation": ("on", "off"),
    "stickiness.type": ("lb_cookie", "app_cookie", "source_ip"),
}


@rule("elbv2", "ModifyLoadBalancerAttributes", "ModifyTargetGroupAttributes", source=f"{API}LoadBalancerAttribute.html")
def values(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Keys that there are, numbers within their range, true or false, and the words of a list."""
    of_balancer = call.operation == "ModifyLoadBalancerAttributes"
    known = attributes("elbv2", "LoadBalancerAttributes" if of_balancer else "TargetGroupAttributes")
    for number, one in enumerate(call.params.get("Attributes", [])):
        key, value, place = str(one.get("Key")), str(one.get("Value", "")), f"Attributes[{number}]"
        if key not in known:
            yield Refusal(CODE, f"{place}.Key", key, f"Key not valid; the attributes are {', '.join(known)}")
        elif key in RANGES:
            least, most = RANGES[key]
            if not value.isdigit() or not least <= int(value) <= most:
                yield Refusal(CODE, f"{place}.Value", value, f"{key} must be between {least} and {most}")
        elif key in ONE_OF:
            if value not in ONE_OF[key]:
                yield Refusal(CODE, f"{place}.Value", value, f"{key} must be one of {', '.join(ONE_OF[key])}")
        elif known[key] in {"true", "false"} and value not in {"true", "false"}:
            yield Refusal(CODE, f"{place}.Value", value, f"{key} must be true or false")


@rule(
    "elbv2",
    "ModifyLoadBalancerAttributes",
    source="elasticloadbalancing/latest/application/enable-access-logging.html",
)
def log_buckets(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A bucket of this region that the delivery service may write to, encrypted with S3's own keys."""
    given = {str(one.get("Key")): str(one.get("Value", "")) for one in call.params.get("Attributes", [])}
    for kind in ("access_logs", "connection_logs", "health_check_logs"):
        if given.get(f"{kind}.s3.enabled") != "true":
            continue
        name, prefix = given.get(f"{kind}.s3.bucket", ""), given.get(f"{kind}.s3.prefix", "")
        bucket = cloud.backend("s3").buckets.get(name)
        place = f"Attributes({kind}.s3.bucket)"
        if bucket is None or bucket.region_name != cloud.region:
            yield Refusal(CODE, place, name, f"there is no such bucket in {cloud.region}")
            continue
        folder = f"{prefix}/AWSLogs" if prefix else "AWSLogs"
        target = f"arn:{cloud.partition}:s3:::{name}/{folder}/{cloud.account_id}/test"
        policy = bucket.policy or b"{}"
        text = policy.decode() if isinstance(policy, bytes) else str(policy)
        context = {"aws:SourceArn": str(call.params.get("LoadBalancerArn")), "aws:SecureTransport": "true"}
        if not lets_service(text, DELIVERY, "s3:PutObject", context, target):
            yield Refusal(CODE, place, name, f"Access Denied for bucket: {name}. Please check S3bucket permission")
        encryption = ((bucket.encryption or {}).get("Rule") or {}).get("ApplyServerSideEncryptionByDefault") or {}
        if encryption.get("SSEAlgorithm", "AES256") != "AES256":
            yield Refusal(CODE, place, name, "must be encrypted with Amazon S3 managed keys (SSE-S3)")
