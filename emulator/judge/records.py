"""Rules as records: the tables `[[rule]]` of the TOML files in `judge/rules`, and how a call is checked against them.

Conditions and values in a record are JMESPath with the functions of `emulator.expressions`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from emulator.expressions import Scope, repeated
from emulator.judge.cloud import Cloud
from emulator.judge.documents import malformed
from emulator.judge.refusal import Refusal, codes_of
from emulator.records import CallRecord
from emulator.wire.calls import Call

import attrs

KINDS = ("refused", "distinct", "exactly_one", "within", "one_of", "fits", "at_most", "exists", "grammar")
"""The fields that decide a check; each check has exactly one of them."""
Broken = tuple[Any, str]
"""The value that breaks a check, and the rule's text where the check has no `says`."""


@attrs.frozen(kw_only=True)
class Check:
    """A check of one member. Only `refused`, `distinct` and `exactly_one` apply where the member is absent."""

    member: str = ""
    """Its path in the rule's element, e.g. `subnets[]` for each item of a list; empty: the element itself."""
    when: str = ""
    """A condition on the element; empty: always."""
    refused: str = ""
    """A condition on the element; the check fails where it is true."""
    distinct: str = ""
    """An expression for a list whose items must be unique."""
    exactly_one: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    """Members of the element, exactly one of which must be set."""
    within: tuple[float, ...] = attrs.field(default=(), converter=tuple)
    """The smallest and the largest allowed number."""
    one_of: tuple[Any, ...] = attrs.field(default=(), converter=tuple)
    """The allowed values."""
    fits: str = ""
    """A regular expression that must match the whole string."""
    at_most: int | None = None
    """The largest allowed number of items or characters."""
    exists: str = ""
    """The function of `emulator.expressions` that must find what the member names."""
    grammar: Literal["", "identity", "resource"] = ""
    """The member must be an IAM policy of this kind; statements have a principal only in a resource-based one."""
    says: str = ""
    """The rule in the message, with `{expression}` for values; empty for kinds of checks with their own text."""
    shown: str = ""
    """An expression for the value in the message; empty: the value that was checked."""
    code: str = ""
    """AWS's error code; empty: the rule's."""
    status: int = 0
    """The HTTP status; 0: the rule's."""

    def refusals(self, scope: Scope, place: str, element: Any, code: str, status: int) -> Iterator[Refusal]:
        """What one element of a request breaks."""
        if self.when and not scope.search(self.when, element):
            return
        for where, value in parts(element, self.member, place):
            if self.grammar and value is not None:
                yield from malformed(
                    value, member=where, code=self.code or code, with_principal=self.grammar == "resource"
                )
            elif broken := self._broken(scope, element, value):
                shown = scope.search(self.shown, element) if self.shown else broken[0]
                said = scope.filled(self.says, element) if self.says else broken[1]
                yield Refusal(self.code or code, where, shown, said, self.status or status)

    def _broken(self, scope: Scope, element: Any, value: Any) -> Broken | None:
        if self.refused:
            return (value, "") if scope.search(self.refused, element) else None
        if self.distinct:
            found = scope.search(self.distinct, element) or []
            return (found, "must be unique") if repeated(found) else None
        if self.exactly_one:
            given = [name for name in self.exactly_one if element.get(name)]
            said = f"exactly one of {' and '.join(self.exactly_one)} must be given"
            return (sorted(element), said) if len(given) != 1 else None
        return self._wrong(scope, value) if value is not None else None

    def _wrong(self, scope: Scope, value: Any) -> Broken | None:
        """What is wrong with a value that is present; None where nothing is."""
        if self.within:
            least, most = self.within
            fits = re.fullmatch(r"-?[\d.]+", str(value)) is not None and least <= float(value) <= most
            return None if fits else (value, f"must be from {least} to {most}")
        if self.one_of:
            return None if value in self.one_of else (value, f"must be one of {', '.join(map(str, self.one_of))}")
        if self.fits:
            return None if re.fullmatch(self.fits, str(value)) else (value, "")
        if self.at_most is not None:
            return (len(value), f"at most {self.at_most} are allowed") if len(value) > self.at_most else None
        return (value, "") if self.exists and scope.call_function(self.exists, [value]) is None else None


def _paths(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _checks(values: list[dict[str, Any]]) -> tuple[Check, ...]:
    return tuple(Check(**value) for value in values)


@attrs.frozen(kw_only=True)
class RuleRecord(CallRecord):
    """A rule about some calls."""

    source: str
    """A page below docs.aws.amazon.com."""
    about: str
    """The rule in a sentence."""
    each: tuple[str, ...] = attrs.field(default=("",), converter=_paths)
    """Paths of the elements to check, e.g. `containerDefinitions[]`; a path continues inside a JSON string."""
    when: str = ""
    """A condition on the whole request; empty: always."""
    code: str = ""
    """AWS's error code; empty: the service's code for an invalid value."""
    status: int = 400
    """The HTTP status."""
    checks: tuple[Check, ...] = attrs.field(converter=_checks)
    """In order: the first one that fails is the answer. AWS does not document its order."""

    def check(self, call: Call, cloud: Cloud) -> Iterator[Refusal]:
        """What a call breaks."""
        scope = Scope(call, cloud)
        if self.when and not scope.search(self.when, call.params):
            return
        code = self.code or codes_of(call.service, call.protocol).invalid
        for path in self.each:
            for place, element in parts(call.params, path):
                for one in self.checks if element is not None else ():
                    yield from one.refusals(scope, place, element, code, self.status)


def parts(value: Any, path: str, place: str = "") -> Iterator[tuple[str, Any]]:
    """Each value at a path such as `rules[].name`, with its place such as `rules[0].name`; None where it is absent."""
    name, _, rest = path.partition(".")
    if not name:
        yield place, value
        return
    key = name.removesuffix("[]")
    found = members(value).get(key)
    here = f"{place}.{key}" if place else key
    if name == key:
        yield from parts(found, rest, here)
        return
    for number, item in enumerate(found if isinstance(found, list) else [found]):
        yield from parts(item, rest, f"{here}[{number}]")


def members(value: Any) -> Mapping[str, Any]:
    """The members of a structure or of a JSON document in a string; empty for any other value."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}
