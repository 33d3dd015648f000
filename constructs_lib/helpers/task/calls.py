"""AWS actions that the task calls, for its roles, the VPC endpoints' policies and the permissions boundary."""

from constructs_lib.helpers.policies import calls

PULL = calls("ecr", "BatchCheckLayerAvailability", "BatchGetImage", "GetAuthorizationToken", "GetDownloadUrlForLayer")
WRITE_LOGS = calls("logs", "CreateLogStream", "DescribeLogStreams", "PutLogEvents")
SEND_TRACES = calls("xray", "GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments")
INVOKE = calls("bedrock", "InvokeModel", "InvokeModelWithResponseStream")
ITEM_ACTIONS = ("GetItem", "UpdateItem")
"""DynamoDB actions on items of the usage table (gateway_runtime/src/teams)."""
TABLE_KEY_ACTIONS = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*")
"""KMS actions that DynamoDB performs on the table's key on behalf of the caller (DynamoDB developer guide,
"Encryption at rest: authorizing use of your customer managed key")."""
