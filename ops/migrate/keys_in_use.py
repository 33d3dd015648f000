"""Keys that are not taken over, because something that stays behind is encrypted with them.

Our stack gives a key a policy of its own. CloudWatch Logs can read and write a group only as long as its key's policy
admits it, so a key that older log groups use keeps its policy and its owner.
"""

import json
from collections.abc import Mapping

from ops.aws import Aws
from ops.state.matching import Old

KEY = "aws_kms_key"
NOT_ENCRYPTED = frozenset({KEY, "aws_iam_policy", "aws_iam_role_policy", "aws_kms_alias", "aws_kms_grant"})
"""Types that name a key and store nothing with it."""


def keys_in_use(aws: Aws, pairs: Mapping[str, Old], old: list[Old]) -> dict[str, str]:
    """Addresses of older keys among `pairs` that something else is encrypted with, and why they stay as they are."""
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
    """The log groups of the account that are not this environment's, with the ARN of their key."""
    ours = set(aws.environment.names.log_groups)
    return {
        group["logGroupName"]: group["kmsKeyId"]
        for group in aws.items("logs", "describe_log_groups", "logGroups[]")
        if group.get("kmsKeyId") and group["logGroupName"] not in ours
    }
