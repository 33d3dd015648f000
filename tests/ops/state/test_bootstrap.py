"""The state bucket and lock table are made once, as they should be, and never changed behind a person's back."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from envs.schema import Environment
from ops.console import confirmed
from ops.programs import terraform
from tests.ops.conftest import Answer
from tests.support.synthesized import settings

import pytest

Aws = Callable[..., Any]
Ops = Callable[..., Answer]
BUCKET = "ai-gateway-tfstate-dev"
TABLE = "ai-gateway-tfstate-lock-dev"
FINE = "The state bucket and lock table of dev are as they should be.\n"


def test_it_makes_what_the_document_names(aws: Aws, ops: Ops) -> None:
    """The bucket has versions, encryption, all blocks, TLS only and a lifecycle; the table is on demand and protected."""
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
    """Run again, it says so and asks nothing."""
    ops("bootstrap", "dev", "--yes")
    done = ops("bootstrap", "dev")
    assert (done.code, done.out, done.err) == (0, FINE, "")


@pytest.mark.usefixtures("aws")
def test_it_shows_a_plan_and_asks(ops: Ops) -> None:
    """Without --yes and without a terminal it shows what it would make and makes nothing."""
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
    """At a terminal the answer decides whether anything is made."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("rich.prompt.Confirm.ask", lambda *_, **__: answer)
    done = ops("bootstrap", "dev")
    assert done.code == (0 if answer else 1)
    assert ("Nothing changed." in done.out) is not answer


def test_another_region_than_us_east_1(aws: Aws, ops: Ops, only_environment: Callable[[Environment], None]) -> None:
    """Both are in the environment's region."""
    only_environment(settings())
    done = ops("bootstrap", "test", "--yes")
    assert done.code == 0, done.err
    place = aws("s3", "eu-west-1").get_bucket_location(Bucket="ai-gateway-tfstate-test")
    assert place["LocationConstraint"] == "eu-west-1"
    assert aws("dynamodb", "eu-west-1").list_tables()["TableNames"] == ["ai-gateway-tfstate-lock-test"]
    assert aws("dynamodb").list_tables()["TableNames"] == []


def _made_by_hand(aws: Aws, key: str = "LockID") -> None:
    """What the older project's instructions make, in a bucket that somebody has opened since."""
    aws("s3").create_bucket(Bucket=BUCKET)
    aws("s3").delete_public_access_block(Bucket=BUCKET)
    aws("dynamodb").create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    )


def test_what_differs_is_only_told(aws: Aws, ops: Ops) -> None:
    """A bucket and a table made by hand stay as they are; each difference is a line, and the exit code is 1."""
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
    """--fix mends each difference; other statements and rules stay, and then all is well."""
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
    """A key cannot be changed: --fix says so and leaves it, and exits 1."""
    _made_by_hand(aws, key="Id")
    done = ops("bootstrap", "dev", "--fix", "--yes")
    assert done.code == 1
    assert done.out.splitlines()[-1] == (f"table {TABLE}: key Id (S) cannot be changed; delete it when nothing uses it")


