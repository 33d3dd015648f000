"""Keys: policies that do not lock their owner out, and the services that use a key."""

from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.judge.documents import dns_suffix, lets_account, lets_service, malformed
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

API = "kms/latest/APIReference/API_"


@rule("kms", "CreateKey", "PutKeyPolicy", source=f"{API}CreateKey.html")
def key_policy(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A key's policy keeps the grammar and leaves the account able to change it."""
    text = call.params.get("Policy")
    if text is None:
        return
    yield from malformed(text, member="Policy", code="MalformedPolicyDocumentException", with_principal=True)
    bypassed = call.params.get("BypassPolicyLockoutSafetyCheck")
    if not bypassed and not lets_account(text, cloud.account_id, "kms:PutKeyPolicy"):
        said = "The new key policy will not allow you to update the key policy in the future"
        yield Refusal("MalformedPolicyDocumentException", "Policy", text, said)


@rule("kms", "CreateAlias", source=f"{API}CreateAlias.html")
def alias(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """An alias begins with alias/, is not one of AWS's own, and names a key that exists."""
    name = str(call.params.get("AliasName", ""))
    if not name.startswith("alias/"):
        yield Refusal("ValidationException", "AliasName", name, 'Alias must start with the prefix "alias/"')
    elif name.startswith("alias/aws/"):
        said = "alias/aws/ is reserved for AWS managed keys"
        yield Refusal("NotAuthorizedException", "AliasName", name, said)
    key = cloud.key(str(call.params.get("TargetKeyId", "")))
    if key is None:
        yield Refusal("NotFoundException", "TargetKeyId", call.params.get("TargetKeyId"), "Key does not exist")


@rule("kms", "ScheduleKeyDeletion", source=f"{API}ScheduleKeyDeletion.html")
def deletion_window(call: Call, _: Cloud) -> Iterator[Refusal]:
    """7 to 30 days."""
    days = call.params.get("PendingWindowInDays", 30)
    if not 7 <= days <= 30:
        yield Refusal("ValidationException", "PendingWindowInDays", days, "must be between 7 and 30")


@rule(
    "kms",
    "Encrypt",
    "Decrypt",
    "ReEncrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "CreateGrant",
    "CreateAlias",
    "EnableKey",
    "DisableKey",
    "EnableKeyRotation",
    "DisableKeyRotation",
    "UpdateKeyDescription",
    "TagResource",
    "UntagResource",
    "ScheduleKeyDeletion",
    source="kms/latest/developerguide/key-state.html",
)
def state(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A key that is scheduled for deletion is not used and not changed."""
    member = "TargetKeyId" if call.operation == "CreateAlias" else "KeyId"
    key = cloud.key(str(call.params.get(member, "")))
    if key is not None and key.key_state == "PendingDeletion":
        yield Refusal("KMSInvalidStateException", member, call.params.get(member), f"{key.arn} is pending deletion.")


@rule(
    "kms",
    "Encrypt",
    "Decrypt",
    "ReEncrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "CreateGrant",
    "EnableKeyRotation",
    source="kms/latest/developerguide/key-state.html",
)
def disabled(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A key that is disabled is not used, and does not begin to rotate."""
    key = cloud.key(str(call.params.get("KeyId", "")))
    if key is not None and key.key_state == "Disabled":
        yield Refusal("DisabledException", "KeyId", call.params.get("KeyId"), f"{key.arn} is disabled.")


@rule("kms", "EnableKeyRotation", source=f"{API}EnableKeyRotation.html")
def rotation(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Only symmetric encryption keys rotate by themselves."""
    key = cloud.key(str(call.params.get("KeyId", "")))
    if key is not None and key.key_spec != "SYMMETRIC_DEFAULT":
        said = "automatic rotation is for symmetric encryption keys"
        yield Refusal("UnsupportedOperationException", "KeyId", key.key_spec, said)


def usable(cloud: Cloud, identifier: str) -> Any:
    """A key of this account and region that is enabled and symmetric, or None."""
    key = cloud.key(identifier)
    return key if key is not None and key.key_state == "Enabled" and key.key_spec == "SYMMETRIC_DEFAULT" else None


@rule("logs", "CreateLogGroup", "AssociateKmsKey", source="AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html")
def key_of_a_log_group(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The key exists here, is enabled and symmetric, and its policy lets CloudWatch Logs in for this group."""
    identifier = call.params.get("kmsKeyId")
    if identifier is None:
        return
    name = call.params.get("logGroupName") or str(call.params.get("resourceIdentifier")).rpartition(":")[2]
    arn = f"arn:{cloud.partition}:logs:{cloud.region}:{cloud.account_id}:log-group:{name}"
    key = usable(cloud, identifier)
    service = f"logs.{cloud.region}.{dns_suffix(cloud.region)}"
    context = {"kms:EncryptionContext:aws:logs:arn": arn, "aws:SourceAccount": cloud.account_id}
    needed = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")
    if key is None:
        said = "The specified KMS key does not exist in this account and region, or is not enabled and symmetric"
        yield Refusal("InvalidParameterException", "kmsKeyId", identifier, said)
    elif not all(lets_service(key.policy, service, action, context) for action in needed):
        # The code is in no list of the API reference: hashicorp/terraform-provider-aws#29282 (also AssociateKmsKey).
        said = f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"
        yield Refusal("AccessDeniedException", "kmsKeyId", identifier, said)


@rule(
    "secretsmanager", "CreateSecret", "UpdateSecret", source="secretsmanager/latest/apireference/API_CreateSecret.html"
)
def key_of_a_secret(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The key exists here, is enabled, and its policy leaves its use to the account's roles."""
    identifier = call.params.get("KmsKeyId")
    if identifier is None or identifier == "alias/aws/secretsmanager":
        return
    key = usable(cloud, identifier)
    needed = ("kms:Decrypt", "kms:GenerateDataKey")
    if key is None or not all(lets_account(key.policy, cloud.account_id, action) for action in needed):
        said = "the key does not exist in this account and region, is not enabled, or does not let the account use it"
        yield Refusal("InvalidParameterException", "KmsKeyId", identifier, said)


@rule("ecr", "CreateRepository", source="AmazonECR/latest/userguide/encryption-at-rest.html")
def key_of_a_repository(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The key exists here, is enabled, and ECR may have a grant on it."""
    configuration = call.params.get("encryptionConfiguration") or {}
    identifier = configuration.get("kmsKey")
    if identifier is None:
        return
    if configuration.get("encryptionType") == "AES256":
        said = "is only valid with the encryption type KMS"
        yield Refusal("InvalidParameterException", "encryptionConfiguration.kmsKey", identifier, said)
    key = usable(cloud, identifier)
    if key is None or not lets_account(key.policy, cloud.account_id, "kms:CreateGrant"):
        said = "the key does not exist in this account and region, is not enabled, or does not let ECR have a grant"
        yield Refusal("KmsException", "encryptionConfiguration.kmsKey", identifier, said)


@rule("cloudwatch", "PutMetricAlarm", source="AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html")
def topic_of_an_alarm(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """An alarm's topic exists here, and the policies of the topic and of its key let CloudWatch publish."""
    arns = [arn for member in ("AlarmActions", "OKActions") for arn in call.params.get(member, [])]
    for arn in dict.fromkeys(arns):
        if ":sns:" not in arn:
            continue
        topic = cloud.backend("sns").topics.get(arn) if arn.split(":")[3] == cloud.region else None
        if topic is None:
            yield Refusal("ValidationError", "AlarmActions", arn, "there is no such topic in this account and region")
            continue
        context = {"aws:SourceAccount": cloud.account_id, "AWS:SourceOwner": cloud.account_id}
        if not lets_service(topic.policy, "cloudwatch.amazonaws.com", "sns:Publish", context, arn):
            said = "the topic's policy does not let cloudwatch.amazonaws.com publish: no alarm would arrive"
            yield Refusal("ValidationError", "AlarmActions", arn, said)
        identifier = topic.kms_master_key_id
        if not identifier:
            continue
        key = usable(cloud, identifier)
        needed = ("kms:Decrypt", "kms:GenerateDataKey")
        if key is None or not all(lets_service(key.policy, "cloudwatch.amazonaws.com", one, context) for one in needed):
            said = (
                f"the key of the topic, {identifier}, does not let cloudwatch.amazonaws.com in: no alarm would arrive"
            )
            yield Refusal("ValidationError", "AlarmActions", arn, said)


@rule("sns", "CreateTopic", source="sns/latest/api/API_CreateTopic.html")
def key_of_a_topic(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A topic's key exists in this account and region."""
    identifier = (call.params.get("Attributes") or {}).get("KmsMasterKeyId")
    if identifier and identifier != "alias/aws/sns" and cloud.key(identifier) is None:
        yield Refusal("KMSNotFound", "Attributes.KmsMasterKeyId", identifier, "Key does not exist")
