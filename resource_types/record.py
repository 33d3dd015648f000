"""What this project knows about a type of resource: one record, from which every tool derives what it needs.

The records are the `.toml` files of this folder, a table a type; the classes here say what each field means.
"""

import string
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any, Literal

from resource_types import drawing
from resource_types.drawing import Arrow, Drawn

import attrs

Values = Mapping[str, Any]

ONLY_IN_TERRAFORM = "nothing on AWS: Terraform waits with it"
"""Why recovery need not look for a resource that is no resource."""


class Loss(Enum):
    """What is lost where Terraform deletes a resource and creates it again."""

    NOTHING = ""
    SERVICE = "service"
    """Answers, until it exists again."""
    ADDRESS = "address"
    """An address or a network that others use."""
    DATA = "data"


class _Template(string.Formatter):
    """`str.format` with one more format: `{cluster:last}` is what follows the last slash."""

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 (any argument)
        return str(value).rpartition("/")[2] if format_spec == "last" else str(super().format_field(value, format_spec))


def filled(template: Any, values: Values) -> Any:  # noqa: ANN401 (any JSON)
    """A template with its `{fields}` filled in, inside lists and dictionaries too.

    A string that is one field becomes the value itself, so that a number stays one; None where there is no such value.
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
    """A second call, for each thing that the first one lists."""

    call: str
    arguments: dict[str, Any]
    query: str = "@"
    """JMESPath of what the answer adds to the thing."""
    same: dict[str, Any]


@attrs.frozen(kw_only=True)
class Lookup:
    """How to find a resource on AWS: a call of boto3, and which of the things in its answer is the one.

    Strings are templates over the thing that was found, the resource's own arguments, and `account_id`, `region`,
    `partition`, `environment`.
    """

    service: str
    """boto3's name of the service."""
    call: str
    arguments: dict[str, Any] = attrs.field(factory=dict)
    query: str = "[@]"
    """JMESPath of the list of things in the answer."""
    same: dict[str, Any] = attrs.field(factory=dict)
    """What a thing has to have: JMESPath to a value."""
    detail: Detail | None = attrs.field(default=None, converter=_detail)
    absent: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """The errors with which AWS answers that there is no such thing."""
    first_page: bool = False
    """Whether the answer's first page is enough."""
    by_tags: bool = False
    """Whether the Name tag and the tags of the environment identify it."""
    attributes: dict[str, str] = attrs.field(factory=dict)
    """The attributes that other resources refer to, and those that the import id needs."""


@attrs.frozen(kw_only=True)
class Weakening:
    """When a change of one argument, as a takeover may bring it, is worth a warning."""

    path: str
    """The argument; `block.argument` within a block that can be there once."""
    when: Literal["off", "on", "less", "more", "shorter", "no longer", "differs"]
    """How the new value differs from the old one; `shorter` is of days, where 0 is for ever."""
    good: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """The values that it may `no longer` have."""
    keep: str = ""
    """The setting that keeps the old value `{was}`; empty where none does."""
    weakens: bool = True
    """Whether it is a protection; else it is only another size."""
    instead: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """What to show in place of the old and the new value, where they are too long."""


@attrs.frozen(kw_only=True)
class Cost:
    """One price that AWS charges for a resource, and how often.

    Expressions are those of `Questions`.
    """

    price: str
    """Its name in views/costs/prices.toml."""
    each: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """How many there are: numbers, and lists whose items count, multiplied with each other."""
    most: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """The same where autoscaling has made it as large as it may; empty: it does not change."""
    per: int = 1
    """How many of these make one unit of the price, e.g. 1024 CPU units a vCPU."""
    when: str = ""
    """False where AWS does not charge it."""
    by_use: str = ""
    """What decides how often, where only use does."""


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
    """How to delete one by hand that is in no state, what it costs until then, and whether it still exists."""

    order: int
    """When AWS lets go of it: lower numbers come first."""
    commands: tuple[str, ...] = attrs.field(converter=_texts)
    """Commands of the AWS CLI, as templates over its attributes."""
    costs: str = ""
    """What it costs or does as long as it is there; empty: nothing."""
    holds_data: bool = False
    """Whether its data may still be needed, so that the commands are only comments."""
    there: Lookup | None = attrs.field(default=None, converter=_there)
    """A call whose query is true for one that is there; an error means that it is not."""


