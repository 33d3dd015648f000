"""Log groups that AWS creates again after a destroy, e.g. when Container Insights writes its last metrics.

A deployment would fail on each with ResourceAlreadyExistsException. So `make deploy` imports them first, and Terraform
sets their key and retention again.
"""

from collections.abc import Mapping

from ops.aws import Aws
from ops.console import confirmed, out
from ops.state.finders import find_all
from ops.state.ownership import by_name
from ops.terraform import Stack
from resource_types.record import Values
from resource_types.stack import SynthesizedStack

LOG_GROUP = "aws_cloudwatch_log_group"


def recreated_by_aws(aws: Aws, stack: SynthesizedStack, managed: Mapping[str, Values]) -> dict[str, str]:
    """The stack's log groups that AWS creates by itself and that are not in its state: names by address.

    Other log groups with a name of the stack may belong to somebody else: `make recover` checks their tags.
    """
    groups = {block.address: block for block in stack.of_type(LOG_GROUP) if by_name(LOG_GROUP, str(block.get("name")))}
    return {address: found.import_id for address, found in find_all(aws, groups, managed).items()}


def take_over(aws: Aws, stack: Stack, managed: Mapping[str, Values], *, yes: bool) -> int:
    """Import these log groups, after a prompt for each; returns Terraform's exit code, or 1 where one is declined."""
    for address, name in recreated_by_aws(aws, stack.synthesized(), managed).items():
        question = f"The log group {name} exists but is not in the state. Import it?"
        if not confirmed(question, yes=yes):
            out.print("Nothing changed.")
            return 1
        if code := stack.terraform("import", "-input=false", address, name):
            return code
    return 0
