"""ECS rolls back a deployment whose alarm fires, and `make deploy` reports it. The next deployment succeeds."""

from tests.support.cloud import Checkout, client

import pytest

pytestmark = pytest.mark.deployment

ALARM = "ai-gateway-dev-5xx"


def test_a_bad_deployment_is_rolled_back(checkout: Checkout) -> None:
    """The service watches both alarms. When one fires, `make deploy` exits with 1 and names it."""
    ecs, cloudwatch = client(checkout.environ, "ecs"), client(checkout.environ, "cloudwatch")

    def service() -> dict[str, object]:
        found = ecs.describe_services(cluster="ai-gateway-dev", services=["ai-gateway-dev"])["services"][0]
        return dict(found)

    before = service()
    assert before["deploymentConfiguration"]["alarms"] == {  # type: ignore[index] # what boto3 gives
        "alarmNames": ["ai-gateway-dev-5xx", "ai-gateway-dev-unhealthy-hosts"], "enable": True, "rollback": True,
    }  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="a test")
    checkout.change("common", "gateway:1.15.2", "gateway:1.15.1")
    done = checkout.ops("deploy", "dev", "--yes")
    assert done.returncode == 1, done.stdout
    assert "ECS rolled back to the previous tasks." in done.stdout
    assert f"alarm {ALARM}" in done.stdout
    assert service()["taskDefinition"] == before["taskDefinition"]
    cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="a test")
    done = checkout.ops("deploy", "dev", "--yes")
    assert done.returncode == 0, done.stdout
    assert service()["taskDefinition"] != before["taskDefinition"]
    assert checkout.ops("diff", "dev").returncode == 0
