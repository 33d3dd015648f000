"""Condition keys of a request: the global ones, and those of each service (keys.toml)."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from emulator.expressions import Scope
from emulator.judge.cloud import Cloud
from emulator.records import CallRecord, about, by_call, read
from emulator.wire.calls import Call

import attrs

Value = str | Sequence[str]
GLOBAL = {"iam": "us-east-1", "route53": "us-east-1"}
"""The region of services without regions, in the partition `aws` (IAM user guide, `aws:RequestedRegion`)."""


@attrs.frozen(kw_only=True)
class KeyRecord(CallRecord):
    """A condition key of some calls."""

    name: str
    value: str
    """An expression (emulator/expressions.py) for its value or values; the key is absent where there are none."""


RECORDS = by_call(read(Path(__file__).parent / "keys.toml", "key", KeyRecord))


def of_request(call: Call, cloud: Cloud) -> dict[str, Value]:
    """The keys that are the same for every resource of a call."""
    region = GLOBAL.get(call.service, call.region) if cloud.partition == "aws" else call.region
    scope = Scope(call, cloud)
    own = {record.name: scope.search(record.value, call.params) for record in about(RECORDS, call)}
    return {
        "aws:RequestedRegion": region,
        "aws:SecureTransport": "true",
        "aws:ViaAWSService": "false",
        **{name: value for name, value in own.items() if value},
    }


def _aliases(cloud: Cloud, arn: str) -> list[str]:
    key = cloud.key(arn)
    return sorted(key.aliases) if key is not None else []


def of_resource(cloud: Cloud, arn: str, tags: Mapping[str, str]) -> dict[str, Value]:
    """The keys of a resource that exists."""
    _, _, service, _, account, resource = arn.split(":", 5)
    if service == "s3":  # its ARNs have no account
        account = cloud.bucket_owner(resource.partition("/")[0]) or cloud.account_id
    found: dict[str, Value] = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    if service in {"ec2", "elasticloadbalancing", "ecs"}:
        found |= {f"{service}:ResourceTag/{key}": value for key, value in tags.items()}
    if service == "kms" and ":key/" in arn and (aliases := _aliases(cloud, arn)):
        found["kms:ResourceAliases"] = aliases
    return found | ({"aws:ResourceAccount": account} if account.isdigit() else {})
