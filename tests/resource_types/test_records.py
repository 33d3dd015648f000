"""Each resource type has one complete record, and a stack that breaks a record is reported."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from emulator.answers import defaults
from policy.records import findings
from resource_types import RECORDS, read
from resource_types.record import Lookup, Loss, ResourceType
from resource_types.stack import SynthesizedStack
from tests.conftest import Synthesize
from tests.support.synthesized import EVERYTHING, Synthesized

import attrs
import pytest

CACHE = "aws_elasticache_serverless_cache"
CACHE_RECORD = ResourceType(
    type=CACHE,
    iam="elasticache",
    lookup=Lookup(
        service="elasticache",
        call="describe_serverless_caches",
        arguments={"ServerlessCacheName": "{name}"},
        query="ServerlessCaches[]",
        absent=("ServerlessCacheNotFoundFault",),
        attributes={"id": "{ServerlessCacheName}"},
    ),
    name="name",
    loses=Loss.DATA,
    key="kms_key_id",
    undrawn="an example",
    unpriced="nodes",
)
"""The record that somebody who adds a cache has to write."""


@pytest.fixture(scope="session")
def stacks(synthesize: Synthesize) -> list[SynthesizedStack]:
    """The stack of an environment with every setting on, and its pipeline's stack."""
    folder = synthesize(attrs.evolve(EVERYTHING, github_repository="example/gateway")).folder
    return [SynthesizedStack.read(folder.parent.parent, name) for name in ("test", "test-pipeline")]


def with_cache(stack: Synthesized, **arguments: str) -> SynthesizedStack:
    """A stack to which a cache was added."""
    document: dict[str, Any] = deepcopy(dict(stack.document))
    document["resource"][CACHE] = {"Cache": {"name": "ai-gateway-test", **arguments}}
    return SynthesizedStack.of(document)


def checks(stack: SynthesizedStack, *records: ResourceType) -> list[tuple[str, str]]:
    """The check and title of each finding, with additional records."""
    found = findings("test", stack, RECORDS | {record.type: record for record in records})
    return [(finding.check, finding.title) for finding in found]


def test_every_type_has_a_record_and_every_record_a_type(stacks: list[SynthesizedStack]) -> None:
    """Every resource type has a valid record, and every record is used by a resource."""
    found = [str(finding) for stack in stacks for finding in findings("test", stack)]
    assert not found, "\n".join(found)
    assert set(RECORDS) - {block.type for stack in stacks for block in stack} == set()


def test_the_pipeline_may_manage_every_type(stacks: list[SynthesizedStack]) -> None:
    """The deploy role has actions of the service of each record."""
    documents = [json.loads(text) for block in stacks[1] for text in block.iam_documents()]
    actions = [action for document in documents for one in document["Statement"] for action in one["Action"]]
    allowed = {action.partition(":")[0] for action in actions}
    lacking = {
        f"{block.type}: no policy in constructs_lib/helpers/pipeline/access.toml has an action of {RECORDS[block.type].iam}"
        for block in stacks[0].resources.values()
        if RECORDS[block.type].iam not in allowed
    }
    assert not lacking, "\n".join(sorted(lacking))


def test_every_record_is_complete() -> None:
    """A record gives a reason for each field that it leaves out."""
    found = [
        f"[{one.type}] in resource_types/ lacks: {'; '.join(lacks)}"
        for one in RECORDS.values()
        if (lacks := one.problems())
    ]
    assert not found, "\n".join(found)
    for record in RECORDS.values():
        assert not (record.key and record.no_key), record.type
        # Amounts are only in views/costs/prices.toml, where each has its source.
        assert "USD" not in record.price + getattr(record.removal, "costs", ""), record.type


def test_a_cache_without_a_record_is_found(dev: Synthesized) -> None:
    """The finding lists the fields to fill in."""
    ((check, title),) = checks(with_cache(dev))
    assert check == "RECORD_MISSING"
    assert title.startswith(
        f"has no record: add [{CACHE}] to a .toml file in resource_types/ with iam; lookup; drawn (or"
    )
    assert "; and, where they apply, import_id, name, " in title


def test_a_record_that_says_nothing_about_the_key_is_found(dev: Synthesized) -> None:
    """A type with data names the argument of its key, or the reason for having none."""
    record = attrs.evolve(CACHE_RECORD, key="")
    assert checks(with_cache(dev), record) == [
        ("RECORD_INCOMPLETE", f"its record, [{CACHE}] in resource_types/, lacks: key or no_key")
    ]
    assert checks(with_cache(dev), attrs.evolve(record, no_key="holds copies of what is public")) == []


@pytest.mark.parametrize("key", ["", "alias/aws/elasticache", "${aws_iam_role.Other.arn}"])
def test_a_cache_without_a_key_of_ours_is_found(dev: Synthesized, key: str) -> None:
    """A missing key, AWS's own key, and a reference to something else are all reported."""
    stack = with_cache(dev, **({"kms_key_id": key} if key else {}))
    title = "kms_key_id refers to no aws_kms_key of the stack: in constructs_lib/, pass a key's ARN as kms_key_id"
    assert checks(stack, CACHE_RECORD) == [("KEY_MISSING", title)]


def test_a_cache_with_a_key_of_ours_is_right(dev: Synthesized) -> None:
    """With its record and our key, a cache has no findings."""
    key = dev.reference("aws_kms_key", "Encryption/Secrets", "arn")
    assert checks(with_cache(dev, kms_key_id=key), CACHE_RECORD) == []


def test_a_bucket_needs_its_settings(dev: Synthesized) -> None:
    """Encryption, expiry and the public access block of a bucket must each exist."""
    document = deepcopy(dict(dev.document))
    for type_ in RECORDS["aws_s3_bucket"].needs:
        del document["resource"][type_]
    assert checks(SynthesizedStack.of(document)) == [
        ("SETTING_MISSING", f"no {type_} refers to it: create one next to it in constructs_lib/")
        for type_ in RECORDS["aws_s3_bucket"].needs
    ]


def test_a_record_says_how_it_is_drawn_and_what_it_costs(dev: Synthesized) -> None:
    """A type that is neither drawn nor explained, or has no cost entry, is reported."""
    key = dev.reference("aws_kms_key", "Encryption/Secrets", "arn")
    record = attrs.evolve(CACHE_RECORD, undrawn="", unpriced="")
    said = "drawn, arrows or undrawn; costs, free or unpriced"
    assert checks(with_cache(dev, kms_key_id=key), record) == [
        ("RECORD_INCOMPLETE", f"its record, [{CACHE}] in resource_types/, lacks: {said}")
    ]


def test_a_record_that_is_none_is_named(tmp_path: Path) -> None:
    """The error has the file, the type and the field."""
    (tmp_path / "network.toml").write_text('[aws_vpc]\niam = "ec2"\nlokup = "none"\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"^resource_types/network\.toml: \[aws_vpc\]: .*'lokup'"):
        list(read(tmp_path))


@pytest.mark.parametrize(
    ("type_", "argument", "service", "shape", "member"),
    [
        ("aws_cloudwatch_log_group", "log_group_class", "logs", "LogGroup", "logGroupClass"),
        ("aws_kms_key", "multi_region", "kms", "KeyMetadata", "MultiRegion"),
    ],
)
def test_a_default_is_that_of_the_embedded_aws(
    type_: str, argument: str, service: str, shape: str, member: str
) -> None:
    """A default in a record is the same as that of the embedded AWS."""
    assert RECORDS[type_].defaults[argument] == defaults(service, shape)[member]
