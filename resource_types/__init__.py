"""What the resources of a stack are: the synthesized JSON as values, and one record for each type."""

from resource_types import identity, monitoring, network, storage, task
from resource_types.record import Loss, ResourceType

RECORDS = {record.type: record for module in (network, task, storage, identity, monitoring) for record in module.TYPES}
"""Every type that a stack of this project has."""


def record_of(type_: str) -> ResourceType:
    """The record of a type. A type of another project's stack has one that promises nothing but its id."""
    return RECORDS.get(type_) or ResourceType(type=type_, iam="", lookup="not known here")


def losing(type_: str, *losses: Loss) -> bool:
    """Whether replacing a resource of a type loses one of these."""
    return record_of(type_).loses in losses
