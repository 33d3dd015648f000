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
        yield "RECORD_MISSING", f"has no record: add [{block.type}] to a .toml file in resource_types/ with {FIELDS}"
        return
    if problems := record.problems():
        yield "RECORD_INCOMPLETE", f"its record, [{block.type}] in resource_types/, lacks: {'; '.join(problems)}"
    if record.key and not _has_key(block, record.key):
        title = (
            f"{record.key} refers to no {KEY_TYPE} of the stack: in constructs_lib/, pass a key's ARN as {record.key}"
        )
        yield "KEY_MISSING", title
    for needed in record.needs:
        if not stack.referring(needed, block.address):
            yield "SETTING_MISSING", f"no {needed} refers to it: create one next to it in constructs_lib/"


def findings(name: str, stack: SynthesizedStack, records: Mapping[str, ResourceType] = RECORDS) -> Iterator[Finding]:
    """Findings about the resources of the environment `name`."""
    for block in stack.resources.values():
        for check, title in _titles(stack, block, records.get(block.type)):
            yield Finding(name, check, block.path or block.address, title)
