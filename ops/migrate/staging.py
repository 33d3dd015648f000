"""A takeover in steps: the older service answers until our tasks are healthy, then the listeners switch.

1. The stack with small changes: the listeners still forward to the older target groups. A listener rule that no request
   matches attaches our target group to the load balancer, since ECS accepts only an attached group, and ELB checks the
   health of such a group only. The older security groups stay where the older tasks need them.
2. The listeners switch, and nothing else changes: removing a security group earlier would cut off the older tasks.
3. The stack itself.
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
"""The listener rule of the first two steps; no resource of the stack has this address."""
NO_REQUEST = "takeover.invalid"
"""A host name that no request has: RFC 2606 reserves `.invalid`."""
SECURITY_GROUPS = {"aws_lb": "security_groups", "aws_vpc_endpoint": "security_group_ids"}
"""The argument with the security groups, of types to or from which the older tasks have connections."""


def _targets(actions: Iterable[Values]) -> Iterator[str]:
    """The ARNs of the target groups that a listener's actions forward to."""
    for action in actions:
        if arn := action.get("target_group_arn"):
            yield str(arn)
        for forward in action.get("forward") or []:
            yield from (str(group["arn"]) for group in forward.get("target_group") or [])


@attrs.frozen
class Staging:
    """How the steps of a takeover differ from the stack."""

    listeners: tuple[str, ...] = ()
    """Our listeners that still forward to older target groups."""
    groups: Mapping[str, tuple[str, ...]] = attrs.field(factory=dict)
    """Security groups of the older project that stay until the listeners have switched, by our address."""
    imported: tuple[str, ...] = ()
    """Imported addresses with attributes that AWS does not return: these are set before any other change."""

    @classmethod
    def of(cls, resources: Mapping[str, Values], known: Mapping[str, Values], imported: Iterable[str]) -> "Staging":
        """What differs for this takeover.

        `resources`: the stack's arguments; `known`: the attributes of what is taken over or ours already; `imported`:
        the addresses that are imported. All by our address.
        """
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
        """The stack's JSON in the first step."""
        staged = self.second(document)
        for address in self.listeners:
            _ignored(_at(staged, address)).append("default_action")
        return unchanged(staged, self.imported)

    def second(self, document: Mapping[str, Any]) -> Document:
        """The stack's JSON in the second step: the listeners switch, and the older security groups stay."""
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
        """What the later steps do to a resource, in a few words; empty for nothing."""
        if address in self.listeners:
            return "switched to the new tasks when they are healthy"
        if address in self.groups:
            return f"{', '.join(self.groups[address])} removed when the listeners have switched"
        return "updated after its import" if address in self.imported else ""


def _at(document: Document, address: str) -> Document:
    type_, _, name = address.partition(".")
    found: Document = document["resource"][type_][name]
    return found


def _ignored(resource: Document) -> list[str]:
    found: list[str] = resource.setdefault("lifecycle", {}).setdefault("ignore_changes", [])
    return found
