"""Finding and running Terraform and cdktf: their paths, environment variables and handling of Ctrl-C."""

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
"""Node's compile cache for cdktf."""


@cache
def terraform() -> str:
    """The path of Terraform. Raises OperatorError where it is missing or too old."""
    found = shutil.which("terraform", path=child_environment()["PATH"])
    if found is None:
        raise OperatorError("terraform is not installed: run `make setup`, which downloads it")
    if problem := too_old(found):
        raise OperatorError(f"{problem}: update it, or remove it from the PATH and run `make setup`")
    return found


def on_all(command: str, names: list[str]) -> int:
    """Run `cdktf synth` or `cdktf list` on these environments; returns the exit code.

    Without names, GATEWAY_ENVIRONMENTS decides, and without that all environments are taken. Raises EnvironmentsError
    for invalid settings, and OperatorError where cdktf is not installed.
    """
    cli = ROOT / "node_modules" / ".bin" / "cdktf"
    if not cli.exists():
        raise OperatorError("cdktf is not installed: run `make setup`")
    choice = ",".join(names) or os.environ.get(CHOICE_VARIABLE, "")
    load_environments(choice=choice)  # cdktf would print the errors twice, among its own messages
    environ = {
        **child_environment(),
        CHOICE_VARIABLE: choice,
        "CI": "1",  # without it cdktf draws a spinner, even into files and pipes
        # It compiles 5 MB of JavaScript at each start: 2.3 s of CPU with the cache, 2.9 s without (2026-11-26).
        "NODE_COMPILE_CACHE": str(COMPILED),
    }
    return subprocess.run([cli, command], cwd=ROOT, env=environ, check=False).returncode


@cache
def _written(folder: Path, environ: tuple[tuple[str, str], ...]) -> str:
    return str(cli_configuration.write(folder, dict(environ)))


def limited(folder: Path) -> dict[str, str]:
    """Environment variables for Terraform with a CLI configuration that lets it install hashicorp/aws only.

    `folder`: where that configuration is written. Raises OperatorError where the user's own CLI configuration cannot be
    restricted.
    """
    environ = child_environment()
    try:
        return {**environ, "TF_CLI_CONFIG_FILE": _written(folder, tuple(environ.items()))}
    except cli_configuration.CliConfigurationError as error:
        raise OperatorError(str(error)) from None


@contextmanager
def interrupt_deferred() -> Iterator[None]:
    """Raise the KeyboardInterrupt of a Ctrl-C after the block instead of inside it.

    The terminal sends SIGINT to Terraform too, which then writes its state and releases the lock. A KeyboardInterrupt
    in subprocess.run would kill Terraform after 0.25 s.
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
