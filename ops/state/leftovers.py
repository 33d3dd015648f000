"""Log groups that AWS wrote again after a destroy: Container Insights flushes its last metrics without its cluster.

A deployment would fail on each with ResourceAlreadyExistsException. So `make deploy` takes them into the state first,
and Terraform gives them their key and retention again.
"""

from typing import Any

from ops.aws import Aws
from ops.console import confirmed, out
from ops.terraform import Stack

LOG_GROUP = "aws_cloudwatch_log_group"


def written_again(aws: Aws, document: dict[str, Any], managed: dict[str, dict[str, Any]]) -> dict[str, str]:
    """The log groups of a stack that exist on AWS and not in its state: address to name."""
    blocks = document.get("resource", {}).get(LOG_GROUP, {})
    missing = {f"{LOG_GROUP}.{key}": block["name"] for key, block in blocks.items()}
    missing = {address: name for address, name in missing.items() if address not in managed}
    if not missing:
        return {}
    logs = aws.client("logs")
    found = {}
    for address, name in missing.items():
        groups = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
        if any(group["logGroupName"] == name for group in groups):
            found[address] = name
    return found


def take_over(aws: Aws, stack: Stack, managed: dict[str, dict[str, Any]], *, yes: bool) -> int:
    """Import the log groups that are there already, after a question; the exit code of Terraform, 1 where refused."""
    for address, name in written_again(aws, stack.document(), managed).items():
        question = f"The log group {name} exists and is in no state. Take it over?"
        if not confirmed(question, yes=yes):
            out.print("Nothing changed.")
            return 1
        if code := stack.terraform("import", "-input=false", address, name):
            return code
    return 0
