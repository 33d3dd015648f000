"""Load balancers: buckets for access logs, and ports. Other rules are in elbv2.toml and elbv2_attributes.toml."""

from collections.abc import Iterator

from emulator.additions import elb
from emulator.judge.cloud import Cloud
from emulator.judge.documents import lets_service
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

CODE = "InvalidConfigurationRequest"
DELIVERY = "logdelivery.elasticloadbalancing.amazonaws.com"


@rule("elbv2", "CreateListener", source="elasticloadbalancing/latest/APIReference/API_CreateListener.html")
def listener(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A load balancer has one listener on a port; an identical second CreateListener is not an error."""
    balancer, port = cloud.load_balancer(str(call.params.get("LoadBalancerArn", ""))), call.params.get("Port")
    for held in balancer.listeners.values() if balancer is not None else ():
        if str(held.port) == str(port) and not elb.is_the_same(held, call.params):
            said = "A listener already exists on this port for this load balancer"
            yield Refusal("DuplicateListener", "Port", port, said)


@rule(
    "elbv2",
    "ModifyLoadBalancerAttributes",
    source="elasticloadbalancing/latest/application/enable-access-logging.html",
)
def log_buckets(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The bucket is in this region, encrypted with S3's own keys, and its policy lets the delivery service write."""
    given = {str(one.get("Key")): str(one.get("Value", "")) for one in call.params.get("Attributes", [])}
    for kind in ("access_logs", "connection_logs", "health_check_logs"):
        if given.get(f"{kind}.s3.enabled") != "true":
            continue
        name, prefix = given.get(f"{kind}.s3.bucket", ""), given.get(f"{kind}.s3.prefix", "")
        bucket = cloud.bucket(name)
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
