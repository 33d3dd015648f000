"""The scanners themselves, on real stacks and on stacks with something wrong."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from envs import environment_names
from policy.findings import PolicyError, accepted, judge
from policy.scan import checkov, iam, iam_documents, scan
from tests.conftest import Synthesize
from tests.support.synthesized import EVERYTHING, Synthesized

import attrs
import pytest

pytestmark = [pytest.mark.scanners, pytest.mark.xdist_group("policy")]


def scanned(document: dict[str, Any], folder: Path) -> set[tuple[str, str]]:
    """Check and resource of what checkov finds in a document."""
    path = folder / "cdk.tf.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    found = checkov({"dev": path}, {"dev": document}, source="synthesized")
    return {(finding.check, finding.resource) for finding in found}


def test_a_switched_off_protection_is_found(dev: Synthesized, tmp_path: Path) -> None:
    """By checkov, at the construct: a bucket that lets the public in, a key that is not rotated."""
    document = deepcopy(dev.document)
    before = scanned(document, tmp_path)
    for block in document["resource"]["aws_s3_bucket_public_access_block"].values():
        block["block_public_acls"] = False
    for block in document["resource"]["aws_kms_key"].values():
        block["enable_key_rotation"] = False
    new = scanned(document, tmp_path) - before
    assert ("CKV_AWS_53", "AccessLogs/PublicAccessBlock") in new
    assert {resource for check, resource in new if check == "CKV_AWS_7"} == {
        path for type_, path, _ in dev.resources() if type_ == "aws_kms_key"
    }


def test_an_action_that_is_not_there_is_found(dev: Synthesized) -> None:
    """By parliament, in a role's policy and in a policy of a resource alike."""
    text = json.dumps(dev.document).replace("ecr:BatchGetImage", "ecr:BatchGetImages")
    text = text.replace("sts:AssumeRole", "sts:AssumeRoll").replace("kms:Decrypt", "kms:Decript")
    found = {(finding.check, finding.resource) for finding in iam({"dev": json.loads(text)})}
    assert {
        ("IAM_UNKNOWN_ACTION", "TaskRoles/ExecutionPolicy"),
        ("IAM_UNKNOWN_ACTION", "Encryption/Logs"),
        ("IAM_UNKNOWN_ACTION", "TaskRoles/Task"),
    } <= found


def test_an_arn_of_the_wrong_kind_is_found(dev: Synthesized) -> None:
    """An action on a resource that it does not act on allows nothing."""
    document = deepcopy(dev.document)
    for block in document["resource"]["aws_iam_role_policy"].values():
        block["policy"] = (
            block["policy"].replace("arn:aws:xray", "arn:aws:xrays").replace("${aws_ecr_repository", "${aws_s3_bucket")
        )
    assert "IAM_RESOURCE_MISMATCH" in {finding.check for finding in iam({"dev": document})}


def test_every_document_is_linted(synthesize: Synthesize) -> None:
    """As many as the stack has statements in: none is passed over."""
    stack = synthesize(EVERYTHING)
    assert {where for where, _ in iam_documents(stack.document)} == {path for _, path, _ in stack.statements()}


def test_every_switch_is_explained_too(synthesize: Synthesize, tmp_path: Path) -> None:
    """So that turning one on brings no finding that nobody has thought about."""
    stacks = tmp_path / "stacks"
    stacks.mkdir()
    environment = attrs.evolve(EVERYTHING, deletion_protection=True, github_repository="example/gateway")
    folder = synthesize(environment).folder
    for name in ("test", "test-pipeline"):
        (stacks / name).symlink_to(folder.with_name(name))
    verdict = judge(scan(tmp_path, ["test", "test-pipeline"]), accepted(), source="switch")
    assert (verdict.unexplained, verdict.stale) == ([], [])


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """checkov would wait for ever."""
    with pytest.raises(PolicyError) as caught:
        list(checkov({"dev": tmp_path / "cdk.tf.json"}, {}, source="synthesized"))
    assert str(caught.value) == f"{tmp_path / 'cdk.tf.json'}: no such file to scan"


def test_a_file_that_checkov_cannot_read_is_said(tmp_path: Path) -> None:
    """Nothing found in nothing read is no pass."""
    path = tmp_path / "cdk.tf.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        list(checkov({"dev": path}, {"dev": {}}, source="synthesized"))
    assert str(caught.value).startswith("checkov ")


def test_nothing_is_unexplained(synthesize: Synthesize, environments: dict[str, Any], tmp_path: Path) -> None:
    """In the environments of envs/, and no entry is stale: what `make lint` says."""
    names = environment_names()
    for name in names:
        stacks = tmp_path / "stacks"
        stacks.mkdir(exist_ok=True)
        (stacks / name).symlink_to(synthesize(environments[name]).folder)
    verdict = judge(scan(tmp_path, names), accepted(), source="synthesized")
    assert (verdict.unexplained, verdict.stale) == ([], [])
