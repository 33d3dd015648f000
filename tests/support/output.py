"""Parses the output of commands."""

import re


def rows(text: str) -> list[list[str]]:
    """The cells of the table at the end of the output, without seconds."""
    lines = text.rstrip("\n").splitlines()
    start = max(number for number, line in enumerate(lines) if line.startswith("Environment"))
    return [re.split(r"  +", line.strip())[:2] for line in lines[start + 1 :]]
