"""An embedded AWS for one piece of work: it starts, its variables are handed out, and it is gone afterwards."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator.environ import HOST, emulated
from tools.environment import ROOT, child_environment

ANSWERS = re.compile(rf"answers on {re.escape(HOST)}:(\d+)")


@contextmanager
def rehearsal(*options: str, log: Path | None = None) -> Iterator[dict[str, str]]:
    """The environment variables of a process that is to work on an embedded AWS.

    `options` go to `python -m emulator`; `log` gets a line a call. Raises SystemExit without an AWS provider.
    """
    command = [sys.executable, "-m", "emulator", "--port", "0", *options, *(["--verbose"] if log else [])]
    with (
        (log or Path(os.devnull)).open("wb") as calls,
        # In a session of its own: Ctrl-C is for the work, which needs AWS to end well.
        subprocess.Popen(
            command,
            cwd=ROOT,
            env=child_environment(),
            stdout=subprocess.PIPE,
            stderr=calls if log else None,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield emulated(child_environment(), _port(process))
        finally:
            process.terminate()
            process.wait()  # before its pipe closes: it may be writing to it


def _port(process: subprocess.Popen[bytes]) -> int:
    if process.stdout is None:
        raise RuntimeError("the embedded AWS was started without a pipe")
    for line in process.stdout:
        if found := ANSWERS.search(line.decode()):
            return int(found[1])
    raise RuntimeError("the embedded AWS did not start; its error stands above")
