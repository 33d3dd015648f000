"""Log groups that AWS wrote again after a destroy: Container Insights flushes its last metrics without its cluster.

A deployment would fail on each with ResourceAlreadyExistsException. So `make deploy` takes them into the state first,
and Terraform gives them their key and retention again.
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


def written_again(aws: Aws, stack: SynthesizedStack, managed: Mapping[str, Values]) -> dict[str, str]:
    """The log groups of a stack that AWS creates by itself, and that exist and are not in its state: address to name.

    Any other one of our name may be somebody else's: `make recover` looks at its tags.
    """
    groups = {block.address: block for block in stack.of_type(LOG_GROUP) if by_name(LOG_GROUP, str(block.get("name")))}
    return {address: found.import_id for address, found in find_all(aws, groups, managed).items()}


def take_over(aws: Aws, stack: Stack, managed: Mapping[str, Values], *, yes: bool) -> int:
    """Import the log groups that are there already, after a question; the exit code of Terraform, 1 where refused."""
    for address, name in written_again(aws, stack.synthesized(), managed).items():
        question = f"The log group {name} exists and is in no state. Take it over?"
        if not confirmed(question, yes=yes):
            out.print("Nothing changed.")
            return 1
        if code := stack.terraform("import", "-input=false", address, name):
            return code
    return 0
