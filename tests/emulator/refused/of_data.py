"""Refused calls of S3 and DynamoDB."""

from tests.emulator.refused.requests import KEYS, Case, lifecycle, of_trust

from moto.core.models import DEFAULT_ACCOUNT_ID

CASES: tuple[Case, ...] = (
    ("dynamodb:CreateTable", lambda _: KEYS, "ValidationException", "ProvisionedThroughput"),
    (
        "dynamodb:CreateTable",
        lambda w: {**KEYS, "BillingMode": "PAY_PER_REQUEST", "SSESpecification": {"KMSMasterKeyId": w.key}},
        "ValidationException",
        "SSESpecification.Enabled",
    ),
    (
        "dynamodb:UpdateTable",
        lambda w: {"TableName": "table", "SSESpecification": {"Enabled": True, "KMSMasterKeyId": w.locked_key}},
        "AccessDeniedException",
        "SSESpecification.KMSMasterKeyId",
    ),
    ("dynamodb:TransactWriteItems", lambda _: {"TransactItems": [{}]}, "ValidationException", "TransactItems[0]"),
    (
        "s3:CreateBucket",
        lambda _: {"Bucket": f"b-{DEFAULT_ACCOUNT_ID}-us-east-1-an"},
        "MissingNamespaceHeader",
        "BucketNamespace",
    ),
    (
        "s3:CreateBucket",
        lambda _: {"Bucket": "b-name", "BucketNamespace": "account-regional"},
        "InvalidNamespaceHeader",
        "BucketNamespace",
    ),
    (
        "s3:PutBucketPolicy",
        lambda _: {"Bucket": "bucket", "Policy": of_trust(Sid="a" * 20480, Resource="arn:aws:s3:::bucket")},
        "PolicyTooLarge",
        "Policy",
    ),
    *(
        (
            "s3:PutBucketLifecycleConfiguration",
            lambda _, one=one: lifecycle(**one),
            code,
            f"LifecycleConfiguration.Rules[0]{place}",
        )
        for one, code, place in (
            ({"ID": "a" * 256}, "InvalidArgument", ".ID"),
            ({"Filter": None}, "MalformedXML", ""),
            ({"Expiration": {"Days": 0}}, "InvalidArgument", ".Expiration.Days"),
            (
                {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 0}},
                "InvalidArgument",
                ".AbortIncompleteMultipartUpload.DaysAfterInitiation",
            ),
            (
                {"NoncurrentVersionExpiration": {"NoncurrentDays": 0}},
                "InvalidArgument",
                ".NoncurrentVersionExpiration.NoncurrentDays",
            ),
        )
    ),
)
