"""An embedded AWS of its own for each test that asks for one, empty or with dev and prod deployed."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from emulator.environ import emulated
from emulator.rehearsal import copy_of, rehearsal, start_in_background
from tests.support.cloud import Checkout, emulated_environ
from tools.environment import child_environment

import pytest

Start = Callable[..., Checkout]
BOTH = ("dev", "prod")


@pytest.fixture(name="start")
def start_one(tmp_path: Path) -> Iterator[Start]:
    """Starts an embedded AWS with options of its command line, and gives a checkout that deploys onto it."""
    with ExitStack() as running:

        def run(*options: str) -> Checkout:
            environ = running.enter_context(rehearsal(*options, log=tmp_path / "calls.log"))
            return Checkout.make(tmp_path / "checkout", emulated_environ(environ))

        yield run


def shared(factory: pytest.TempPathFactory, name: str, build: Callable[[Path, int], Any]) -> Any:  # noqa: ANN401 (JSON)
    """What one worker builds for all of them, as JSON holds it: the first one that asks builds, the others wait.

    `build` gets a folder, and the id of the process of the whole test run, with which its processes are to end.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    base = factory.getbasetemp()
    folder = (base.parent if worker else base) / name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place = folder / "made.json"
        if not place.exists():
            made = build(folder, os.getppid() if worker else os.getpid())
            place.write_text(json.dumps(made), encoding="utf-8")
        return json.loads(place.read_text(encoding="utf-8"))


def environ_of(port: int) -> dict[str, str]:
    """The variables for the embedded AWS on a port."""
    return emulated_environ(emulated(child_environment(), port))


def _deploy_both(folder: Path, run: int) -> int:
    """Deploy dev and prod at the same time from one checkout; the port of the embedded AWS that they are on."""
    port = start_in_background(run)
    checkout = Checkout.make(folder / "checkout", environ_of(port))
    with ThreadPoolExecutor() as pool:
        for done in pool.map(lambda name: checkout.ops("deploy", name, "--yes"), BOTH):
            assert done.returncode == 0, done.stdout
    return port


@pytest.fixture(scope="session")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of an embedded AWS that dev and prod were deployed onto, at the same time, from one checkout.

    All workers share it and none changes it: a test works on a copy.
    """
    return environ_of(shared(tmp_path_factory, "deployed", _deploy_both))


@pytest.fixture
def checkout(deployed: dict[str, str], tmp_path: Path) -> Iterator[Checkout]:
    """A checkout that works on a copy of what is deployed."""
    with copy_of(deployed) as environ:
        yield Checkout.make(tmp_path / "checkout", environ)
