"""Buckets: names, policies, lifecycles and encryption."""

import ipaddress
import re
from collections.abc import Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.documents import lets_service, listed, malformed, statements
from emulator.judge.refusal import Refusal
from emulator.judge.registry import EVERY, rule
from emulator.wire.calls import Call

GUIDE = "AmazonS3/latest/userguide/"
NAME = re.compile(r"[a-z0-9](?!.*\.\.)[a-z0-9.-]{1,61}[a-z0-9]")
RESERVED_STARTS = ("xn--", "sthree-", "amzn-s3-demo-")
RESERVED_ENDS = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
POLICY_BYTES = 20 * 1024


def _is_address(name: str) -> bool:
    try:
        ipaddress.IPv4Address(name)
    except ValueError:
        return False
    return True


def _of_another_account(name: str, cloud: Cloud) -> bool:
    return cloud.bucket_owner(name) not in {None, cloud.account_id}


@rule("s3", EVERY, source=f"{GUIDE}bucket-owner-condition.html")
def expected_owner(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A call that names the bucket's owner is refused for a bucket of another account, whatever its policy allows."""
    expected, owner = call.params.get("ExpectedBucketOwner"), cloud.bucket_owner(str(call.params.get("Bucket", "")))
    if expected is not None and owner is not None and expected != owner:
        yield Refusal("AccessDenied", "ExpectedBucketOwner", expected, "Access Denied", 403)


@rule("s3", "CreateBucket", source=f"{GUIDE}bucketnamingrules.html")
def bucket_name(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The naming rules, and one namespace for all accounts."""
    name = str(call.params.get("Bucket", ""))
    reserved = name.startswith(RESERVED_STARTS) or name.endswith(RESERVED_ENDS)
    if not NAME.fullmatch(name) or _is_address(name) or reserved:
        said = "The specified bucket is not valid: 3 to 63 lower-case letters, digits, dots and hyphens, none reserved"
        yield Refusal("InvalidBucketName", "Bucket", name, said)
    if _of_another_account(name, cloud):
        said = "The requested bucket name is not available: another account has it"
        yield Refusal("BucketAlreadyExists", "Bucket", name, said, 409)


@rule("s3", "CreateBucket", source=f"{GUIDE}gpbucketnamespaces.html")
def bucket_namespace(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A name that ends in account, region and -an is of the account's namespace, and no other one is."""
    name, given = str(call.params.get("Bucket", "")), call.params.get("BucketNamespace")
    is_regional = name.endswith(f"-{cloud.account_id}-{cloud.region}-an")
    if is_regional and given != "account-regional":
        said = "The request is missing the required x-amz-bucket-namespace header"
        yield Refusal("MissingNamespaceHeader", "BucketNamespace", given, said)
    if given == "account-regional" and not is_regional:
        said = f"the name must end in -{cloud.account_id}-{cloud.region}-an"
        yield Refusal("InvalidNamespaceHeader", "BucketNamespace", given, said)


@rule("s3", "CreateBucket", source=f"{GUIDE}tagging.html")
def tags_at_birth(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Outside the commercial regions a bucket gets its tags later (hashicorp/terraform-provider-aws#46122)."""
    tags = (call.params.get("CreateBucketConfiguration") or {}).get("Tags")
    if tags and cloud.partition != "aws":
        said = f"tags in CreateBucket are not supported in {cloud.region}"
        yield Refusal("UnsupportedArgument", "CreateBucketConfiguration.Tags", tags, said)


@rule(
    "s3control",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
    source="AmazonS3/latest/API/API_control_TagResource.html",
)
def tags_by_control(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """S3 Control has no tags of buckets outside the commercial regions (hashicorp/terraform-provider-aws#46122)."""
    if cloud.partition != "aws":
        said = f"The specified method is not allowed against this resource in {cloud.region}"
        yield Refusal("MethodNotAllowed", "ResourceArn", call.params.get("ResourceArn"), said, 405)


@rule("s3", "HeadBucket", source="AmazonS3/latest/API/API_HeadBucket.html")
def foreign_bucket(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Another account's bucket is forbidden, and so tells that its name is taken."""
    name = str(call.params.get("Bucket", ""))
    if _of_another_account(name, cloud):
        yield Refusal("AccessDenied", "Bucket", name, "belongs to another account", 403)


@rule("s3", "PutBucketPolicy", source="AmazonS3/latest/API/API_PutBucketPolicy.html")
def bucket_policy(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The grammar, the size, this bucket's own resources, and nothing public where that is blocked."""
    name, text = str(call.params.get("Bucket", "")), str(call.params.get("Policy", ""))
    yield from malformed(text, member="Policy", code="MalformedPolicy", with_principal=True)
    if len(text.encode()) > POLICY_BYTES:
        said = f"a bucket policy has at most {POLICY_BYTES} bytes"
        yield Refusal("PolicyTooLarge", "Policy", f"{len(text.encode())} bytes", said)
    own = f"arn:{cloud.partition}:s3:::{name}"
    bucket = cloud.backend("s3").buckets.get(name)
    block = bucket.public_access_block if bucket is not None else None
    for number, one in enumerate(statements(text)):
        for resource in listed(one.get("Resource")):
            if resource != own and not str(resource).startswith(f"{own}/") and resource != f"{own}*":
                said = "Policy has invalid resource: it must be the bucket or objects in it"
                yield Refusal("MalformedPolicy", f"Policy.Statement[{number}].Resource", resource, said)
        public = (
            one.get("Principal") in ("*", {"AWS": "*"}) and one.get("Effect") == "Allow" and not one.get("Condition")
        )
        if public and block is not None and str(getattr(block, "block_public_policy", "")).lower() == "true":
            said = "public policies are blocked by the BlockPublicPolicy block public access setting"
            yield Refusal("AccessDenied", f"Policy.Statement[{number}].Principal", "*", said, 403)


@rule("s3", "PutBucketLifecycleConfiguration", source="AmazonS3/latest/API/API_LifecycleRule.html")
def lifecycle(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Unique ids of up to 255 characters, a filter, an action, and days that are positive."""
    rules = (call.params.get("LifecycleConfiguration") or {}).get("Rules", [])
    identifiers = [one.get("ID") for one in rules if one.get("ID")]
    if len(set(identifiers)) < len(identifiers):
        yield Refusal("InvalidArgument", "LifecycleConfiguration.Rules.ID", identifiers, "Rule ID must be unique")
    actions = (
        "Expiration",
        "Transitions",
        "NoncurrentVersionExpiration",
        "NoncurrentVersionTransitions",
        "AbortIncompleteMultipartUpload",
    )
    for number, one in enumerate(rules):
        place = f"LifecycleConfiguration.Rules[{number}]"
        if len(one.get("ID", "")) > 255:
            yield Refusal(
                "InvalidArgument", f"{place}.ID", one["ID"], "ID length should not exceed allowed limit of 255"
            )
        if not any(one.get(action) for action in actions):
            yield Refusal("InvalidRequest", place, sorted(one), "At least one action needs to be specified in a rule")
        if "Filter" not in one and "Prefix" not in one:
            yield Refusal("MalformedXML", place, sorted(one), "a rule must have a Filter")
        days = [
            (one.get("Expiration") or {}).get("Days"),
            (one.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation"),
            (one.get("NoncurrentVersionExpiration") or {}).get("NoncurrentDays"),
        ]
        for value in days:
            if value is not None and value < 1:
                yield Refusal("InvalidArgument", f"{place}.Days", value, "must be a positive integer")


@rule("s3", "PutBucketLifecycleConfiguration", source="AmazonS3/latest/API/API_Transition.html")
def transitions(call: Call, _: Cloud) -> Iterator[Refusal]:
    """Objects expire after they have moved, and move to infrequent access after 30 days."""
    for number, one in enumerate((call.params.get("LifecycleConfiguration") or {}).get("Rules", [])):
        place, expires = f"LifecycleConfiguration.Rules[{number}]", (one.get("Expiration") or {}).get("Days")
        for move in one.get("Transitions", []):
            days, to = move.get("Days"), move.get("StorageClass")
            if days is not None and to in {"STANDARD_IA", "ONEZONE_IA"} and days < 30:
                said = f"'Days' in Transition action must be greater than or equal to 30 for storageClass '{to}'"
                yield Refusal("InvalidArgument", f"{place}.Transitions.Days", days, said)
            if days is not None and expires is not None and expires <= days:
                said = "'Days' in the Expiration action must be greater than 'Days' in the Transition action"
                yield Refusal("InvalidArgument", f"{place}.Expiration.Days", expires, said)


@rule("s3", "PutBucketAcl", source="AmazonS3/latest/API/API_PutBucketAcl.html")
def acls(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """BucketOwnerEnforced, which new buckets have, turns ACLs off."""
    bucket = cloud.backend("s3").buckets.get(str(call.params.get("Bucket", "")))
    controls = str(bucket.ownership_rule) if bucket is not None and bucket.ownership_rule else "BucketOwnerEnforced"
    if bucket is not None and "BucketOwnerEnforced" in controls:
        yield Refusal("AccessControlListNotSupported", "ACL", call.params.get("ACL"), "The bucket does not allow ACLs")


@rule("s3", "PutBucketVersioning", source="AmazonS3/latest/userguide/object-lock-managing.html")
def versioning(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Object Lock keeps versioning on."""
    bucket = cloud.backend("s3").buckets.get(str(call.params.get("Bucket", "")))
    wanted = (call.params.get("VersioningConfiguration") or {}).get("Status")
    if bucket is not None and bucket.object_lock_enabled and wanted == "Suspended":
        said = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        yield Refusal("InvalidBucketState", "VersioningConfiguration.Status", wanted, said, 409)


@rule(
    "s3",
    "PutBucketNotificationConfiguration",
    source="AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html",
)
def notifications(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The policy of a topic lets S3 publish to it."""
    context = {"aws:SourceAccount": cloud.account_id, "AWS:SourceOwner": ""}
    for one in (call.params.get("NotificationConfiguration") or {}).get("TopicConfigurations", []):
        arn = str(one.get("TopicArn"))
        topic = cloud.backend("sns").topics.get(arn)
        if topic is None or not lets_service(topic.policy, "s3.amazonaws.com", "sns:Publish", context, arn):
            said = "Unable to validate the following destination configurations: the topic does not let S3 publish"
            yield Refusal("InvalidArgument", "NotificationConfiguration.TopicConfigurations.TopicArn", arn, said)


@rule("s3", "PutBucketEncryption", source="AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html")
def encryption(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A KMS key goes with KMS alone, and exists here."""
    rules = (call.params.get("ServerSideEncryptionConfiguration") or {}).get("Rules", [])
    for number, one in enumerate(rules):
        default = one.get("ApplyServerSideEncryptionByDefault") or {}
        place = f"ServerSideEncryptionConfiguration.Rules[{number}].KMSMasterKeyID"
        key = default.get("KMSMasterKeyID")
        if key and default.get("SSEAlgorithm") == "AES256":
            yield Refusal("InvalidArgument", place, key, "is not allowed with AES256")
        elif key and str(key).startswith("arn:") and cloud.key(key) is None:
            yield Refusal("KMS.NotFoundException", place, key, "the key does not exist")
