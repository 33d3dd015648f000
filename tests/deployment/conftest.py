"""An embedded AWS for each test that asks for one."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from emulator.rehearsal import rehearsal
from tests.deployment.cloud import Checkout, emulated_environ

import pytest

Start = Callable[..., Checkout]
PARTS = re.compile(r"\W+")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts an embedded AWS with options of its command line, and gives a checkout that deploys onto it."""
    with ExitStack() as running:

        def run(*options: str) -> Checkout:
            environ = running.enter_context(rehearsal(*options, log=tmp_path / "calls.log"))
            return Checkout.make(tmp_path / "checkout", emulated_environ(environ))

        yield run


@pytest.fixture
def checkout(start: Start) -> Checkout:
    """A checkout that deploys onto an embedded AWS of its own."""
    return start()
