"""`python -m emulator`: start the embedded AWS, or make a running one forget everything."""

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
    """A TCP port from the command line."""
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; take 0 (any that is free) to 65535")
    return int(text)


def call_count(text: str) -> int:
    """A number of calls from the command line."""
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of calls; take 0 or more")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    made.add_argument("--port", type=port_number, default=DEFAULT_PORT, help=f"TCP port (default {DEFAULT_PORT})")
    made.add_argument("--reset", action="store_true", help="make the one that runs on the port forget everything")
    made.add_argument("--verbose", action="store_true", help="log every call to stderr")
    made.add_argument(
        "--faults", type=call_count, default=0, metavar="CALLS", help="let half of the first CALLS fail, to rehearse it"
    )
    made.add_argument(
        "--enable", action="append", default=[], metavar="REGION", help="a region that the account has opted in to"
    )
    made.add_argument(
        "--until",
        type=int,
        metavar="PID",
        help="run in the background, and end when the process with this id has ended",
    )
    return made


def reset(port: int) -> int:
    """Make the emulator on a port forget everything."""
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
    """Leave the caller, who reads what was printed, and end soon after the process with an id has ended."""
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
    """Answer until SIGINT or SIGTERM; `until`: in the background, no longer than the process with that id runs."""
    hidden = foreign(os.environ)
    for name in hidden:
        del os.environ[name]  # moto would look for a profile, which may not exist
    from emulator.server import serving  # noqa: PLC0415 (imports moto)

    try:
        interruptible()
        with serving(port, faults=faults, regions=regions) as server:
            taken = server.server_address[1]
            lines = (
                f"# The embedded AWS answers on {HOST}:{taken}. In the shell that is to use it:",
                *(f"unset {name}" for name in hidden),
                *(f"export {name}='{value}'" for name, value in variables(taken).items()),
                f'export PATH={shlex.quote(str(PROGRAMS))}:"$PATH"',  # cdktf, node and terraform as make runs them
                "# Ctrl-C ends it, and everything in it is gone.",
            )
            print("\n".join(lines), flush=True)  # in one write: a reader has all of it or none
            if until:
                go_to_background(until)
            server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        pass
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        print(
            f"port {port} is taken by another process; choose one with --port (make: PORT=…), or 0 for any",
            file=sys.stderr,
        )
        return 1
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    options = parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, format="%(message)s", level=logging.WARNING, force=True)
    logging.getLogger("emulator").setLevel(logging.INFO if options.verbose else logging.WARNING)
    if options.reset:
        return reset(options.port)
    return serve(options.port, faults=options.faults, regions=options.enable, until=options.until)


if __name__ == "__main__":
    sys.exit(main())
