"""Finds older KMS keys that must not be taken over, because a resource that is not taken over is encrypted with them.

Our stack sets its own policy on a key. CloudWatch Logs can use a log group only while the policy of its key allows it,
so a key that older log groups use keeps its policy and stays with the older project.
"""

import json
from collections.abc import Mapping

from ops.aws import Aws
from ops.state.matching import Old

KEY = "aws_kms_key"
NOT_ENCRYPTED = frozenset({KEY, "aws_iam_policy", "aws_iam_role_policy", "aws_kms_alias", "aws_kms_grant"})
"""Types that refer to a key without encrypting data with it."""


def keys_in_use(aws: Aws, pairs: Mapping[str, Old], old: list[Old]) -> dict[str, str]:
    """Older keys among `pairs` that other resources are encrypted with: the reason to leave each, by old address."""
    keys = [one for one in pairs.values() if one.type == KEY]
    if not keys:
        return {}
    taken = {one.address for one in pairs.values()}
    staying = [one for one in old if one.address not in taken and one.type not in NOT_ENCRYPTED]
    groups = _log_groups(aws)
    found = {}
    for key in keys:
        names = {str(key.values.get("arn")), key.identifier}
        quoted = {json.dumps(name) for name in names}
        users = {one.identifier for one in staying if any(name in json.dumps(one.values) for name in quoted)}
        users |= {group for group, used in groups.items() if used in names}
        if users:
            found[key.address] = f"stays as it is: {', '.join(sorted(users))} cannot be read without it"
    return found


def _log_groups(aws: Aws) -> dict[str, str]:
    """KMS key ARNs of the account's other encrypted log groups, by name."""
    ours = set(aws.environment.names.log_groups)
    return {
        group["logGroupName"]: group["kmsKeyId"]
        for group in aws.items("logs", "describe_log_groups", "logGroups[]")
        if group.get("kmsKeyId") and group["logGroupName"] not in ours
    }
