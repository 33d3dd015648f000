"""A command line whose exit code 2 is free to mean changes, as with `terraform plan -detailed-exitcode`."""

import argparse
import io
import re
import sys
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """argparse's, but a command line that it does not take ends with 1, as every other error."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and end."""
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def duration(text: str) -> str:
    """A duration as Terraform writes it, e.g. `90s` or `15m`. Raises ArgumentTypeError for anything else."""
    if not re.fullmatch(r"(?:\d+h)?(?:\d+m)?(?:\d+s)?", text) or not text:
        raise argparse.ArgumentTypeError(f"{text!r} must be a duration, e.g. 90s, 15m or 1h30m")
    return text


def sha256(text: str) -> str:
    """A SHA-256 in hexadecimal digits. Raises ArgumentTypeError for anything else."""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise argparse.ArgumentTypeError(f"{text!r} must be a SHA-256 of 64 hexadecimal digits, from the run's summary")
    return text


def without_frame(text: str) -> list[str]:
    """The lines of what Terraform prints, without the frame that it draws around an error."""
    return [line.strip("│╷╵ ") for line in text.splitlines() if line.strip("│╷╵ ")]


def tolerate_encoding() -> None:
    """Print `?` for a character that standard output or error cannot show, instead of ending with an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
