"""The ECS deployment that `make deploy` started: finished, or rolled back by an alarm or by failing tasks."""

import time
from collections.abc import Callable
from typing import Any

from ops.aws import Aws
from ops.console import out, say

import attrs

POLL_SECONDS = 15.0
TASKS_START_SECONDS = 1800
"""How long a deployment may take to start its tasks and watch its alarms, beyond its longest stream."""
UNDER_WAY = frozenset(
    {"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"}
)  # fmt: skip
ROLLED_BACK = "ROLLBACK_SUCCESSFUL"
SUCCESSFUL = "SUCCESSFUL"


@attrs.frozen
class Rollouts:
    """The deployments of one environment's service."""

    aws: Aws
    sleep: Callable[[float], None] = time.sleep

    def newest(self) -> str | None:
        """The ARN of the newest deployment; None where there is no service yet."""
        found = self._listed()
        return str(found[0]["serviceDeploymentArn"]) if found else None

    def outcome(self, before: str | None) -> int:
        """Wait for the deployment that is newer than `before`: 0 where it succeeded, 1 where it did not.

        A service's first deployment is not waited for: its tasks start once its secrets have values.
        """
        arn = self.newest()
        if before is None or arn is None or arn == before:
            return 0
        return self._finished(arn)

    def settled(self) -> int:
        """Wait for the newest deployment, a service's first one too: 0 where its tasks are healthy, 1 where not.

        One that has failed is started again. ECS counts a task as healthy when its load balancer does (ECS developer
        guide, "How Amazon ECS determines service deployment status").
        """
        arn = self.newest()
        if arn is None:
            return 1
        if self._described(arn)["status"] not in UNDER_WAY | {SUCCESSFUL}:
            names = self.aws.environment.names
            self.aws.client("ecs").update_service(cluster=names.cluster, service=names.service, forceNewDeployment=True)
            arn = self.newest() or arn
        return self._finished(arn)

    def _finished(self, arn: str) -> int:
        environment = self.aws.environment
        out.print(f"Waiting for ECS to deploy {environment.names.service} …")
        rounds = int((TASKS_START_SECONDS + environment.max_stream_seconds) / POLL_SECONDS)
        for number in range(rounds):
            found = self._described(arn)
            if found["status"] not in UNDER_WAY:
                return self._report(found)
            if number + 1 < rounds:
                self.sleep(POLL_SECONDS)
        say(f"The deployment {arn} has not ended after {rounds * POLL_SECONDS / 60:.0f} minutes.", "red")
        return 1

    def _report(self, found: dict[str, Any]) -> int:
        status = found["status"]
        if status == SUCCESSFUL:
            out.print("ECS has deployed it.")
            return 0
        alarms = (found.get("alarms") or {}).get("triggeredAlarmNames") or []
        name = self.aws.environment.environment
        what = "rolled the deployment back to the tasks before it" if status == ROLLED_BACK else f"ended it: {status}"
        say(f"ECS {what}. {found.get('statusReason', '')}".rstrip(), "red")
        for alarm in alarms:
            out.print(f"  alarm {alarm}")
        out.print(
            f"Terraform's state keeps what it wrote, and the next `make deploy ENV={name}` tries again: find the cause "
            "first (docs/operations.md, “A deployment was rolled back”)."
        )
        return 1

    def _listed(self) -> list[dict[str, Any]]:
        names, absent = self.aws.environment.names, ("ClusterNotFoundException", "ServiceNotFoundException")
        which: dict[str, Any] = {"cluster": names.cluster, "service": names.service}
        return list(self.aws.items("ecs", "list_service_deployments", "serviceDeployments[]", absent=absent, **which))

    def _described(self, arn: str) -> dict[str, Any]:
        answer = self.aws.client("ecs").describe_service_deployments(serviceDeploymentArns=[arn])
        found: dict[str, Any] = answer["serviceDeployments"][0]
        return found
