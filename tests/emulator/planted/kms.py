"""Planted faults of KMS, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin
from tests.emulator.planted.documents import policy

KMS = "https://docs.aws.amazon.com/kms/latest/APIReference/"


@fault("MalformedPolicyDocumentException", "update the key policy", KMS + "API_CreateKey.html")
def key_policy_that_locks_out(aws: Account) -> Call:
    """A key policy must let its creator change it, unless the safety check is bypassed."""
    only = {"Effect": "Allow", "Principal": {"Service": "logs.us-east-1.amazonaws.com"}}
    return lambda: aws.kms.create_key(Policy=policy(only | {"Action": "kms:Encrypt", "Resource": "*"}))


@fault("MalformedPolicyDocumentException", "principal", KMS + "API_PutKeyPolicy.html")
def key_policy_for_a_missing_role(aws: Account) -> Call:
    """The principal of a key policy must exist."""
    key = aws.key()
    missing = {"AWS": f"arn:aws:iam::{aws.id}:role/nobody"}
    document = policy(aws.owner(), {"Effect": "Allow", "Principal": missing, "Action": "kms:Decrypt", "Resource": "*"})
    return lambda: aws.kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document)


@twin
def key_policy_without_a_name(aws: Account) -> Call:
    """PolicyName is optional. Its default and only value is `default`."""
    key = aws.key()
    return lambda: aws.kms.put_key_policy(KeyId=key, Policy=policy(aws.owner()))


@twin
def key_policy_for_a_role(aws: Account) -> Call:
    """A key policy with an existing role as principal is accepted."""
    key = aws.key()
    role = {"AWS": aws.role()}
    document = policy(aws.owner(), {"Effect": "Allow", "Principal": role, "Action": "kms:Decrypt", "Resource": "*"})
    return lambda: aws.kms.put_key_policy(KeyId=key, PolicyName="default", Policy=document)


@fault("AlreadyExistsException", "alias/gateway", KMS + "API_CreateAlias.html")
def second_alias_of_a_name(aws: Account) -> Call:
    """Alias names are unique in a region."""
    aws.kms.create_alias(AliasName="alias/gateway", TargetKeyId=aws.key())
    other = aws.key()
    return lambda: aws.kms.create_alias(AliasName="alias/gateway", TargetKeyId=other)


@fault("KMSInvalidStateException", "pending deletion", KMS + "API_Encrypt.html")
def encryption_with_a_key_pending_deletion(aws: Account) -> Call:
    """A key that is scheduled for deletion cannot encrypt."""
    key = aws.pending_key()
    return lambda: aws.kms.encrypt(KeyId=key, Plaintext=b"secret")


@fault("KMSInvalidStateException", "pending deletion", KMS + "API_EnableKeyRotation.html")
def rotation_of_a_key_pending_deletion(aws: Account) -> Call:
    """A key that is scheduled for deletion cannot be changed."""
    key = aws.pending_key()
    return lambda: aws.kms.enable_key_rotation(KeyId=key)


@fault("KMSInvalidStateException", "pending deletion", KMS + "API_ScheduleKeyDeletion.html")
def deletion_of_a_key_scheduled_twice(aws: Account) -> Call:
    """A key cannot be scheduled for deletion twice."""
    key = aws.pending_key()
    return lambda: aws.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


@twin
def deletion_of_a_key_scheduled_by_its_arn(aws: Account) -> Call:
    """A key can be identified by its ID or its ARN."""
    key = aws.key()
    return lambda: aws.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


@fault("ValidationException", "pendingWindowInDays", KMS + "API_ScheduleKeyDeletion.html", semantic=False)
def deletion_window_of_five_days(aws: Account) -> Call:
    """The waiting period is 7 to 30 days."""
    key = aws.key()
    return lambda: aws.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=5)


@fault("UnsupportedOperationException", "", KMS + "API_EnableKeyRotation.html")
def rotation_of_an_asymmetric_key(aws: Account) -> Call:
    """Automatic rotation is only for symmetric encryption keys."""
    made = aws.kms.create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY", Policy=policy(aws.owner()))
    return lambda: aws.kms.enable_key_rotation(KeyId=made["KeyMetadata"]["KeyId"])


@twin
def rotation_of_a_symmetric_key(aws: Account) -> Call:
    """Rotation of a symmetric encryption key is accepted."""
    key = aws.key()
    return lambda: aws.kms.enable_key_rotation(KeyId=key)


@fault("NotFoundException", "alias/nothing", KMS + "API_DeleteAlias.html")
def missing_alias_deleted(aws: Account) -> Call:
    """A missing alias cannot be deleted."""
    return lambda: aws.kms.delete_alias(AliasName="alias/nothing")


@fault("TagException", "aws:", KMS + "API_CreateKey.html", semantic=False)
def key_with_a_tag_of_aws(aws: Account) -> Call:
    """Tags that begin with aws: are reserved for AWS."""
    return lambda: aws.kms.create_key(Tags=[{"TagKey": "aws:owner", "TagValue": "gateway"}])
