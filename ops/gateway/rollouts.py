"""Waits for the ECS deployment that `make deploy` starts, and reports its result: done, rolled back or failed."""

import time
from collections.abc import Callable
from typing import Any

from ops.aws import Aws
from ops.console import out, say

import attrs

POLL_SECONDS = 15.0
TASKS_START_SECONDS = 1800
"""How long to wait for a deployment to start its tasks and watch its alarms; max_stream_seconds comes on top."""
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
        """Wait for a deployment newer than `before`: 0 where it succeeds or there is none, 1 where it does not.

        A service's first deployment (`before` is None) is not waited for: its tasks cannot start before `make secrets`.
        """
        arn = self.newest()
        if before is None or arn is None or arn == before:
            return 0
        return self._finished(arn)

    def settled(self) -> int:
        """Wait for the newest deployment, even a service's first one: 0 where its tasks are healthy, else 1.

        Starts a new one where it has failed. ECS counts a task as healthy when the load balancer does (ECS developer
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
        say(f"The deployment {arn} has not completed after {rounds * POLL_SECONDS / 60:.0f} minutes.", "red")
        return 1

    def _report(self, found: dict[str, Any]) -> int:
        status = found["status"]
        if status == SUCCESSFUL:
            out.print("The ECS deployment succeeded.")
            return 0
        alarms = (found.get("alarms") or {}).get("triggeredAlarmNames") or []
        name = self.aws.environment.environment
        what = "rolled back to the previous tasks" if status == ROLLED_BACK else f"ended the deployment: {status}"
        say(f"ECS {what}. {found.get('statusReason', '')}".rstrip(), "red")
        for alarm in alarms:
            out.print(f"  alarm {alarm}")
        out.print(
            "The Terraform state has the new configuration. Find the cause first (docs/operations.md, “A deployment "
            f"was rolled back”), then run `make deploy ENV={name}` again."
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
