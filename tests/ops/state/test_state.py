"""The state object and its locks are read, shown and repaired on the embedded AWS."""

import hashlib
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from envs.schema import Environment
from ops.aws import Aws, OperatorError
from ops.state.state import Lock, State
from tests.ops.conftest import Answer
from tests.support.synthesized import settings

import pytest

BUCKET = "ai-gateway-tfstate-test"
TABLE = "ai-gateway-tfstate-lock-test"
KEY = "terraform.tfstate"
INFO = {
    "ID": "9db590f1-b6fe-c5f2-2678-8804f089deba",
    "Operation": "OperationTypeApply",
    "Who": "ana@laptop",
    "Created": "2026-11-24T05:00:00.123456789Z",
}
SOUND = json.dumps({"version": 4, "serial": 7, "lineage": "l", "resources": []}).encode()


@pytest.fixture
def state(
    aws: Callable[..., Any], ops: Callable[..., Answer], only_environment: Callable[[Environment], None]
) -> State:
    """The state of an environment that has an empty bucket and table."""
    del aws
    environment = settings()
    only_environment(environment)
    assert ops("bootstrap", "test", "--yes").code == 0
    return State(Aws.of(environment))


def put(state: State, body: bytes, key: str = KEY) -> None:
    """Write an object to the state bucket."""
    state.aws.client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)


def lock_in_table(state: State, info: dict[str, str]) -> None:
    """Write the lock item that Terraform writes to the table."""
    item = {"LockID": {"S": f"{BUCKET}/{KEY}"}, "Info": {"S": json.dumps(info)}}
    state.aws.client("dynamodb").put_item(TableName=TABLE, Item=item)


def test_there_may_be_no_lock(state: State) -> None:
    """An empty table and bucket have no lock."""
    assert state.lock() is None


def test_a_lock_in_both_places_is_shown_and_released(state: State, capsys: pytest.CaptureFixture[str]) -> None:
    """A lock in both table and lock file is shown as one, and both are released."""
    lock_in_table(state, INFO)
    put(state, json.dumps(INFO).encode(), f"{KEY}.tflock")
    lock = state.lock()
    assert lock == Lock(
        INFO["ID"],
        "ana@laptop",
        "OperationTypeApply",
        datetime(2026, 11, 24, 5, tzinfo=UTC),
        (f"table {TABLE}", f"s3://{BUCKET}/{KEY}.tflock"),
    )
    state.release(lock, yes=True)
    said = capsys.readouterr().out
    assert "The state has been locked by ana@laptop (OperationTypeApply) for " in said
    assert f"since 2026-11-24 05:00:00 UTC, in table {TABLE} and s3://{BUCKET}/{KEY}.tflock." in said
    assert state.lock() is None


@pytest.mark.parametrize(
    ("seconds", "shown"), [(5, "5 s"), (59, "59 s"), (60, "1 min"), (3600, "1 h"), (200_000, "2 d")]
)
def test_an_age_is_short(seconds: int, shown: str) -> None:
    """A lock's age is shown in the largest unit that fits."""
    created = datetime.now(UTC) - timedelta(seconds=seconds, milliseconds=100)
    assert Lock("", "", "", created, ()).age == shown


def test_a_lock_that_somebody_else_took_meanwhile_stays(state: State) -> None:
    """If another run takes the lock after the prompt was shown, the lock stays."""
    lock_in_table(state, INFO)
    asked = state.lock()
    assert asked is not None
    lock_in_table(state, {**INFO, "ID": "other", "Who": "ben@laptop"})
    with pytest.raises(OperatorError, match="another run has locked the state"):
        state.release(asked, yes=True)
    now = state.lock()
    assert now is not None
    assert now.who == "ben@laptop"


def test_a_checksum_that_differs_is_set(state: State) -> None:
    """A checksum that differs from the object, as after an interrupted run, is corrected."""
    put(state, SOUND)
    key = {"LockID": {"S": f"{BUCKET}/{KEY}-md5"}}
    dynamodb = state.aws.client("dynamodb")
    dynamodb.put_item(TableName=TABLE, Item={**key, "Digest": {"S": "0" * 32}})
    state.repair(yes=True)
    digest = dynamodb.get_item(TableName=TABLE, Key=key)["Item"]["Digest"]["S"]
    assert digest == hashlib.md5(SOUND, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("rubbish", [b"", b"\xff\x00", b"[]", b'{"version": 3, "lineage": "l"}', b'{"version": 4}'])
def test_the_newest_readable_version_comes_back(state: State, rubbish: bytes) -> None:
    """The newest version that Terraform can read is restored; versions that it cannot read are skipped."""
    put(state, SOUND)
    put(state, rubbish)
    state.repair(yes=True)
    assert state.body() == SOUND


def test_without_a_readable_version_a_person_decides(state: State) -> None:
    """Without a readable version nothing changes, and the error lists the operator's options."""
    put(state, b"rubbish")
    with pytest.raises(OperatorError, match="has no readable version: restore it from a backup, or delete it"):
        state.repair(yes=True)
    assert state.body() == b"rubbish"


def test_nothing_is_repaired_unasked(state: State) -> None:
    """Without a confirmation the unreadable object stays."""
    put(state, SOUND)
    put(state, b"rubbish")
    with pytest.raises(OperatorError, match="no terminal to confirm"):
        state.repair(yes=False)
    assert state.body() == b"rubbish"


def test_versions_of_one_second_are_told_apart(state: State) -> None:
    """S3 timestamps have seconds only, so of several versions in one second the highest serial is the newest."""
    for _ in range(50):  # retried until all versions have the same second, which can fail on a busy machine
        second = int(time.time())
        for serial in (7, 9, 8):
            put(state, json.dumps({"version": 4, "serial": serial, "lineage": "l", "resources": []}).encode())
        if int(time.time()) == second:
            break
    put(state, b"rubbish")
    state.repair(yes=True)
    assert json.loads(state.body() or b"")["serial"] == 9
