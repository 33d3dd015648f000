"""ECS, ECR and Application Auto Scaling."""

from collections.abc import Iterator
from typing import Any

from emulator.iam.targets.registry import NEW, Target, arn, finder
from emulator.judge.cloud import Cloud
from emulator.wire.calls import Call

import attrs


def _last(name: object) -> str:
    return str(name).rpartition("/")[2]


def _texts(params: dict[str, Any], *members: str) -> list[str]:
    """The strings in members that hold one or several."""
    found: list[str] = []
    for member in members:
        value = params.get(member)
        found += value if isinstance(value, list) else [value] if value else []
    return found


@finder("ecs")
def ecs(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Clusters, services and task definitions by their names or ARNs."""
    params, new = call.params, call.operation
    cluster = _last(params.get("cluster") or "default")
    for name in _texts(params, "clusterName", "clusters") or [cluster]:
        yield Target(arn(cloud, "ecs", f"cluster/{_last(name)}"), new == "CreateCluster")
    for name in _texts(params, "serviceName", "services", "service"):
        yield Target(arn(cloud, "ecs", f"service/{cluster}/{_last(name)}"), new == "CreateService")
    if family := params.get("family"):
        yield Target(arn(cloud, "ecs", f"task-definition/{family}:1"), new == "RegisterTaskDefinition")
    for name in _texts(params, "resourceArn", "serviceDeploymentArns"):
        yield Target(name)


@finder("ecr")
def ecr(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Repositories by name or ARN."""
    for name in _texts(call.params, "repositoryName", "repositoryNames"):
        yield Target(arn(cloud, "ecr", f"repository/{name}"), call.operation == "CreateRepository")
    for name in _texts(call.params, "resourceArn"):
        yield Target(name)


@attrs.frozen
class _Scaled:
    """What a scalable target scales."""

    namespace: str
    resource: str
    dimension: str


@finder("application-autoscaling")
def scaling(call: Call, cloud: Cloud) -> Iterator[Target]:
    """Scalable targets by ARN or by what they scale."""
    params = call.params
    wanted = _Scaled(*(str(params.get(key)) for key in ("ServiceNamespace", "ResourceId", "ScalableDimension")))
    found = [
        target.arn
        for targets in cloud.backend("applicationautoscaling").targets.values()
        for target in targets.values()
        if _Scaled(target.service_namespace, target.resource_id, target.scalable_dimension) == wanted
    ]
    for name in (*found, *_texts(params, "ResourceARN")):
        yield Target(name)
    if not found and call.operation == "RegisterScalableTarget":
        yield Target(arn(cloud, "application-autoscaling", f"scalable-target/{NEW}"), new=True)
