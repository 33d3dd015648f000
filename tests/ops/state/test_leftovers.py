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
    """By its whole name; what the state holds, and what does not exist, is not."""
    account = Aws.of(settings(aws_region="us-east-1"))
    assert recreated_by_aws(account, STACK, {}) == {}
    aws("logs").create_log_group(logGroupName=NAME)
    aws("logs").create_log_group(logGroupName="/ecs/ai-gateway-test-2")
    aws("logs").create_log_group(logGroupName="/ecs/ai-gateway-test")  # whoever made that: AWS does not by itself
    assert recreated_by_aws(account, STACK, {}) == {"aws_cloudwatch_log_group.Insights": NAME}
    assert recreated_by_aws(account, STACK, {"aws_cloudwatch_log_group.Insights": {}}) == {}
    assert recreated_by_aws(account, SynthesizedStack.of({}), {}) == {}
