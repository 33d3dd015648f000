"""Container Insights writes its log group again after a destroy; the next deployment takes it over."""

from tests.deployment.conftest import Start
from tests.support.cloud import client

import pytest

pytestmark = pytest.mark.deployment

NAME = "/aws/ecs/containerinsights/ai-gateway-dev/performance"


def test_a_deployment_takes_over_what_aws_wrote_again(start: Start) -> None:
    """The group gets its key and its retention, and the second plan is empty."""
    checkout = start()
    logs = client(checkout.environ, "logs")
    logs.create_log_group(logGroupName=NAME)
    done = checkout.ops("deploy", "dev", "--yes")
    assert done.returncode == 0, done.stdout
    group = logs.describe_log_groups(logGroupNamePrefix=NAME)["logGroups"][0]
    assert (group["retentionInDays"], "kmsKeyId" in group) == (365, True)
    assert checkout.ops("diff", "dev").returncode == 0
