"""Mistakes that an operator may make by hand, with the same resources as the other faults."""

from typing import Any

from tests.emulator.faults.requests import Planted
from tests.emulator.world import World, service


def forward_nowhere(w: World) -> dict[str, Any]:
    """A listener that redirects to itself."""
    redirect = {"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301", "Query": "x"}}
    return {"LoadBalancerArn": w.balancer, "Protocol": "HTTP", "Port": 81, "DefaultActions": [redirect]}


def validated(w: World, **claim: Any) -> dict[str, Any]:  # noqa: ANN401 (members of the API)
    """An HTTPS listener that validates one additional claim."""
    jwt = {"JwksEndpoint": "https://example.com/keys", "Issuer": "https://example.com", "AdditionalClaims": [claim]}
    return {
        "LoadBalancerArn": w.balancer,
        "Protocol": "HTTPS",
        "Port": 443,
        "Certificates": [{"CertificateArn": w.certificate}],
        "DefaultActions": [
            {"Type": "jwt-validation", "Order": 1, "JwtValidationConfig": jwt},
            {"Type": "forward", "Order": 2, "TargetGroupArn": w.target_group},
        ],
    }


def unused_key(w: World) -> str:
    """A key that is disabled."""
    key = str(w.aws("kms").create_key()["KeyMetadata"]["Arn"])
    w.aws("kms").disable_key(KeyId=key)
    return key


def wanted_service(w: World) -> dict[str, Any]:
    """A service with a desired count of one."""
    w.aws("ecs").create_service(**service(w, serviceName="wanted"))
    return {"cluster": "w", "service": "wanted"}


OF_OPERATORS = (
    Planted(
        "a bucket open to the world",
        "s3",
        "create_bucket",
        lambda _: {"Bucket": "world-open", "ACL": "public-read"},
        "InvalidBucketAclWithObjectOwnership",
        "'public-read' at 'ACL'",
    ),
    Planted(
        "an object open to the world",
        "s3",
        "put_object",
        lambda _: {"Bucket": "world-logs", "Key": "k", "Body": b"", "ACL": "public-read"},
        "AccessControlListNotSupported",
        "'public-read' at 'ACL'",
    ),
    Planted(
        "an object with a key of one's own",
        "s3",
        "put_object",
        lambda _: {
            "Bucket": "world-logs", "Key": "k", "Body": b"", "SSECustomerAlgorithm": "AES256",
            "SSECustomerKey": "0" * 32,
        },
        "AccessDenied",
        "blocks server-side encryption with customer-provided keys",
    ),
    Planted(
        "an object with a key that is off",
        "s3",
        "put_object",
        lambda w: {
            "Bucket": "world-logs", "Key": "k", "Body": b"", "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": unused_key(w),
        },
        "KMS.DisabledException",
        "at 'SSEKMSKeyId'",
    ),
    Planted(
        "an object with a key that is missing",
        "s3",
        "put_object",
        lambda w: {
            "Bucket": "world-logs", "Key": "k", "Body": b"", "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": f"{w.key.rpartition('/')[0]}/12345678-1234-1234-1234-123456789012",
        },
        "KMS.NotFoundException",
        "the key does not exist",
    ),
    Planted(
        "a key that is off",
        "kms",
        "encrypt",
        lambda w: {"KeyId": unused_key(w), "Plaintext": b"x"},
        "DisabledException",
        "is disabled",
    ),
    Planted(
        "fewer tasks than none",
        "ecs",
        "create_service",
        lambda w: service(w, serviceName="minus", desiredCount=-1),
        "InvalidParameterException",
        "'-1' at 'desiredCount'",
    ),
    Planted(
        "a service that wants tasks",
        "ecs",
        "delete_service",
        wanted_service,
        "InvalidParameterException",
        "while it is scaled above 0",
    ),
    Planted("a redirection to itself", "elbv2", "create_listener", forward_nowhere, "InvalidLoadBalancerAction", "loop"),
    Planted(
        "a claim that is validated anyway",
        "elbv2",
        "create_listener",
        lambda w: validated(w, Name="nbf", Format="single-string", Values=["x"]),
        "InvalidLoadBalancerAction",
        "AdditionalClaims[0].Name",
    ),
    Planted(
        "a claim with a space",
        "elbv2",
        "create_listener",
        lambda w: validated(w, Name="scope", Format="space-separated-values", Values=["a b"]),
        "InvalidLoadBalancerAction",
        "cannot include spaces",
    ),
    Planted(
        "an endpoint that has no FIPS",
        "ec2",
        "create_vpc_endpoint",
        lambda w: {"VpcId": w.vpc, "ServiceName": "com.amazonaws.us-east-1.logs-fips"},
        "InvalidServiceName",
        "logs-fips",
    ),
    Planted(
        "a pattern without a value",
        "logs",
        "put_metric_filter",
        lambda _: {
            "logGroupName": "/w", "filterName": "f", "filterPattern": "{ $.a = }",
            "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
        },
        "InvalidParameterException",
        "'{ $.a = }' at 'filterPattern'",
    ),
)  # fmt: skip
