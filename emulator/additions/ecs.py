"""ECS: settings of services that moto drops, and deployments with their alarms."""

import uuid
from datetime import UTC, datetime
from typing import Any

from emulator.additions.state import state

from moto.backends import get_backend
from moto.core.responses import ActionResult
from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse

ECHOED_SERVICE_FIELDS = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "networkConfiguration",
    "platformVersion",
)
"""Members of CreateService and UpdateService that DescribeServices returns and moto drops."""
STARTS_DEPLOYMENT = ("taskDefinition", "networkConfiguration", "capacityProviderStrategy", "platformVersion")

_create_service = EC2ContainerServiceResponse.create_service
_update_service = EC2ContainerServiceResponse.update_service


def _deployments(self: EC2ContainerServiceResponse) -> dict[str, Any]:
    """The deployments of each service by its ARN, newest first."""
    return state(self.ecs_backend, "added_service_deployments")


def _keep_fields(self: EC2ContainerServiceResponse, answer: ActionResult) -> Service:
    result: dict[str, Service] = answer.result  # type: ignore[assignment] # moto types it as object
    for field in ECHOED_SERVICE_FIELDS:
        if (value := self._get_param(field)) is not None:
            setattr(result["service"], field, value)
    return result["service"]


def _start_deployment(self: EC2ContainerServiceResponse, service: Service, before: str | None) -> None:
    identifier = uuid.uuid4().hex[:21]
    place = service.arn.partition(":service/")
    now = datetime.now(UTC)
    record = {
        "serviceDeploymentArn": f"{place[0]}:service-deployment/{place[2]}/{identifier}",
        "serviceArn": service.arn,
        "clusterArn": service.cluster_arn,
        "createdAt": now,
        "startedAt": now,
        "updatedAt": now,
        "status": "IN_PROGRESS",
        "targetServiceRevision": {"arn": f"{place[0]}:service-revision/{place[2]}/{identifier}"},
        "deploymentConfiguration": getattr(service, "deploymentConfiguration", {}),
        "before": before,
    }
    _deployments(self).setdefault(service.arn, []).insert(0, record)


def create_service(self: EC2ContainerServiceResponse) -> ActionResult:
    """Moto's call; keeps the settings that moto drops, and starts the first deployment."""
    answer = _create_service(self)
    _start_deployment(self, _keep_fields(self, answer), None)
    return answer


def update_service(self: EC2ContainerServiceResponse) -> ActionResult:
    """Moto's call; keeps the settings that moto drops, and starts a deployment where the tasks change."""
    services, _ = self.ecs_backend.describe_services(
        self._get_param("cluster", "default"), [self._get_param("service")]
    )
    before = services[0].task_definition if services else None
    configuration: dict[str, Any] = dict(getattr(services[0], "deploymentConfiguration", {})) if services else {}
    answer = _update_service(self)
    service = _keep_fields(self, answer)
    # An update keeps the parts of the configuration that it does not name (API reference, UpdateService).
    changed = self._get_param("deploymentConfiguration") or {}
    # moto's update sets the second name, and its answers prefer that one.
    for name in ("deploymentConfiguration", "deployment_configuration"):
        setattr(service, name, {**configuration, **changed})
    if self._get_param("forceNewDeployment") or any(self._get_param(name) for name in STARTS_DEPLOYMENT):
        _start_deployment(self, service, before)
    return answer


def _settle(self: EC2ContainerServiceResponse, record: dict[str, Any]) -> dict[str, Any]:
    """The outcome of a deployment: stopped or rolled back where one of its alarms is in ALARM, otherwise successful."""
    alarms = record["deploymentConfiguration"].get("alarms") or {}
    names = alarms.get("alarmNames", []) if alarms.get("enable") else []
    if record["status"] == "IN_PROGRESS":
        cloudwatch = get_backend("cloudwatch")[self.current_account][self.region]
        ringing = [name for name in names if getattr(cloudwatch.alarms.get(name), "state_value", "") == "ALARM"]
        record["finishedAt"] = record["updatedAt"] = datetime.now(UTC)
        record["status"] = "SUCCESSFUL"
        if ringing:
            record["ringing"] = ringing
            _fail(self, record, ringing, rolls_back=bool(alarms.get("rollback")))
    status = "DISABLED"
    if names:
        status = "TRIGGERED" if record.get("ringing") else "MONITORING_COMPLETE"
    shown = {key: value for key, value in record.items() if key not in {"before", "ringing"}}
    triggered = record.get("ringing", [])
    return {**shown, "alarms": {"status": status, "alarmNames": names, "triggeredAlarmNames": triggered}}


def _fail(self: EC2ContainerServiceResponse, record: dict[str, Any], ringing: list[str], *, rolls_back: bool) -> None:
    reason = f"Service deployment failed because the alarm(s) {', '.join(ringing)} went into the ALARM state."
    record["statusReason"] = reason
    record["status"] = "STOPPED"
    if not rolls_back:
        return
    record["status"] = "ROLLBACK_SUCCESSFUL"
    record["rollback"] = {"reason": reason, "startedAt": datetime.now(UTC)}
    if record["before"]:
        cluster, arn = record["clusterArn"], record["serviceArn"]
        services, _ = self.ecs_backend.describe_services(cluster, [arn])
        for service in services:
            service.task_definition = record["before"]


def list_service_deployments(self: EC2ContainerServiceResponse) -> ActionResult:
    """The deployments of a service, newest first (API reference, ListServiceDeployments)."""
    services, _ = self.ecs_backend.describe_services(
        self._get_param("cluster", "default"), [self._get_param("service")]
    )
    wanted = self._get_param("status") or []
    found = [_settle(self, record) for service in services for record in _deployments(self).get(service.arn, [])]
    shown = [
        {
            "targetServiceRevisionArn": record["targetServiceRevision"]["arn"],
            **{key: value for key, value in record.items() if key != "targetServiceRevision"},
        }
        for record in found
        if not wanted or record["status"] in wanted
    ]
    return ActionResult({"serviceDeployments": shown})


def describe_service_deployments(self: EC2ContainerServiceResponse) -> ActionResult:
    """Deployments by their ARNs; `failures` has those that do not exist (API reference, DescribeServiceDeployments)."""
    known = {record["serviceDeploymentArn"]: record for records in _deployments(self).values() for record in records}
    asked = self._get_param("serviceDeploymentArns") or []
    found = [_settle(self, known[arn]) for arn in asked if arn in known]
    missing = [{"arn": arn, "reason": "MISSING"} for arn in asked if arn not in known]
    return ActionResult({"serviceDeployments": found, "failures": missing})
