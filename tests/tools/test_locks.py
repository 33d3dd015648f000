"""Locks between the processes of a machine."""

import subprocess
import sys
from pathlib import Path

from tools.environment import ROOT

FORKS = """
import fcntl, os, pathlib, signal, sys
from tools.locks import one_at_a_time
lock = pathlib.Path(sys.argv[1])
with one_at_a_time(lock):
    child = os.fork()
    if not child:
        signal.pause()
with lock.open("w") as file:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        print("free")
    except BlockingIOError:
        print("held")
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
"""


def test_a_forked_process_does_not_keep_the_lock(tmp_path: Path) -> None:
    """The lock is free after the block, although a process that was forked in it still has the file open."""
    done = subprocess.run(
        [sys.executable, "-c", FORKS, str(tmp_path / "lock")], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "free\n"
