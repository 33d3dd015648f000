"""The most that the environment's own roles may do once a pipeline may write them.

Without it, whoever may write a role's policy may write `*` into it. A test compares it with what the roles ask for.
"""

from constructs_lib.helpers.pipeline.pipeline_access import Access, calls
from constructs_lib.helpers.pipeline.rate_limit_access import CONNECT
from constructs_lib.helpers.pipeline.usage_access import ITEM_ACTIONS, KEY_ACTIONS
from constructs_lib.helpers.policies import Condition, Statement


def boundary(scope: Access) -> tuple[Statement, ...]:
    """Pull images, write logs and traces, read this environment's secrets, invoke models, count usage."""
    return (
        Statement(
            sid="PullAndObserve",
            actions=(
                *calls("ecr", "BatchCheckLayerAvailability", "BatchGetImage", "GetAuthorizationToken"),
                "ecr:GetDownloadUrlForLayer",
                "logs:DescribeLogGroups",
                *calls("xray", "GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments"),
            ),
            resources=("*",),
        ),
        Statement(
            sid="WriteLogs",
            actions=calls("logs", "CreateLogStream", "DescribeLogStreams", "PutLogEvents"),
            resources=tuple(scope.arn("logs", f"log-group:{name}:*") for name in scope.names.log_groups),
        ),
        Statement(
            sid="ReadSecrets",
            actions=("secretsmanager:GetSecretValue",),
            resources=(scope.arn("secretsmanager", f"secret:{scope.names.path}/*"),),
        ),
        Statement(
            sid="DecryptSecrets",
            actions=("kms:Decrypt",),
            resources=(scope.arn("kms", "key/*"),),
            conditions=(
                *scope.tagged_or_new,
                Condition("StringEquals", "kms:ViaService", (scope.host("secretsmanager"),)),
            ),
        ),
        Statement(
            sid="InvokeModels",
            actions=calls("bedrock", "InvokeModel", "InvokeModelWithResponseStream"),
            resources=(
                scope.arn("bedrock", "foundation-model/*", region="*", account_id=""),
                scope.arn("bedrock", "inference-profile/*", region="*"),
            ),
        ),
        *(_usage(scope) if scope.usage else ()),
        *(
            (Statement(sid="ConnectToRateLimits", actions=(CONNECT,), resources=scope.cache_connection),)
            if scope.rate_limits
            else ()
        ),
    )


def _usage(scope: Access) -> tuple[Statement, ...]:
    return (
        Statement(sid="CountUsage", actions=calls("dynamodb", *ITEM_ACTIONS), resources=(scope.usage_table,)),
        Statement(
            sid="UseTableKey",
            actions=calls("kms", *KEY_ACTIONS),
            resources=(scope.arn("kms", "key/*"),),
            conditions=(
                *scope.tagged_or_new,
                Condition("StringEquals", "kms:ViaService", (scope.host("dynamodb"),)),
            ),
        ),
    )
