"""Planted faults of S3, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin
from tests.emulator.planted.documents import policy

S3 = "https://docs.aws.amazon.com/AmazonS3/latest/API/"
LOGS = "planted-gateway-logs"


def read(resource: str, **changes: object) -> str:
    """A bucket policy that lets CloudTrail read objects, with `changes` in place."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": resource,
    }
    return policy(statement | changes)


@fault("InvalidBucketName", "bucket", S3 + "ErrorResponses.html", semantic=False)
def bucket_name_with_a_reserved_prefix(aws: Account) -> Call:
    """A name must not start with xn--."""
    return lambda: aws.s3.create_bucket(Bucket="xn--planted-gateway")


@fault("InvalidBucketName", "bucket", S3 + "ErrorResponses.html", semantic=False)
def bucket_name_with_a_reserved_suffix(aws: Account) -> Call:
    """A name must not end with -s3alias."""
    return lambda: aws.s3.create_bucket(Bucket="planted-gateway-s3alias")


@fault("BucketAlreadyOwnedByYou", "already own it", S3 + "API_CreateBucket.html")
def bucket_created_twice(aws: Account) -> Call:
    """Outside us-east-1, creating the account's own bucket again is an error."""
    s3 = aws.client("s3", "eu-west-1")
    place = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket=LOGS, CreateBucketConfiguration=place)
    return lambda: s3.create_bucket(Bucket=LOGS, CreateBucketConfiguration=place)


@fault("IllegalLocationConstraintException", "eu-central-1", S3 + "ErrorResponses.html")
def bucket_of_another_region(aws: Account) -> Call:
    """A regional endpoint only creates buckets in its own region."""
    s3 = aws.client("s3", "eu-west-1")
    place = {"LocationConstraint": "eu-central-1"}
    return lambda: s3.create_bucket(Bucket=LOGS, CreateBucketConfiguration=place)


@fault("BucketNotEmpty", "not empty", S3 + "API_DeleteBucket.html")
def bucket_with_an_object_deleted(aws: Account) -> Call:
    """A bucket must be empty before it is deleted."""
    bucket = aws.bucket()
    aws.s3.put_object(Bucket=bucket, Key="log", Body=b"line")
    return lambda: aws.s3.delete_bucket(Bucket=bucket)


@fault("BucketNotEmpty", "not empty", S3 + "API_DeleteBucket.html")
def bucket_with_a_version_deleted(aws: Account) -> Call:
    """Old versions and delete markers also count as objects."""
    bucket = aws.bucket()
    aws.s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    aws.s3.put_object(Bucket=bucket, Key="log", Body=b"line")
    aws.s3.delete_object(Bucket=bucket, Key="log")
    return lambda: aws.s3.delete_bucket(Bucket=bucket)


@twin
def empty_bucket_deleted(aws: Account) -> Call:
    """A bucket can be deleted after its object."""
    bucket = aws.bucket()
    aws.s3.put_object(Bucket=bucket, Key="log", Body=b"line")
    aws.s3.delete_object(Bucket=bucket, Key="log")
    return lambda: aws.s3.delete_bucket(Bucket=bucket)


@fault("MalformedPolicy", "principal", S3 + "API_PutBucketPolicy.html")
def bucket_policy_for_a_missing_role(aws: Account) -> Call:
    """The principal of a bucket policy must exist."""
    bucket = aws.bucket()
    wrong = read(f"arn:aws:s3:::{bucket}/*", Principal={"AWS": f"arn:aws:iam::{aws.id}:role/nobody"})
    return lambda: aws.s3.put_bucket_policy(Bucket=bucket, Policy=wrong)


@twin
def bucket_policy_for_a_role(aws: Account) -> Call:
    """A bucket policy with an existing role as principal is accepted."""
    bucket = aws.bucket()
    valid = read(f"arn:aws:s3:::{bucket}/*", Principal={"AWS": aws.role()})
    return lambda: aws.s3.put_bucket_policy(Bucket=bucket, Policy=valid)


