"""The execution role, with which ECS starts the task, and the task role, which the containers use."""

from typing import TYPE_CHECKING

from constructs_lib.helpers.policies import Condition, Statement, calls, policy, trust_policy
from constructs_lib.helpers.scope import Scope
from constructs_lib.helpers.task.calls import INVOKE, ITEM_ACTIONS, SEND_TRACES, TABLE_KEY_ACTIONS, WRITE_LOGS
from constructs_lib.helpers.task.images import ecr_repository_arn
from constructs_lib.log_groups import LogGroups
from constructs_lib.repository import Repository
from constructs_lib.secrets import Secrets

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from constructs import Construct

if TYPE_CHECKING:
    from constructs_lib.rate_limit_cache import RateLimitCache
    from constructs_lib.usage_table import UsageTable


class TaskRoles(Construct):
    """Execution role and task role, with only the permissions that this environment's settings need."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        where: Scope,
        log_groups: LogGroups,
        repository: Repository,
        secrets: Secrets,
        images: tuple[str, ...],
        bedrock: bool,
        usage: "UsageTable | None",
        rate_limits: "RateLimitCache | None",
        permissions_boundary: str | None,
    ) -> None:
        super().__init__(scope, id_)
        self._boundary = permissions_boundary
        trust = trust_policy("ecs-tasks.amazonaws.com", account_id=where.account_id, source_arn=where.arn("ecs", "*"))
        gateway_log_streams = f"{log_groups.gateway.arn}:*"
        elsewhere = {ecr_repository_arn(image, where.partition) for image in images} - {None}
        execution = [
            # This action supports no resources.
            Statement(sid="LogInToEcr", actions=("ecr:GetAuthorizationToken",), resources=("*",)),
            Statement(
                sid="PullImages",
                actions=("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
                resources=(repository.arn, *sorted(filter(None, elsewhere))),
            ),
            Statement(
                sid="WriteContainerLogs",
                actions=("logs:CreateLogStream", "logs:PutLogEvents"),
                resources=(gateway_log_streams, f"{log_groups.collector.arn}:*"),
            ),
        ]
        readable = (*secrets.gateway.values(), *secrets.providers.values())
        if readable:
            execution += [
                Statement(
                    sid="ReadSecrets",
                    actions=("secretsmanager:GetSecretValue",),
                    resources=readable,
                ),
                Statement(
                    sid="DecryptSecrets",
                    actions=("kms:Decrypt",),
                    resources=(secrets.key_arn,),
                    conditions=(Condition("StringEquals", "kms:ViaService", (where.host("secretsmanager"),)),),
                ),
            ]
        task = [
            Statement(
                sid="WriteTelemetry",
                actions=WRITE_LOGS,
                resources=(gateway_log_streams, f"{log_groups.metrics.arn}:*"),
            ),
            # These X-Ray actions support no resources.
            Statement(sid="SendTraces", actions=SEND_TRACES, resources=("*",)),
        ]
        if bedrock:
            task.append(
                Statement(
                    sid="InvokeModels",
                    actions=INVOKE,
                    resources=(
                        # Models belong to AWS, and an inference profile may route to other regions.
                        where.arn("bedrock", "foundation-model/*", region="*", account_id=""),
                        where.arn("bedrock", "inference-profile/*", region="*"),
                    ),
                )
            )
        if usage is not None:
            task += [
                Statement(sid="CountUsage", actions=calls("dynamodb", *ITEM_ACTIONS), resources=(usage.arn,)),
                Statement(
                    sid="UseTableKey",
                    actions=calls("kms", *TABLE_KEY_ACTIONS),
                    resources=(usage.key_arn,),
                    conditions=(Condition("StringEquals", "kms:ViaService", (where.host("dynamodb"),)),),
                ),
            ]
        if rate_limits is not None:
            connect = calls("elasticache", "Connect")
            task.append(Statement(sid="ConnectToRateLimits", actions=connect, resources=rate_limits.arns))
        self.execution_role_arn, execution_policy = self._role(
            "Execution", where.names.role("execution"), trust, *execution
        )
        self.task_role_arn, task_policy = self._role("Task", where.names.role("task"), trust, *task)
        self.policies = [execution_policy, task_policy]
        """Policies that the service depends on: without them a task cannot pull its image or read its secrets."""

    def _role(self, id_: str, name: str, trust: str, *statements: Statement) -> tuple[str, IamRolePolicy]:
        role = IamRole(self, id_, name=name, assume_role_policy=trust, permissions_boundary=self._boundary)
        # Without a fixed name, `make recover` could not find it.
        attached = IamRolePolicy(self, f"{id_}Policy", name=name, role=role.id, policy=policy(*statements))
        return role.arn, attached
