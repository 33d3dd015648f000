"""The actions of AWS that the gateway's task calls, for its roles, the VPC endpoints and the pipeline's boundary."""

from constructs_lib.helpers.policies import calls

PULL = calls("ecr", "BatchCheckLayerAvailability", "BatchGetImage", "GetAuthorizationToken", "GetDownloadUrlForLayer")
WRITE_LOGS = calls("logs", "CreateLogStream", "DescribeLogStreams", "PutLogEvents")
SEND_TRACES = calls("xray", "GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments")
INVOKE = calls("bedrock", "InvokeModel", "InvokeModelWithResponseStream")
ITEM_ACTIONS = ("GetItem", "UpdateItem")
"""What the task does with items of the usage table, each by its key (gateway_runtime/src/teams)."""
TABLE_KEY_ACTIONS = ("Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*")
"""What DynamoDB does with the table's key in the caller's name (DynamoDB developer guide, "Encryption at rest:
authorizing use of your customer managed key")."""
