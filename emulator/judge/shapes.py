"""Checks a request against its operation's input shape in botocore's service model.

AWS enforces all of the model. An SDK checks only required members and some lengths before it sends a request.
"""

import re
from collections.abc import Iterator
from typing import Any

from emulator.judge import patterns
from emulator.judge.refusal import Codes, Refusal, codes_of
from emulator.wire.calls import Call

LOOSER_THAN_THEIR_MODEL = {
    # A bucket's ARN does not match: the pattern needs a character where the ARN has an empty part. AWS provider 6.23
    # and later read every bucket's tags by its ARN (its internal/service/s3/bucket.go).
    ("s3control", "S3ResourceArn"),
    # The enumeration lacks log-delivery-write, which "Canned ACL" in the S3 user guide lists for buckets.
    ("s3", "BucketCannedACL"),
    # The pattern is of prefixes and has no dot, which the name of a custom domain has; cognito.toml judges prefixes.
    ("cognito-idp", "DomainType"),
}
"""Strings, by service and shape, that are not checked against the model: AWS accepts more values."""


def refusals(call: Call) -> Iterator[Refusal]:
    """Everything in a call that breaks the model, in the model's order."""
    codes = codes_of(call.service, call.protocol)
    for fault in call.faults:
        unknown = fault.rule.startswith("the API has no")
        yield Refusal(codes.unknown if unknown else codes.invalid, fault.member, fault.value, fault.rule)
    if call.model.input_shape is not None:
        yield from _Walk(call.service, codes).structure(call.model.input_shape, call.params, "")


class _Walk:
    """Walks a value and its shape together."""

    def __init__(self, service: str, codes: Codes) -> None:
        self._service = service
        self._codes = codes

    def _invalid(self, path: str, value: object, rule: str) -> Refusal:
        return Refusal(self._codes.invalid, path, value, rule)

    def structure(self, shape: Any, value: dict[str, Any], path: str) -> Iterator[Refusal]:
        """Check required members, unions, and every member that is present."""
        if shape.is_document_type:
            return
        for name in shape.required_members:
            if value.get(name) is None:
                yield Refusal(self._codes.missing, _joined(path, name), None, "Member must not be null")
        if shape.is_tagged_union and len(value) != 1:
            yield self._invalid(
                path, sorted(value), f"exactly one of {', '.join(shape.members)} must be given, not {len(value)}"
            )
        for name, item in value.items():
            if item is not None:
                yield from self._any(shape.members[name], item, _joined(path, name))

    def _any(self, shape: Any, value: Any, path: str) -> Iterator[Refusal]:
        kind = shape.type_name
        if kind == "structure":
            yield from self.structure(shape, value, path)
        elif kind == "list":
            yield from self._length(shape, len(value), value, path, "items")
            for number, item in enumerate(value):
                yield from self._any(shape.member, item, f"{path}[{number}]")
        elif kind == "map":
            yield from self._length(shape, len(value), value, path, "entries")
            for key, item in value.items():
                yield from self._any(shape.key, key, f"{path}.(key)")
                yield from self._any(shape.value, item, f"{path}[{key}]")
        elif kind in {"integer", "long", "float", "double"}:
            yield from self._range(shape, value, path)
        elif kind == "string" and isinstance(value, str):
            yield from self._string(shape, value, path)
        elif kind == "blob" and isinstance(value, bytes):
            yield from self._length(shape, len(value), f"{len(value)} bytes", path, "bytes")

    def _length(self, shape: Any, length: int, value: object, path: str, unit: str) -> Iterator[Refusal]:
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if least is not None and length < least:
            yield self._invalid(path, value, f"Member must have length greater than or equal to {least} ({unit})")
        if most is not None and length > most:
            yield self._invalid(path, value, f"Member must have length less than or equal to {most} ({unit})")

    def _range(self, shape: Any, value: float, path: str) -> Iterator[Refusal]:
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if least is not None and value < least:
            yield self._invalid(path, value, f"Member must have value greater than or equal to {least}")
        if most is not None and value > most:
            yield self._invalid(path, value, f"Member must have value less than or equal to {most}")

    def _string(self, shape: Any, value: str, path: str) -> Iterator[Refusal]:
        yield from self._length(shape, len(value), value, path, "characters")
        if (self._service, shape.name) in LOOSER_THAN_THEIR_MODEL:
            return
        if shape.enum and value not in shape.enum:
            yield self._invalid(path, value, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
        pattern = shape.metadata.get("pattern")
        if pattern is not None and not _fits(pattern, value):
            yield self._invalid(path, value, f"Member must satisfy regular expression pattern: {pattern}")


def _fits(pattern: str, value: str) -> bool:
    """Whether a value matches; True for a pattern that cannot be translated to Python (a test lists those)."""
    try:
        return patterns.fits(pattern, value)
    except (KeyError, re.error):
        return True


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
