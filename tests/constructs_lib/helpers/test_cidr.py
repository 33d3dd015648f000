"""`cidrsubnet` returns the same values and errors as Terraform's function."""

import json
import random
import re
import subprocess
from pathlib import Path

from constructs_lib.helpers.cidr import cidrsubnet

import pytest

Case = tuple[str, int, int]


@pytest.mark.parametrize(
    ("netnum", "expected"), [(1, "10.0.1.0/24"), (2, "10.0.2.0/24"), (10, "10.0.10.0/24"), (20, "10.0.20.0/24")]
)
def test_the_documents_subnets(netnum: int, expected: str) -> None:
    """The four subnets of 10.0.0.0/16 are those of the Terraform version."""
    assert cidrsubnet("10.0.0.0/16", 8, netnum) == expected


def cases() -> list[Case]:
    """Two hundred sets of arguments, valid and invalid, the same in every run."""
    chance = random.Random(20)  # noqa: S311 (repeatable, not secret)
    found: list[Case] = [
        ("10.0.0.0/8", 25, 2),
        ("10.0.0.0/24", 8, 256),
        ("10.0.0.0/33", 8, 1),
        ("10.0.0.0", 8, 1),
        ("10.0.0/8", 8, 1),
        ("", 8, 1),
        ("10.0.0.0/+8", 8, 1),
        ("10.0.0.0/8", 8, 2**64),
    ]
    for _ in range(200):
        length = chance.randint(0, 32)
        address = ".".join(str(chance.randint(0, 255)) for _ in range(4))
        newbits = chance.randint(0, 34 - length)
        found.append((f"{address}/{length}", newbits, chance.randint(0, 2 ** max(newbits, 1) + 1)))
    return found


def ours(case: Case) -> str:
    """Our result, or the message of our error."""
    try:
        return cidrsubnet(*case)
    except ValueError as error:
        return f"error: {error}"


def terraforms(cases: list[Case], folder: Path) -> list[str]:
    """Terraform's results from one process; `try` turns a failing call into "error"."""
    calls = [f"cidrsubnet({json.dumps(prefix)}, {newbits}, {netnum})" for prefix, newbits, netnum in cases]
    script = "jsonencode([" + ", ".join(f'try({call}, "error")' for call in calls) + "])\n"
    done = subprocess.run(
        ["terraform", "console"], cwd=folder, input=script, capture_output=True, text=True, check=True
    )
    answers: list[str] = json.loads(json.loads(done.stdout))
    return answers


def terraforms_error(case: Case, folder: Path) -> str:
    """The message of Terraform's error for one call, without line breaks and stack frames."""
    prefix, newbits, netnum = case
    done = subprocess.run(
        ["terraform", "console", "-no-color"],
        # In a separate folder, because the console locks the state of its working directory.
        cwd=folder,
        input=f"cidrsubnet({json.dumps(prefix)}, {newbits}, {netnum})\n",
        capture_output=True,
        text=True,
        check=False,
    )
    text = re.sub(r"[\s│╷╵]+", " ", done.stdout + done.stderr)
    match = re.search(r'Call to function "cidrsubnet" failed: (.*?)\.? ?(?:goroutine.*)?$', text)
    assert match, text
    return f"error: {match[1]}"


@pytest.mark.terraform
def test_terraform_console_agrees(tmp_path: Path) -> None:
    """For two hundred generated sets of arguments, Terraform returns the same results and fails for the same ones."""
    tried = cases()
    expected = terraforms(tried, tmp_path)
    found = ["error" if answer.startswith("error") else answer for answer in map(ours, tried)]
    assert dict(zip(tried, expected, strict=True)) == dict(zip(tried, found, strict=True))
    assert 20 < expected.count("error") < 150


@pytest.mark.terraform
@pytest.mark.parametrize(
    "case",
    [
        ("10.0.0.0/8", 25, 2),
        ("10.0.0.0/24", 8, 256),
        ("10.0.0.0/33", 8, 1),
        ("10.0.0.0", 8, 1),
    ],
)
def test_terraforms_messages(case: Case, tmp_path: Path) -> None:
    """Our error message is the same as Terraform's."""
    assert terraforms_error(case, tmp_path) == ours(case)
