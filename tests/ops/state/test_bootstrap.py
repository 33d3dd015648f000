"""The state bucket and lock table are created once with secure settings, and changed only after confirmation."""

import io
import json
from collections.abc import Callable
from typing import Any

from envs.schema import Environment
from ops.console import confirmed
from tests.ops.conftest import Answer
from tests.support.synthesized import settings

import pytest

Aws = Callable[..., Any]
Ops = Callable[..., Answer]
BUCKET = "ai-gateway-tfstate-dev"
TABLE = "ai-gateway-tfstate-lock-dev"
FINE = "The state bucket and lock table of dev are as they should be.\n"


def test_it_makes_what_the_document_names(aws: Aws, ops: Ops) -> None:
    """The bucket is versioned, encrypted, private and TLS-only and has a lifecycle; the table is protected."""
    done = ops("bootstrap", "dev", "--yes")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-2:] == [f"created bucket {BUCKET}", f"created table {TABLE}"]
    s3, dynamodb = aws("s3"), aws("dynamodb")
    rules = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    blocks = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    policy = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    lifecycle = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"][0]
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"]}
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert blocks == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    assert [(item["Effect"], item["Condition"]) for item in policy["Statement"]] == [
        ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    ]
    assert lifecycle["NoncurrentVersionExpiration"]["NoncurrentDays"] == 90
    assert tags == {"Project": "ai-gateway", "Environment": "dev", "ManagedBy": "bootstrap"}
    table = dynamodb.describe_table(TableName=TABLE)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=TABLE)["ContinuousBackupsDescription"]
    assert table["KeySchema"] == [{"AttributeName": "LockID", "KeyType": "HASH"}]
    assert table["AttributeDefinitions"] == [{"AttributeName": "LockID", "AttributeType": "S"}]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["DeletionProtectionEnabled"] is True
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


@pytest.mark.usefixtures("aws")
def test_a_second_time_changes_nothing(ops: Ops) -> None:
    """A second run prints that all is well and shows no prompt."""
    ops("bootstrap", "dev", "--yes")
    done = ops("bootstrap", "dev")
    assert (done.code, done.out, done.err) == (0, FINE, "")


@pytest.mark.usefixtures("aws")
def test_it_shows_a_plan_and_asks(ops: Ops) -> None:
    """Without --yes and without a terminal it prints the plan and creates nothing."""
    done = ops("bootstrap", "dev")
    again = ops("bootstrap", "dev")
    assert done.code == 1
    assert f"bucket {BUCKET}" in done.out
    assert done.err == (
        f"no terminal to confirm (Create bucket {BUCKET}, Create table {TABLE}?): pass --yes (with make: YES=1)\n"
    )
    assert "does not exist" in again.out


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("answer", [True, False])
def test_a_person_decides(ops: Ops, monkeypatch: pytest.MonkeyPatch, *, answer: bool) -> None:
    """At a terminal, the answer decides whether anything is created."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("rich.prompt.Confirm.ask", lambda *_, **__: answer)
    done = ops("bootstrap", "dev")
    assert done.code == (0 if answer else 1)
    assert ("Nothing changed." in done.out) is not answer


def test_another_region_than_us_east_1(aws: Aws, ops: Ops, only_environment: Callable[[Environment], None]) -> None:
    """Bucket and table are created in the environment's region."""
    only_environment(settings())
    done = ops("bootstrap", "test", "--yes")
    assert done.code == 0, done.err
    place = aws("s3", "eu-west-1").get_bucket_location(Bucket="ai-gateway-tfstate-test")
    assert place["LocationConstraint"] == "eu-west-1"
    assert aws("dynamodb", "eu-west-1").list_tables()["TableNames"] == ["ai-gateway-tfstate-lock-test"]
    assert aws("dynamodb").list_tables()["TableNames"] == []


def _made_by_hand(aws: Aws, key: str = "LockID") -> None:
    """Create the table and an unprotected bucket, as the older project's instructions do."""
    aws("s3").create_bucket(Bucket=BUCKET)
    aws("s3").delete_public_access_block(Bucket=BUCKET)
    aws("dynamodb").create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    )


def test_what_differs_is_only_told(aws: Aws, ops: Ops) -> None:
    """An existing bucket and table stay unchanged; each difference is printed, and the exit code is 1."""
    _made_by_hand(aws)
    done = ops("bootstrap", "dev")
    told = [line.split()[2:] for line in done.out.splitlines() if line.startswith(("bucket", "table"))]
    assert done.code == 1
    assert [words[0] for words in told] == [
        "versioning", "public", "policy", "lifecycle", "billing", "point-in-time", "deletion",
    ]  # fmt: skip
    assert "make bootstrap ENV=… FIX=1" in done.out
    assert "Status" not in aws("s3").get_bucket_versioning(Bucket=BUCKET)


