"""Output to the operator's terminal, and prompts.

Text from AWS, from lock holders and from Terraform may hold rich's markup or control characters. It is printed as plain
text with its control characters escaped, so that it can neither raise a MarkupError nor overwrite a line. `say` and
`cell` take a style instead of markup.
"""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from envs import EnvironmentsError
from ops.aws import WRONG_CALLS, OperatorError, in_one_line
from tools.environment import ROOT

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console
from rich.prompt import Confirm
from rich.text import Text

LISTS = ROOT / ".work"
"""Folder of the lists that an operator has to work through."""
ENDLESS = 10_000
"""Columns to assume for a file or a pipe, so that names and ARNs are not broken across lines."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def width() -> int | None:
    """Columns of the console; None where rich takes them from the terminal or from COLUMNS."""
    return None if sys.stdout.isatty() or os.environ.get("COLUMNS", "").isdigit() else ENDLESS


class PlainConsole(Console):
    """rich's console, which prints each string without interpreting markup, in tables too."""

    def render_str(self, text: str, **options: Any) -> Text:
        """A string with its control characters escaped."""
        return super().render_str(printable(text), **{**options, "markup": False, "emoji": False})


out = PlainConsole(soft_wrap=True, highlight=False, markup=False, emoji=False, width=width())


def printable(text: object) -> str:
    """Text with its control characters escaped as in Python, except line feeds and tabs."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), str(text))


def say(text: object, style: str = "") -> None:
    """Print text in a style, e.g. `bold red`."""
    out.print(cell(text, style))


def cell(text: object, style: str = "") -> Text:
    """Text in a style, for a table."""
    return Text(printable(text), style=style)


def keep_list(name: str, title: str, lines: Iterable[str]) -> Path:
    """Write a list that an operator has to work through to `.work/<name>.txt`; returns the path."""
    path = LISTS / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{printable(line)}\n" for line in [title, *lines]), encoding="utf-8")
    return path


def explained(error: Exception) -> str | None:
    """The message of an error that an operator can correct; None for any other error, which is a bug."""
    if isinstance(error, OperatorError | EnvironmentsError):
        return printable(error)
    if isinstance(error, BotoCoreError | ClientError) and not isinstance(error, WRONG_CALLS):
        return printable(in_one_line(error))
    if isinstance(error, OSError):
        return printable(f"{error.filename or 'the system'}: {error.strerror or error}")
    return None


class YesOrNo(Confirm):
    """rich's prompt, which also accepts the words `yes` and `no`, as Terraform does."""

    def process_response(self, value: str) -> bool:
        """Whether the answer means yes. Raises rich's InvalidResponse for neither yes nor no."""
        return super().process_response({"yes": "y", "no": "n"}.get(value.strip().lower(), value))


def confirmed(question: str, *, yes: bool) -> bool:
    """Ask a yes-or-no question; `yes` skips it. Raises OperatorError without `yes` and without a terminal."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise OperatorError(f"no terminal to confirm ({question}): pass --yes (with make: YES=1)")
    try:
        return YesOrNo.ask(cell(question), console=out, default=False)
    except EOFError:
        return False
