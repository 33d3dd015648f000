"""A command line error ends with exit code 1, because 2 means changes."""

from ops.__main__ import parser as ops_parser
from review.__main__ import parser as review_parser
from tools.command_line import Parser

import pytest

SECONDS = "python -m ops smoke: argument --stream-seconds: invalid int value: 'x'"


@pytest.mark.parametrize(
    ("parser", "arguments", "said"),
    [
        (ops_parser(), ["smoke", "dev", "--stream-seconds", "x"], SECONDS),
        (ops_parser(), ["diff", "dev", "--exit-zer0"], "python -m ops: unrecognized arguments: --exit-zer0"),
        (review_parser(), [], "python -m review: the following arguments are required: base"),
    ],
)
def test_what_it_does_not_take_ends_with_one(
    parser: Parser, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An invalid argument prints usage and a one-line error on stderr, and nothing on stdout."""
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(arguments)
    captured = capsys.readouterr()
    assert (ended.value.code, captured.out, captured.err.splitlines()[-1]) == (1, "", said)
