"""Checks that resources which recovery would import belong to the environment.

Somebody else may have created a resource under such a name, so that it gets imported. The checks read the plan that
imports the resources: it holds each one as it is on AWS and as the configuration sets it.
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
    """A resource that a plan imports: `before` as it is on AWS, `after` as the configuration sets it."""

    address: str
    before: Values
    after: Values

    @property
    def type(self) -> str:
        """Its type, e.g. `aws_iam_role`."""
        return type_of(self.address)

    def documents(self) -> dict[str, str]:
        """Its IAM documents by argument, e.g. a role's trust policy or a key's policy."""
        return {name: self.before[name] for name in IAM_DOCUMENTS if self.before.get(name)}


def imported(plan: Mapping[str, Any]) -> list[Imported]:
    """The resources that a plan (`terraform show -json`) imports."""
    return [
        Imported(one["address"], one["change"].get("before") or {}, one["change"].get("after") or {})
        for one in plan.get("resource_changes", [])
        if "importing" in one["change"]
    ]


def _normal(value: Any) -> Any:
    """A JSON value with sorted lists, and with a list of one replaced by its item: IAM treats both the same."""
    if isinstance(value, dict):
        return {key: _normal(one) for key, one in value.items()}
    if isinstance(value, list):
        found = sorted((_normal(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
        return found[0] if len(found) == 1 else found
    return value


def same_document(one: str, other: str) -> bool:
    """Whether two IAM documents differ at most in the order of lists and in lists of one item."""
    return bool(_normal(json.loads(one)) == _normal(json.loads(other)))


def _fields(lookup: Lookup) -> set[str]:
    """The arguments that a lookup uses."""
    templates = strings([lookup.arguments, lookup.same])
    return {field for text in templates for _, field, _, _ in string.Formatter().parse(text) if field}


def parents(block: Block) -> dict[str, str]:
    """The resources in which a resource was looked up: addresses by the argument that refers to them."""
    record = record_of(block.type)
    lookup = record.lookup
    names = {*record.place, *(_fields(lookup) if isinstance(lookup, Lookup) else ())}
    found = {name: Reference.only(block.get(name)) for name in names}
    return {name: one.address for name, one in found.items() if one and not one.address.startswith("data.")}


def by_name(type_: str, name: str) -> str:
    """Why a resource with this name counts as the environment's without tags; empty where it does not."""
    reasons = record_of(type_).by_name
    return next((reason for pattern, reason in reasons.items() if fnmatchcase(name, pattern)), "")


def why_ours(aws: Aws, one: Imported, block: Block) -> str:
    """Why a resource counts as the environment's, in a few words; empty where it does not."""
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
            yield f"{one.address}: {name} differs from that of a new deployment"


def problems(aws: Aws, found: list[Imported], blocks: Mapping[str, Block], managed: Mapping[str, Values]) -> list[str]:
    """Reasons not to import the resources that were found, one line each.

    They are: missing tags, IAM documents that differ from a new deployment's, and attachments outside of Terraform.
    """
    tags = ", ".join(f"{key}={aws.environment.tags[key]}" for key in OUR_TAGS)
    lines = [
        f"{one.address}: has a name of this environment but not the tags {tags}; it may belong to somebody else"
        for one in found
        if not why_ours(aws, one, blocks[one.address])
    ]
    lines += [line for one in found for line in _foreign_documents(one)]
    held = {**managed, **{one.address: one.before for one in found}}
    new = {one.address for one in found}
    return lines + [str(addition) for addition in attached_to(aws, held, new)]
