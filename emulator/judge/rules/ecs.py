"""Clusters and services: references to task definitions, networks, target groups and capacity providers."""

from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

from moto.core.exceptions import JsonRESTError, ServiceException

API = "AmazonECS/latest/APIReference/API_"
INVALID = "InvalidParameterException"
GRACE = "Health check grace period is only valid for services configured to use load balancers"
BOTH = "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."


def _service(call: Call, cloud: Cloud) -> Any:
    """The service that an update is about."""
    backend = cloud.backend("ecs")
    cluster = str(call.params.get("cluster", "default")).rpartition("/")[2]
    name = str(call.params.get("service", call.params.get("serviceName"))).rpartition("/")[2]
    return backend.services.get(f"{cluster}:{name}")


def _task(call: Call, cloud: Cloud) -> Any:
    wanted = call.params.get("taskDefinition")
    if wanted is None:
        service = _service(call, cloud)
        wanted = service.task_definition if service is not None else None
    if wanted is None:
        return None
    try:
        return cloud.backend("ecs").describe_task_definition(wanted)
    except (JsonRESTError, ServiceException):
        return None


@rule("ecs", "CreateService", "UpdateService", source=f"{API}CreateService.html")
def cluster_and_task_exist(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The cluster is there, and so is the task definition."""
    cluster = str(call.params.get("cluster", "default"))
    found = cloud.backend("ecs").clusters.get(cluster.rpartition("/")[2])
    if found is None or found.status != "ACTIVE":
        yield Refusal("ClusterNotFoundException", "cluster", cluster, "there is no such active cluster")
    if call.params.get("taskDefinition") and _task(call, cloud) is None:
        wanted = call.params["taskDefinition"]
        yield Refusal("ClientException", "taskDefinition", wanted, "there is no such task definition")


@rule("ecs", "UpdateService", source=f"{API}UpdateService.html")
def service_is_active(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A service that was deleted is not updated."""
    held = _service(call, cloud)
    if held is not None and held.status != "ACTIVE":
        yield Refusal("ServiceNotActiveException", "service", held.name, "Service was not ACTIVE.")


@rule("ecs", "CreateService", "UpdateService", source=f"{API}CreateService.html")
def desired_count(call: Call, _: Cloud) -> Iterator[Refusal]:
    """A number of tasks is not negative."""
    count = call.params.get("desiredCount")
    if count is not None and count < 0:
        yield Refusal("InvalidParameterException", "desiredCount", count, "desiredCount cannot be negative")


@rule("ecs", "CreateService", "UpdateService", source=f"{API}CapacityProviderStrategyItem.html")
def capacity(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Launch type or strategy; providers of the cluster; one base; and a weight that can place tasks."""
    strategy = call.params.get("capacityProviderStrategy") or []
    if strategy and call.params.get("launchType"):
        yield Refusal(INVALID, "launchType", call.params["launchType"], BOTH)
    if not strategy:
        return
    cluster = cloud.backend("ecs").clusters.get(str(call.params.get("cluster", "default")).rpartition("/")[2])
    known = set((cluster.capacity_providers if cluster is not None else None) or ())
    for number, one in enumerate(strategy):
        if one.get("capacityProvider") not in known:
            where = f"capacityProviderStrategy[{number}].capacityProvider"
            yield Refusal(INVALID, where, one.get("capacityProvider"), "is not associated with the cluster")
    if len([one for one in strategy if one.get("base", 0) > 0]) > 1:
        yield Refusal(INVALID, "capacityProviderStrategy", strategy, "only one capacity provider may have a base")
    for number, one in enumerate(strategy):
        if one.get("weight", 0) == 0 and one.get("base", 0) > 0:
            where = f"capacityProviderStrategy[{number}].weight"
            yield Refusal(INVALID, where, 0, "a capacity provider with a weight of 0 cannot place tasks")
    if not any(one.get("weight", 0) > 0 for one in strategy):
        yield Refusal(INVALID, "capacityProviderStrategy", strategy, "at least one weight must be greater than 0")


@rule("ecs", "PutClusterCapacityProviders", source=f"{API}PutClusterCapacityProviders.html")
def providers_of_a_cluster(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Fargate's two and those that the account has made; the default strategy uses those alone."""
    made = {one.name for one in cloud.backend("ecs").capacity_providers.values()}
    providers = call.params.get("capacityProviders", [])
    for number, name in enumerate(providers):
        if name not in {"FARGATE", "FARGATE_SPOT"} | made:
            yield Refusal(INVALID, f"capacityProviders[{number}]", name, "there is no such capacity provider")
    for one in call.params.get("defaultCapacityProviderStrategy", []):
        if one.get("capacityProvider") not in providers:
            said = "is not among capacityProviders"
            yield Refusal(INVALID, "defaultCapacityProviderStrategy", one.get("capacityProvider"), said)


@rule("ecs", "CreateService", "UpdateService", source=f"{API}AwsVpcConfiguration.html")
def network(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Subnets and security groups exist in this region, in one VPC."""
    configuration = (call.params.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if configuration is None:
        task = _task(call, cloud)
        if call.operation == "CreateService" and task is not None and task.network_mode == "awsvpc":
            yield Refusal(
                INVALID,
                "networkConfiguration",
                None,
                "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
            )
        return
    place = "networkConfiguration.awsvpcConfiguration"
    vpcs = set[str]()
    for number, identifier in enumerate(configuration.get("subnets", [])):
        subnet = cloud.subnet(identifier)
        if subnet is None:
            yield Refusal(INVALID, f"{place}.subnets[{number}]", identifier, "The subnet ID does not exist")
        else:
            vpcs.add(subnet.vpc_id)
    if len(vpcs) > 1:
        yield Refusal(INVALID, f"{place}.subnets", configuration["subnets"], "must belong to one VPC")
    yield from _groups(configuration, cloud, vpcs, place)


def _groups(configuration: dict[str, Any], cloud: Cloud, vpcs: set[str], place: str) -> Iterator[Refusal]:
    for number, identifier in enumerate(configuration.get("securityGroups", [])):
        group = cloud.security_group(identifier)
        where = f"{place}.securityGroups[{number}]"
        if group is None:
            yield Refusal(INVALID, where, identifier, f"The security group '{identifier}' does not exist")
        elif vpcs and group.vpc_id not in vpcs:
            yield Refusal(INVALID, where, identifier, "and the subnets must belong to the same VPC")
    for member, most in (("subnets", 16), ("securityGroups", 5)):
        if len(configuration.get(member, [])) > most:
            yield Refusal(INVALID, f"{place}.{member}", len(configuration[member]), f"at most {most} are allowed")


@rule("ecs", "CreateService", "UpdateService", source=f"{API}LoadBalancer.html")
def load_balancers(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """The target group exists, a load balancer uses it, and a container of the task listens on its port."""
    task = _task(call, cloud)
    subnets = ((call.params.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}).get("subnets", [])
    vpcs = {subnet.vpc_id for subnet in map(cloud.subnet, subnets) if subnet is not None}
    for number, one in enumerate(call.params.get("loadBalancers") or []):
        place = f"loadBalancers[{number}]"
        arn = str(one.get("targetGroupArn"))
        group = cloud.target_group(arn)
        if group is None:
            yield Refusal(INVALID, f"{place}.targetGroupArn", arn, "The target group does not exist")
            continue
        if not group.load_balancer_arns:
            said = f"The target group with targetGroupArn {arn} does not have an associated load balancer"
            yield Refusal(INVALID, f"{place}.targetGroupArn", arn, said)
        if task is not None and task.network_mode == "awsvpc" and group.target_type != "ip":
            yield Refusal(INVALID, f"{place}.targetGroupArn", arn, "must have the target type ip with awsvpc")
        if vpcs and group.vpc_id not in vpcs:
            yield Refusal(
                INVALID, f"{place}.targetGroupArn", arn, f"is of {group.vpc_id}, the subnets are of {sorted(vpcs)}"
            )
        if task is not None:
            yield from _listens(task, one, place)
    grace = call.params.get("healthCheckGracePeriodSeconds")
    if grace and call.operation == "CreateService" and not call.params.get("loadBalancers"):
        yield Refusal(INVALID, "healthCheckGracePeriodSeconds", grace, GRACE)


def _listens(task: Any, one: dict[str, Any], place: str) -> Iterator[Refusal]:
    name, port = one.get("containerName"), one.get("containerPort")
    container = next((item for item in task.container_definitions if item.get("name") == name), None)
    if container is None:
        yield Refusal(INVALID, f"{place}.containerName", name, "The container does not exist in the task definition")
    elif port not in {mapping.get("containerPort") for mapping in container.get("portMappings", [])}:
        said = f"The container {name} did not have a container port {port} defined"
        yield Refusal(INVALID, f"{place}.containerPort", port, said)


@rule("ecs", "CreateService", "UpdateService", source=f"{API}DeploymentConfiguration.html")
def deployment(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Percentages that can make progress, zones that can be rebalanced, and alarms that are there."""
    configuration = call.params.get("deploymentConfiguration") or {}
    most, least = configuration.get("maximumPercent", 200), configuration.get("minimumHealthyPercent", 100)
    place = "deploymentConfiguration"
    if not 0 <= least <= 100:
        yield Refusal(INVALID, f"{place}.minimumHealthyPercent", least, "must be from 0 to 100")
    if most < 100:
        yield Refusal(INVALID, f"{place}.maximumPercent", most, "must be at least 100")
    if most <= 100 and least >= 100:
        yield Refusal(INVALID, f"{place}.maximumPercent", most, "must be greater than minimumHealthyPercent")
    if call.params.get("availabilityZoneRebalancing") == "ENABLED" and most <= 100:
        yield Refusal(INVALID, f"{place}.maximumPercent", most, "must be greater than 100 to rebalance zones")
    alarms = configuration.get("alarms") or {}
    known = cloud.backend("cloudwatch").alarms
    for number, name in enumerate(alarms.get("alarmNames", [])):
        if name not in known:
            where = f"{place}.alarms.alarmNames[{number}]"
            yield Refusal(INVALID, where, name, "there is no such alarm to watch during a deployment")


@rule("ecs", "CreateService", "UpdateService", source="AmazonECS/latest/developerguide/stopped-task-error-codes.html")
def the_task_could_start(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """Log groups and secrets of the containers are there: ECS only finds that when tasks stop, one after the other."""
    task = _task(call, cloud)
    for container in task.container_definitions if task is not None else ():
        options = (container.get("logConfiguration") or {}).get("options") or {}
        group = options.get("awslogs-group")
        if group and options.get("awslogs-create-group") != "true":
            region = options.get("awslogs-region", cloud.region)
            if region == cloud.region and cloud.log_group(group) is None:
                said = f"ResourceInitializationError: {container['name']} logs to a group that does not exist"
                yield Refusal("ClientException", "taskDefinition", group, said)
        known = cloud.backend("secretsmanager").secrets
        for secret in container.get("secrets", []):
            value = str(secret.get("valueFrom"))
            if ":secretsmanager:" in value and not any(value.startswith(one.arn) for one in known.values()):
                said = f"ResourceInitializationError: {container['name']} reads a secret that does not exist"
                yield Refusal("ClientException", "taskDefinition", value, said)
