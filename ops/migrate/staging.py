"""A takeover in steps: the older service answers until our tasks are healthy, then the listeners switch.

The first step is the stack with small changes: the listeners still forward to the older target groups, a rule that no
request matches ties our target group to the load balancer (ECS takes only such a group, and only its targets are
checked), and the older security groups stay where the older tasks need them. The second step switches the listeners
and nothing else: a security group that is taken off first would cut the older tasks off before. The last step is the
stack itself.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ops.state.recover import unchanged
from resource_types import record_of
from resource_types.expressions import type_of
from resource_types.record import Values

import attrs

Document = dict[str, Any]

TIE = "aws_lb_listener_rule.adopt"
"""The rule of the first step; no resource of the stack has this address."""
NO_REQUEST = "takeover.invalid"
"""A host that no request can name: RFC 2606 keeps `.invalid` free."""
SECURITY_GROUPS = {"aws_lb": "security_groups", "aws_vpc_endpoint": "security_group_ids"}
"""What the older tasks are reached from and reach, and the argument that holds its security groups."""


def _targets(actions: Iterable[Values]) -> Iterator[str]:
    """The ARNs of the target groups that a listener's actions forward to."""
    for action in actions:
        if arn := action.get("target_group_arn"):
            yield str(arn)
        for forward in action.get("forward") or []:
            yield from (str(group["arn"]) for group in forward.get("target_group") or [])


@attrs.frozen
class Staging:
    """What the first step of a takeover does otherwise than the stack."""

    listeners: tuple[str, ...] = ()
    """Addresses of ours that still forward to the older target groups."""
    groups: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    """Security groups of the older project that stay until the listeners switch, by our address."""
    imported: tuple[str, ...] = ()
    """Addresses whose state has to be told something after their import, before anything may change them."""

    @classmethod
    def of(cls, resources: Mapping[str, Values], known: Mapping[str, Values], imported: Iterable[str]) -> "Staging":
        """`resources`: the stack's arguments; `known`: the attributes of what is taken over or ours already."""
        ours = {
            str(values.get("arn")) for address, values in known.items() if type_of(address) == "aws_lb_target_group"
        }
        waiting = tuple(
            address
            for address in sorted(resources)
            if type_of(address) == "aws_lb_listener"
            and set(_targets(known.get(address, {}).get("default_action") or [])) - ours
        )
        own = {str(values.get("id")) for address, values in known.items() if type_of(address) == "aws_security_group"}
        kept = {
            address: tuple(sorted(set(known[address].get(argument) or []) - own))
            for address in sorted(resources)
            if waiting and address in known and (argument := SECURITY_GROUPS.get(type_of(address)))
        }
        not_told = tuple(sorted(address for address in imported if record_of(type_of(address)).not_told))
        return cls(waiting, {address: groups for address, groups in kept.items() if groups}, not_told)

    def first(self, document: Mapping[str, Any]) -> Document:
        """The stack's JSON as the first step applies it."""
        staged = self.second(document)
        for address in self.listeners:
            _ignored(_at(staged, address)).append("default_action")
        return unchanged(staged, self.imported)

    def second(self, document: Mapping[str, Any]) -> Document:
        """The stack's JSON when its listeners have switched: the older tasks still reach what they need."""
        staged: Document = copy.deepcopy(dict(document))
        for address, groups in self.groups.items():
            _at(staged, address)[SECURITY_GROUPS[type_of(address)]].extend(groups)
        if self.listeners:
            self._tie(staged)
        return staged

    def documents(self, document: Mapping[str, Any]) -> list[Document]:
        """The stack's JSON in each step after the first."""
        return [self.second(document), dict(document)] if self.listeners else [dict(document)] if self.imported else []

    def _tie(self, staged: Document) -> None:
        (group,) = staged["resource"]["aws_lb_target_group"]
        type_, _, name = TIE.partition(".")
        staged["resource"][type_] = {
            name: {
                "listener_arn": f"${{{self.listeners[0]}.arn}}",
                "condition": [{"host_header": {"values": [NO_REQUEST]}}],
                "action": [{"type": "forward", "target_group_arn": f"${{aws_lb_target_group.{group}.arn}}"}],
            }
        }
        for service in staged["resource"]["aws_ecs_service"].values():
            service.setdefault("depends_on", []).append(TIE)

    def later(self, address: str) -> str:
        """What the second step does to a resource, in a few words; empty where that is nothing."""
        if address in self.listeners:
            return "switched to the new tasks when they are healthy"
        if address in self.groups:
            return f"{', '.join(self.groups[address])} taken off when the listeners have switched"
        return "set as the stack has it, once it is imported" if address in self.imported else ""


def _at(document: Document, address: str) -> Document:
    type_, _, name = address.partition(".")
    found: Document = document["resource"][type_][name]
    return found


def _ignored(resource: Document) -> list[str]:
    found: list[str] = resource.setdefault("lifecycle", {}).setdefault("ignore_changes", [])
    return found
