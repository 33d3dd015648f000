"""Ends one of our programs by a signal as Ctrl-C does: what it started is ended, and its files are removed."""

import signal
from types import FrameType


def _interrupt(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(number)


def interruptible(*others: signal.Signals) -> None:
    """Raise KeyboardInterrupt in the main thread at SIGINT, SIGTERM and the other signals named.

    SIGINT too, since a shell starts what runs in its background with SIGINT ignored.
    """
    for number in (signal.SIGINT, signal.SIGTERM, *others):
        signal.signal(number, _interrupt)
