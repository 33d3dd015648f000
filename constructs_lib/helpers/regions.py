"""AWS's regions and partitions, from botocore's data files (ADR 4)."""

import functools
import importlib.util
import json
from pathlib import Path

import attrs

FARGATE_ZONES = {
    "ap-northeast-1": ("apne1-az1", "apne1-az2", "apne1-az4"),
    "us-west-1": ("usw1-az1", "usw1-az3"),
}
"""Zone ids with Fargate, for regions where some zones lack it ("AWS Fargate Regions", ECS developer guide)."""

ENDPOINT_PREFIXES = {"aws-eusc": ("eu.amazonaws", frozenset({"ecr.api", "ecr.dkr"}))}
"""Partition to the prefix of endpoint service names that is used instead of com.amazonaws, and the services that have
it. Source: AWS CDK's InterfaceVpcEndpointAwsService; limited to services that the stack uses."""


@attrs.frozen
class Partition:
    """A group of regions that share ARNs, e.g. `aws` or `aws-cn`."""

    name: str
    dns_suffix: str
    regions: tuple[str, ...]


def _data() -> Path:
    spec = importlib.util.find_spec("botocore")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("botocore is not installed: run `make setup`")
    return Path(spec.origin).parent / "data"


@functools.cache
def _endpoints() -> str:
    """botocore's endpoint data as unparsed JSON: reading takes 1 ms, parsing 20 ms."""
    return (_data() / "endpoints.json").read_text(encoding="utf-8")


@functools.cache
def _services(partition: str) -> dict[str, dict[str, object]]:
    found = next((one for one in json.loads(_endpoints())["partitions"] if one["partition"] == partition), None)
    return {} if found is None else {name: service["endpoints"] for name, service in found["services"].items()}


def has_endpoint_data(region: str) -> bool:
    """Whether botocore has any endpoint in a region. It lists some regions before they open."""
    return f'"{region}"' in _endpoints()


def lacks_service(region: str, service: str) -> bool:
    """Whether a region outside the partition aws has no endpoint of a service, e.g. `cognito-idp` in China.

    Always False in the partition aws, where every region with endpoint data has all services of the stack (tested).
    """
    partition = partition_of(region).name
    return partition != "aws" and region not in _services(partition).get(service, {})


def botocore_version() -> str:
    """The installed release of botocore."""
    from importlib import metadata  # noqa: PLC0415 (10 ms, only for messages)

    return metadata.version("botocore")


@functools.cache
def partitions() -> tuple[Partition, ...]:
    """All partitions in botocore's data. Reads the file without importing botocore, which is faster."""
    data = json.loads((_data() / "partitions.json").read_text(encoding="utf-8"))
    return tuple(
        Partition(
            partition["id"],
            partition["outputs"]["dnsSuffix"],
            tuple(region for region in sorted(partition["regions"]) if not region.endswith("-global")),
        )
        for partition in data["partitions"]
    )


def partition_of(region: str) -> Partition:
    """The partition of a region. Raises ValueError for a region that AWS does not have."""
    for partition in partitions():
        if region in partition.regions:
            return partition
    raise ValueError(f"AWS has no region {region!r}")


def endpoint_service(region: str, service: str) -> str:
    """The name of a VPC endpoint service, e.g. `com.amazonaws.eu-west-1.logs`."""
    prefix, services = ENDPOINT_PREFIXES.get(partition_of(region).name, ("", frozenset[str]()))
    return f"{prefix if service in services else 'com.amazonaws'}.{region}.{service}"
