"""A real Valkey or Redis server at the cache's name, with TLS and one user that has the same rights as on AWS."""

import os
import shutil
import ssl
import subprocess
from pathlib import Path
from socket import create_connection

from constructs_lib.network.security_groups import VALKEY_PORT
from constructs_lib.rate_limit_cache import ACCESS_STRING
from local.certificates import Certificates
from tests.gateway.network import TABLE, VALKEY_NAMES
from tests.support.waiting import PATIENCE, until

import attrs
import pytest

PROGRAMS = ("valkey-server", "redis-server")
USER = "ai-gateway-test"
ANY_TOKEN, NO_TOKEN = "nopass", "resetpass"
"""On AWS ElastiCache checks the token. Here the user can sign in with any token, or with none at all."""


def program() -> str:
    """Return the server's path. Skips the test if no server is installed; in CI that is a failure."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        said = f"neither {' nor '.join(PROGRAMS)} is installed; on Debian apt-get install redis-server"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    return found


@attrs.define
class Valkey:
    """The server. It can be killed and started again, empty, on the same address."""

    folder: Path
    certificates: Certificates
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        server = str(self.certificates.server)
        lines = [
            *(f"bind {TABLE}", "port 0", f"tls-port {VALKEY_PORT}", "tls-auth-clients no", "protected-mode no"),
            *(f"tls-cert-file {server}", f"tls-key-file {server}", f"tls-ca-cert-file {self.certificates.authority}"),
            *('save ""', f"dir {self.folder}", "maxmemory-policy noeviction"),
            *("user default on >admin ~* &* +@all", f"user {USER} {ACCESS_STRING} {ANY_TOKEN}", ""),
        ]
        path = self.folder / "valkey.conf"
        path.write_text("\n".join(lines), encoding="utf-8")
        self.process = subprocess.Popen([program(), str(path)], stdout=subprocess.DEVNULL, start_new_session=True)
        until(self.answers)

    def answers(self) -> bool:
        """Return whether the server accepts connections."""
        try:
            return self.ask("PING") == "+PONG"
        except OSError:
            return False

    def kill(self) -> None:
        """Kill the server without a shutdown."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def ask(self, command: str) -> str:
        """Send an administrator's command and return the first line of the answer."""
        context = ssl.create_default_context(cafile=str(self.certificates.authority))
        with (
            create_connection((TABLE, VALKEY_PORT), timeout=PATIENCE) as plain,
            context.wrap_socket(plain, server_hostname=VALKEY_NAMES[0]) as socket,
        ):
            socket.sendall(f"AUTH default admin\r\n{command}\r\n".encode())
            lines = socket.makefile("r", newline="\r\n")
            assert lines.readline().strip() == "+OK"
            return lines.readline().strip()
