"""An embedded AWS for one piece of work: it starts, its variables are handed out, and it is gone afterwards."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from emulator import control
from emulator.environ import HOST, emulated
from tools.environment import ROOT, child_environment

ANSWERS = re.compile(rf"answers on {re.escape(HOST)}:(\d+)")


@contextmanager
def rehearsal(*options: str, log: Path | None = None) -> Iterator[dict[str, str]]:
    """The environment variables of a process that is to work on an embedded AWS.

    `options` go to `python -m emulator`; `log` gets a line a call. Raises SystemExit without an AWS provider.
    """
    process = start(*options, log=log)
    with process:
        try:
            yield emulated(child_environment(), port_of(process))
        finally:
            process.terminate()
            process.wait()  # before its pipe closes: it may be writing to it


def start(*options: str, log: Path | None = None) -> subprocess.Popen[bytes]:
    """Start an embedded AWS on any free port and return at once; the caller ends it."""
    command = [sys.executable, "-m", "emulator", "--port", "0", *options, *(["--verbose"] if log else [])]
    with (log or Path(os.devnull)).open("wb") as calls:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=child_environment(),
            stdout=subprocess.PIPE,
            stderr=calls if log else None,
            # A session of its own: Ctrl-C is for the work, which needs AWS to end well.
            start_new_session=True,
        )


def start_in_background(until: int) -> int:
    """Start an embedded AWS that ends when the process with an id has ended; the port it is on."""
    command = [sys.executable, "-m", "emulator", "--port", "0", "--until", str(until)]
    done = subprocess.run(command, cwd=ROOT, env=child_environment(), capture_output=True, text=True, check=True)
    found = ANSWERS.search(done.stdout)
    if found is None:
        raise RuntimeError(f"the embedded AWS did not start: {done.stderr}")
    return int(found[1])


def port_of(process: subprocess.Popen[bytes]) -> int:
    """The port that an embedded AWS announces. Raises RuntimeError where it ends without."""
    if process.stdout is None:
        raise RuntimeError("the embedded AWS was started without a pipe")
    for line in process.stdout:
        if found := ANSWERS.search(line.decode()):
            return int(found[1])
    raise RuntimeError("the embedded AWS did not start; its error is printed above")


def copied(environ: Mapping[str, str]) -> int:
    """The port of a second embedded AWS that holds what the one of `environ` holds now, and ends with it."""
    port, _ = _copy(environ)
    return port


@contextmanager
def copy_of(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The variables for a second embedded AWS that holds what the one of `environ` holds now."""
    port, process = _copy(environ)
    try:
        yield emulated(environ, port)
    finally:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)


def _copy(environ: Mapping[str, str]) -> tuple[int, int]:
    """The port and the process id of a copy."""
    _, body = control.ask(_port_in(environ), "POST", "/copies")
    made = json.loads(body)
    return made["port"], made["pid"]


def close_gate(environ: Mapping[str, str], call: str) -> None:
    """Hold the next call of this name, e.g. `CreateVpc`, when it comes."""
    control.ask(_port_in(environ), "POST", f"/gates/{call}")


def open_gate(environ: Mapping[str, str], call: str) -> None:
    """Let the held call continue, or remove the gate."""
    control.ask(_port_in(environ), "DELETE", f"/gates/{call}")


def held_call(environ: Mapping[str, str], seconds: float) -> str:
    """Wait until a call is held, and name its gate. Raises TimeoutError when none came in time."""
    for _ in range(max(1, round(seconds / control.WAIT_SECONDS))):
        status, name = control.ask(_port_in(environ), "GET", "/gates")
        if status == 200:
            return name
    raise TimeoutError(f"no call came to a gate of the embedded AWS within {seconds} s")


def _port_in(environ: Mapping[str, str]) -> int:
    return int(environ["HTTPS_PROXY"].rpartition(":")[2])
