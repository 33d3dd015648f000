"""Whether what recovery found is this environment's: somebody else may have created it, to have it taken over.

The plan that imports it is read: it holds the resource as AWS has it, and as the configuration sets it.
"""

import json
import string
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from ops.additive_drift import attached_to
from ops.aws import Aws
from resource_types import record_of
from resource_types.expressions import Reference, strings, type_of
from resource_types.record import Lookup
from resource_types.stack import IAM_DOCUMENTS, Block

import attrs

OUR_TAGS = ("Project", "Environment")
Values = Mapping[str, Any]


@attrs.frozen
class Imported:
    """A resource that a plan imports: as it is, and as the configuration sets it."""

    address: str
    before: Values
    after: Values

    @property
    def type(self) -> str:
        """Its type, e.g. `aws_iam_role`."""
        return type_of(self.address)

    def documents(self) -> dict[str, str]:
        """The IAM documents that it has, by argument: who may assume a role, what a key's policy says."""
        return {name: self.before[name] for name in IAM_DOCUMENTS if self.before.get(name)}


def imported(plan: Mapping[str, Any]) -> list[Imported]:
    """What a plan, as `terraform show -json` has it, imports."""
    return [
        Imported(one["address"], one["change"].get("before") or {}, one["change"].get("after") or {})
        for one in plan.get("resource_changes", [])
        if "importing" in one["change"]
    ]


def _normal(value: Any) -> Any:
    """A JSON value in which the order of a list, and whether one thing stands in a list, makes no difference."""
    if isinstance(value, dict):
        return {key: _normal(one) for key, one in value.items()}
    if isinstance(value, list):
        found = sorted((_normal(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
        return found[0] if len(found) == 1 else found
    return value


def same_document(one: str, other: str) -> bool:
    """Whether two IAM documents mean the same."""
    return bool(_normal(json.loads(one)) == _normal(json.loads(other)))


def _fields(lookup: Lookup) -> set[str]:
    """The arguments that a lookup asks by."""
    templates = strings([lookup.arguments, lookup.same])
    return {field for text in templates for _, field, _, _ in string.Formatter().parse(text) if field}


def parents(block: Block) -> dict[str, str]:
    """What a resource was looked for in: the argument that names it, and its address."""
    record = record_of(block.type)
    lookup = record.lookup
    names = {*record.place, *(_fields(lookup) if isinstance(lookup, Lookup) else ())}
    found = {name: Reference.only(block.get(name)) for name in names}
    return {name: one.address for name, one in found.items() if one and not one.address.startswith("data.")}


def by_name(type_: str, name: str) -> str:
    """Why something of this name may be taken over without tags; empty: it may not."""
    reasons = record_of(type_).by_name
    return next((reason for pattern, reason in reasons.items() if fnmatchcase(name, pattern)), "")


def why_ours(aws: Aws, one: Imported, block: Block) -> str:
    """Why a resource counts as the environment's; empty where nothing says so."""
    tags = one.before.get("tags_all") or {}
    if all(tags.get(key) == aws.environment.tags[key] for key in OUR_TAGS):
        return "its tags"
    inside = parents(block)
    if "tags_all" not in one.before and inside:
        moved = [name for name in inside if name in one.after and one.before.get(name) != one.after[name]]
        return "" if moved else f"part of {', '.join(sorted(set(inside.values())))}"
    return by_name(one.type, str(block.get(record_of(one.type).name, "")))


def _foreign_documents(one: Imported) -> Iterator[str]:
    for name, document in one.documents().items():
        wanted = one.after.get(name)
        if wanted and not same_document(document, wanted):
            yield f"{one.address}: {name} is not the one of a fresh deployment"


def problems(aws: Aws, found: list[Imported], blocks: Mapping[str, Block], managed: Mapping[str, Values]) -> list[str]:
    """What speaks against taking over what was found, one line each: whose it is, its documents, what hangs on it."""
    tags = ", ".join(f"{key}={aws.environment.tags[key]}" for key in OUR_TAGS)
    lines = [
        f"{one.address}: has our name and not the tags {tags}; it may be somebody else's"
        for one in found
        if not why_ours(aws, one, blocks[one.address])
    ]
    lines += [line for one in found for line in _foreign_documents(one)]
    held = {**managed, **{one.address: one.before for one in found}}
    new = {one.address for one in found}
    return lines + [str(addition) for addition in attached_to(aws, held, new)]
