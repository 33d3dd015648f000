"""What a takeover leaves on AWS, grouped by whether it has an effect or costs money, and the commands to delete it.

The list is stored in the state bucket, so that every later run can report it until the resources are gone.
"""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from ops.aws import Aws, code_of
from ops.console import out, say
from ops.state.matching import Old
from ops.state.state import KEY, State
from ops.state.state_resources import StateBucket
from resource_types import KNOWN, record_of
from resource_types.record import Removal, Values
from tools.cdktf import WORK

import attrs
import jmespath
from botocore.exceptions import ClientError

LIST = f"{KEY}.adopted.json"
"""Key of the list, in the state's bucket."""
REMOVALS = dict(
    sorted(
        ((type_, record.removal) for type_, record in KNOWN.items() if isinstance(record.removal, Removal)),
        key=lambda item: item[1].order,
    )
)
"""How to delete a resource, by type, in the order in which AWS allows it."""
PART_OF = frozenset(type_ for type_, record in KNOWN.items() if isinstance(record.removal, str) and record.removal)
"""Types that are part of another resource and deleted with it."""
_ABSENT = re.compile(r"NotFound|NoSuch|Non[eE]xist|^404$")
"""Matches the error codes for a resource that does not exist; after any other error that is unknown."""
ORDER = {type_: place for place, type_ in enumerate(REMOVALS)}
SECRET = frozenset({"auth_token", "client_secret", "password", "secret_binary", "secret_string", "user_data"})
"""Attributes that may hold secrets; they are not stored, since no command needs them."""


