"""Install exactly what a Pipfile.lock names, hashes included, into the `.venv` next to it: `install.py FOLDER`.

pip alone does it, so setup needs no package that nothing has checked. Standard library only. `pipenv sync` installs the
same; `pipenv verify` does not serve, because pipenv counts pip's own configuration into the hash of the Pipfile.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

ALTHOUGH_CHANGED, OF_ANOTHER_PYTHON = "--although-changed", "--of-another-python"
STAMP = ".synced"
"""What the Makefile writes into a virtual environment that is complete."""
KEPT = frozenset({"pip"})
"""Packages of a virtual environment that no lock names."""
SOURCES = frozenset(
    {"index-url", "extra-index-url", "no-index", "find-links", "trusted-host", "cert", "client-cert", "proxy",
     "timeout", "retries", "keyring-provider", "cache-dir", "no-cache-dir"}
)  # fmt: skip
"""What of pip's configuration is used: where packages come from. The rest would change what is installed."""


def requirements(lock: dict[str, Any]) -> list[str]:
    """The lines of pip's hash-checking mode for a lock, both of its sections, in alphabetical order."""
    lines = []
    for name, package in sorted({**lock["develop"], **lock["default"]}.items()):
        extras = f"[{','.join(package['extras'])}]" if package.get("extras") else ""
        marker = f" ; {package['markers']}" if package.get("markers") else ""
        hashes = "".join(f" --hash={found}" for found in package["hashes"])
        lines.append(f"{name}{extras}{package['version']}{marker}{hashes}")
    return lines


def pipfile_hash(folder: Path) -> str:
    """SHA-256 of what the Pipfile in a folder asks for, which its lock repeats; comments do not count."""
    pipfile = tomllib.loads((folder / "Pipfile").read_text(encoding="utf-8"))
    return hashlib.sha256(json.dumps(pipfile, sort_keys=True).encode()).hexdigest()


def python_of(folder: Path) -> Path:
    """The Python of the virtual environment in a folder."""
    return folder / ".venv" / "bin" / "python"


def of_another_python(root: Path) -> list[str]:
    """The stamps, relative to a folder, of the virtual environments below it that another Python's version made."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}."
    found = []
    for folder in (".", "*", "*/*", "*/*/*"):
        for made in root.glob(f"{folder}/.venv/pyvenv.cfg"):
            lines = made.read_text(encoding="utf-8").splitlines()
            if not any(line.startswith(f"version = {version}") for line in lines):
                found.append(str(made.with_name(STAMP).relative_to(root)))
    return sorted(found)


def _works(python: Path) -> bool:
    """Whether a virtual environment is whole and of the Python that runs this, so that it can be kept."""
    wanted = f"{sys.version_info[0]}.{sys.version_info[1]}"
    check = f"import pip, sys; sys.exit('%d.%d' % sys.version_info[:2] != {wanted!r})"
    return python.exists() and subprocess.run([python, "-c", check], check=False, capture_output=True).returncode == 0


def _sources(pip: list[str]) -> dict[str, str]:
    """The user's configuration of pip, files and variables, as far as it is about sources; no other file is read."""
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False)
    if listed.returncode:
        raise OSError(f"pip cannot read its configuration: {listed.stderr.strip()}")
    found: dict[str, str] = {}
    for section in ("global", "install", ":env:"):  # the later one decides
        for line in listed.stdout.splitlines():
            name, _, value = line.partition("=")
            if name.startswith(f"{section}.") and name.removeprefix(f"{section}.") in SOURCES:
                key = name.removeprefix(f"{section}.").upper().replace("-", "_")
                found[f"PIP_{key}"] = ast.literal_eval(value)
    return {**os.environ, **found, "PIP_CONFIG_FILE": os.devnull}


def _installed(folder: Path) -> list[str]:
    """The names of the packages in a folder's virtual environment, which takes no second start of pip."""
    found = distributions(path=[str(path) for path in folder.glob(".venv/lib/python*/site-packages")])
    return sorted({one.metadata["Name"] for one in found})


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def install(folder: Path, *, although_changed: bool = False) -> int:
    """Bring `FOLDER/.venv` to what `FOLDER/Pipfile.lock` says; pip's exit code.

    `although_changed`: also where the lock belongs to an earlier Pipfile, as for the program that writes the locks.
    """
    lock = json.loads((folder / "Pipfile.lock").read_text(encoding="utf-8"))
    if not although_changed and lock["_meta"]["hash"]["sha256"] != pipfile_hash(folder):
        print(
            f"{folder / 'Pipfile'} has changed and {folder / 'Pipfile.lock'} has not: run `make lock`", file=sys.stderr
        )
        return 1
    python = python_of(folder)
    if not _works(python):
        # A copy of the interpreter's links: an interrupted creation is cleared by the next one.
        venv.create(folder / ".venv", clear=True, with_pip=True, symlinks=os.name != "nt")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    try:
        environ = _sources(pip)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        wanted = Path(temporary) / "requirements.txt"
        wanted.write_text("\n".join(requirements(lock)) + "\n", encoding="utf-8")
        done = subprocess.run(
            # Not compiled: of the bindings' 1,500 modules some twenty are imported, and Python compiles those itself.
            [*pip, "install", "-qq", "--require-hashes", "--no-deps", "--no-compile", "-r", str(wanted)],
            check=False,
            env=environ,
        )
    if done.returncode:
        print(
            f"the packages of {folder / 'Pipfile.lock'} were not all installed; run the command again", file=sys.stderr
        )
        return done.returncode
    names = {_canonical(name) for section in ("default", "develop") for name in lock[section]} | KEPT
    others = [name for name in _installed(folder) if _canonical(name) not in names]
    if not others:
        return 0
    return subprocess.run([*pip, "uninstall", "--quiet", "--yes", *others], check=False, env=environ).returncode


def main(arguments: list[str]) -> int:
    """Install into a folder, with `--although-changed` before it where that is meant; the exit code.

    `--of-another-python` alone prints what the Makefile has to install again.
    """
    if arguments == [OF_ANOTHER_PYTHON]:
        print(*of_another_python(Path.cwd()))
        return 0
    changed = arguments[0] == ALTHOUGH_CHANGED
    return install(Path(os.path.normpath(arguments[-1])), although_changed=changed)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("interrupted; run the command again, it continues from here", file=sys.stderr)
        sys.exit(130)
