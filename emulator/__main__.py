"""`python -m emulator`: start the embedded AWS, or delete everything in a running one."""

import argparse
import errno
import logging
import os
import shlex
import signal
import sys
import threading
import time
import urllib.error
import urllib.request

from emulator.environ import HOST, foreign, variables
from tools.environment import PROGRAMS
from tools.interrupts import interruptible

DEFAULT_PORT = 5005


def port_number(text: str) -> int:
    """The TCP port in a command-line argument. Raises ArgumentTypeError for anything but 0 to 65535."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; use 0 (any free port) to 65535")
    return int(text)


def call_count(text: str) -> int:
    """The number of calls in a command-line argument. Raises ArgumentTypeError unless it is 0 or more."""
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of calls; use 0 or more")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    made = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    made.add_argument("--port", type=port_number, default=DEFAULT_PORT, help=f"TCP port (default {DEFAULT_PORT})")
    made.add_argument("--reset", action="store_true", help="delete everything in the one that runs on the port")
    made.add_argument("--verbose", action="store_true", help="log every call to stderr")
    made.add_argument(
        "--faults", type=call_count, default=0, metavar="CALLS", help="fail every second one of the first CALLS calls"
    )
    made.add_argument(
        "--enable", action="append", default=[], metavar="REGION", help="enable a region that needs an opt-in"
    )
    made.add_argument(
        "--until",
        type=int,
        metavar="PID",
        help="run in the background until the process with this id has ended",
    )
    return made


def reset(port: int) -> int:
    """Delete everything in the embedded AWS on a port; the exit code, 1 where none answers there."""
    request = urllib.request.Request(f"http://{HOST}:{port}/moto-api/reset", method="POST")
    request.add_header("Host", f"localhost:{port}")  # moto knows its own interface by this name
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10):
            pass
    except (OSError, urllib.error.URLError) as error:
        print(f"nothing to reset on port {port}: {getattr(error, 'reason', error)}", file=sys.stderr)
        return 1
    print(f"The embedded AWS on port {port} is empty again.")
    return 0


def go_to_background(until: int) -> None:
    """Continue in a forked process, and end within about a second after the process `until` has ended.

    The original process exits here, so that its caller can read what was printed and continue.
    """
    if os.fork():
        os._exit(0)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)

    def watch() -> None:
        while True:
            try:
                os.kill(until, 0)
            except ProcessLookupError:
                os.kill(os.getpid(), signal.SIGTERM)
                return
            time.sleep(1)

    threading.Thread(target=watch, daemon=True).start()


def serve(port: int, *, faults: int, regions: list[str], until: int | None) -> int:
    """Answer calls until SIGINT or SIGTERM; with `until`, in the background until that process has ended.

    Returns the exit code, 1 where another process uses the port.
    """
    hidden = foreign(os.environ)
    for name in hidden:
        del os.environ[name]  # e.g. AWS_PROFILE: moto fails when the profile does not exist
    from emulator.server import serving  # noqa: PLC0415 (imports moto)

    try:
        interruptible()
        with serving(port, faults=faults, regions=regions) as server:
            taken = server.server_address[1]
            lines = (
                f"# The embedded AWS answers on {HOST}:{taken}. Run this in each shell that uses it:",
                *(f"unset {name}" for name in hidden),
                *(f"export {name}='{value}'" for name, value in variables(taken).items()),
                f'export PATH={shlex.quote(str(PROGRAMS))}:"$PATH"',  # the cdktf, node and terraform that make uses
                "# Ctrl-C ends it and deletes everything in it.",
            )
            print("\n".join(lines), flush=True)  # one write: a reader never sees half of it
            if until:
                go_to_background(until)
            server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(
            f"port {port} is in use by another process; choose another with --port (make: PORT=…), or 0 for any free",
            file=sys.stderr,
        )
        return 1
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code."""
    options = parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.WARNING, force=True)
    logging.getLogger("emulator").setLevel(logging.INFO if options.verbose else logging.WARNING)
    if options.reset:
        return reset(options.port)
    return serve(options.port, faults=options.faults, regions=options.enable, until=options.until)


if __name__ == "__main__":
    sys.exit(main())
