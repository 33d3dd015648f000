"""Waits for something to happen, for as long as a busy machine may need."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")
PATIENCE = 120.0
"""Seconds. With 20 busy processes on 2 cores everything takes ten to twenty times as long as on idle ones."""
CALL_PATIENCE = 5 * PATIENCE
"""For a call of Terraform's, before which it may create other resources for minutes."""


def until(probe: Callable[[], Found | None], shown: Callable[[], object] = str, *, pause: float = 0.05) -> Found:
    """The first true value that the probe returns; it is called again every `pause` seconds.

    Raises AssertionError with what `shown` returns after PATIENCE seconds.
    """
    deadline = time.monotonic() + PATIENCE
    while not (found := probe()):
        assert time.monotonic() < deadline, shown()
        time.sleep(pause)
    return found
