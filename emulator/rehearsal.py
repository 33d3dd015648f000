"""An embedded AWS for one piece of work: it starts, its variables are handed out, and it is gone afterwards."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from constructs_lib.bindings import without_hook
from emulator.environ import emulated
from emulator.server import HOST
from envs.schema import PROVIDER_VERSION_VARIABLE
from tools.provider_mirror import chosen

ROOT = Path(__file__).parent.parent
ANSWERS = re.compile(rf"answers on {re.escape(HOST)}:(\d+)")


@contextmanager
def rehearsal(*options: str, log: Path | None = None) -> Iterator[dict[str, str]]:
    """The environment variables of a process that is to work on an embedded AWS, with a provider of this machine.

    `options` go to `python -m emulator`; `log` gets a line a call. Raises SystemExit where no provider can be had.
    """
    provider = chosen()
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        configuration = Path(folder) / "terraform.rc"
        configuration.write_text(provider.cli_configuration(), encoding="utf-8")
        command = [sys.executable, "-m", "emulator", "--port", "0", *options, *(["--verbose"] if log else [])]
        with (
            (log or Path(os.devnull)).open("wb") as calls,
            # In a session of its own: Ctrl-C is for the work, which needs AWS to end well.
            subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=calls if log else None, start_new_session=True
            ) as process,
        ):
            try:
                port = _port(process)
                yield {
                    **emulated(without_hook(), port),
                    "TF_CLI_CONFIG_FILE": str(configuration),
                    PROVIDER_VERSION_VARIABLE: provider.version,
                    "CHECKPOINT_DISABLE": "1",
                    "CI": "1",
                }
            finally:
                process.terminate()


def _port(process: subprocess.Popen[bytes]) -> int:
    if process.stdout is None:
        raise RuntimeError("the embedded AWS was started without a pipe")
    for line in process.stdout:
        if found := ANSWERS.search(line.decode()):
            return int(found[1])
    raise RuntimeError("the embedded AWS did not start; its error stands above")
