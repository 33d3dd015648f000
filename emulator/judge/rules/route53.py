"""Route 53: changes of records. Other rules are in route53.toml."""

from collections.abc import Iterator
from typing import Any

from emulator.judge.cloud import Cloud
from emulator.judge.refusal import Refusal
from emulator.judge.registry import rule
from emulator.wire.calls import Call

API = "Route53/latest/APIReference/API_"
BATCH = "InvalidChangeBatch"


@rule("route53", "ChangeResourceRecordSets", source=f"{API}ChangeResourceRecordSets.html")
def changes(call: Call, cloud: Cloud) -> Iterator[Refusal]:
    """CREATE is for a new record, DELETE has the record's values, and a CNAME's name has no other record."""
    zone = cloud.hosted_zone(str(call.params.get("HostedZoneId", "")))
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
    if any((other, same) == (name, kind) and bool(mark) is not bool(key[2]) for other, same, mark in held):
        said = f"RRSet with DNS name {name}., type {kind} is either simple or has set identifiers"
        yield Refusal(BATCH, f"{place}.ResourceRecordSet.SetIdentifier", key[2], said)
    others = {other for other_name, other, _ in held if other_name == name and other != kind}
    if (kind == "CNAME" and others) or "CNAME" in others:
        said = f"RRSet of type {kind} with DNS name {name}. is not permitted as it conflicts with other records"
        yield Refusal(BATCH, f"{place}.ResourceRecordSet.Type", kind, said)


def _name(text: str) -> str:
    return str(text).rstrip(".").lower()


def _values(found: Any) -> list[str]:
    return sorted(str(one) for one in found or ())
