"""Mistakes and interruptions in a takeover: wrong account, held lock, Ctrl-C, a state that was not uploaded."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from envs.schema import Environment
from ops import terraform
from ops.aws import Aws, OperatorError
from ops.migrate.adopt import BACKUP, check_lock, check_place, keep_copy, read
from ops.migrate.remains import LIST, Adopted, store
from ops.migrate.way_back import way_back
from ops.state.bootstrap import bootstrap
from ops.state.matching import Old
from ops.state.state import KEY, State
from ops.terraform import ERRORED, Stack
from tests.support.synthesized import settings

import attrs
import pytest

ACCOUNT = "123456789012"


@pytest.fixture
def place(aws: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> Aws:
    """An environment with an empty state bucket and lock table."""
    del aws
    made = Aws.of(settings(aws_region="us-east-1"))
    assert bootstrap(made, yes=True, fix=False)
    capsys.readouterr()
    return made


def topic(region: str, account: str) -> Old:
    """Return a resource with an ARN in this region and account."""
    return Old("aws_sns_topic.t", "aws_sns_topic", {"arn": f"arn:aws:sns:{region}:{account}:t"})


@pytest.mark.parametrize(
    ("region", "account", "says"),
    [
        (
            "us-east-1",
            "210987654321",
            "the older deployment is in account_id 210987654321, but test is in 123456789012; nothing changed: change "
            "AWS_PROFILE, or pass another deployment with FROM",
        ),
        (
            "eu-west-1",
            ACCOUNT,
            "the older deployment is in region eu-west-1, but test is in us-east-1; nothing changed: change aws_region in "
            "envs/test.py, or pass another deployment with FROM",
        ),
    ],
)
def test_another_account_or_region_is_noticed_first(place: Aws, region: str, account: str, says: str) -> None:
    """A takeover checks the ARNs of the older deployment first; one in the right account and region is enough."""
    with pytest.raises(OperatorError) as refused:
        check_place(place, [topic(region, account), Old("aws_iam_role.r", "aws_iam_role", {"arn": None})])
    assert str(refused.value) == says
    check_place(place, [topic(region, account), topic("us-east-1", ACCOUNT)])


def test_a_held_lock_stops_it(place: Aws, at_terminal: Callable[[str], None]) -> None:
    """YES=1 does not release a held lock; an operator at a terminal can release it."""
    state = State(place)
    info = {"ID": "1", "Who": "a@b", "Operation": "OperationTypeApply", "Created": "2026-01-02T03:04:05.6Z"}
    item = {"LockID": {"S": state.path}, "Info": {"S": json.dumps(info)}}
    place.client("dynamodb").put_item(TableName=state.table, Item=item)
    with pytest.raises(
        OperatorError, match=r"locked by a@b \(OperationTypeApply\) for \d+ d: wait for that run, or if"
    ):
        check_lock(state, yes=True)
    at_terminal("n")
    with pytest.raises(OperatorError, match="the state stays locked; nothing changed"):
        check_lock(state, yes=False)
    at_terminal("y")
    check_lock(state, yes=False)
    assert state.lock() is None


def test_the_copy_is_of_the_moment_before_the_takeover(place: Aws) -> None:
    """The copy is updated until the takeover has begun, and stays unchanged after that."""
    state = State(place)
    for body, has_begun, kept in ((b"1", False, b"1"), (b"2", False, b"2"), (b"3", True, b"2")):
        state.write(body)
        keep_copy(state, has_begun=has_begun)
        assert state.body(key=BACKUP) == kept


@pytest.mark.parametrize(
    "text", ['{"format_version": 1, "values": {"root_module": []}}', "1", '{"format_version": 1, "values": 2}']
)
def test_a_file_that_somebody_edited_is_refused(tmp_path: Path, text: str) -> None:
    """Invalid JSON structures give a one-line error without a traceback."""
    (tmp_path / "show.json").write_text(text, encoding="utf-8")
    with pytest.raises(OperatorError, match="is not the output of `terraform show -json`"):
        read(str(tmp_path / "show.json"))


def test_a_file_of_powershell_is_read(tmp_path: Path) -> None:
    """PowerShell's `>` writes UTF-16 with a byte order mark, and such a file is read."""
    (tmp_path / "show.json").write_text('{"format_version": "1.0"}', encoding="utf-16")
    assert read(str(tmp_path / "show.json")) == []


@pytest.fixture
def stack(place: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A stack's working folder, in which Terraform is a script that the test writes."""
    monkeypatch.setattr(terraform, "terraform", lambda: str(tmp_path / "terraform"))
    monkeypatch.setattr(terraform, "ROOT", tmp_path)
    monkeypatch.setattr(terraform, "WORK", tmp_path / ".work")
    found = Stack(place)
    found.folder.mkdir(parents=True)
    return found


def script(tmp_path: Path, *lines: str) -> None:
    """Write the stand-in for Terraform."""
    path = tmp_path / "terraform"
    path.write_text("\n".join(("#!/bin/sh", *lines, "")), encoding="utf-8")
    path.chmod(0o755)


def test_ctrl_c_lets_terraform_end(stack: Stack, tmp_path: Path) -> None:
    """After one Ctrl-C or two, Terraform writes its state and releases the lock before the command ends."""
    script(tmp_path, "kill -INT $PPID", "sleep 0.4", "kill -INT $PPID", "sleep 0.4", "touch written")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell ignores SIGINT
    try:
        with pytest.raises(KeyboardInterrupt):
            stack.terraform("apply")
    finally:
        signal.signal(signal.SIGINT, before)
    assert (stack.folder / "written").exists()


def test_a_state_that_could_not_be_uploaded_is(stack: Stack, tmp_path: Path) -> None:
    """The next run uploads errored.tfstate; if Terraform refuses it, the file stays and the error names it."""
    errored = stack.folder / ERRORED
    errored.write_text("{}", encoding="utf-8")
    script(tmp_path, '[ "$1" = init ]')
    with pytest.raises(OperatorError, match=r"errored.tfstate is the state of an earlier run that could not upload it"):
        stack.init()
    assert errored.exists()
    script(tmp_path, f'echo "$@" >> {tmp_path}/log')
    stack.init()
    assert not errored.exists()
    assert (tmp_path / "log").read_text(encoding="utf-8").splitlines()[-1] == "state push errored.tfstate"


def test_a_way_back_that_was_interrupted_deletes_nothing_older(
    place: Aws, only_environment: Callable[[Environment], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """If the older state is already back, a second run writes no script that deletes its resources."""
    only_environment(place.environment)
    state = State(place)
    store(place, Adopted(frozenset({("aws_vpc", "vpc-1")})))
    state.write(b"{}", key=BACKUP)

    @attrs.frozen
    class Back:
        """The stack after the older state was pushed."""

        aws: Aws
        synthesized: Callable[[], Any] = attrs.field(
            default=lambda: attrs.make_class("S", ["resources"])({"aws_vpc.V": 1})
        )

        def prepare(self) -> None:
            """Nothing to do."""

        def resources(self) -> dict[str, tuple[str, dict[str, Any]]]:
            """Return the older project's resources."""
            return {"module.compute.aws_ecs_service.this": ("aws_ecs_service", {"id": "older"})}

    monkeypatch.setattr("ops.migrate.way_back.Stack", Back)
    monkeypatch.setattr("ops.migrate.remains.WORK", tmp_path)
    assert way_back("test", yes=True) == 0
    assert list(tmp_path.iterdir()) == []
    assert (state.body(key=BACKUP), state.body(key=LIST), state.body(key=KEY)) == (None, None, None)
