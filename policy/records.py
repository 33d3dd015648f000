"""Checks the rules of the records in resource_types/.

Each type has a record, data is encrypted with a key of the stack, and resources have the settings that they need.
"""

from collections.abc import Iterator, Mapping

from policy.findings import Finding
from resource_types import RECORDS
from resource_types.expressions import Reference
from resource_types.record import FIELDS, ResourceType
from resource_types.stack import Block, SynthesizedStack

KEY_TYPE = "aws_kms_key"


def _has_key(block: Block, place: str) -> bool:
    named = [Reference.only(value) for value in block.values(place)]
    return bool(named) and all(reference is not None and reference.type == KEY_TYPE for reference in named)


def _titles(stack: SynthesizedStack, block: Block, record: ResourceType | None) -> Iterator[tuple[str, str]]:
    if record is None:
        yield "RECORD_MISSING", f"{block.type} has no record in resource_types/. Add one with {FIELDS}"
        return
    if problems := record.problems():
        yield (
            "RECORD_INCOMPLETE",
            f"the record of {block.type} in resource_types/ has neither {' nor '.join(problems)}",
        )
    if record.key and not _has_key(block, record.key):
        yield "KEY_MISSING", f"{record.key} refers to no {KEY_TYPE} of the stack"
    for needed in record.needs:
        if not stack.referring(needed, block.address):
            yield "SETTING_MISSING", f"no {needed} refers to it"


def findings(name: str, stack: SynthesizedStack, records: Mapping[str, ResourceType] = RECORDS) -> Iterator[Finding]:
    """Findings about the resources of the environment `name`."""
    for block in stack.resources.values():
        for check, title in _titles(stack, block, records.get(block.type)):
            yield Finding(name, check, block.path or block.address, title)
