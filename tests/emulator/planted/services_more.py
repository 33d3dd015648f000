"""Planted faults of ECS tasks and services that depend on each other, after the API reference."""

from typing import Any

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

ECS = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/"
GUIDE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/"
NAMED = [{"containerPort": 8787, "protocol": "tcp", "name": "http"}]


def routed(aws: Account, **router: Any) -> Call:
    """Register a task whose gateway logs through a second container."""
    logs = {"logDriver": "awsfirelens", "options": {"Name": "cloudwatch"}}
    task = aws.task(executionRoleArn=aws.role(), container_logConfiguration=logs)
    task["containerDefinitions"].append({"name": "router", "image": "fluent-bit:stable", **router})
    return lambda: aws.ecs.register_task_definition(**task)


@fault("ClientException", "firelensConfiguration", GUIDE + "using_firelens.html")
def log_driver_without_a_router(aws: Account) -> Call:
    """The log driver awsfirelens requires a container that routes the logs."""
    return routed(aws)


@twin
def log_driver_with_a_router(aws: Account) -> Call:
    """A task with Fluent Bit as its log router is accepted."""
    return routed(aws, firelensConfiguration={"type": "fluentbit"})


@fault("InvalidParameterException", "taskRoleArn|task role", GUIDE + "ecs-exec.html")
def commands_in_tasks_without_a_role(aws: Account) -> Call:
    """ECS Exec requires a task role."""
    wrong = aws.service(enableExecuteCommand=True)
    return lambda: aws.ecs.create_service(**wrong)


def connected(aws: Account, port: str) -> Call:
    """Create a service that publishes a port through Service Connect."""
    valid = aws.service()
    valid["taskDefinition"] = aws.registered(container_portMappings=NAMED, taskRoleArn=aws.role())
    offered = {"portName": port, "clientAliases": [{"port": 8787}]}
    connect = {"enabled": True, "namespace": "gateway", "services": [offered]}
    return lambda: aws.ecs.create_service(**valid, serviceConnectConfiguration=connect, enableExecuteCommand=True)


@fault("InvalidParameterException", "portName(web)", ECS + "API_ServiceConnectService.html")
def port_name_that_the_task_lacks(aws: Account) -> Call:
    """The port name of Service Connect must be in the task definition."""
    return connected(aws, "web")


@twin
def port_name_of_the_task(aws: Account) -> Call:
    """A named port, and ECS Exec with a task role, are accepted."""
    return connected(aws, "http")
