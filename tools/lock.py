"""`make lock`: writes every Pipfile.lock, without the URL of a package index.

The hashes pin the packages; pip's settings decide where they come from.
"""

import json
import subprocess
import sys
from pathlib import Path

from tools.environment import ROOT, child_environment
from tools.install import pipfile_hash

FOLDERS = (".", "policy", "tests/cdktn", "tests/gateway", "tests/gateway/litellm", "tools/pipenv")
"""The folders with a Pipfile; a test compares them with the checkout."""
PIPENV = ROOT / "tools" / "pipenv" / ".venv" / "bin" / "pipenv"


def without_index(lock: dict[str, object], sha256: str) -> dict[str, object]:
    """A lock file of pipenv's without package indexes, and with our own hash of its Pipfile.

    pipenv's hash depends on pip's configuration, so it differs between machines.
    """
    sections = {
        name: {
            package: {key: value for key, value in entry.items() if key != "index"}
            for package, entry in section.items()
        }
        for name, section in lock.items()
        if name != "_meta" and isinstance(section, dict)
    }
    return {"_meta": {"hash": {"sha256": sha256}, "pipfile-spec": 6, "requires": {}, "sources": []}, **sections}


def lock(folder: Path) -> int:
    """Write the lock file of one folder; returns pipenv's exit code."""
    environ = {**child_environment(), "PIPENV_IGNORE_VIRTUALENVS": "1", "PIPENV_PIPFILE": str(folder / "Pipfile")}
    done = subprocess.run([PIPENV, "lock", "--dev"], cwd=folder, env=environ, check=False)
    if done.returncode == 0:
        path = folder / "Pipfile.lock"
        made = without_index(json.loads(path.read_text(encoding="utf-8")), pipfile_hash(folder))
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(made, indent=4, sort_keys=True) + "\n", encoding="utf-8")
        partial.replace(path)
    return done.returncode


def main() -> int:
    """Lock the folders until one fails; returns its exit code, or 0."""
    return next((code for code in (lock(ROOT / folder) for folder in FOLDERS) if code), 0)


if __name__ == "__main__":
    sys.exit(main())
