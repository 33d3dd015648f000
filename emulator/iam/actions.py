"""The IAM actions of an operation: its own name, except in S3, Bedrock and DynamoDB's transactions."""

from emulator.wire.calls import Call

SERVICES = {"bedrock-runtime": "bedrock", "elbv2": "elasticloadbalancing", "s3control": "s3"}
"""IAM's service prefixes, by botocore's name where the two differ."""
S3 = {
    # Amazon S3 user guide, "Required permissions for Amazon S3 API operations".
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
OF_VERSIONS = {"GetObject": "GetObjectVersion", "DeleteObject": "DeleteObjectVersion"}
"""The action on one version of an object, by the action on the object."""
BEDROCK = {"Converse": "InvokeModel", "ConverseStream": "InvokeModelWithResponseStream"}
DYNAMODB = {
    "ConditionCheck": "ConditionCheckItem", "Delete": "DeleteItem", "Get": "GetItem", "Put": "PutItem",
    "Update": "UpdateItem",
}  # fmt: skip
"""The action of each part of a transaction, which has none itself (DynamoDB developer guide, "Using IAM with
transactions")."""


def _of_s3(call: Call) -> set[str]:
    name = S3.get(call.operation, call.operation)
    if call.operation == "DeleteObjects":
        versions = ["VersionId" in one for one in call.params["Delete"]["Objects"]]
        return {OF_VERSIONS[name] if one else name for one in versions}
    return {OF_VERSIONS.get(name, name) if call.params.get("VersionId") else name}


def actions_of(call: Call) -> list[str]:
    """The actions that a call needs on its own resources, e.g. `s3:ListBucket` for HeadBucket."""
    names = {call.operation}
    if call.service == "s3":
        names = _of_s3(call)
    elif call.service == "bedrock-runtime":
        names = {BEDROCK.get(call.operation, call.operation)}
    elif call.service == "dynamodb" and "TransactItems" in call.params:
        names = {DYNAMODB[part] for item in call.params["TransactItems"] for part in item}
    return sorted(f"{SERVICES.get(call.service, call.service)}:{name}" for name in names)
