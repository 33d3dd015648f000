"""Locks between the processes of a machine."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Hold a lock file during the block; waits, without a timeout, while another process holds it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            # Closing the file is not enough: a process that was forked during the block has it open too, and would
            # keep the lock until it ends (flock(2)).
            fcntl.flock(file, fcntl.LOCK_UN)
