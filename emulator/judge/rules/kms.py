"""KMS: the key of a log group, whose policy names the group's ARN. Other rules are in kms.toml."""

from collections.abc import Iterator

from emulator.judge.cloud import Cloud
from emulator.judge.documents import dns_suffix, lets_service
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call


@rule("logs", "CreateLogGroup", "AssociateKmsKey", source="AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html")
def key_of_a_log_group(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The key is enabled and symmetric, in this region, and its policy lets CloudWatch Logs use it for this group."""
    identifier = call.params.get("kmsKeyId")
    if identifier is None:
        return
    name = call.params.get("logGroupName") or str(call.params.get("resourceIdentifier")).rpartition(":")[2]
    arn = f"arn:{cloud.partition}:logs:{cloud.region}:{cloud.account_id}:log-group:{name}"
    key = cloud.usable_key(identifier)
    service = f"logs.{cloud.region}.{dns_suffix(cloud.region)}"
    context = {"kms:EncryptionContext:aws:logs:arn": arn, "aws:SourceAccount": cloud.account_id}
    needed = ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey")
    if key is None:
        said = "The specified KMS key does not exist in this account and region, or is not enabled and symmetric"
        yield Refusal("InvalidParameterException", "kmsKeyId", identifier, said)
    elif not all(lets_service(key.policy, service, action, context) for action in needed):
        # The API reference does not list the code; hashicorp/terraform-provider-aws#29282 shows it.
        said = f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'"
        yield Refusal("AccessDeniedException", "kmsKeyId", identifier, said)