def test_fix_mends_and_keeps_what_a_person_set(aws: Aws, ops: Ops) -> None:
    """--fix repairs each difference and keeps the operator's own policy statements and lifecycle rules."""
    _made_by_hand(aws)
    own = {"Sid": "Own", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket",
           "Resource": f"arn:aws:s3:::{BUCKET}"}  # fmt: skip
    rule = {"ID": "own", "Status": "Enabled", "Filter": {"Prefix": "old/"}, "Expiration": {"Days": 5}}
    aws("s3").put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [own]}))
    aws("s3").put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    done = ops("bootstrap", "dev", "--fix", "--yes")
    assert done.code == 0, done.out
    policy = json.loads(aws("s3").get_bucket_policy(Bucket=BUCKET)["Policy"])
    rules = aws("s3").get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert [item["Sid"] for item in policy["Statement"]] == ["Own", "DenyWithoutTls"]
    assert [item["ID"] for item in rules] == ["own", "old-state-versions", "stored-plans"]
    assert ops("bootstrap", "dev").out == FINE


def test_a_table_with_another_key_is_left_to_a_person(aws: Aws, ops: Ops) -> None:
    """A table's key cannot be changed, so --fix reports it, leaves the table and returns 1."""
    _made_by_hand(aws, key="Id")
    done = ops("bootstrap", "dev", "--fix", "--yes")
    assert done.code == 1
    assert done.out.splitlines()[-1] == (f"table {TABLE}: key Id (S) cannot be changed; delete it when nothing uses it")


def test_a_bucket_of_somebody_else(aws: Aws, ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket of another account gives a one-line error and exit code 1, and no table is created."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", _key_of_another_account(aws))
    aws("s3").create_bucket(Bucket=BUCKET)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "EMULATED")
    done = ops("bootstrap", "dev", "--yes")
    assert (done.code, done.err) == (
        1,
        f"bucket {BUCKET} belongs to another account, or the credentials may not access it: bucket names are "
        "unique across all accounts, so change project_name in envs/common.py\n",
    )
    assert aws("dynamodb").list_tables()["TableNames"] == []


def _key_of_another_account(aws: Aws) -> str:
    """Return an access key of account 210987654321, by assuming a role there."""
    answer = aws("sts").assume_role(RoleArn="arn:aws:iam::210987654321:role/other", RoleSessionName="test")
    key: str = answer["Credentials"]["AccessKeyId"]
    return key


def test_a_bucket_in_another_region(aws: Aws, ops: Ops, only_environment: Callable[[Environment], None]) -> None:
    """A bucket in another region gives a one-line error with both regions, and no table is created."""
    only_environment(settings())
    aws("s3").create_bucket(Bucket="ai-gateway-tfstate-test")
    done = ops("bootstrap", "test", "--yes")
    assert (done.code, done.err) == (
        1,
        "bucket ai-gateway-tfstate-test exists in us-east-1, envs/test.py sets aws_region='eu-west-1': a bucket cannot "
        "move, so change aws_region or project_name\n",
    )
    assert aws("dynamodb", "eu-west-1").list_tables()["TableNames"] == []


@pytest.mark.parametrize(("typed", "meant"), [("y", True), ("Yes", True), ("n", False), ("NO ", False), ("", False)])
def test_an_answer_may_be_a_word(
    typed: str,
    meant: bool,  # noqa: FBT001 (a test parameter)
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both `y` and `yes`, which Terraform requires, confirm; an empty answer does not."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert confirmed("Go on?", yes=False) is meant


def test_another_key_for_the_state(aws: Aws, ops: Ops, only_environment: Callable[[Environment], None]) -> None:
    """A changed `state_kms_key_arn` is reported for bucket and state object; FIX=1 encrypts both with the new key."""
    kms, s3 = aws("kms", "eu-west-1"), aws("s3", "eu-west-1")
    old, new = (kms.create_key(Description=name)["KeyMetadata"]["Arn"] for name in ("old", "new"))
    bucket, state = "ai-gateway-tfstate-test", {"Bucket": "ai-gateway-tfstate-test", "Key": "terraform.tfstate"}
    only_environment(settings(state_kms_key_arn=old))
    assert ops("bootstrap", "test", "--yes").code == 0
    s3.put_object(**state, Body=b"{}", ServerSideEncryption="aws:kms", SSEKMSKeyId=old)
    assert ops("bootstrap", "test").code == 0
    only_environment(settings(state_kms_key_arn=new))
    shown = ops("bootstrap", "test")
    assert shown.code == 1
    assert "default encryption" in shown.out
    assert "key of terraform.tfstate" in shown.out
    fixed = ops("bootstrap", "test", "--fix", "--yes")
    assert (fixed.code, fixed.out.splitlines()[-1]) == (0, f"repaired key of terraform.tfstate of bucket {bucket}")
    rules = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == new
    found = s3.get_object(**state)
    assert (found["Body"].read(), found["SSEKMSKeyId"]) == (b"{}", new)
    assert ops("bootstrap", "test").code == 0
