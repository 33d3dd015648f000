"""Log groups that exist before their stack is deployed."""

from collections.abc import Callable
from typing import Any

from ops.aws import Aws
from ops.state.leftovers import recreated_by_aws
from resource_types.stack import SynthesizedStack
from tests.support.synthesized import settings

NAME = "/aws/ecs/containerinsights/ai-gateway-test/performance"
STACK = SynthesizedStack.of(
    {
        "resource": {
            "aws_cloudwatch_log_group": {"Insights": {"name": NAME}, "Gateway": {"name": "/ecs/ai-gateway-test"}}
        }
    }
)


def test_a_group_that_aws_wrote_again_is_found(aws: Callable[..., Any]) -> None:
    """A group that AWS creates again is found by its full name, unless the state holds it."""
    account = Aws.of(settings(aws_region="us-east-1"))
    assert recreated_by_aws(account, STACK, {}) == {}
    aws("logs").create_log_group(logGroupName=NAME)
    aws("logs").create_log_group(logGroupName="/ecs/ai-gateway-test-2")
    aws("logs").create_log_group(logGroupName="/ecs/ai-gateway-test")  # AWS does not create this one by itself
    assert recreated_by_aws(account, STACK, {}) == {"aws_cloudwatch_log_group.Insights": NAME}
    assert recreated_by_aws(account, STACK, {"aws_cloudwatch_log_group.Insights": {}}) == {}
    assert recreated_by_aws(account, SynthesizedStack.of({}), {}) == {}
