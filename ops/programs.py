"""Terraform and cdktf as programs: which ones, with which environment, and how they are interrupted."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from envs import CHOICE_VARIABLE, load_environments
from ops.aws import OperatorError
from tools import cli_configuration
from tools.environment import ROOT, child_environment
from tools.fetch_terraform import too_old

COMPILED = ROOT / ".tools" / "compiled"
"""Where Node keeps what it has compiled of cdktf."""


@cache
def terraform() -> str:
    """The path of Terraform. Raises OperatorError where there is none, or one that is too old."""
    found = shutil.which("terraform", path=child_environment()["PATH"])
    if found is None:
        raise OperatorError("there is no terraform: run `make setup`, which fetches it")
    if problem := too_old(found):
        raise OperatorError(f"{problem}: update it, or take it off the PATH, and `make setup` fetches one")
    return found


def on_all(command: str, names: list[str]) -> int:
    """Run `cdktf synth` or `cdktf list` on these environments, or on all; its exit code.

    Raises OperatorError where cdktf is not installed, and EnvironmentsError for an environment's file.
    """
    cli = ROOT / "node_modules" / ".bin" / "cdktf"
    if not cli.exists():
        raise OperatorError("cdktf is not installed: run `make setup`")
    choice = ",".join(names) or os.environ.get(CHOICE_VARIABLE, "")
    load_environments(choice=choice)  # cdktf would print what is wrong twice, among its own words
    environ = {
        **child_environment(),
        CHOICE_VARIABLE: choice,
        "CI": "1",  # without it cdktf draws a spinner, also into files and pipes
        # It compiles 5 MB of JavaScript at each start: 2.3 s of CPU with the cache, 2.9 s without (2026-11-26).
        "NODE_COMPILE_CACHE": str(COMPILED),
    }
    return subprocess.run([cli, command], cwd=ROOT, env=environ, check=False).returncode


@cache
def _written(folder: Path, environ: tuple[tuple[str, str], ...]) -> str:
    return str(cli_configuration.write(folder, dict(environ)))


def limited(folder: Path) -> dict[str, str]:
    """The environment of Terraform that works in a folder: it installs no other provider than hashicorp/aws.

    Raises OperatorError where the user's CLI configuration cannot be limited.
    """
    environ = child_environment()
    try:
        return {**environ, "TF_CLI_CONFIG_FILE": _written(folder, tuple(environ.items()))}
    except cli_configuration.CliConfigurationError as error:
        raise OperatorError(str(error)) from None


@contextmanager
def interrupted_when_it_ends() -> Iterator[None]:
    """Raise KeyboardInterrupt after the block instead of in it.

    The terminal interrupts Terraform too, which then writes its state and releases the lock. At a KeyboardInterrupt
    subprocess.run kills it after 0.25 s.
    """
    before = signal.getsignal(signal.SIGINT)
    if before == signal.SIG_IGN or threading.current_thread() is not threading.main_thread():
        yield
        return
    seen: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: seen.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if seen:
        raise KeyboardInterrupt