@attrs.frozen(kw_only=True)
class ResourceType:
    """A type of resource. A new one is a new record; tests/resources lists the fields that it lacks."""

    type: str
    iam: str = ""
    """The prefix of the IAM actions that manage it, e.g. `ec2`; the role that deploys has to have some of them."""
    lookup: Lookup | str = attrs.field(converter=_lookup)
    """How recovery finds one that no state holds, or why it need not: creating it again sets it again."""
    import_id: str = "{id}"
    """What Terraform's `import` takes, as a template over its attributes (the provider's page of each resource)."""
    name: str = ""
    """The argument that is its physical name, of which an account and region take one."""
    shared_name: str = ""
    """Why two environments may have the same name."""
    place: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """The arguments that identify it within what it belongs to."""
    unique: tuple[tuple[str, ...], ...] | None = attrs.field(default=None, converter=_groups)
    """Each group of arguments of which AWS takes one resource; None: the name alone."""
    loses: Loss = attrs.field(default=Loss.NOTHING, converter=Loss)
    key: str = ""
    """The argument that names the KMS key that encrypts it, which has to be one of the environment's."""
    no_key: str = ""
    """Why it is not encrypted with one."""
    needs: tuple[str, ...] = attrs.field(default=(), converter=_texts)
    """Types of which one each has to refer to it: S3 keeps a bucket's settings in resources of their own."""
    protection: tuple[str, Any] | tuple[()] = attrs.field(default=(), converter=tuple)
    """The argument that `deletion_protection=True` sets, and its value then."""
    not_told: dict[str, Any] = attrs.field(factory=dict)
    """Arguments that AWS does not return: after an import the state lacks them."""
    arn: str = ""
    """Its ARN, as a template over its arguments, `partition`, `region` and `account_id`."""
    by_name: dict[str, str] = attrs.field(factory=dict)
    """Names (`*` for any part) that recovery takes for the environment's without its tags, each with the reason."""
    reviewed: dict[str, str] = attrs.field(factory=dict)
    """Headings of a review, each with a pattern over the arguments that belong there; `$` is a new or a deleted one."""
    renaming: Literal["", "replaces", "another"] = ""
    """What another name means: the provider `replaces` it, and both can exist; or it is `another` person's work."""
    price: str = ""
    """How AWS charges one more, in words; the amounts are in views/costs/prices.toml."""
    costs: tuple[Cost, ...] = attrs.field(default=(), converter=_costs)
    """What AWS charges for it."""
    free: str = ""
    """Why AWS charges nothing for it."""
    unpriced: str = ""
    """What it costs of which no price is known here."""
    keep_all: str = ""
    """The setting that keeps as many as an older project has, where having more of them protects."""
    weakened: tuple[Weakening, ...] = attrs.field(default=(), converter=_weakenings)
    """The changes of an existing one that are worth a warning; others are neither protection nor money."""
    removal: Removal | str = attrs.field(default="", converter=_removal)
    """How it is deleted by hand, or what it is deleted with."""
    acts_on: str = ""
    """The argument that names what it acts on, where it still does so without a state."""
    drawn: tuple[Drawn, ...] = attrs.field(default=(), converter=drawing.drawn)
    """What the architecture diagram shows of it."""
    arrows: tuple[Arrow, ...] = attrs.field(default=(), converter=drawing.arrows)
    """The connections that it makes there."""
    undrawn: str = ""
    """Why the diagram does not show it."""

    @property
    def holds_data(self) -> bool:
        """Whether replacing it loses data."""
        return self.loses is Loss.DATA

    @property
    def once(self) -> tuple[tuple[str, ...], ...]:
        """The groups of arguments of which AWS takes one resource."""
        if self.unique is not None:
            return self.unique
        return ((self.name,),) if self.name else ()

    def imported_as(self, values: Values) -> str:
        """What `import` takes for a resource with these attributes. Raises KeyError where one is missing."""
        return _Template().vformat(self.import_id, (), values)

    def problems(self) -> list[str]:
        """The fields that it must have and lacks."""
        found = {
            "iam": not self.iam,
            "drawn, arrows or undrawn": not (self.drawn or self.arrows or self.undrawn),
            "costs, free or unpriced": not (self.costs or self.free or self.unpriced),
            "key or no_key": self.holds_data and not (self.key or self.no_key),
            "name, place or tags": isinstance(self.lookup, Lookup)
            and not (self.name or self.place or self.lookup.by_tags or self.lookup.detail),
        }
        return [what for what, missing in found.items() if missing]


FIELDS = ", ".join(
    f"{field.name}{'' if field.name in {'type', 'iam', 'lookup'} else ' (where it applies)'}"
    for field in attrs.fields(ResourceType)
)
"""The fields of a record, for messages."""
