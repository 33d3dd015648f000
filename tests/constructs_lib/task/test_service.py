"""The containers, the service and the roles of the task."""

from constructs_lib.task.containers import COLLECTOR_CONFIGURATION
from tests.conftest import Synthesize
from tests.support.synthesized import Synthesized, settings

import pytest
import yaml


@pytest.fixture
def small(synthesize: Synthesize) -> Synthesized:
    """The smallest valid environment."""
    return synthesize(settings())


def test_the_gateway_container_starts_portkey_itself(small: Synthesized) -> None:
    """The gateway runs node with an init process, a health check, a read-only root and no trusted hosts."""
    gateway = small.containers()["gateway"]
    assert gateway["entryPoint"] == ["node"]
    assert gateway["command"][-3:] == ["build/start-server.js", "--port=8787", "--headless"]
    assert gateway["portMappings"] == [
        {"name": "http", "containerPort": 8787, "protocol": "tcp", "appProtocol": "http"}
    ]
    environment = {item["name"]: item["value"] for item in gateway["environment"]}
    assert (environment["NODE_ENV"], environment["TRUSTED_CUSTOM_HOSTS"]) == ("production", ",")
    assert (gateway["essential"], gateway["readonlyRootFilesystem"], gateway["stopTimeout"]) == (True, True, 120)
    assert gateway["linuxParameters"] == {"initProcessEnabled": True, "capabilities": {"add": [], "drop": ["ALL"]}}
    assert gateway["healthCheck"]["command"][:3] == ["CMD", "node", "-e"]
    # There is nowhere to write: the only volume is read-only, and Fargate's volumes belong to root.
    assert [(mount["containerPath"], mount["readOnly"]) for mount in gateway["mountPoints"]] == [
        ("/otel-auto-instrumentation-node", True)
    ]
    assert gateway["user"] == "1000:1000"
    assert gateway["logConfiguration"]["options"]["awslogs-region"] == "eu-west-1"
    assert "secrets" not in gateway


def test_containers_that_run_as_root(small: Synthesized) -> None:
    """Only the containers listed here run as the image's user, which is root in most images; the others set `user`."""
    without = {name for name, one in small.containers().items() if one.get("user", "0").split(":")[0] in {"0", "root"}}
    assert without == {"instrumentation"}, "give the container a `user`, or add it here and its reason to its docstring"


def test_the_collector_can_fail_without_taking_the_gateway_along(small: Synthesized) -> None:
    """The collector is non-essential, restarted by ECS, and its configuration is escaped from Terraform's templates."""
    collector = small.containers()["otel-collector"]
    assert (collector["essential"], collector["restartPolicy"]) == (
        False,
        {"enabled": True, "ignoredExitCodes": [], "restartAttemptPeriod": 60},
    )
    values = {item["name"]: item["value"] for item in collector["environment"]}
    configuration = values.pop("AOT_CONFIG_CONTENT").replace("$${", "${")
    assert yaml.safe_load(configuration) == yaml.safe_load(COLLECTOR_CONFIGURATION.read_text(encoding="utf-8"))
    assert "#" not in configuration  # ECS counts the bytes of comments too
    assert set(values) == {
        "AWS_REGION",
        "DEPLOYMENT_ENVIRONMENT",
        "LOGS_LOG_GROUP",
        "METRICS_LOG_GROUP",
        "METRICS_NAMESPACE",
    }


def test_the_service_deploys_with_care(small: Synthesized) -> None:
    """The service has a circuit breaker with rollback, 100 to 200% of tasks, private subnets, and its dependencies."""
    service = small.only("aws_ecs_service")
    assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True}
    assert (service["deployment_minimum_healthy_percent"], service["deployment_maximum_percent"]) == (100, 200)
    assert service["network_configuration"]["assign_public_ip"] is False
    assert service["capacity_provider_strategy"] == [{"capacity_provider": "FARGATE", "base": 1, "weight": 100}]
    waited = {dependency.split(".")[0] for dependency in service["depends_on"]}
    assert waited == {"aws_ecs_cluster_capacity_providers", "aws_iam_role_policy", "aws_lb_listener"}
    assert small.only("aws_ecs_cluster")["setting"] == [{"name": "containerInsights", "value": "enabled"}]


def test_a_spot_share_leaves_one_task_on_demand(synthesize: Synthesize) -> None:
    """The Spot percentage is a weight, and the base of one task is always on-demand."""
    strategy = synthesize(settings(fargate_spot_percent=75)).only("aws_ecs_service")["capacity_provider_strategy"]
    assert strategy == [
        {"capacity_provider": "FARGATE", "base": 1, "weight": 25},
        {"capacity_provider": "FARGATE_SPOT", "weight": 75},
    ]


def test_secrets_are_named_not_valued(synthesize: Synthesize) -> None:
    """Each variable has a secret under our key that only the execution role reads. No value is in Terraform."""
    stack = synthesize(settings(gateway_secrets=("PLUGIN_API_KEY",)))
    secret = stack.only("aws_secretsmanager_secret")
    arn = stack.reference("aws_secretsmanager_secret", "Secrets/PLUGIN_API_KEY", "arn")
    key = stack.reference("aws_kms_key", "Encryption/Secrets", "arn")
    assert secret["name"] == "ai-gateway/test/plugin-api-key"
    assert stack.containers()["gateway"]["secrets"] == [{"name": "PLUGIN_API_KEY", "valueFrom": arn}]
    granted = {s["Sid"]: s["Resource"] for _, path, s in stack.statements() if path == "TaskRoles/ExecutionPolicy"}
    assert (granted["ReadSecrets"], granted["DecryptSecrets"]) == ([arn], [key])
    assert stack.count("aws_secretsmanager_secret_version") == 0


def test_without_secrets_the_roles_read_none(small: Synthesized) -> None:
    """The execution role may log in to ECR, pull images and write logs; the task role may only send telemetry."""
    granted = {
        path: [s["Sid"] for _, p, s in small.statements() if p == path]
        for path in ("TaskRoles/ExecutionPolicy", "TaskRoles/TaskPolicy")
    }
    assert granted == {
        "TaskRoles/ExecutionPolicy": ["LogInToEcr", "PullImages", "WriteContainerLogs"],
        "TaskRoles/TaskPolicy": ["WriteTelemetry", "SendTraces"],
    }


def test_roles_are_assumed_for_this_account_only(small: Synthesized) -> None:
    """Each trust policy names one service and this account (confused deputy)."""
    trusts = [s for type_, _, s in small.statements() if type_ == "aws_iam_role" and s["Action"] == ["sts:AssumeRole"]]
    assert len(trusts) == 3
    assert all("aws:SourceAccount" in trust["Condition"]["StringEquals"] for trust in trusts)
