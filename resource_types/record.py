"""The records of resource types, from which recovery, takeover, review, diagram and costs get their facts.

The records are in the TOML files of this folder, one table for each type. The classes here define the fields.
"""

import string
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Literal

from resource_types import drawing
from resource_types.drawing import Arrow, Drawn

import attrs

Values = Mapping[str, Any]

ONLY_IN_TERRAFORM = "not on AWS: Terraform uses it to wait"
"""The `lookup` of a resource that exists in Terraform only, so recovery does not look for it."""


class Loss(Enum):
    """What is lost when Terraform replaces a resource."""

    NOTHING = ""
    SERVICE = "service"
    """Callers get no answers until it exists again."""
    ADDRESS = "address"
    """An address or a network that others use."""
    DATA = "data"


class _Template(string.Formatter):
    """`str.format` with one more format: `{cluster:last}` is the part after the last slash."""

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 (any argument)
        return str(value).rpartition("/")[2] if format_spec == "last" else str(super().format_field(value, format_spec))


def filled(template: Any, values: Values) -> Any:  # noqa: ANN401 (any JSON)
    """A template with its `{fields}` filled in, inside lists and dictionaries too.

    A string that is a single field becomes the value itself, so that a number stays a number; None without that value.
    """
    if isinstance(template, str):
        field = template[1:-1]
        if template == f"{{{field}}}" and field.isidentifier():
            return values.get(field)
        return _Template().vformat(template, (), values)
    if isinstance(template, list):
        return [filled(item, values) for item in template]
    return {key: filled(item, values) for key, item in template.items()} if isinstance(template, dict) else template


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


def _groups(values: Iterable[Iterable[str]] | None) -> tuple[tuple[str, ...], ...] | None:
    return None if values is None else tuple(map(tuple, values))


def _detail(value: "dict[str, Any] | Detail | None") -> "Detail | None":
    return Detail(**value) if isinstance(value, dict) else value


def _lookup(value: "dict[str, Any] | Lookup | str") -> "Lookup | str":
    return Lookup(**value) if isinstance(value, dict) else value


@attrs.frozen(kw_only=True)
class Detail:
    """A second call, for each item that the first one lists."""

    call: str
    arguments: dict[str, Any]
    query: str = "@"
    """JMESPath for the fields of the answer that are added to the item."""
    same: dict[str, Any]


@attrs.frozen(kw_only=True)
class Lookup:
    """How to find a resource on AWS: a boto3 call, and which item of its answer is the resource.

    Strings are templates over the item's fields, the resource's arguments, and `account_id`, `region`, `partition`,
    `environment`.
    """

    service: str
    """boto3's name of the service."""
    call: str
    arguments: dict[str, Any] = attrs.field(factory=dict)
    query: str = "[@]"
    """JMESPath for the list of items in the answer."""
    same: dict[str, Any] = attrs.field(factory=dict)
    """Conditions on the item: values by JMESPath expressions."""
    detail: Detail | None = attrs.field(default=None, converter=_detail)
    absent: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """The error codes that mean that the resource does not exist."""
    first_page: bool = False
    """Whether the answer's first page is enough."""
    by_tags: bool = False
    """Whether the Name tag and the environment's tags identify the resource."""
    attributes: dict[str, str] = attrs.field(factory=dict)
    """The attributes that other resources refer to or that the import id needs, as templates."""


@attrs.frozen(kw_only=True)
class Weakening:
    """A change of one argument in a takeover that is worth a warning."""

    path: str
    """The argument, or `block.argument` in a block that may exist once."""
    when: Literal["off", "on", "less", "more", "shorter", "no longer", "differs"]
    """How the new value differs from the old one; `shorter` compares days, where 0 means for ever."""
    good: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """The values whose loss `no longer` warns about."""
    keep: str = ""
    """The setting that keeps the old value, with `{was}` for it; empty where there is none."""
    weakens: bool = True
    """Whether the change weakens a protection; otherwise it is a change of size or cost."""
    instead: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """What to print in place of the old and the new value where these are too long."""


@attrs.frozen(kw_only=True)
class Cost:
    """One price that AWS charges for a resource, and the number of units.

    Expressions are JMESPath over a block (resource_types/questions.py).
    """

    price: str
    """The name of the price in views/costs/prices.toml."""
    each: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """The factors of the number of units: expressions for a number, or for a list whose length counts."""
    most: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """The same at autoscaling's maximum; empty: the number does not change."""
    per: int = 1
    """How many of these are one unit of the price, e.g. 1024 CPU units for a vCPU."""
    when: str = ""
    """An expression that is false where AWS does not charge the price; empty: always charged."""
    by_use: str = ""
    """What the number of units depends on, where only usage determines it."""


def _costs(values: Iterable[dict[str, Any]]) -> tuple[Cost, ...]:
    return tuple(Cost(**value) for value in values)


def _weakenings(values: Iterable[dict[str, Any]]) -> tuple[Weakening, ...]:
    return tuple(Weakening(**value) for value in values)


def _removal(value: "dict[str, Any] | Removal | str") -> "Removal | str":
    return Removal(**value) if isinstance(value, dict) else value


def _there(value: dict[str, Any] | Lookup | None) -> Lookup | None:
    return Lookup(**value) if isinstance(value, dict) else value


