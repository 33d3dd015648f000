"""AWS's regions and partitions, from the list that botocore ships."""

import functools
import importlib.util
import json
from pathlib import Path

import attrs


@attrs.frozen
class Partition:
    """A group of regions that share ARNs, e.g. `aws` or `aws-cn`."""

    name: str
    dns_suffix: str
    regions: tuple[str, ...]


@functools.cache
def partitions() -> tuple[Partition, ...]:
    """Every partition botocore knows. Reads its data file and does not import it, which costs less."""
    spec = importlib.util.find_spec("botocore")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("botocore is not installed: run `make setup`")
    data = json.loads((Path(spec.origin).parent / "data" / "partitions.json").read_text(encoding="utf-8"))
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
