"""A separate embedded AWS for each test that asks for one: empty, or with dev and prod deployed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from emulator.rehearsal import copied, copy_of, rehearsal
from tests.support.cloud import Checkout, emulated_environ
from tests.support.full import deployed_full
from tests.support.shared import environ_of, shared

import pytest

Start = Callable[..., Checkout]
BOTH = ("dev", "prod")


@pytest.fixture(name="start")
def start_one(empty_aws: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """A function that starts an empty embedded AWS, with optional command-line options. It returns a checkout on it."""
    with ExitStack() as running:

        def run(*options: str) -> Checkout:
            log = tmp_path / "calls.log"
            started = rehearsal(*options, log=log) if options else copy_of(empty_aws)
            return Checkout.make(tmp_path / "checkout", emulated_environ(running.enter_context(started)))

        yield run


def _deploy_both(folder: Path, empty_aws: dict[str, str]) -> int:
    """Deploy dev and prod at the same time from one checkout. Returns the port of the embedded AWS."""
    port = copied(empty_aws)
    checkout = Checkout.make(folder / "checkout", environ_of(port))
    with ThreadPoolExecutor() as pool:
        for done in pool.map(lambda name: checkout.ops("deploy", name, "--yes"), BOTH):
            assert done.returncode == 0, done.stdout
    return port


@pytest.fixture(scope="session")
def deployed(empty_aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables of an embedded AWS to which dev and prod were deployed at the same time from one checkout.

    All workers share it and none changes it: each test works on a copy.
    """
    return environ_of(shared(tmp_path_factory, "deployed", lambda folder: _deploy_both(folder, empty_aws)))


@pytest.fixture
def checkout(deployed: dict[str, str], tmp_path: Path) -> Iterator[Checkout]:
    """A checkout that works on a copy of the AWS where dev and prod are deployed."""
    with copy_of(deployed) as environ:
        yield Checkout.make(tmp_path / "checkout", environ)


@pytest.fixture(scope="session")
def full(empty_aws: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """The environment of tests/support/full.py, for the modules of the xdist group `full`, which run in one worker."""
    with deployed_full(empty_aws, tmp_path_factory.mktemp("full")) as checkout:
        yield checkout
