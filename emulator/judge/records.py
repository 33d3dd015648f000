"""Rules that are records: a table `[[rule]]` in a TOML file of `judge/rules`, and how a call is held against it.

Strings of a record that are conditions or values are JMESPath with the functions of `emulator.expressions`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from emulator.expressions import Scope, repeated
from emulator.judge.cloud import Cloud
from emulator.judge.documents import malformed
from emulator.judge.refusal import Refusal, codes_of
from emulator.wire.calls import Call

import attrs

KINDS = ("refused", "distinct", "exactly_one", "within", "one_of", "fits", "at_most", "exists", "grammar")
"""The fields of a check that say what is wrong; each check has one of them."""
Broken = tuple[Any, str]
"""The value of a broken check, and what to say about it unless the check has words of its own."""


@attrs.frozen(kw_only=True)
class Check:
    """What holds for one member. An absent member breaks `refused`, `distinct` and `exactly_one` only."""

    member: str = ""
    """Its place in the rule's element, e.g. `subnets[]` for each one in a list; empty: the element itself."""
    when: str = ""
    """A condition on the element; empty: always."""
    refused: str = ""
    """A condition on the element that breaks the check."""
    distinct: str = ""
    """An expression of a list without repetitions."""
    exactly_one: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    """Members of the element of which one has to be given."""
    within: tuple[float, ...] = attrs.field(default=(), converter=tuple)
    """The smallest and the largest number."""
    one_of: tuple[Any, ...] = attrs.field(default=(), converter=tuple)
    fits: str = ""
    """A regular expression for the whole string."""
    at_most: int | None = None
    """The largest number of items or characters."""
    exists: str = ""
    """The function of `emulator.expressions` that finds what the member names."""
    grammar: Literal["", "identity", "resource"] = ""
    """An IAM policy: of an identity, or of a resource, whose statements name principals."""
    says: str = ""
    """The message, with `{expression}` for values; empty where the kind of the check has words of its own."""
    shown: str = ""
    """An expression of the value in the message; empty: the member's value, or what the check looked at."""
    code: str = ""
    """AWS's name of the error; empty: the rule's."""
    status: int = 0

    def refusals(self, scope: Scope, place: str, element: Any, code: str, status: int) -> Iterator[Refusal]:
        """The refusals of one element of a request."""
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
        """What is wrong with a value that is there."""
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
class Record:
    """A rule of some operations."""

    calls: tuple[str, ...] = attrs.field(converter=tuple)
    """`service:Operation` each, by botocore's names; `service:*` for every operation of the service."""
    source: str
    """A page below docs.aws.amazon.com."""
    about: str
    """What holds, in a sentence."""
    each: tuple[str, ...] = attrs.field(default=("",), converter=_paths)
    """The places of the elements that are checked, e.g. `containerDefinitions[]`; a JSON string is entered too."""
    when: str = ""
    """A condition on the whole request; empty: always."""
    code: str = ""
    """AWS's name of the error; empty: the service's for an invalid value."""
    status: int = 400
    checks: tuple[Check, ...] = attrs.field(converter=_checks)
    """In the order in which AWS is taken to look at them: the first broken one is answered."""

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
    """What is at a path such as `rules[].name` of a value, each with its place; None for what is not there."""
    name, _, rest = path.partition(".")
    if not name:
        yield place, value
        return
    key = name.removesuffix("[]")
    found = entered(value).get(key)
    here = f"{place}.{key}" if place else key
    if name == key:
        yield from parts(found, rest, here)
        return
    for number, item in enumerate(found if isinstance(found, list) else [found]):
        yield from parts(item, rest, f"{here}[{number}]")


def entered(value: Any) -> Mapping[str, Any]:
    """The members of a structure, or of a string that is a JSON document."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}
