"""Exit code 2 is left to mean changes."""

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
    """Usage and a line on stderr, nothing on stdout."""
    with pytest.raises(SystemExit) as ended:
        parser.parse_args(arguments)
    captured = capsys.readouterr()
    assert (ended.value.code, captured.out, captured.err.splitlines()[-1]) == (1, "", said)