@fault("MalformedPolicy", "resource", S3 + "API_PutBucketPolicy.html")
def bucket_policy_about_another_bucket(aws: Account) -> Call:
    """The resources in a bucket policy must be in that bucket."""
    bucket = aws.bucket()
    return lambda: aws.s3.put_bucket_policy(Bucket=bucket, Policy=read("arn:aws:s3:::planted-gateway-other/*"))


@fault("MalformedPolicy", "Action does not apply", S3 + "API_PutBucketPolicy.html")
def object_action_on_a_bucket(aws: Account) -> Call:
    """s3:GetObject applies to objects, not to the bucket."""
    bucket = aws.bucket()
    return lambda: aws.s3.put_bucket_policy(Bucket=bucket, Policy=read(f"arn:aws:s3:::{bucket}"))


@fault("AccessDenied", "BlockPublicPolicy", S3 + "API_PublicAccessBlockConfiguration.html")
def public_bucket_policy(aws: Account) -> Call:
    """BlockPublicPolicy refuses a public policy."""
    bucket = aws.bucket()
    settings = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    aws.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(settings, True))
    wrong = read(f"arn:aws:s3:::{bucket}/*", Principal="*")
    return lambda: aws.s3.put_bucket_policy(Bucket=bucket, Policy=wrong)


@fault("AccessControlListNotSupported", "ACL", S3 + "API_PutBucketAcl.html")
def acl_on_a_bucket_without_acls(aws: Account) -> Call:
    """BucketOwnerEnforced, the default, disables ACLs."""
    bucket = aws.bucket()
    aws.s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    return lambda: aws.s3.put_bucket_acl(Bucket=bucket, ACL="log-delivery-write")


@twin
def acl_for_log_delivery(aws: Account) -> Call:
    """The canned ACL log-delivery-write is accepted, although the API model's enum does not list it."""
    bucket = aws.bucket()
    aws.s3.put_bucket_ownership_controls(
        Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
    )
    return lambda: aws.s3.put_bucket_acl(Bucket=bucket, ACL="log-delivery-write")


@fault("InvalidArgument", "AES256", S3 + "API_ServerSideEncryptionByDefault.html")
def key_for_an_algorithm_without_one(aws: Account) -> Call:
    """A KMS key requires the algorithm aws:kms."""
    bucket = aws.bucket()
    default = {"SSEAlgorithm": "AES256", "KMSMasterKeyID": aws.key()}
    settings = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    return lambda: aws.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=settings)


