"""Faults in roles, keys and user pools."""

from tests.emulator.faults.requests import ROLE_ARN, Planted, policy_of, trust_of
from tests.emulator.world import ACCOUNT, KEY_POLICY, TRUST, alarm

OF_ACCESS = (
    Planted(
        "a policy that is too large",
        "iam",
        "put_role_policy",
        lambda _: {
            "RoleName": "w",
            "PolicyName": "p",
            "PolicyDocument": policy_of(Resource=[f"arn:aws:s3:::{'x' * 90}{n:03}" for n in range(110)]),
        },
        "LimitExceeded",
        "10240 characters",
    ),
    Planted(
        "a policy without resources",
        "iam",
        "put_role_policy",
        lambda _: {"RoleName": "w", "PolicyName": "p", "PolicyDocument": policy_of(Resource=None)},
        "MalformedPolicyDocument",
        "must name resources",
    ),
    Planted(
        "a principal that is missing",
        "iam",
        "create_role",
        lambda _: {"RoleName": "r", "AssumeRolePolicyDocument": trust_of({"AWS": ROLE_ARN})},
        "MalformedPolicyDocument",
        "Invalid principal in policy",
    ),
    Planted(
        "a boundary that is missing",
        "iam",
        "create_role",
        lambda _: {
            "RoleName": "r",
            "AssumeRolePolicyDocument": TRUST,
            "PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/none",
        },
        "NoSuchEntity",
        "PermissionsBoundary",
    ),
    Planted(
        "a key that locks its owner out",
        "kms",
        "create_key",
        lambda _: {"Policy": KEY_POLICY.replace("kms:*", "kms:Decrypt")},
        "MalformedPolicyDocumentException",
        "will not allow you to update the key policy",
    ),
    Planted(
        "a window of 6 days",
        "kms",
        "schedule_key_deletion",
        lambda w: {"KeyId": w.key, "PendingWindowInDays": 6},
        "ValidationException",
        "between 7 and 30",
    ),
    Planted(
        "a key that does not let logs in",
        "logs",
        "create_log_group",
        lambda w: {"logGroupName": "/k", "kmsKeyId": w.key},
        "AccessDeniedException",
        "at 'kmsKeyId'",
    ),
    Planted(
        "a key of another region",
        "secretsmanager",
        "create_secret",
        lambda w: {"Name": "s", "KmsKeyId": w.key.replace("us-east-1", "eu-west-1")},
        "InvalidParameterException",
        "at 'KmsKeyId'",
    ),
    Planted(
        "a topic whose key does not let alarms in",
        "cloudwatch",
        "put_metric_alarm",
        lambda w: alarm(AlarmActions=[w.topic]),
        "ValidationError",
        "no alarm would arrive",
    ),
    Planted(
        "a bucket policy for another bucket",
        "s3",
        "put_bucket_policy",
        lambda _: {"Bucket": "world-logs", "Policy": policy_of(Principal="*", Resource="arn:aws:s3:::other/*")},
        "MalformedPolicy",
        "Policy has invalid resource",
    ),
)
