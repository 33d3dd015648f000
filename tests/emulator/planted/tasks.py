"""Planted faults of task definitions, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

ECS = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/"
LOGS = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/gateway", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "gateway"},
}


@fault("ClientException", "Fargate", ECS + "API_RegisterTaskDefinition.html")
def fargate_memory_too_large_for_its_cpu(aws: Account) -> Call:
    """With 256 CPU units, Fargate allows 512, 1024 or 2048 MiB."""
    return lambda: aws.ecs.register_task_definition(**aws.task(cpu="256", memory="4096"))


@twin
def fargate_pair(aws: Account) -> Call:
    """1024 CPU units with 4096 MiB are accepted."""
    return lambda: aws.ecs.register_task_definition(**aws.task(cpu="1024", memory="4096"))


@fault("ClientException", "awsvpc", ECS + "API_RegisterTaskDefinition.html")
def fargate_in_bridge_mode(aws: Account) -> Call:
    """Fargate tasks require the awsvpc network mode."""
    return lambda: aws.ecs.register_task_definition(**aws.task(networkMode="bridge"))


@fault("ClientException", "execution role", ECS + "API_RegisterTaskDefinition.html")
def container_logs_without_an_execution_role(aws: Account) -> Call:
    """On Fargate, the awslogs driver requires an execution role."""
    return lambda: aws.ecs.register_task_definition(**aws.task(container_logConfiguration=LOGS))


@twin
def container_logs_with_an_execution_role(aws: Account) -> Call:
    """A task definition with an execution role and the awslogs driver is accepted."""
    aws.logs.create_log_group(logGroupName="/gateway")
    role = aws.role()
    valid = aws.task(container_logConfiguration=LOGS, executionRoleArn=role)
    return lambda: aws.ecs.register_task_definition(**valid)


@fault("ClientException", "executionRoleArn", ECS + "API_RegisterTaskDefinition.html")
def container_secret_without_an_execution_role(aws: Account) -> Call:
    """Secrets require an execution role."""
    secret = {"name": "API_KEY", "valueFrom": f"arn:aws:secretsmanager:us-east-1:{aws.id}:secret:gateway-AbCdEf"}
    return lambda: aws.ecs.register_task_definition(**aws.task(container_secrets=[secret]))


@fault("ClientException", "memory", ECS + "API_ContainerDefinition.html")
def container_larger_than_its_task(aws: Account) -> Call:
    """A container's memory cannot be larger than the task's."""
    return lambda: aws.ecs.register_task_definition(**aws.task(container_memory=1024))


@fault("ClientException", "cpu", ECS + "API_ContainerDefinition.html")
def container_with_more_cpu_than_its_task(aws: Account) -> Call:
    """The containers' CPU units cannot exceed the task's in total."""
    return lambda: aws.ecs.register_task_definition(**aws.task(container_cpu=512))


@fault("ClientException", "port", ECS + "API_PortMapping.html")
def host_port_that_differs(aws: Account) -> Call:
    """In the awsvpc network mode, the host port must equal the container port."""
    mapping = {"containerPort": 8787, "hostPort": 80}
    return lambda: aws.ecs.register_task_definition(**aws.task(container_portMappings=[mapping]))


@fault("ClientException", "essential", ECS + "API_ContainerDefinition.html", semantic=False)
def no_essential_container(aws: Account) -> Call:
    """A task must have an essential container."""
    return lambda: aws.ecs.register_task_definition(**aws.task(container_essential=False))
