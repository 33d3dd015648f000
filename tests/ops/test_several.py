"""One command for several environments."""

import re
from collections.abc import Callable
from typing import Any

from ops import several
from ops.aws import OperatorError
from ops.commands import of
from ops.several import in_order, on_several, parallel_plans
from ops.state.state import no_state
from tests.ops.conftest import Answer
from tests.support.output import rows
from tests.support.synthesized import settings

import pytest


def test_bootstrap_takes_every_environment(aws: Callable[..., Any], ops: Callable[..., Answer]) -> None:
    """Without ENV all environments are bootstrapped, with a heading and a table; named ones in their order."""
    done = ops("bootstrap", "--yes")
    assert (done.code, done.err) == (0, "")
    assert rows(done.out) == [["dev", "done"], ["prod", "done"]]
    again = ops("bootstrap", "prod,dev")
    assert [line for line in again.out.splitlines() if line.startswith("bootstrap")] == [
        "bootstrap prod (1 of 2)",
        "bootstrap dev (2 of 2)",
    ]
    names = {bucket["Name"] for bucket in aws("s3").list_buckets()["Buckets"]}
    assert names == {"ai-gateway-tfstate-dev", "ai-gateway-tfstate-prod"}


def test_plans_that_fail_are_in_the_table(aws: Callable[..., Any], ops: Callable[..., Answer]) -> None:
    """Each plan runs in its own process, output is printed in order, and the exit code is 1 if one fails."""
    del aws
    done = ops("diff")
    assert done.code == 1
    assert done.out.startswith("Planning dev, prod, ")
    assert re.findall(r"^(\w+): planning$", done.out, re.MULTILINE) in [["dev", "prod"], ["prod", "dev"]]
    expected = [[name, no_state(settings(environment=name))] for name in ("dev", "prod")]
    assert rows(done.out) == expected
    for name, says in expected:
        assert f"\n{name}\n{says}\n" in done.out


def test_what_changes_something_stops_at_the_first_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """A command that changes resources stops at the first failure, with its exit code."""
    seen: list[str] = []

    def deploy(name: str, *, yes: bool) -> int:
        assert yes
        seen.append(name)
        return 3 if name == "prod" else 0

    assert in_order(of("deploy"), ["prod", "dev"], {"yes": True}, deploy) == 3
    assert seen == ["prod"]
    assert rows(capsys.readouterr().out) == [["prod", "failed with exit code 3"], ["dev", "not started"]]
    assert in_order(of("deploy"), ["dev", "prod"], {"yes": True}, deploy) == 3
    assert seen == ["prod", "dev", "prod"]


def test_an_error_is_printed_and_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """An error's first line is in the table; a command that only reads continues with the next environment."""

    def describe(*_: object) -> int:
        raise OperatorError("it is off\nreally")

    assert in_order(of("describe"), ["dev", "prod"], {}, describe) == 1
    captured = capsys.readouterr()
    assert captured.err == "it is off\nreally\n" * 2
    assert rows(captured.out) == [["dev", "it is off"], ["prod", "it is off"]]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["deploy", ""], "name the environments, in the order to work on them: make deploy ENV=dev,prod"),
        (["deploy"], "name the environments, in the order to work on them: make deploy ENV=dev,prod"),
        (["recover"], "name one environment: make … ENV=dev"),
        (["token", "dev,prod"], "token takes one environment, not 2: dev,prod"),
        (["deploy", "dev,nosuch"], "no environment 'nosuch': envs/ has dev, prod"),
    ],
)
def test_what_it_does_not_take_is_one_line(ops: Callable[..., Answer], arguments: list[str], says: str) -> None:
    """A missing, unknown or additional environment name gives a one-line error before anything is done."""
    assert ops(*arguments) == Answer(1, "", f"{says}\n")


@pytest.mark.parametrize(("processors", "free", "expected"), [(2, 8000, 2), (8, 3000, 2), (4, 100, 1), (None, 9000, 1)])
def test_the_machine_limits_how_many_plans_run_at_once(
    monkeypatch: pytest.MonkeyPatch, processors: int | None, free: int, expected: int
) -> None:
    """At least one plan runs, and as many as processors and free memory allow."""
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    monkeypatch.setattr(several, "free_mib", lambda: free)
    assert parallel_plans() == expected


def test_one_environment_is_as_before() -> None:
    """One environment is handled without a heading or a table."""
    assert on_several(of("recover"), ["dev"], {}, lambda name: 7 if name == "dev" else 0) == 7
