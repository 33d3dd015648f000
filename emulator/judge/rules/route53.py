"""Hosted zones and records: what there is once, and what a change must match."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

API = "Route53/latest/APIReference/API_"
BATCH = "InvalidChangeBatch"


@rule("route53", "CreateHostedZone", source=f"{API}CreateHostedZone.html")
def hosted_zone(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """A caller reference is used once, and a VPC has one private zone of a name."""
    params = call.params
    name, vpc = str(params.get("Name", "")).rstrip("."), (params.get("VPC") or {}).get("VPCId")
    for held in cloud.backend("route53").zones.values():
        if held.caller_reference == params.get("CallerReference"):
            said = f"A hosted zone has already been created with the specified caller reference: {held.id}"
            yield Refusal("HostedZoneAlreadyExists", "CallerReference", held.caller_reference, said, 409)
        if vpc and held.name.rstrip(".") == name and vpc in str(held.vpcs):
            said = f"The VPC {vpc} is already associated with another hosted zone with this name"
            yield Refusal("ConflictingDomainExists", "VPC.VPCId", vpc, said)


@rule("route53", "ChangeResourceRecordSets", source=f"{API}ChangeResourceRecordSets.html")
def changes(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """CREATE is for a new record, DELETE names its values, and a CNAME stands alone, away from the zone's own name."""
    zone = cloud.backend("route53").zones.get(str(call.params.get("HostedZoneId", "")).rpartition("/")[2])
    if zone is None:
        return
    held = {(_name(one.name), one.type, one.set_identifier): one for one in zone.rrsets}
    for number, change in enumerate((call.params.get("ChangeBatch") or {}).get("Changes", [])):
        record = change.get("ResourceRecordSet") or {}
        key = (_name(record.get("Name", "")), record.get("Type"), record.get("SetIdentifier"))
        yield from _change(change, key, held, zone.name, f"ChangeBatch.Changes[{number}]")
        if change.get("Action") == "DELETE":
            held.pop(key, None)


def _change(
    change: dict[str, Any], key: tuple[Any, ...], held: dict[Any, Any], zone: str, place: str
) -> Iterator[Refusal]:
    action, record = change.get("Action"), change.get("ResourceRecordSet") or {}
    name, kind, _ = key
    shown = f"[name='{name}.', type='{kind}']"
    if action == "CREATE" and key in held:
        said = f"Tried to create resource record set {shown} but it already exists"
        yield Refusal(BATCH, f"{place}.ResourceRecordSet", name, said)
    if action == "DELETE":
        has = _values(held[key].records) if key in held else None
        wanted = _values(one.get("Value") for one in record.get("ResourceRecords", []))
        if has is None:
            said = f"Tried to delete resource record set {shown} but it was not found"
            yield Refusal(BATCH, f"{place}.ResourceRecordSet", name, said)
        elif has != wanted:
            said = (
                f"Tried to delete resource record set {shown} but the values provided do not match the current values"
            )
            yield Refusal(BATCH, f"{place}.ResourceRecordSet.ResourceRecords", wanted, said)
        return
    if kind == "CNAME" and name == _name(zone):
        said = f"RRSet of type CNAME with DNS name {name}. is not permitted at apex in zone {zone}"
        yield Refusal(BATCH, f"{place}.ResourceRecordSet.Type", kind, said)
    others = {other for other_name, other, _ in held if other_name == name and other != kind}
    if (kind == "CNAME" and others) or "CNAME" in others:
        said = f"RRSet of type {kind} with DNS name {name}. is not permitted as it conflicts with other records"
        yield Refusal(BATCH, f"{place}.ResourceRecordSet.Type", kind, said)


def _name(text: str) -> str:
    return str(text).rstrip(".").lower()


def _values(found: Any) -> list[str]:
    return sorted(str(one) for one in found or ())


@rule("route53", "ChangeResourceRecordSets", source="Route53/latest/DeveloperGuide/ResourceRecordTypes.html")
def addresses(call: Call, _: Cloud) -> Iterator[Refusal]:
    """The values of A and AAAA records are addresses of their kind."""
    kinds = {"A": ipaddress.IPv4Address, "AAAA": ipaddress.IPv6Address}
    for number, change in enumerate((call.params.get("ChangeBatch") or {}).get("Changes", [])):
        record = change.get("ResourceRecordSet") or {}
        kind = kinds.get(str(record.get("Type")))
        for value in (one.get("Value", "") for one in record.get("ResourceRecords", []) if kind is not None):
            try:
                kind(value) if kind is not None else None
            except ValueError:
                place = f"ChangeBatch.Changes[{number}].ResourceRecordSet.ResourceRecords"
                yield Refusal(BATCH, place, value, f"is no address for a record of type {record['Type']}")
