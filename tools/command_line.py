"""Helpers for command lines: a parser whose errors end with exit code 1, types of options, and output.

Exit code 2 is reserved for "there are changes", as with `terraform plan -detailed-exitcode`.
"""

import argparse
import io
import re
import sys
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """argparse's parser, but an invalid command line ends with exit code 1 instead of 2."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and the error, and exit with code 1."""
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def duration(text: str) -> str:
    """Check a duration in Terraform's notation, e.g. `90s` or `15m`. Raises ArgumentTypeError for anything else."""
    if not re.fullmatch(r"(?:\d+h)?(?:\d+m)?(?:\d+s)?", text) or not text:
        raise argparse.ArgumentTypeError(f"{text!r} must be a duration, e.g. 90s, 15m or 1h30m")
    return text


def sha256(text: str) -> str:
    """Check a SHA-256 in hexadecimal digits. Raises ArgumentTypeError for anything else."""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise argparse.ArgumentTypeError(f"{text!r} must be a SHA-256 of 64 hexadecimal digits, from the run's summary")
    return text


def without_frame(text: str) -> list[str]:
    """The lines of Terraform's output, without empty ones and without the frame around an error."""
    return [line.strip("│╷╵ ") for line in text.splitlines() if line.strip("│╷╵ ")]


def tolerate_encoding() -> None:
    """Print `?` for a character that standard output or error cannot show, instead of ending with an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
