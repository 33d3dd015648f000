"""Controls a running embedded AWS from tests: gates that hold a call, and copies with all its state.

Plain HTTP at `http://emulator`, through the embedded AWS's own port, which listens on loopback only:

- `POST /gates/NAME`: hold the next call whose URL or action contains NAME, e.g. `CreateVpc`, before it is answered.
- `GET /gates`: wait until a call is held at a gate; returns the gate's NAME, or 204 after 20 seconds.
- `DELETE /gates/NAME`: let the call at a gate continue, or remove the gate.
- `GET /authorizations`: each IAM check made for a role's calls so far, with its result (emulator/iam).
- `POST /tasks/ROLE`: the access key that a task gets from ECS for a role; 403 where the role does not trust ECS.
- `POST /copies`: fork the process. Returns the port and the process id of a second embedded AWS with the same state.
"""

import gc
import json
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import attrs

HOST = "http://emulator"
WAIT_SECONDS = 20.0
Answer = tuple[int, dict[str, str], str]


@attrs.define
class Gate:
    """Holds one call from when it arrives until the gate is opened."""

    reached: bool = False
    """A call is held here."""
    reported: bool = False
    """`GET /gates` has returned it."""
    opened: threading.Event = attrs.field(factory=threading.Event)


@attrs.define
class Control:
    """The gates and copies of one embedded AWS."""

    lock: threading.Lock
    """Held while a call is answered, so that no copy is taken in the middle of one."""
    serve_copy: Callable[[Callable[[int], None]], None] = lambda _: None
    """Serves calls in a copy, on a port of its own; calls its argument with that port."""
    iam_decisions: Callable[[], list[dict[str, Any]]] = list
    """Returns the IAM checks so far."""
    task_session: Callable[[str], dict[str, str] | None] = lambda _: None
    """Returns an ECS task's access key for a role; None where the role does not trust ECS."""
    gates: dict[str, Gate] = attrs.field(factory=dict)
    changed: threading.Condition = attrs.field(factory=threading.Condition)

    def hold(self, call: str) -> None:
        """Block while a gate holds this call."""
        with self.changed:
            gate = next((gate for name, gate in self.gates.items() if name in call and not gate.reached), None)
            if gate is None:
                return
            gate.reached = True
            self.changed.notify_all()
        gate.opened.wait()

    def answer(self, method: str, host: str, path: str) -> Answer | None:
        """The answer to a request to `http://emulator`; None for any other."""
        if host != HOST:
            return None
        kind, _, name = path.strip("/").partition("/")
        match method, kind, name:
            case "POST", "gates", _ if name:
                with self.changed:
                    self.gates[name] = Gate()
                return 204, {}, ""
            case "DELETE", "gates", _ if name in self.gates:
                with self.changed:
                    self.gates.pop(name).opened.set()
                return 204, {}, ""
            case "GET", "gates", "":
                return self._wait()
            case "POST", "copies", "":
                port, pid = self._copy()
                return _as_json({"port": port, "pid": pid})
        return self._about_iam(method, kind, name)

    def _about_iam(self, method: str, kind: str, name: str) -> Answer:
        with self.lock:
            if (method, kind, name) == ("GET", "authorizations", ""):
                return _as_json(self.iam_decisions())
            if (method, kind) == ("POST", "tasks") and name:
                made = self.task_session(name)
                return (403, {}, "") if made is None else _as_json(made)
        return 404, {}, ""

    def _wait(self) -> Answer:
        def held() -> str | None:
            return next((name for name, gate in self.gates.items() if gate.reached and not gate.reported), None)

        with self.changed:
            name = self.changed.wait_for(held, WAIT_SECONDS)
            if not isinstance(name, str):
                return 204, {}, ""
            self.gates[name].reported = True
        return 200, {"Content-Type": "text/plain"}, name

    def _copy(self) -> tuple[int, int]:
        """Fork, and wait until the copy serves; its port and process id. The copy ends with this process."""
        announced, announce = os.pipe()
        orphaned, alive = os.pipe()
        with self.lock:
            pid = os.fork()
            if pid == 0:
                self._be_a_copy(announce, orphaned, announced, alive)
        os.close(announce)
        os.close(orphaned)
        with os.fdopen(announced, "rb") as pipe:
            port = int(pipe.readline())

        def reap() -> None:
            os.waitpid(pid, 0)
            os.close(alive)

        threading.Thread(target=reap, daemon=True).start()
        return port, pid

    def _be_a_copy(self, announce: int, orphaned: int, *inherited: int) -> None:
        """Serve until SIGTERM or until the process that was copied has ended; never returns."""
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            gc.freeze()  # keeps memory pages shared: the collector writes to every object that it scans
            for descriptor in inherited:
                os.close(descriptor)
            self.lock = threading.Lock()
            self.gates, self.changed = {}, threading.Condition()

            def end_with_the_other() -> None:
                os.read(orphaned, 1)
                os._exit(0)

            threading.Thread(target=end_with_the_other, daemon=True).start()

            def write_port(port: int) -> None:
                os.write(announce, f"{port}\n".encode())
                os.close(announce)

            self.serve_copy(write_port)
        finally:
            os._exit(1)


def _as_json(found: object) -> Answer:
    return 200, {"Content-Type": "application/json"}, json.dumps(found)


def ask(port: int, method: str, path: str) -> tuple[int, str]:
    """Send a request to the control on a port; its status and body. Raises OSError where nothing answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS * 2) as connection:
        connection.sendall(f"{method} {HOST}{path} HTTP/1.1\r\nHost: emulator\r\nContent-Length: 0\r\n\r\n".encode())
        answer = b""
        with suppress(ConnectionResetError):
            while chunk := connection.recv(65536):
                answer += chunk
    head, _, body = answer.decode().partition("\r\n\r\n")
    return int(head.split()[1]), body
