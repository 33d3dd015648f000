"""`install.py FOLDER`: installs exactly the packages of a Pipfile.lock, with their hashes, into the `.venv` next to it.

It uses pip and the standard library only, so that setup needs no package whose hash was not checked. `pipenv sync`
installs the same packages. `pipenv verify` cannot be used, since pipenv's hash of a Pipfile depends on pip's settings.
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
"""File that the Makefile writes into a complete virtual environment."""
KEPT = frozenset({"pip"})
"""Packages that stay in a virtual environment although no lock file names them."""
SOURCES = frozenset(
    {"index-url", "extra-index-url", "no-index", "find-links", "trusted-host", "cert", "client-cert", "proxy",
     "timeout", "retries", "keyring-provider", "cache-dir", "no-cache-dir"}
)  # fmt: skip
"""The user's pip options that are kept: where packages come from. Others could change what is installed."""


def requirements(lock: dict[str, Any]) -> list[str]:
    """The requirements of a lock file for pip's hash-checking mode, in alphabetical order; both sections."""
    lines = []
    for name, package in sorted({**lock["develop"], **lock["default"]}.items()):
        extras = f"[{','.join(package['extras'])}]" if package.get("extras") else ""
        marker = f" ; {package['markers']}" if package.get("markers") else ""
        hashes = "".join(f" --hash={found}" for found in package["hashes"])
        lines.append(f"{name}{extras}{package['version']}{marker}{hashes}")
    return lines


def pipfile_hash(folder: Path) -> str:
    """SHA-256 of a folder's Pipfile without comments and formatting; Pipfile.lock holds the same hash."""
    pipfile = tomllib.loads((folder / "Pipfile").read_text(encoding="utf-8"))
    return hashlib.sha256(json.dumps(pipfile, sort_keys=True).encode()).hexdigest()


def python_of(folder: Path) -> Path:
    """The Python of the virtual environment in a folder."""
    return folder / ".venv" / "bin" / "python"


def of_another_python(root: Path) -> list[str]:
    """The stamps of virtual environments below a folder that belong to another Python version, relative to it."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}."
    found = []
    for folder in (".", "*", "*/*", "*/*/*"):
        for made in root.glob(f"{folder}/.venv/pyvenv.cfg"):
            lines = made.read_text(encoding="utf-8").splitlines()
            if not any(line.startswith(f"version = {version}") for line in lines):
                found.append(str(made.with_name(STAMP).relative_to(root)))
    return sorted(found)


def _works(python: Path) -> bool:
    """Whether a virtual environment is intact and has the version of the running Python."""
    wanted = f"{sys.version_info[0]}.{sys.version_info[1]}"
    check = f"import pip, sys; sys.exit('%d.%d' % sys.version_info[:2] != {wanted!r})"
    return python.exists() and subprocess.run([python, "-c", check], check=False, capture_output=True).returncode == 0


def _sources(pip: list[str]) -> dict[str, str]:
    """Environment variables for pip with the user's options in SOURCES only, from files and variables.

    Raises OSError where pip cannot read its configuration.
    """
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False)
    if listed.returncode:
        raise OSError(f"pip cannot read its configuration: {listed.stderr.strip()}")
    found: dict[str, str] = {}
    for section in ("global", "install", ":env:"):  # by increasing precedence
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
    """Make `FOLDER/.venv` match `FOLDER/Pipfile.lock`, and remove other packages; returns pip's exit code.

    `although_changed`: accept a lock file of an earlier Pipfile, as for pipenv, which writes the lock files. Without
    it, returns 1 for one.
    """
    lock = json.loads((folder / "Pipfile.lock").read_text(encoding="utf-8"))
    if not although_changed and lock["_meta"]["hash"]["sha256"] != pipfile_hash(folder):
        print(f"{folder / 'Pipfile.lock'} is out of date with {folder / 'Pipfile'}: run `make lock`", file=sys.stderr)
        return 1
    python = python_of(folder)
    if not _works(python):
        print(f"  creating {folder / '.venv'}", flush=True)
        # `clear` also removes what an interrupted creation has left.
        venv.create(folder / ".venv", clear=True, with_pip=True, symlinks=os.name != "nt")
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    try:
        environ = _sources(pip)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        wanted = Path(temporary) / "requirements.txt"
        lines = requirements(lock)
        wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"  checking {len(lines)} packages with pip, and downloading those that are missing", flush=True)
        done = subprocess.run(
            # Without compiling: of the bindings' 1,500 modules about twenty are imported, and Python compiles those.
            [*pip, "install", "-qq", "--require-hashes", "--no-deps", "--no-compile", "-r", str(wanted)],
            check=False,
            env=environ,
        )
    if done.returncode:
        print(
            f"pip could not install all packages of {folder / 'Pipfile.lock'}, see above; run the command again",
            file=sys.stderr,
        )
        return done.returncode
    names = {_canonical(name) for section in ("default", "develop") for name in lock[section]} | KEPT
    others = [name for name in _installed(folder) if _canonical(name) not in names]
    if not others:
        return 0
    return subprocess.run([*pip, "uninstall", "--quiet", "--yes", *others], check=False, env=environ).returncode


def main(arguments: list[str]) -> int:
    """`[--although-changed] FOLDER` installs, `--of-another-python` prints stamps of another Python; the exit code."""
    if arguments == [OF_ANOTHER_PYTHON]:
        print(*of_another_python(Path.cwd()))
        return 0
    changed = arguments[0] == ALTHOUGH_CHANGED
    return install(Path(os.path.normpath(arguments[-1])), although_changed=changed)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("interrupted; to continue, run the command again", file=sys.stderr)
        sys.exit(130)
