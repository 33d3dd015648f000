"""docs/reliability.md tells of the tests there are."""

import re
import subprocess
import sys
from pathlib import Path

from tools.environment import ROOT
from tools.reliability import CHOSEN, PAGE, page, rows


def test_the_page_counts_every_fault_that_is_tried() -> None:
    """A fault that is added or dropped, or one that was not survived, makes the page wrong."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-n", "0", "--no-cov", *CHOSEN],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    there_are = sum("::test_" in line for line in done.stdout.splitlines())
    text = PAGE.read_text(encoding="utf-8")
    told = re.search(r"\*\*(\d+) faults tried, (\d+) survived\.\*\*", text)
    assert told
    assert (int(told[1]), int(told[2])) == (there_are, there_are)
    assert text.count("| survived |") == there_are


def test_a_report_becomes_rows(tmp_path: Path) -> None:
    """A case is a row in the test's own words, and one that failed says so."""
    report = tmp_path / "report.xml"
    report.write_text(
        """<testsuites><testsuite>
        <testcase classname="tests.deployment.test_faults" name="test_two_applies_at_once[table]"/>
        <testcase classname="tests.deployment.test_faults" name="test_a_state_that_is_gone"><failure/></testcase>
        </testsuite></testsuites>""",
        encoding="utf-8",
    )
    found = rows(report)
    assert [(fault, ended) for fault, _, ended in found] == [
        ("a state that is gone", "failed"),
        ("two applies at once: table", "survived"),
    ]
    assert "**2 faults tried, 1 survived.**" in page(found, "Terraform")