def test_a_bucket_of_somebody_else(aws: Aws, ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, exit 1, and no table is made."""
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
    """An access key of account 210987654321, by assuming a role there."""
    answer = aws("sts").assume_role(RoleArn="arn:aws:iam::210987654321:role/other", RoleSessionName="test")
    key: str = answer["Credentials"]["AccessKeyId"]
    return key


def test_a_bucket_in_another_region(aws: Aws, ops: Ops, only_environment: Callable[[Environment], None]) -> None:
    """One line names both regions, and no table is made."""
    only_environment(settings())
    aws("s3").create_bucket(Bucket="ai-gateway-tfstate-test")
    done = ops("bootstrap", "test", "--yes")
    assert (done.code, done.err) == (
        1,
        "bucket ai-gateway-tfstate-test exists in us-east-1, envs/test.py sets aws_region='eu-west-1': a bucket cannot "
        "move, so change aws_region or project_name\n",
    )
    assert aws("dynamodb", "eu-west-1").list_tables()["TableNames"] == []


@pytest.mark.usefixtures("aws")
def test_a_wrong_account(ops: Ops, only_environment: Callable[[Environment], None]) -> None:
    """With aws_account_id set, credentials of another account are refused before anything is made."""
    only_environment(settings(aws_account_id="999999999999"))
    done = ops("bootstrap", "test", "--yes")
    assert (done.code, done.err) == (
        1,
        "the credentials belong to account 123456789012, envs/test.py sets aws_account_id='999999999999': change "
        "AWS_PROFILE or the setting\n",
    )


@pytest.mark.usefixtures("aws")
def test_a_region_that_is_off(ops: Ops, only_environment: Callable[[Environment], None]) -> None:
    """One line says which region and how to enable it."""
    only_environment(settings(aws_region="eu-south-2"))
    done = ops("bootstrap", "test", "--yes")
    assert (done.code, done.err) == (
        1,
        "region eu-south-2 is not enabled in account 123456789012: run `aws account enable-region --region-name "
        "eu-south-2`, or change aws_region in envs/test.py\n",
    )


@pytest.mark.parametrize("command", ["bootstrap", "deploy", "diff", "destroy", "describe", "recover"])
def test_no_credentials(ops: Ops, aws: Aws, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    """Every command says in one line what to set."""
    del aws
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    done = ops(command, "dev")
    assert (done.code, done.out, done.err) == (
        1,
        "",
        "no AWS credentials found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY\n",
    )


@pytest.mark.usefixtures("aws")
def test_an_embedded_aws_that_has_ended(ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line names the proxy."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    done = ops("describe", "dev")
    assert done.code == 1
    assert done.err.startswith(
        "the proxy in HTTPS_PROXY does not answer: check that it runs (the embedded AWS is one), or unset it ("
    )


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("command", ["bootstrap", "deploy", "diff", "destroy", "describe", "recover"])
def test_an_unknown_environment(ops: Ops, command: str) -> None:
    """The ones that exist are listed."""
    done = ops(command, "prd")
    assert (done.code, done.err) == (1, "no environment 'prd': envs/ has dev, prod; did you mean prod?\n")


@pytest.mark.usefixtures("aws")
def test_no_environment(ops: Ops) -> None:
    """`make deploy` without ENV says how to name one."""
    done = ops("deploy", "")
    says = "name the environments, in the order to work on them: make deploy ENV=dev,prod\n"
    assert (done.code, done.err) == (1, says)


@pytest.mark.usefixtures("aws")
def test_recovering_what_was_never_deployed(ops: Ops) -> None:
    """One line says that there is no state bucket."""
    done = ops("recover", "dev")
    assert (done.code, done.err) == (
        1,
        f"there is no state bucket {BUCKET}, so dev is not deployed: run `make deploy ENV=dev`, which creates it\n",
    )


@pytest.mark.usefixtures("aws")
def test_describing_what_was_never_deployed(ops: Ops) -> None:
    """Each part does not exist."""
    done = ops("describe", "dev")
    assert done.code == 0
    assert done.out.count("does not exist") == 6


@pytest.mark.usefixtures("aws")
@pytest.mark.filterwarnings("ignore::getpass.GetPassWarning")
@pytest.mark.parametrize(
    ("profile", "said"),
    [
        (
            "credential_process = /no/such/program",
            "the AWS profile's credential_process cannot be started: /no/such/program: install it, or choose another "
            "profile with AWS_PROFILE",
        ),
        (
            "role_arn = arn:aws:iam::123456789012:role/x\nsource_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/x",
            "the AWS profile asks for an MFA code and there is no terminal to enter it: sign in first, e.g. with "
            "`aws sso login`, or export the credentials that `aws sts get-session-token` prints",
        ),
        (
            "sso_start_url = https://x.example.com\nsso_region = us-east-1\nsso_account_id = 123456789012\nsso_role_name = x",
            "sign in with `aws sso login` (and --profile)",
        ),
        ("", "`aws configure list-profiles` lists the profiles"),
    ],
    ids=["credential process", "MFA", "SSO", "unknown profile"],
)
def test_a_profile_that_does_not_work(
    ops: Ops, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profile: str, said: str
) -> None:
    """One line with the command that helps."""
    keys = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n"
    text = f"[profile base]\n{keys}" + (f"[profile mine]\n{profile}\n" if profile else "")
    (tmp_path / "config").write_text(text, encoding="utf-8")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    done = ops("bootstrap", "dev", "--yes")
    assert done.code == 1
    assert said in done.err.splitlines()[-1]
    assert "Traceback" not in done.err


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("", "terraform is not installed: run `make setup`, which downloads it"),
        (
            "1.5.7",
            "{} is Terraform 1.5: 1.10 or newer is needed: update it, or remove it from the PATH and run `make setup`",
        ),
    ],
)
def test_no_terraform(ops: Ops, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, said: str) -> None:
    """One line says how to get it, before anything is created."""
    terraform.cache_clear()
    monkeypatch.setattr("tools.environment.PROGRAMS", tmp_path)
    monkeypatch.setenv("PATH", "/bin")
    if version:
        (tmp_path / "terraform").write_text(f"#!/bin/sh\necho Terraform v{version}\n", encoding="utf-8")
        (tmp_path / "terraform").chmod(0o755)
    done = ops("deploy", "dev", "--yes")
    terraform.cache_clear()
    assert (done.code, done.out, done.err) == (1, "", f"{said.format(tmp_path / 'terraform')}\n")


@pytest.mark.usefixtures("aws")
def test_a_deployment_without_a_state_stops(ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who says no to the bucket is not asked about the deployment."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("rich.prompt.Confirm.ask", lambda *_, **__: False)
    monkeypatch.setattr("ops.terraform.Stack.apply", lambda *_, **__: pytest.fail("deployed"))
    done = ops("deploy", "dev")
    assert done.code == 1
    assert done.out.splitlines()[-1] == "Nothing changed."


@pytest.mark.parametrize(("typed", "meant"), [("y", True), ("Yes", True), ("n", False), ("NO ", False), ("", False)])
def test_an_answer_may_be_a_word(
    typed: str,
    meant: bool,  # noqa: FBT001 (a row of the table)
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`yes`, as Terraform wants it, beside `y`; nothing typed is no."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert confirmed("Go on?", yes=False) is meant


def test_another_key_for_the_state(aws: Aws, ops: Ops, only_environment: Callable[[Environment], None]) -> None:
    """A changed `state_kms_key_arn` is a difference of the bucket and of the state in it; FIX=1 writes both again."""
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
