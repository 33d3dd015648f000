"""Selects the changes of a stack that are relevant for security, and sorts them under headings."""

import re
from collections.abc import Iterable, Iterator

from resource_types import RECORDS
from review.compare import ABSENT, BlockChange, Change

import attrs

UNKNOWN = "Type without a record"
STORED = "Stored data"
HEADINGS: dict[str, str] = {
    UNKNOWN: "",
    "Ingress and egress": "",
    "IAM": r"(policy|assume_role_policy)(?!\.rules)(\W|$)|.*(task|execution)_role_arn",
    "Deletion protection": r"enable_deletion_protection|deletion_protection|force_destroy|force_delete"
    r"|recovery_window_in_days|deletion_window_in_days|lifecycle.*prevent_destroy",
    "Encryption": r".*kms.*|.*encrypt.*|ssl_policy|certificate_arn",
    "Authentication": r".*jwt|.*secrets\b",
    "Public exposure": r"(.*\.)?(map_public_ip_on_launch|assign_public_ip)",
    "State and account": r".*allowed_account_ids",
    "Audit": r"access_logs|logging|redacted",
    STORED: "",
}
"""For each heading, a pattern of attribute names that belong there whatever the resource type.

A change is listed under the first heading that matches. Records in resource_types/ add attributes of their types.
"""
BLOCKS = {"terraform.backend": {"State and account": ""}}
"""Blocks other than resources that are relevant for security as a whole."""


@attrs.frozen
class SecurityChange:
    """Changes of one block under one heading."""

    heading: str
    block: BlockChange
    changes: tuple[Change, ...]

    @property
    def whole(self) -> str:
        """All attributes of an added or removed block, on one line."""
        values = ((change.name, change.new if self.block.kind == "added" else change.old) for change in self.changes)
        return ", ".join(f"{name}={value}" for name, value in values if value != ABSENT and not name.startswith("tags"))


def _belongs(heading: str, block: BlockChange, attribute: str) -> bool:
    record = RECORDS.get(block.type_)
    if heading == UNKNOWN:
        return record is None and block.type_.startswith("aws_")
    if heading == STORED:
        return record is not None and record.holds_data and not attribute
    own = (record.reviewed if record else BLOCKS.get(block.address, {})).get(heading)
    general = HEADINGS[heading]
    return (own is not None and re.match(own, attribute) is not None) or bool(general and re.match(general, attribute))


def _heading(block: BlockChange, attribute: str = "") -> str | None:
    """The first heading that matches an attribute; without an attribute, that of an added or removed block."""
    return next((heading for heading in HEADINGS if _belongs(heading, block, attribute)), None)


def security_changes(found: Iterable[BlockChange]) -> Iterator[SecurityChange]:
    """The security-relevant changes of a stack, in the order of HEADINGS."""
    sorted_in: dict[str, list[SecurityChange]] = {heading: [] for heading in HEADINGS}
    for block in found:
        if block.kind != "changed":
            if heading := _heading(block):
                sorted_in[heading].append(SecurityChange(heading, block, block.changes))
            continue
        by_heading: dict[str, list[Change]] = {}
        for change in block.changes:
            if change.name.startswith("tags"):
                continue
            if heading := _heading(block, change.name):
                by_heading.setdefault(heading, []).append(change)
        for heading, changes in by_heading.items():
            sorted_in[heading].append(SecurityChange(heading, block, tuple(changes)))
    for changes_of_heading in sorted_in.values():
        yield from changes_of_heading