class _Attributes(dict[str, Any]):
    """Values for a template; one that the state does not have becomes `<name>`, for the operator to look up."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def commands_for(type_: str, values: Values) -> tuple[str, ...]:
    """The shell commands that delete a resource; none for an unknown type."""
    removal = REMOVALS.get(type_)
    quoted = _Attributes({key: shlex.quote(str(value)) for key, value in values.items()})
    return tuple(command.format_map(quoted) for command in removal.commands) if removal else ()


def is_there(aws: Aws, type_: str, values: Values) -> bool:
    """Whether a resource still exists; True where that is unknown."""
    removal = REMOVALS.get(type_)
    read = removal.there if removal else None
    if read is None:
        return True
    plain = _Attributes(values)
    arguments = {
        name: [value[0].format_map(plain)] if isinstance(value, list) else value.format_map(plain)
        for name, value in read.arguments.items()
    }
    try:
        answer = getattr(aws.client(read.service), read.call)(**arguments)
    except ClientError as error:
        return _ABSENT.search(code_of(error)) is None
    return bool(jmespath.search(read.query.format_map(plain), answer))


class Kind(Enum):
    """How urgent it is to delete what is left; the value is its heading in the report."""

    ACTS = "Still affects what was taken over. Delete it now"
    COSTS = "Still costs money, and nothing of this project uses it. Delete it when the new tasks run well"
    HOLDS = "Holds data of the older project. Keep it until the data is no longer needed"
    NEEDED = "Still needed"
    HARMLESS = "Has no effect and costs nothing"


@attrs.frozen
class Remain:
    """A resource of the older project that was not taken over."""

    address: str
    type: str
    values: Mapping[str, Any]
    why: str
    kind: Kind

    @property
    def identifier(self) -> str:
        """Its id on AWS, else its ARN."""
        return Old(self.address, self.type, self.values).identifier

    @property
    def says(self) -> str:
        """Its line in the report: what it allows, what it costs, or why it was not taken over."""
        if self.kind is Kind.ACTS and self.type == "aws_iam_role_policy":
            return f"role {self.values['role']}: {allows(str(self.values.get('policy', '')))}"
        if self.kind is Kind.ACTS and self.type == "aws_iam_role_policy_attachment":
            return f"role {self.values['role']}: policy {self.values['policy_arn']}"
        if self.kind in {Kind.COSTS, Kind.HOLDS}:
            return REMOVALS[self.type].costs
        return self.why


def allows(policy: str) -> str:
    """The statements of an IAM policy in one line."""
    try:
        statements = json.loads(policy)["Statement"]
    except (ValueError, KeyError, TypeError):
        return "an inline policy"
    found = []
    for statement in statements if isinstance(statements, list) else [statements]:
        actions, resources = (
            ", ".join([value] if isinstance(value, str) else value)
            for value in (statement.get("Action", "…"), statement.get("Resource", "…"))
        )
        found.append(f"{statement.get('Effect', 'Allow')} {actions} on {resources}")
    return "; ".join(found)


def remain(old: Old, why: str, *, taken: frozenset[str], needed: frozenset[str]) -> Remain:
    """Classify a resource that is left. `taken`: identifiers that are taken over. `needed`: addresses of used keys."""
    values = {key: value for key, value in old.values.items() if key not in SECRET}
    removal = REMOVALS.get(old.type)
    if old.address in needed:
        kind = Kind.NEEDED
    elif str(values.get(record_of(old.type).acts_on)) in taken:
        kind = Kind.ACTS
    elif removal and removal.holds_data:
        kind = Kind.HOLDS
    elif (
        removal
        and removal.costs
        and not (old.type == "aws_vpc_endpoint" and values.get("vpc_endpoint_type") == "Gateway")
    ):
        kind = Kind.COSTS
    else:
        kind = Kind.HARMLESS
    return Remain(old.address, old.type, values, why, kind)


@attrs.frozen
class Adopted:
    """The stored result of a takeover: what was taken over, by type and identifier, and what is left."""

    taken: frozenset[tuple[str, str]] = frozenset()
    left: tuple[Remain, ...] = ()

    def merged(self, later: "Adopted") -> "Adopted":
        """This result with that of a later run; what either took over is no longer left."""
        taken = self.taken | later.taken
        known = {(one.type, one.identifier): one for one in (*self.left, *later.left)}
        return Adopted(taken, tuple(one for key, one in sorted(known.items()) if key not in taken))

    def to_json(self) -> bytes:
        """The JSON that `store` writes."""
        left = [{**attrs.asdict(one), "kind": one.kind.name} for one in self.left]
        return json.dumps({"taken": sorted(self.taken), "left": left}, indent=1).encode()

    @classmethod
    def from_json(cls, body: bytes) -> "Adopted":
        """Parse what `to_json` returns."""
        found = json.loads(body)
        left = (Remain(**{**one, "kind": Kind[one["kind"]]}) for one in found["left"])
        return cls(frozenset((type_, identifier) for type_, identifier in found["taken"]), tuple(left))


def stored(aws: Aws) -> Adopted:
    """The result that earlier runs stored; empty where there is none."""
    body = State(aws).body(key=LIST) if StateBucket(aws).exists() else None
    return Adopted.from_json(body) if body else Adopted()


def store(aws: Aws, adopted: Adopted) -> None:
    """Write the result to the state bucket."""
    State(aws).write(adopted.to_json(), key=LIST)


def in_order(remains: Iterable[Remain]) -> list[Remain]:
    """Sorted in the order in which AWS allows to delete them."""
    return sorted(remains, key=lambda one: (ORDER.get(one.type, len(ORDER)), one.address))


def script(aws: Aws, head: Iterable[str], blocks: Iterable[tuple[str, Iterable[Remain]]]) -> str:
    """A shell script: `head` as comments, then under each heading the commands, in an order that AWS allows."""
    lines = ["#!/bin/sh", *(f"# {line}" for line in head), f"export AWS_REGION={aws.environment.aws_region}"]
    for heading, remains in blocks:
        lines += ["", f"# {heading}."]
        for one in in_order(remains):
            lines.append(f"# {one.address}: {one.identifier} ({one.says})".replace("\n", " "))
            commands = commands_for(one.type, one.values)
            if one.kind in {Kind.NEEDED, Kind.HOLDS}:
                lines += [f"# later: {command}" for command in commands]
            elif one.type not in PART_OF:
                lines += commands or [f"# delete this {one.type} by hand: this project knows no command for it"]
    return "\n".join(lines) + "\n"


def written(aws: Aws, name: str, text: str) -> Path:
    """Write a script to `.work/<environment>.<name>.sh`; returns its path."""
    path = WORK / f"{aws.environment.environment}.{name}.sh"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def report(aws: Aws, adopted: Adopted) -> list[str]:
    """Print what still exists, and write the script that deletes it; returns the commands that were printed."""
    left = in_order(one for one in adopted.left if is_there(aws, one.type, one.values))
    if not left:
        out.print("Nothing is left of the older project.")
        return []
    by_kind = {kind: [one for one in left if one.kind is kind] for kind in Kind}
    head = (
        f"Resources of the older project that are left on AWS after `make adopt ENV={aws.environment.environment}`.",
        "Read this script before you run it. If AWS refuses a command because something is in use, run it again later.",
    )
    path = written(
        aws, "leftovers", script(aws, head, ((kind.value, remains) for kind, remains in by_kind.items() if remains))
    )
    printed: list[str] = []
    for kind, style in ((Kind.ACTS, "bold red"), (Kind.COSTS, "yellow"), (Kind.HOLDS, ""), (Kind.NEEDED, "")):
        if by_kind[kind]:
            say(f"\n{kind.value}:", style)
        for one in by_kind[kind]:
            say(f"  {one.address}: {one.says}")
            for command in commands_for(one.type, one.values) if kind in {Kind.ACTS, Kind.COSTS} else ():
                say(f"    {command}")
                printed.append(command)
    if by_kind[Kind.HARMLESS]:
        out.print(f"\n{len(by_kind[Kind.HARMLESS])} more have no effect and cost nothing.")
    say(f"Script with the commands for all of them: {path}")
    return printed


def state_rm(addresses: Iterable[str]) -> str:
    """The command that removes these addresses from the older project's state, one address per line."""
    return " \\\n  ".join(("terraform state rm", *map(shlex.quote, sorted(addresses))))
