"""Additive drift: what somebody attached to the environment's resources outside of Terraform.

A plan does not show it, since Terraform reads only what it manages. So the resources in the state are checked for
attachments (additions.toml). Nothing is removed: each finding names the command that removes it.
"""

import re
import tomllib
from collections import ChainMap
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ops.aws import Aws, code_of
from ops.state.lock_table import LockTable
from ops.state.state_resources import StateBucket
from resource_types.expressions import type_of
from resource_types.record import filled

import attrs
from botocore.exceptions import ClientError

Managed = Mapping[str, Mapping[str, Any]]
DEFAULT_EGRESS = re.compile(r"egress rule \S+ \(0\.0\.0\.0/0, port (?:-1|None)\)")
"""The rule that EC2 adds to each new security group; `make recover` removes it."""


@attrs.frozen
class Addition:
    """Something that is attached to one of the environment's resources and not managed by Terraform."""

    what: str
    where: str
    remove: str
    """The command that removes it."""

    def __str__(self) -> str:
        return f"{self.where}: {self.what} is not managed by Terraform; remove it with `{self.remove}`"


@attrs.frozen(kw_only=True)
class Check:
    """A table of additions.toml; the head of that file explains the fields."""

    of: str
    service: str
    call: str
    arguments: dict[str, Any]
    query: str
    absent: tuple[str, ...] = attrs.field(default=(), converter=tuple)
    known: dict[str, list[str]] = attrs.field(factory=dict)
    key: list[str] = attrs.field(factory=list)
    what: str
    where: str
    remove: str
    in_drift: bool = True
    in_recovery: bool = True

    def additions(self, aws: Aws, managed: Managed) -> Iterator[Addition]:
        """What is attached to the resources of type `of` in the state. Raises ClientError."""
        ours = [
            [values[name] for name in names] for type_, names in self.known.items() for values in _of(managed, type_)
        ]
        for values in _of(managed, self.of):
            arguments = filled(self.arguments, values)
            for found in aws.items(self.service, self.call, self.query, absent=self.absent, **arguments):
                known = ChainMap(found, dict(values), {"environment": aws.environment.environment})
                if not self.key or filled(self.key, known) not in ours:
                    yield Addition(*(filled(text, known) for text in (self.what, self.where, self.remove)))


def _of(managed: Managed, type_: str) -> list[Mapping[str, Any]]:
    return [values for address, values in managed.items() if type_of(address) == type_]


CHECKS = tuple(
    Check(**written)
    for written in tomllib.loads(Path(__file__).with_name("additions.toml").read_text(encoding="utf-8"))["addition"]
)


def _state(aws: Aws) -> Iterator[Addition]:
    resources: list[StateBucket | LockTable] = [StateBucket(aws), LockTable(aws)]
    for difference in (one for resource in resources if resource.exists() for one in resource.differences()):
        command = f"make bootstrap ENV={aws.environment.environment} FIX=1"
        yield Addition(f"{difference.what} is {difference.now}, not {difference.wanted}", difference.resource, command)


def additions(aws: Aws, managed: Managed) -> tuple[list[Addition], list[str]]:
    """What was attached outside of Terraform, and the calls that failed, e.g. for lack of a permission."""
    found, unread = list(_state(aws)), []
    for check in CHECKS:
        try:
            found += check.additions(aws, managed) if check.in_drift else ()
        except ClientError as error:
            unread.append(f"{error.operation_name}: {code_of(error)}")
    return found, unread


def attached_to(aws: Aws, managed: Managed, addresses: Collection[str]) -> list[Addition]:
    """What is attached to the resources at these addresses and a new deployment would not have. Raises ClientError."""
    parts = {type_ for check in CHECKS for type_ in check.known}
    # Known attachments stay in: they tell, for example, which rules of a security group are the project's.
    looked_at = {
        address: values for address, values in managed.items() if address in addresses or type_of(address) in parts
    }
    found = [one for check in CHECKS if check.in_recovery for one in check.additions(aws, looked_at)]
    return [one for one in found if not DEFAULT_EGRESS.fullmatch(one.what)]
