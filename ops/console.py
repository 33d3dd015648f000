"""What an operator sees and is asked.

Nothing that is printed is markup, and control characters are escaped: text comes from AWS, from lock holders and from
Terraform, and must neither end in a traceback nor write over a line. `say` and `cell` take a style instead.
"""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from envs import EnvironmentsError
from ops.aws import OperatorError, in_one_line
from tools.environment import ROOT

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.prompt import Confirm
from rich.text import Text

LISTS = ROOT / ".work"
"""Where lists that somebody has to act on are kept."""
ENDLESS = 10_000
"""Columns of a file or a pipe, which has no width: names and ARNs are not broken there."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def width() -> int | None:
    """None where rich finds it: a terminal's, or what COLUMNS says."""
    return None if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit() else ENDLESS


class PlainConsole(Console):
    """rich's, and it prints each string as it is, in tables too."""

    def render_str(self, text: str, **options: Any) -> Text:
        """A string with its control characters escaped."""
        return super().render_str(printable(text), **{**options, "markup": False, "emoji": False})


out = PlainConsole(soft_wrap=True, highlight=False, markup=False, emoji=False, width=width())


def printable(text: object) -> str:
    """Text with its control characters as Python escapes them, line ends and tabs aside."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))


def say(text: object, style: str = "") -> None:
    """Print text in a style, e.g. `bold red`."""
    out.print(cell(text, style))


def cell(text: object, style: str = "") -> Text:
    """Text in a style, for a table."""
    return Text(printable(text), style=style)


def keep_list(name: str, title: str, lines: Iterable[str]) -> Path:
    """Write a list that somebody has to act on to a file, as it was printed; its path."""
    path = LISTS / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{printable(line)}\n" for line in [title, *lines]), encoding="utf-8")
    return path


def explained(error: Exception) -> str | None:
    """An error that an operator can correct, in one line each; None for any other."""
    if isinstance(error, OperatorError | EnvironmentsError):
        return printable(error)
    if isinstance(error, BotoCoreError | ClientError):
        return printable(in_one_line(error))
    if isinstance(error, OSError):
        return printable(f"{error.filename or 'the system'}: {error.strerror or error}")
    return None


class YesOrNo(Confirm):
    """rich's, and it takes the whole words, as Terraform wants them."""

    def process_response(self, value: str) -> bool:
        """What an answer means."""
        return super().process_response({"yes": "y", "no": "n"}.get(value.strip().lower(), value))


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask, unless the answer is given. Raises OperatorError where there is no terminal."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise OperatorError(f"no terminal to confirm ({question}): pass --yes, with make YES=1")
    try:
        return YesOrNo.ask(cell(question), console=out, default=False)
    except EOFError:
        return False
