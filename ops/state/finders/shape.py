"""What a finder is: it looks on AWS for what the stack describes, by its tags and names.

It answers with the identifier that Terraform's `import` block takes (the provider's documentation of each resource)
and the attributes that other resources refer to.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ops.aws import Aws, OperatorError, code_of

import attrs
from botocore.exceptions import ClientError

Values = Mapping[str, Any]


@attrs.frozen
class Found:
    """A resource that exists: its import identifier and what others refer to."""

    import_id: str
    attributes: dict[str, str] = attrs.field(factory=dict)

    @classmethod
    def by_id(cls, identifier: str) -> "Found":
        """A resource whose `id` is what is imported."""
        return cls(identifier, {"id": identifier})


Finder = Callable[[Aws, Values], Found | None]


def only(what: str, found: list[Any]) -> Any:
    """The one that was found, if any. Raises OperatorError for two, between which a person has to choose."""
    if len(found) > 1:
        raise OperatorError(
            f"there are {len(found)} of {what} on AWS: delete the one nothing uses, then run this again"
        )
    return found[0] if found else None


def unless_absent(call: Callable[[], Any], *absent: str) -> Any:
    """What a call answers; None where AWS says that the thing does not exist."""
    try:
        return call()
    except ClientError as error:
        if code_of(error) in absent:
            return None
        raise
