"""Starts an embedded AWS for a block of code, or copies of it, and ends them with the block."""

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
    """Run an embedded AWS; the environment variables with which a process calls it.

    `options` are those of `python -m emulator`; one line for each call is written to `log`. Raises SystemExit without
    an AWS provider.
    """
    process = start(*options, log=log)
    with process:
        try:
            yield emulated(child_environment(), port_of(process))
        finally:
            process.terminate()
            process.wait()  # before the pipe closes: the process may still write to it


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
            # In a session of its own, so that Ctrl-C does not end it before the commands that call it.
            start_new_session=True,
        )


def start_in_background(until: int) -> int:
    """Start an embedded AWS that ends after the process with the id `until`; its port. Raises RuntimeError."""
    command = [sys.executable, "-m", "emulator", "--port", "0", "--until", str(until)]
    done = subprocess.run(command, cwd=ROOT, env=child_environment(), capture_output=True, text=True, check=True)
    found = ANSWERS.search(done.stdout)
    if found is None:
        raise RuntimeError(f"the embedded AWS did not start: {done.stderr}")
    return int(found[1])


def port_of(process: subprocess.Popen[bytes]) -> int:
    """The port that an embedded AWS prints. Raises RuntimeError where it ends before it prints one."""
    if process.stdout is None:
        raise RuntimeError("the embedded AWS was started without a pipe")
    for line in process.stdout:
        if found := ANSWERS.search(line.decode()):
            return int(found[1])
    raise RuntimeError("the embedded AWS did not start; its error is printed above")


def copied(environ: Mapping[str, str]) -> int:
    """Copy the embedded AWS of `environ` with its state; the copy's port. The copy ends when the original does."""
    port, _ = _copy(environ)
    return port


@contextmanager
def copy_of(environ: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Copy the embedded AWS of `environ` with its state; the environment variables for the copy, which ends on exit."""
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
    """Hold the next call whose URL or action contains `call`, e.g. `CreateVpc`."""
    control.ask(_port_in(environ), "POST", f"/gates/{call}")


def open_gate(environ: Mapping[str, str], call: str) -> None:
    """Let the held call continue, or remove the gate."""
    control.ask(_port_in(environ), "DELETE", f"/gates/{call}")


def held_call(environ: Mapping[str, str], seconds: float) -> str:
    """Wait until a call is held; its gate's name. Raises TimeoutError when no call is held within `seconds`."""
    for _ in range(max(1, round(seconds / control.WAIT_SECONDS))):
        status, name = control.ask(_port_in(environ), "GET", "/gates")
        if status == 200:
            return name
    raise TimeoutError(f"no call came to a gate of the embedded AWS within {seconds} s")


def _port_in(environ: Mapping[str, str]) -> int:
    return int(environ["HTTPS_PROXY"].rpartition(":")[2])