@twin
def key_for_kms_encryption(aws: Account) -> Call:
    """A KMS key with aws:kms is accepted."""
    bucket = aws.bucket()
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": aws.key()}
    settings = {"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    return lambda: aws.s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=settings)


def expire(name: str, **changes: object) -> dict[str, object]:
    """A lifecycle rule that expires objects after a year."""
    return {"ID": name, "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 365}, **changes}


@fault("InvalidArgument", "unique", S3 + "API_PutBucketLifecycleConfiguration.html")
def lifecycle_rule_id_twice(aws: Account) -> Call:
    """The IDs of a bucket's lifecycle rules must be unique."""
    bucket = aws.bucket()
    rules = [expire("expire", Filter={"Prefix": "a/"}), expire("expire", Filter={"Prefix": "b/"})]
    return lambda: aws.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


@fault("InvalidArgument", "Days", S3 + "API_PutBucketLifecycleConfiguration.html")
def objects_expired_before_they_are_moved(aws: Account) -> Call:
    """The expiration must be later than the transition."""
    bucket = aws.bucket()
    rules = [expire("expire", Expiration={"Days": 30}, Transitions=[{"Days": 90, "StorageClass": "GLACIER"}])]
    return lambda: aws.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


@fault("InvalidArgument", "30", S3 + "API_Transition.html")
def objects_moved_to_infrequent_access_too_soon(aws: Account) -> Call:
    """A transition to STANDARD_IA requires at least 30 days."""
    bucket = aws.bucket()
    rules = [expire("expire", Transitions=[{"Days": 10, "StorageClass": "STANDARD_IA"}])]
    return lambda: aws.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


@twin
def objects_moved_and_expired(aws: Account) -> Call:
    """A transition after 30 days and expiration after a year are accepted."""
    bucket = aws.bucket()
    rules = [expire("expire", Transitions=[{"Days": 30, "StorageClass": "STANDARD_IA"}])]
    return lambda: aws.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


@fault("InvalidBucketState", "Object Lock", S3 + "API_PutBucketVersioning.html")
def versioning_suspended_under_object_lock(aws: Account) -> Call:
    """Versioning cannot be suspended while Object Lock is enabled."""
    aws.s3.create_bucket(Bucket=LOGS, ObjectLockEnabledForBucket=True)
    return lambda: aws.s3.put_bucket_versioning(Bucket=LOGS, VersioningConfiguration={"Status": "Suspended"})


@fault("InvalidTargetBucketForLogging", "target bucket", S3 + "API_PutBucketLogging.html")
def logs_to_a_missing_bucket(aws: Account) -> Call:
    """The bucket for access logs must exist."""
    bucket = aws.bucket()
    target = {"LoggingEnabled": {"TargetBucket": "planted-gateway-nowhere", "TargetPrefix": "s3/"}}
    return lambda: aws.s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus=target)


@fault("InvalidArgument", "destination", S3 + "API_PutBucketNotificationConfiguration.html")
def notification_to_a_closed_topic(aws: Account) -> Call:
    """The topic policy must let S3 publish."""
    bucket = aws.bucket()
    topic = aws.sns.create_topic(Name="gateway")["TopicArn"]
    settings = {"TopicConfigurations": [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]}
    return lambda: aws.s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=settings)


def moved(aws: Account, infrequent: int, archive: int) -> Call:
    """Put a lifecycle rule with two transitions: to STANDARD_IA and to GLACIER, each after these days."""
    days = {"STANDARD_IA": infrequent, "GLACIER": archive}
    moves = [{"Days": after, "StorageClass": name} for name, after in days.items()]
    rules = [expire("logs", Expiration={"Days": 400}, Transitions=moves)]
    bucket = aws.bucket()
    return lambda: aws.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


@fault("InvalidArgument", "Days", S3 + "API_Transition.html")
def objects_warmed_up(aws: Account) -> Call:
    """Objects cannot move to the colder storage class before the warmer one."""
    return moved(aws, 90, 30)


@twin
def objects_cooled_down(aws: Account) -> Call:
    """A transition to infrequent access and then to the archive is accepted."""
    return moved(aws, 30, 90)


@fault("InvalidRequest", "AbortIncompleteMultipartUpload", S3 + "API_AbortIncompleteMultipartUpload.html")
def uploads_aborted_by_a_tag(aws: Account) -> Call:
    """Incomplete uploads cannot be filtered by tag."""
    bucket, abort = aws.bucket(), {"DaysAfterInitiation": 7}
    rules = [expire("logs", Filter={"Tag": {"Key": "a", "Value": "b"}}, AbortIncompleteMultipartUpload=abort)]
    return lambda: aws.s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})


@fault("CrossLocationLoggingProhibitted", "location", S3 + "ErrorResponses.html")
def logs_to_a_bucket_of_another_region(aws: Account) -> Call:
    """The log bucket must be in the same region."""
    west = {"LocationConstraint": "us-west-2"}
    aws.client("s3", "us-west-2").create_bucket(Bucket="planted-west", CreateBucketConfiguration=west)
    bucket, logging = aws.bucket(), {"TargetBucket": "planted-west", "TargetPrefix": "gateway/"}
    return lambda: aws.s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": logging})
