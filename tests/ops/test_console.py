"""Output shows names and values literally, without interpreting them."""

from collections.abc import Callable
from pathlib import Path

from ops import aws, console
from ops.aws import OperatorError
from ops.console import PlainConsole, cell, confirmed, explained, keep_list, printable, say

import boto3
import pytest
from botocore.exceptions import IncompleteReadError, ParamValidationError
from rich.table import Table

NASTY = "[/] [bold]x[/bold] :secret: \x1b[2J\r\u202e"
SHOWN = "[/] [bold]x[/bold] :secret: \\x1b[2J\\r\\u202e"
ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/" + "x" * 200


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Return a function that returns what was printed to a pipe."""
    made = PlainConsole(soft_wrap=True, highlight=False, markup=False, emoji=False, width=console.ENDLESS, record=True)
    monkeypatch.setattr(console, "out", made)
    return made.export_text


def test_foreign_text_is_neither_markup_nor_control(printed: Callable[[], str]) -> None:
    """Markup, emoji codes and control characters are printed literally or escaped, alone and in tables."""
    console.out.print(NASTY)
    say(NASTY, "bold")
    table = Table("Name", box=None, pad_edge=False)
    table.add_row(NASTY)
    table.add_row(cell(NASTY, "red"))
    console.out.print(table)
    assert [line.strip() for line in printed().splitlines()] == [SHOWN, SHOWN, "Name", SHOWN, SHOWN]


def test_names_are_not_broken_in_a_pipe(printed: Callable[[], str]) -> None:
    """In a pipe each table row is one line."""
    table = Table("Arn", "More", box=None, pad_edge=False)
    table.add_row(ARN, "y" * 200)
    console.out.print(table)
    assert printed().splitlines()[1].split() == [ARN, "y" * 200]


@pytest.mark.parametrize(("columns", "width"), [("77", None), ("", console.ENDLESS), ("wide", console.ENDLESS)])
def test_columns_is_respected(monkeypatch: pytest.MonkeyPatch, columns: str, width: int | None) -> None:
    """rich uses the width in COLUMNS if it is a number."""
    monkeypatch.setenv("COLUMNS", columns)
    assert console.width() == width
    assert width or PlainConsole(width=width).width == 77


def test_a_question_is_printed_as_it_is(monkeypatch: pytest.MonkeyPatch, printed: Callable[[], str]) -> None:
    """A prompt prints names literally too."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)

    def answer(prompt: object, **_: object) -> str:
        console.out.print(prompt)
        return "yes"

    monkeypatch.setattr(console.out, "input", answer)
    assert confirmed(f"Take {NASTY}?", yes=False)
    assert SHOWN in printed()


def test_errors_are_printable() -> None:
    """Errors for operators are printed in full; an unexpected exception has no explanation and keeps its traceback."""
    assert explained(OperatorError(f"a\n{NASTY}")) == f"a\n{SHOWN}"
    assert explained(FileNotFoundError(2, "No such file", "x")) == "x: No such file"
    assert explained(ValueError("x")) is None
    assert printable("tab\tand\nline") == "tab\tand\nline"


def test_a_call_that_our_code_gets_wrong_is_a_bug() -> None:
    """A call with invalid parameters is a bug in our code, so it has no operator message and keeps its traceback."""
    assert explained(ParamValidationError(report="x")) is None
    assert explained(IncompleteReadError(actual_bytes=1, expected_bytes=2)) == (
        "the AWS SDK reports: 1 read, but total bytes expected is 2."
    )
    with pytest.raises(ValueError, match=r"^boto3 has no service 'stz'; did you mean sts\?$"):
        aws.client_of(boto3.Session(), "stz", "eu-west-1")


def test_a_list_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of things to act on is written to a file too."""
    monkeypatch.setattr(console, "LISTS", tmp_path / "new")
    path = keep_list("dev.additions", "Next to it:", ["aws_x a", NASTY])
    assert path.read_text(encoding="utf-8") == f"Next to it:\naws_x a\n{SHOWN}\n"
