"""Finds resources of a stack that exist on AWS but not in the state, by the lookups in resource_types/."""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from typing import Any

from ops.aws import Aws, OperatorError
from resource_types import record_of
from resource_types.expressions import Reference, replaced, type_of
from resource_types.record import Lookup, Values, filled
from resource_types.stack import Block

import attrs
import jmespath

GONE = frozenset({"deleted", "deleting", "failed"})
"""States in which EC2 still lists a deleted resource."""


@attrs.frozen
class Found:
    """A resource that exists: its import id, and the attributes that other resources refer to."""

    import_id: str
    attributes: dict[str, str] = attrs.field(factory=dict)


class UnknownReferenceError(Exception):
    """A value refers to a resource that does not exist, so the resource with that value cannot exist either."""


class Resolved(Mapping[str, Any]):
    """A resource's arguments with references resolved. Reading one raises UnknownReferenceError where it cannot be.

    References are resolved on access, since a lookup reads only the arguments that identify the resource.
    """

    def __init__(self, values: Values, known: Mapping[str, Values]) -> None:
        self._values = values
        self._known = known

    def _resolved(self, expression: str) -> str:
        reference = Reference.parse(expression)
        if reference is None or reference.attribute not in self._known.get(reference.address, ()):
            raise UnknownReferenceError(f"${{{expression}}}")
        return str(self._known[reference.address][reference.attribute])

    def __getitem__(self, key: str) -> Any:
        return replaced(self._values[key], self._resolved)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _layered(*layers: Values) -> Values:
    """One mapping of several: a key is read from the first that has it, on access."""
    return ChainMap(*layers)  # type: ignore[arg-type]  # nothing is written


def _fits(thing: Any, same: Values, values: Values) -> bool:
    return all(jmespath.search(place, thing) == filled(wanted, values) for place, wanted in same.items())


def _tagged(aws: Aws, lookup: Lookup, values: Values) -> list[dict[str, Any]]:
    """The resources with the Name tag of `values` and the tags of the environment."""
    tags = {**aws.environment.tags, "Name": values["tags"]["Name"]}
    filters = [{"Name": f"tag:{name}", "Values": [value]} for name, value in tags.items()]
    # These two calls name the argument in the singular.
    argument = "Filter" if lookup.call in {"describe_nat_gateways", "describe_flow_logs"} else "Filters"
    arguments: dict[str, Any] = {argument: filters}
    return [
        thing
        for thing in aws.items(lookup.service, lookup.call, lookup.query, **arguments)
        if str(thing.get("State", "")).lower() not in GONE
        # The embedded AWS does not implement some filters.
        and tags.items() <= {tag["Key"]: tag["Value"] for tag in thing.get("Tags", [])}.items()
    ]


def _things(aws: Aws, lookup: Lookup, values: Values) -> Iterator[dict[str, Any]]:
    arguments = filled(lookup.arguments, values)
    for thing in aws.items(
        lookup.service, lookup.call, lookup.query, absent=lookup.absent, all_pages=not lookup.first_page, **arguments
    ):
        if not _fits(thing, lookup.same, values):
            continue
        if lookup.detail is None:
            yield thing
            continue
        asked = filled(lookup.detail.arguments, thing)
        for more in aws.items(lookup.service, lookup.detail.call, f"[{lookup.detail.query}]", **asked):
            if _fits(more, lookup.detail.same, values):
                yield {**thing, **more}


def facts(aws: Aws) -> dict[str, str]:
    """Values for templates in addition to a resource's arguments: account, region, partition, environment."""
    return {
        "account_id": aws.account_id,
        "region": aws.scope.region,
        "partition": aws.scope.partition,
        "environment": aws.environment.environment,
    }


def find(aws: Aws, what: str, lookup: Lookup, values: Values) -> dict[str, str] | None:
    """The attributes of the resource that a lookup finds; None where there is none. `what`: its name for messages.

    Raises OperatorError for several, and UnknownReferenceError where an argument refers to a missing resource.
    """
    known = _layered(facts(aws), values)
    found = _tagged(aws, lookup, known) if lookup.by_tags else list(_things(aws, lookup, known))
    if len(found) > 1:
        raise OperatorError(
            f"{what}: AWS has {len(found)} matching resources: delete those that nothing uses, then run this again"
        )
    if not found:
        return None
    return {name: str(filled(template, _layered(found[0], known))) for name, template in lookup.attributes.items()}


def find_named(aws: Aws, type_: str, **arguments: Any) -> dict[str, str] | None:
    """The attributes of the resource that these arguments identify; None where there is none, or no lookup.

    Raises OperatorError for several.
    """
    lookup = record_of(type_).lookup
    return find(aws, f"{type_} {arguments}", lookup, arguments) if isinstance(lookup, Lookup) else None


def _lookup(address: str) -> Lookup | None:
    found = record_of(type_of(address)).lookup
    return found if isinstance(found, Lookup) else None


def find_all(aws: Aws, blocks: Mapping[str, Block], managed: Mapping[str, Values]) -> dict[str, Found]:
    """The resources of `blocks` that exist and are not in `managed` (attributes by address), by address.

    Raises OperatorError where several resources match one block.
    """
    known: dict[str, Values] = {"data.aws_caller_identity.Account": {"account_id": aws.account_id}, **managed}
    found: dict[str, Found] = {}
    waiting = {address: lookup for address in blocks if address not in managed and (lookup := _lookup(address))}
    # Each round looks up the resources whose identifying references are known by then.
    while waiting:
        unknown: dict[str, Lookup] = {}
        for address, lookup in waiting.items():
            values = Resolved(blocks[address].body, known)
            try:
                attributes = find(aws, address, lookup, values)
            except UnknownReferenceError:
                unknown[address] = lookup
                continue
            if attributes is not None:
                known[address] = attributes
                if address.startswith("aws_"):
                    import_id = record_of(type_of(address)).imported_as(_layered(attributes, values, facts(aws)))
                    found[address] = Found(import_id, attributes)
        if len(unknown) == len(waiting):
            break
        waiting = unknown
    return found
