"""Matches the resources of an older deployment with those of our stack: by name, parent, references and purpose.

Addresses of the older deployment are weak evidence, since modules differ between projects; they only count as words
that describe a purpose.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from constructs_lib.helpers.naming import Names
from ops.state.finders import Resolved, UnknownReferenceError
from resource_types import record_of
from resource_types.expressions import Reference, type_of
from resource_types.record import Values
from resource_types.stack import Block

import attrs

SYNONYMS = {
    "adot": "collector",
    "alb": "balancer",
    "ecr": "images",
    "exec": "execution",
    "image": "images",
    "lb": "balancer",
    "log": "logs",
    "otel": "collector",
    "portkey": "gateway",
    "secret": "secrets",
    "sns": "alarms",
}
"""Words of older projects, and the word for the same purpose here."""
SAYS_NOTHING = frozenset(
    {"aws", "default", "ecs", "for", "key", "kms", "load", "main", "module", "of", "role", "sg", "tg", "the", "this"}
)


FIXED_NAMES = ("/aws/ecs/containerinsights/", "aws-waf-logs-")
"""Prefixes of log group names that AWS prescribes: such groups match only under exactly the same name."""


@attrs.frozen
class Old:
    """A resource of the older deployment, from `terraform show -json`."""

    address: str
    type: str
    values: Values

    @property
    def identifier(self) -> str:
        """Its id on AWS, else its ARN; empty without either."""
        return str(self.values.get("id") or self.values.get("arn") or "")


def resources_in(shown: Mapping[str, Any]) -> list[Old]:
    """Every managed resource in the output of `terraform show -json`, nested modules included, sorted by address."""

    def within(module: Mapping[str, Any]) -> Iterator[Old]:
        for item in module.get("resources", []):
            if item.get("mode") == "managed":
                yield Old(item["address"], item["type"], item.get("values") or {})
        for child in module.get("child_modules", []):
            yield from within(child)

    return sorted(within(shown.get("values", {}).get("root_module", {})), key=lambda old: old.address)


@attrs.frozen
class Matches:
    """The result of a match."""

    pairs: dict[str, Old]
    """The old resource that each of our addresses takes over."""
    reasons: dict[str, str]
    """Why the other old resources are left, by old address."""
    renamed: dict[str, Old] = attrs.field(factory=dict)
    """Old resources of the same purpose whose name cannot change, by our address: ours is created next to them."""


def _name(type_: str, values: Values) -> str | None:
    name = values.get(record_of(type_).name)
    return str(name) if name else None


def _only_by_name(type_: str, *both: Values) -> bool:
    """Whether two resources of a type match only under the same name."""
    return record_of(type_).renaming == "another" or any(
        str(_name(type_, values)).startswith(FIXED_NAMES) for values in both
    )


@attrs.frozen
class _Matcher:
    names: Names
    ours: Mapping[str, Values]
    old: Mapping[str, Old]
    known: Mapping[str, Values]
    pairs: dict[str, Old] = attrs.field(factory=dict)
    renamed: dict[str, Old] = attrs.field(factory=dict)
    reasons: dict[str, str] = attrs.field(factory=dict)

    def run(self) -> Matches:
        """Apply the rules, the most certain first, until none finds a further match."""
        rules = (self._by_name, self._by_place, self._by_reference, self._by_purpose, self._by_being_alone)
        while any(self._take(rule()) for rule in rules):
            pass
        stack_types = {type_of(address) for address in self.ours}
        for address, old in self._left().items():
            if old.type not in stack_types:
                self.reasons[address] = f"the stack has no {old.type}"
            elif record_of(old.type).place:
                self.reasons.setdefault(address, "its parent is not taken over, or has nothing like it in the stack")
            else:
                self.reasons.setdefault(address, "matches nothing in the stack")
        taken = {old.address for old in self.pairs.values()}
        reasons = {address: why for address, why in self.reasons.items() if address not in taken}
        reasons |= {old.address: "name cannot change" for old in self.renamed.values()}
        return Matches(self.pairs, reasons, self.renamed)

    def _take(self, found: dict[str, set[str]]) -> bool:
        """Keep matches that are unique on both sides, and note the ambiguous ones; whether any was kept."""
        wanted_by = defaultdict(set)
        for address, olds in found.items():
            for old in olds:
                wanted_by[old].add(address)
        sure = {
            address: next(iter(olds))
            for address, olds in sorted(found.items())
            if len(olds) == 1 and len(wanted_by[next(iter(olds))]) == 1
        }
        for address, one in sure.items():
            name, other = self._name_of_ours(address), _name(type_of(address), self.old[one].values)
            renamed = record_of(type_of(address)).renaming == "replaces" and None not in (name, other) and name != other
            (self.renamed if renamed else self.pairs)[address] = self.old[one]
        for old, addresses in wanted_by.items():
            if len(addresses) > 1:
                self.reasons[old] = f"matches several: {', '.join(sorted(addresses))}"
            else:
                rivals = sorted(found[next(iter(addresses))] - {old})
                if rivals:
                    self.reasons[old] = f"matches {next(iter(addresses))}, and so does {', '.join(rivals)}"
        return bool(sure)

    def _name_of_ours(self, address: str) -> str | None:
        """The name of a resource of ours; None where it has none, or where it is not known before an apply."""
        try:
            return _name(type_of(address), Resolved(self.ours[address], self._known()))
        except UnknownReferenceError:
            return None

    def _left(self) -> dict[str, Old]:
        taken = {old.address for old in (*self.pairs.values(), *self.renamed.values())}
        return {address: old for address, old in self.old.items() if address not in taken}

    def _known(self) -> dict[str, Values]:
        return {**self.known, **{address: old.values for address, old in self.pairs.items()}}

    def _candidates(self) -> Iterator[tuple[str, Values, list[Old]]]:
        """Our unmatched resources, each with its arguments and the old resources of its type that can match it."""
        left = self._left()
        known = self._known()
        for address, arguments in self.ours.items():
            if address in known or address in self.renamed:
                continue
            resolved = Resolved(arguments, known)
            try:
                wanted = {key: resolved[key] for key in record_of(type_of(address)).place if key in arguments}
            except UnknownReferenceError:
                continue  # its parent is new, so it is new too
            olds = [
                old
                for old in left.values()
                if old.type == type_of(address)
                and all(str(old.values.get(k)) == str(v) for k, v in wanted.items())
                and (
                    _name(old.type, old.values) == _name(old.type, arguments)
                    or not _only_by_name(old.type, old.values, arguments)
                )
            ]
            if olds:
                yield address, arguments, olds

    def _by_name(self) -> dict[str, set[str]]:
        return {
            address: same
            for address, arguments, olds in self._candidates()
            if (
                same := {
                    old.address for old in olds if _name(old.type, old.values) == _name(old.type, arguments) is not None
                }
            )
        }

    def _by_place(self) -> dict[str, set[str]]:
        return {
            address: {old.address for old in olds}
            for address, _, olds in self._candidates()
            if record_of(type_of(address)).place
        }

    def _by_reference(self) -> dict[str, set[str]]:
        """Resources to which both sides of a matched pair refer in the same argument, e.g. a log group's key."""
        found: dict[str, set[str]] = defaultdict(set)
        left = self._left()
        known = self._known()
        renamed = {address: old.values for address, old in self.renamed.items()}
        for address, values in {**known, **renamed}.items():
            for target, attribute, value in _references(self.ours.get(address), values):
                if target in known or target in renamed or target not in self.ours:
                    continue
                found[target] |= {
                    item.address
                    for item in left.values()
                    if item.type == type_of(target) and str(item.values.get(attribute)) == value
                }
        return {address: olds for address, olds in found.items() if olds}

    def _by_purpose(self) -> dict[str, set[str]]:
        """Resources that share the most words, where that is the best score of both."""
        scores: dict[tuple[str, str], float] = {}
        for address, arguments, olds in self._candidates():
            mine = self._words(type_of(address), arguments, Block(address, dict(arguments)).path)
            for old in olds:
                theirs = self._words(old.type, old.values, old.address)
                if mine & theirs:
                    scores[address, old.address] = len(mine & theirs) / len(mine | theirs)
        best_of: dict[str, float] = defaultdict(float)
        for pair, score in scores.items():
            for one in pair:
                best_of[one] = max(best_of[one], score)
        found: dict[str, set[str]] = defaultdict(set)
        for (address, theirs_address), score in scores.items():
            if score == best_of[address] == best_of[theirs_address]:
                found[address].add(theirs_address)
        return found

    def _by_being_alone(self) -> dict[str, set[str]]:
        """Resources that are the only one of their type on both sides."""
        ours, olds = defaultdict(list), defaultdict(list)
        for address in self.ours:
            ours[type_of(address)].append(address)
        for old in self.old.values():
            olds[old.type].append(old.address)
        left = self._left()
        return {
            addresses[0]: {olds[type_][0]}
            for type_, addresses in ours.items()
            if not record_of(type_).place
            and (len(addresses), len(olds[type_])) == (1, 1)
            and addresses[0] not in self._known()
            and record_of(type_).renaming != "another"
            and olds[type_][0] in left
        }

    def _words(self, type_: str, values: Values, place: str) -> set[str]:
        """The words of a resource's name, description and address that tell its purpose, without common ones."""
        texts = [_name(type_, values), values.get("description"), (values.get("tags") or {}).get("Name"), place]
        spaced = " ".join(re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", str(text)) for text in texts if text)
        plain = re.sub(r"[^a-z0-9]+", " ", spaced.lower())
        for phrase in (f"{self.names.project_name} {self.names.environment}", self.names.project_name):
            plain = plain.replace(re.sub(r"[^a-z0-9]+", " ", phrase), " ")
        kind = set(type_.split("_"))
        kind |= {f"{word}s" for word in kind}
        words = set(plain.split()) - kind - SAYS_NOTHING - {self.names.environment}
        return {SYNONYMS.get(word, word) for word in words}


def _references(ours: Any, old: Any) -> Iterator[tuple[str, str, str]]:
    """References in our arguments as (address, attribute, the old resource's value of the same argument)."""
    if isinstance(ours, Mapping):
        # A block that may occur once is an object in our JSON, and a list of one in a state.
        there = old[0] if isinstance(old, list) and len(old) == 1 else old
        if isinstance(there, Mapping):
            for key, value in ours.items():
                if key in there:
                    yield from _references(value, there[key])
    elif isinstance(ours, list):
        if isinstance(old, list) and len(ours) == len(old) == 1:
            yield from _references(ours[0], old[0])
    elif isinstance(ours, str) and isinstance(old, str) and (found := Reference.only(ours)):
        yield found.address, found.attribute, old


def match(
    names: Names, ours: Mapping[str, Values], old: list[Old], *, known: Mapping[str, Values] | None = None
) -> Matches:
    """Match our resources (arguments by address) with those of an older deployment.

    `known`: our resources that exist already (attributes by address). They are not matched again, and help to match
    others through references.
    """
    exist = known or {}
    there = {(type_of(address), Old(address, type_of(address), values).identifier) for address, values in exist.items()}
    left = {item.address: item for item in old if (item.type, item.identifier) not in there}
    return _Matcher(names, dict(sorted(ours.items())), left, exist).run()
