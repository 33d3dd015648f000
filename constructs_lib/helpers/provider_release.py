"""Which attributes the AWS provider supports, by release.

A release rejects attributes that it does not support, so the stack writes those of the lowest release that the version
constraint allows.
"""

import re
import sys
from collections.abc import Iterator

Release = tuple[int, int, int]
LOWEST: Release = (0, 0, 0)
HIGHEST: Release = (sys.maxsize, 0, 0)

BLOCKED_ENCRYPTION_TYPES: Release = (6, 22, 0)
"""First release with `blocked_encryption_types`; without it, 6.22 to 6.39 plan a change every time (#47320)."""
REGIONAL_NAT_GATEWAYS: Release = (6, 24, 0)
"""First release with `regional_nat_gateway_address`; it plans a change of it every time (#46242)."""
BUCKET_TAGS: Release = (6, 23, 0)
"""First release that sends a bucket's tags with CreateBucket and reads them from S3 Control."""
BUCKET_TAGS_ELSEWHERE: Release = (6, 29, 0)
"""First release that works outside the partition aws, where S3 refuses these calls (#46122)."""
KNOWN_SINCE = {
    "blocked_encryption_types": BLOCKED_ENCRYPTION_TYPES,
    "regional_nat_gateway_address": REGIONAL_NAT_GATEWAYS,
}
"""Attribute of the stack to the first release that supports it."""
_PART = re.compile(r"(~>|>=|<=|!=|=|>|<)?\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?")


def _bounds(constraint: str) -> Iterator[tuple[Release, Release]]:
    """For each part of a constraint, the lowest allowed release and the first one above the allowed range.

    Raises ValueError if a part is not a version constraint.
    """
    for part in constraint.split(","):
        found = _PART.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"{constraint!r} is not a Terraform version constraint, e.g. ~> 6.25")
        major, minor, patch = (int(number or 0) for number in found.groups()[1:])
        named, after = (major, minor, patch), (major, minor, patch + 1)
        match found[1]:
            case None | "=":
                yield named, after
            case "~>":
                yield named, (major, minor + 1, 0) if found[4] else (major + 1, 0, 0)
            case "<" | "<=":
                yield LOWEST, named if found[1] == "<" else after
            case _:
                yield LOWEST if found[1] == "!=" else named, HIGHEST


def lowest_release(constraint: str) -> Release:
    """The lowest release that a constraint allows; (0, 0, 0) without a lower bound. Raises ValueError if invalid."""
    return max(lowest for lowest, _ in _bounds(constraint))


def stays_below(constraint: str, release: Release) -> bool:
    """Whether a constraint allows only releases below `release`. Raises ValueError if the constraint is invalid."""
    return any(end <= release for _, end in _bounds(constraint))


def unknown_to(version: str) -> frozenset[str]:
    """The attributes in KNOWN_SINCE that an exact release does not support."""
    return frozenset(name for name, first in KNOWN_SINCE.items() if lowest_release(version) < first)
