"""Which changes of a stack a person has to look at for security, and under which heading."""

import re
from collections.abc import Iterable, Iterator

from review.compare import BlockChange, Change

import attrs

DATA_HOLDING = frozenset(
    {
        "aws_cloudwatch_log_group",
        "aws_cognito_user_pool",
        "aws_cognito_user_pool_client",
        "aws_dynamodb_table",
        "aws_ecr_repository",
        "aws_kms_key",
        "aws_s3_bucket",
        "aws_secretsmanager_secret",
    }
)
"""Types whose replacement loses what is in them: logs, users and credentials, images, what a key encrypted."""

HEADINGS: dict[str, re.Pattern[str]] = {
    "Ingress and egress": re.compile(
        r"aws_(vpc_security_group_(in|e)gress_rule|security_group|default_security_group|network_acl|route)\."
    ),
    "IAM": re.compile(
        r"aws_iam_|(?!aws_ecr_lifecycle_policy|aws_appautoscaling).*:(policy|assume_role_policy)(\W|$)"
        r"|.*:(task|execution)_role_arn"
    ),
    "Encryption": re.compile(
        r"aws_kms_|aws_s3_bucket_server_side_encryption|.*:(.*kms.*|.*encrypt.*|ssl_policy|storage_encrypted)"
        r"|aws_acm_|.*:certificate_arn|terraform\.backend:.*encrypt"
    ),
    "Authentication": re.compile(
        r"aws_cognito_|aws_lb_listener(_rule)?\..*:default_action|.*:.*jwt|aws_secretsmanager_|.*:.*secrets\b"
    ),
    "Public exposure": re.compile(
        r"aws_wafv2_|aws_lb\..*:(internal|subnets|drop_invalid)|aws_s3_bucket_(public_access_block|policy|ownership)"
        r"|.*:(map_public_ip_on_launch|assign_public_ip)|aws_lb_listener\..*:(protocol|port)|aws_internet_gateway"
        r"|aws_nat_gateway|aws_route53_"
    ),
    "Deletion protection": re.compile(
        r".*:(enable_deletion_protection|deletion_protection|force_destroy|force_delete|recovery_window_in_days"
        r"|deletion_window_in_days|prevent_destroy|lifecycle.*prevent_destroy)"
    ),
    "State and account": re.compile(r"terraform\.backend:|provider\.aws:.*allowed_account_ids"),
    "Audit": re.compile(
        r"aws_flow_log|aws_cloudwatch_log_group\..*:retention_in_days|.*:(access_logs|logging|redacted)"
    ),
}
"""A pattern over `address:attribute` for each heading; a change can stand under several."""


@attrs.frozen
class SecurityChange:
    """A change under one of the headings."""

    heading: str
    block: BlockChange
    changes: tuple[Change, ...]


def security_changes(found: Iterable[BlockChange]) -> Iterator[SecurityChange]:
    """The changes of a stack under their headings, in the order of HEADINGS."""
    listed = list(found)
    for heading, pattern in HEADINGS.items():
        for block in listed:
            changes = tuple(change for change in block.changes if pattern.match(f"{block.address}:{change.name}"))
            if changes or (not block.changes and pattern.match(f"{block.address}:")):
                yield SecurityChange(heading, block, changes)