@attrs.frozen(kw_only=True)
class Removal:
    """How to delete a resource that is in no Terraform state, what it costs until then, and whether it exists."""

    order: int
    """The order in which AWS allows the deletions: lower numbers first."""
    commands: tuple[str, ...] = attrs.field(converter=_texts)
    """Commands of the AWS CLI, as templates over its attributes."""
    costs: str = ""
    """What it costs or does while it exists; empty: nothing."""
    holds_data: bool = False
    """Whether its data may still be needed; its commands are then printed as comments."""
    there: Lookup | None = attrs.field(default=None, converter=_there)
    """A call whose query is true where the resource exists; an error means that it does not."""


@attrs.frozen(kw_only=True)
class ResourceType:
    """A type of resource. A new type needs a record; `make check` lists the fields that it lacks."""

    type: str
    iam: str = ""
    """The prefix of the IAM actions that manage it, e.g. `ec2`; the role that deploys needs some of them."""
    lookup: Lookup | str = attrs.field(converter=_lookup)
    """How recovery finds a resource that is in no state, or why it does not have to."""
    import_id: str = "{id}"
    """The id for Terraform's `import`, as a template over its attributes (the provider's page of each resource)."""
    name: str = ""
    """The argument with its physical name, which is unique in an account and region."""
    shared_name: str = ""
    """Why two environments may use the same name."""
    place: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """The arguments that identify it within its parent resource."""
    unique: tuple[tuple[str, ...], ...] | None = attrs.field(default=None, converter=_groups)
    """Groups of arguments; the values of each group are unique on AWS. None: the name alone."""
    loses: Loss = attrs.field(default=Loss.NOTHING, converter=Loss)
    key: str = ""
    """The argument with the KMS key that encrypts it, which must be one of the environment's keys."""
    no_key: str = ""
    """Why it is not encrypted with such a key."""
    needs: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """Types that must each have a resource that refers to it: e.g. a bucket's settings are separate resources."""
    protection: tuple[str, Any] | tuple[()] = attrs.field(default=(), converter=tuple)
    """The argument that the setting `deletion_protection=True` sets, and its value then."""
    not_told: dict[str, Any] = attrs.field(factory=dict)
    """Arguments, with their values, that AWS does not return: the state lacks them after an import."""
    defaults: dict[str, Any] = attrs.field(factory=dict)
    """The values that AWS chooses for optional arguments that force a replacement (AWS's API reference)."""
    arn: str = ""
    """Its ARN, as a template over its arguments, `partition`, `region` and `account_id`."""
    by_name: dict[str, str] = attrs.field(factory=dict)
    """Names (`*` for any part) that recovery counts as the environment's without its tags, each with the reason."""
    reviewed: dict[str, str] = attrs.field(factory=dict)
    """Headings of a review, each with a regular expression for its arguments; `$` matches a new or deleted resource."""
    renaming: Literal["", "replaces", "another"] = ""
    """What another name means: the provider `replaces` the resource and both can exist, or it is `another` resource."""
    price: str = ""
    """How AWS charges for one more, in words; the amounts are in views/costs/prices.toml."""
    costs: tuple[Cost, ...] = attrs.field(default=(), converter=_costs)
    """The prices that AWS charges for it."""
    free: str = ""
    """Why AWS charges nothing for it."""
    unpriced: str = ""
    """The part of its cost that has no price in views/costs/prices.toml."""
    keep_all: str = ""
    """The setting that keeps the number of an older project, where a higher number protects."""
    weakened: tuple[Weakening, ...] = attrs.field(default=(), converter=_weakenings)
    """The changes of an existing resource that are worth a warning: those that affect protection or cost."""
    removal: Removal | str = attrs.field(default="", converter=_removal)
    """How to delete it by hand, or what it is deleted together with."""
    acts_on: str = ""
    """The argument that names what it acts on, where it continues to do so outside of any state."""
    drawn: tuple[Drawn, ...] = attrs.field(default=(), converter=drawing.drawn)
    """Its nodes and lines in the architecture diagram."""
    arrows: tuple[Arrow, ...] = attrs.field(default=(), converter=drawing.arrows)
    """Its connections in the architecture diagram."""
    undrawn: str = ""
    """Why the diagram does not show it."""

    @property
    def holds_data(self) -> bool:
        """Whether replacing it loses data."""
        return self.loses is Loss.DATA

    @property
    def once(self) -> tuple[tuple[str, ...], ...]:
        """The groups of arguments whose values are unique on AWS."""
        if self.unique is not None:
            return self.unique
        return ((self.name,),) if self.name else ()

    def imported_as(self, values: Values) -> str:
        """The import id of a resource with these attributes. Raises KeyError where one is missing."""
        return _Template().vformat(self.import_id, (), values)

    def problems(self) -> list[str]:
        """The fields that the record must have and lacks."""
        found = {
            "iam": not self.iam,
            "drawn, arrows or undrawn": not (self.drawn or self.arrows or self.undrawn),
            "costs, free or unpriced": not (self.costs or self.free or self.unpriced),
            "key or no_key": self.holds_data and not (self.key or self.no_key),
            "name, place or tags": isinstance(self.lookup, Lookup)
            and not (self.name or self.place or self.lookup.by_tags or self.lookup.detail),
        }
        return [what for what, missing in found.items() if missing]


_OTHERS = [one.name for one in attrs.fields(ResourceType)[1:] if one.name not in {"iam", "lookup", "drawn", "costs"}]
FIELDS = (
    "iam; lookup; drawn (or arrows or undrawn); costs (or free or unpriced); key or no_key if it holds data; and, "
    f"where they apply, {', '.join(_OTHERS)}"
)
"""The fields of a record, for error messages."""
