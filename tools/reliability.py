"""Writes docs/reliability.md: which faults the tests cause, and that they were survived. `make reliability` runs it."""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from pathlib import Path

from tests.deployment import test_demo, test_faults
from tools.environment import PROGRAMS, ROOT, child_environment
from tools.provider_mirror import chosen

PAGE = ROOT / "docs/reliability.md"
MODULES = {"tests.deployment.test_faults": test_faults, "tests.deployment.test_demo": test_demo}
CHOSEN = ("tests/deployment/test_faults.py", "tests/deployment/test_demo.py::test_ctrl_c_leaves_nothing_behind")


def sentence(module: str, function: str) -> str:
    """What a test shows, in its own words."""
    doc = getattr(MODULES[module], function).__doc__ or ""
    return " ".join(doc.split())


def rows(report: Path) -> list[tuple[str, str, str]]:
    """Fault, what is shown and how it ended, of each test in a JUnit report."""
    found = []
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 (pytest has just written it)
        function, _, parameters = case.attrib["name"].partition("[")
        title = function.removeprefix("test_").replace("_", " ")
        fault = f"{title}: {parameters.removesuffix(']').replace('-', ' ')}" if parameters else title
        ended = "failed" if case.find("failure") is not None or case.find("error") is not None else "survived"
        found.append((fault, sentence(case.attrib["classname"], function), ended))
    return sorted(found)


def page(found: list[tuple[str, str, str]], versions: str) -> str:
    """The page as Markdown."""
    survived = sum(ended == "survived" for _, _, ended in found)
    lines = [
        "# What deployments survive",
        "",
        f"Made by `make reliability` on {datetime.now(UTC):%Y-%m-%d} with {versions} on the embedded AWS.",
        f"**{len(found)} faults tried, {survived} survived.** `make test` tries them all again.",
        "",
        "| Fault | What is shown | |",
        "|---|---|---|",
        *(f"| {fault} | {shown} | {ended} |" for fault, shown, ended in found),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the tests and write the page; the exit code is pytest's."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        arguments = [*CHOSEN, "--no-cov", f"--junitxml={report}"]
        command = [sys.executable, "-m", "pytest", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=child_environment(), check=False)
        terraform = subprocess.run([PROGRAMS / "terraform", "version"], capture_output=True, text=True, check=True)
        versions = f"{terraform.stdout.split()[0]} {terraform.stdout.split()[1]} and hashicorp/aws {chosen().version}"
        PAGE.write_text(page(rows(report), versions), encoding="utf-8")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
