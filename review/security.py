"""Which changes of a stack a person has to look at for security, and under which heading."""

import re
from collections.abc import Iterable, Iterator

from review.compare import ABSENT, BlockChange, Change

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
    "Deletion protection": re.compile(
        r".*:(enable_deletion_protection|deletion_protection|force_destroy|force_delete|recovery_window_in_days"
        r"|deletion_window_in_days|lifecycle.*prevent_destroy)"
    ),
    "Encryption": re.compile(
        r"aws_kms_|aws_s3_bucket_server_side_encryption|aws_acm_"
        r"|.*:(.*kms.*|.*encrypt.*|ssl_policy|certificate_arn)"
    ),
    "Authentication": re.compile(
        r"aws_cognito_|aws_lb_listener(_rule)?\..*:default_action|.*:.*jwt|aws_secretsmanager_|.*:.*secrets\b"
    ),
    "Public exposure": re.compile(
        r"aws_wafv2_|aws_lb\..*:($|internal|subnets|drop_invalid)"
        r"|aws_s3_bucket_(public_access_block|policy|ownership)"
        r"|aws_lb_listener\..*:($|protocol|port)|.*:(map_public_ip_on_launch|assign_public_ip)"
        r"|aws_internet_gateway|aws_nat_gateway|aws_route53_"
    ),
    "State and account": re.compile(r"terraform\.backend:|provider\.aws:.*allowed_account_ids"),
    "Audit": re.compile(
        r"aws_flow_log|aws_cloudwatch_log_group\..*:($|retention_in_days)|.*:(access_logs|logging|redacted)"
    ),
}
"""A pattern over `address:attribute` for each heading, over `address:` for what is new or gone.

A change stands under the first heading that fits.
"""


@attrs.frozen
class SecurityChange:
    """A change under one of the headings."""

    heading: str
    block: BlockChange
    changes: tuple[Change, ...]

    @property
    def whole(self) -> str:
        """Of what is new or gone, all of it in a line."""
        values = ((change.name, change.new if self.block.kind == "added" else change.old) for change in self.changes)
        return ", ".join(f"{name}={value}" for name, value in values if value != ABSENT and not name.startswith("tags"))


def _heading(text: str) -> str | None:
    return next((heading for heading, pattern in HEADINGS.items() if pattern.match(text)), None)


def security_changes(found: Iterable[BlockChange]) -> Iterator[SecurityChange]:
    """The changes of a stack under their headings, in the order of HEADINGS."""
    sorted_in: dict[str, list[SecurityChange]] = {heading: [] for heading in HEADINGS}
    for block in found:
        if block.kind != "changed":
            if heading := _heading(f"{block.address}:"):
                sorted_in[heading].append(SecurityChange(heading, block, block.changes))
            continue
        by_heading: dict[str, list[Change]] = {}
        for change in block.changes:
            if change.name.startswith("tags"):
                continue
            if heading := _heading(f"{block.address}:{change.name}"):
                by_heading.setdefault(heading, []).append(change)
        for heading, changes in by_heading.items():
            sorted_in[heading].append(SecurityChange(heading, block, tuple(changes)))
    for changes_of_heading in sorted_in.values():
        yield from changes_of_heading
