"""The scanners find known problems, and report nothing unexplained in the real stacks."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from envs import environment_names
from policy.findings import Finding, PolicyError, accepted, judge
from policy.scan import checkov, iam_documents, scan
from tests.conftest import Synthesize
from tests.support.synthesized import EVERYTHING, Synthesized

import attrs
import pytest

pytestmark = [pytest.mark.scanners, pytest.mark.xdist_group("policy")]


EVERY_SWITCH = ("test", "test-pipeline")


@pytest.fixture(scope="module")
def findings(
    synthesize: Synthesize, environments: dict[str, Any], dev: Synthesized, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[Finding]]:
    """The findings of one scan by stack: the environments of envs/, one with all features, and three with problems."""
    folder = tmp_path_factory.mktemp("scanned")
    (folder / "stacks").mkdir()
    for name in environment_names():
        (folder / "stacks" / name).symlink_to(synthesize(environments[name]).folder)
    everything = attrs.evolve(EVERYTHING, deletion_protection=True, github_repository="example/gateway")
    for name in EVERY_SWITCH:
        (folder / "stacks" / name).symlink_to(synthesize(everything).folder.with_name(name))
    spoiled = {"unprotected": unprotected, "misspelled": misspelled, "misdirected": misdirected}
    for name, spoil in spoiled.items():
        path = folder / "stacks" / name / "cdk.tf.json"
        path.parent.mkdir()
        path.write_text(json.dumps(spoil(deepcopy(dev.document))), encoding="utf-8")
    names = [*environment_names(), *EVERY_SWITCH, *spoiled]
    found = scan(folder, names)
    return {name: [finding for finding in found if finding.environment == name] for name in names}


def unprotected(document: dict[str, Any]) -> dict[str, Any]:
    """Make a bucket public and disable key rotation."""
    for block in document["resource"]["aws_s3_bucket_public_access_block"].values():
        block["block_public_acls"] = False
    for block in document["resource"]["aws_kms_key"].values():
        block["enable_key_rotation"] = False
    return document


def misspelled(document: dict[str, Any]) -> dict[str, Any]:
    """Misspell three actions."""
    text = json.dumps(document).replace("ecr:BatchGetImage", "ecr:BatchGetImages")
    text = text.replace("sts:AssumeRole", "sts:AssumeRoll").replace("kms:Decrypt", "kms:Decript")
    made: dict[str, Any] = json.loads(text)
    return made


def misdirected(document: dict[str, Any]) -> dict[str, Any]:
    """Make actions use resources of another service."""
    for block in document["resource"]["aws_iam_role_policy"].values():
        block["policy"] = (
            block["policy"].replace("arn:aws:xray", "arn:aws:xrays").replace("${aws_ecr_repository", "${aws_s3_bucket")
        )
    return document


def test_a_switched_off_protection_is_found(findings: dict[str, list[Finding]], dev: Synthesized) -> None:
    """checkov reports disabled protections at their construct."""
    before, after = ({(one.check, one.resource) for one in findings[name]} for name in ("dev", "unprotected"))
    new = after - before
    assert ("CKV_AWS_53", "AccessLogs/PublicAccessBlock") in new
    assert {resource for check, resource in new if check == "CKV_AWS_7"} == {
        path for type_, path, _ in dev.resources() if type_ == "aws_kms_key"
    }


def test_an_action_that_is_not_there_is_found(findings: dict[str, list[Finding]]) -> None:
    """parliament reports unknown actions in role policies and in resource policies."""
    assert {
        ("IAM_UNKNOWN_ACTION", "TaskRoles/ExecutionPolicy"),
        ("IAM_UNKNOWN_ACTION", "Encryption/Logs"),
        ("IAM_UNKNOWN_ACTION", "TaskRoles/Task"),
    } <= {(one.check, one.resource) for one in findings["misspelled"]}


def test_an_arn_of_the_wrong_kind_is_found(findings: dict[str, list[Finding]]) -> None:
    """parliament reports an action on a resource of the wrong kind, which allows nothing."""
    assert "IAM_RESOURCE_MISMATCH" in {one.check for one in findings["misdirected"]}


def test_every_document_is_linted(synthesize: Synthesize) -> None:
    """Every policy document in the stack is checked."""
    stack = synthesize(EVERYTHING)
    assert {where for where, _ in iam_documents(stack.document)} == {path for _, path, _ in stack.statements()}


def test_every_switch_is_explained_too(findings: dict[str, list[Finding]]) -> None:
    """Enabling all features causes no unexplained finding and no stale entry."""
    found = [finding for name in EVERY_SWITCH for finding in findings[name]]
    verdict = judge(found, accepted(), source="switch")
    assert (verdict.unexplained, verdict.stale) == ([], [])


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A missing file is an error; checkov itself would never return."""
    with pytest.raises(PolicyError) as caught:
        list(checkov({"dev": tmp_path / "cdk.tf.json"}, {}, source="synthesized"))
    assert str(caught.value) == f"{tmp_path / 'cdk.tf.json'}: no such file to scan"


def test_a_file_that_checkov_cannot_read_is_said(tmp_path: Path) -> None:
    """A file that checkov cannot parse is an error instead of a pass."""
    path = tmp_path / "cdk.tf.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        list(checkov({"dev": path}, {"dev": {}}, source="synthesized"))
    assert str(caught.value).startswith("checkov ")


def test_nothing_is_unexplained(findings: dict[str, list[Finding]]) -> None:
    """The environments of envs/ have no unexplained finding and no stale entry, as `make lint` checks."""
    found = [finding for name in environment_names() for finding in findings[name]]
    verdict = judge(found, accepted(), source="synthesized")
    assert (verdict.unexplained, verdict.stale) == ([], [])
