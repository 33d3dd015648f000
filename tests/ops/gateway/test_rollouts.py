"""`make deploy` waits for the ECS deployment and reports a rollback, tested on a service of the embedded AWS."""

from collections.abc import Callable
from typing import Any

from ops.aws import Aws
from ops.gateway.rollouts import Rollouts
from tests.support.calls import answer
from tests.support.synthesized import settings

import pytest

ENVIRONMENT = settings(aws_region="us-east-1")
NAME = "ai-gateway-test"
ALARM = "ai-gateway-test-5xx"


@pytest.fixture
def tasks(aws: Callable[..., Any]) -> list[str]:
    """Create two task definitions and a service that runs the first one, with an alarm."""
    ecs = aws("ecs")
    aws("cloudwatch").put_metric_alarm(
        AlarmName=ALARM, MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Statistic="Sum",
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    ecs.create_cluster(clusterName=NAME)
    container = {"name": "c", "image": "i", "memory": 128}
    made = [
        ecs.register_task_definition(family=NAME, containerDefinitions=[container])["taskDefinition"][
            "taskDefinitionArn"
        ]
        for _ in range(2)
    ]
    alarms = {"alarmNames": [ALARM], "enable": True, "rollback": True}
    ecs.create_service(
        cluster=NAME, serviceName=NAME, taskDefinition=made[0], desiredCount=1,
        deploymentConfiguration={"alarms": alarms},
    )  # fmt: skip
    return made


def update(aws: Callable[..., Any], task: str) -> None:
    """Deploy another task definition."""
    aws("ecs").update_service(cluster=NAME, service=NAME, taskDefinition=task)


def test_without_a_service_there_is_nothing_to_wait_for(aws: Callable[..., Any]) -> None:
    """Without a service, as before the first deployment, the command does not wait."""
    del aws  # empties the embedded AWS
    rollouts = Rollouts(Aws.of(ENVIRONMENT))
    assert rollouts.newest() is None
    assert rollouts.outcome(None) == 0


def test_a_deployment_that_succeeds(
    aws: Callable[..., Any], tasks: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A successful deployment returns 0; without a new deployment nothing is printed."""
    rollouts = Rollouts(Aws.of(ENVIRONMENT))
    before = rollouts.newest()
    assert rollouts.outcome(before) == 0
    assert capsys.readouterr().out == ""
    update(aws, tasks[1])
    assert rollouts.outcome(before) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "The ECS deployment succeeded."


@pytest.mark.usefixtures("tasks")
def test_a_takeover_waits_for_the_first_deployment_too(
    aws: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """A takeover also waits for the first deployment, and starts it again if it failed, as nothing else would."""
    rollouts = Rollouts(Aws.of(ENVIRONMENT))
    aws("cloudwatch").set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="test")
    assert rollouts.settled() == 1
    failed = rollouts.newest()
    aws("cloudwatch").set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="test")
    assert rollouts.settled() == 0
    assert rollouts.newest() != failed
    assert capsys.readouterr().out.splitlines()[-1] == "The ECS deployment succeeded."
    settled = rollouts.newest()
    assert (rollouts.settled(), rollouts.newest()) == (0, settled)


def test_a_deployment_that_is_rolled_back(
    aws: Callable[..., Any], tasks: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A rollback names the alarm that caused it and returns 1."""
    rollouts = Rollouts(Aws.of(ENVIRONMENT))
    before = rollouts.newest()
    aws("cloudwatch").set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="test")
    update(aws, tasks[1])
    assert rollouts.outcome(before) == 1
    said = capsys.readouterr().out
    assert "ECS rolled back to the previous tasks. Service deployment failed because the alarm" in said
    assert f"\n  alarm {ALARM}\n" in said


def test_a_deployment_that_does_not_end(
    aws: Callable[..., Any], tasks: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A deployment that has not completed after 35 minutes is reported, and returns 1."""
    waited: list[float] = []
    rollouts = Rollouts(Aws.of(ENVIRONMENT), sleep=waited.append)
    before = rollouts.newest()
    update(aws, tasks[1])
    answer(monkeypatch, "ecs", "DescribeServiceDeployments", {"serviceDeployments": [{"status": "IN_PROGRESS"}]})
    assert rollouts.outcome(before) == 1
    assert sum(waited) == 1800 + 300 - 15
    assert "has not completed after 35 minutes." in capsys.readouterr().out
