"""A bucket with the state's name in another account is never read or written, even if its policy allows it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from ops import commands
from tests.ops.conftest import Answer

import boto3
import pytest

BUCKET = "ai-gateway-tfstate-dev"
STATE = {"version": 4, "lineage": "theirs", "serial": 1, "resources": []}
COMMANDS = {
    "bootstrap": ("--yes",),
    "deploy": ("--yes",),
    "diff": (),
    "destroy": ("--yes",),
    "describe": (),
    "preflight": (),
    "recover": ("--yes",),
    "adopt": ("--yes",),
}
"""Every command that works with the state of an environment without a pipeline."""


@pytest.fixture
def theirs(aws: Callable[..., Any]) -> Iterator[Any]:
    """The attacker's S3 client, with a bucket, a state and a lock."""
    key = aws("sts").assume_role(RoleArn="arn:aws:iam::210987654321:role/other", RoleSessionName="test")["Credentials"]
    s3 = boto3.Session().client(
        "s3", region_name="us-east-1", aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"], aws_session_token=key["SessionToken"],
    )  # fmt: skip
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="terraform.tfstate", Body=json.dumps(STATE).encode())
    # Without the expected owner in the request, the operator could read it.
    assert json.loads(aws("s3").get_object(Bucket=BUCKET, Key="terraform.tfstate")["Body"].read()) == STATE
    yield s3
    assert [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == ["terraform.tfstate"]


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_works_with_the_state_of_another_account(
    theirs: Any,  # noqa: ANN401 (boto3 has no types)
    ops: Callable[..., Answer],
    command: str,
) -> None:
    """The command stops with a one-line error before it synthesizes anything, and the bucket stays unchanged."""
    assert theirs
    done = ops(command, "dev", *COMMANDS[command])
    assert done.code == 1
    assert done.err.startswith((f"bucket {BUCKET} belongs to another account", "the credentials lack a permission: "))
    assert len(done.err.splitlines()) == 1
    assert "theirs" not in done.out


def test_every_command_is_looked_at() -> None:
    """Every new command must be added to the list above, or here with the reason."""
    without_state = {
        "synth", "list", "import-settings",  # files only
        "secrets", "token", "smoke", "quotas", "images", "usage",  # AWS, but not the state
    }  # fmt: skip
    with_repository = {"pipeline"}  # uses the same Stack.prepare
    assert {one.name for one in commands.COMMANDS} == set(COMMANDS) | without_state | with_repository
