"""Lets a signal end a program like Ctrl-C, so that it ends its child processes and removes its temporary files."""

import signal
from types import FrameType


def _interrupt(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(number)


def interruptible(*others: signal.Signals) -> None:
    """Raise KeyboardInterrupt in the main thread on SIGINT, SIGTERM and the other signals given.

    SIGINT has to be set too, since a shell starts background jobs with SIGINT ignored.
    """
    for number in (signal.SIGINT, signal.SIGTERM, *others):
        signal.signal(number, _interrupt)
