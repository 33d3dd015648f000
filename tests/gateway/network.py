"""A network and mount namespace for the tests, in which the gateway finds the addresses and names that it finds on AWS.

The test's process enters it, so the processes and servers that it starts are in it too. Loopback has a public address,
the address of the credentials endpoint, a VPC address and the task's own address. /etc/hosts gives the providers' names
the public address.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.stand_in import HOSTS

PUBLIC, PRIVATE, CREDENTIALS, TASK = "93.184.215.14", "10.0.10.5", "169.254.170.2", "10.0.10.7"
TABLE, TASKS = "10.0.10.6", tuple(f"10.0.10.{number}" for number in range(17, 25))
"""The address of DynamoDB, and the addresses of several tasks."""
PUBLIC_NAMES = (
    *(host for host in HOSTS if not host.startswith("bedrock")),
    "public.example.com",
    "my-resource.openai.azure.com",
    "cognito-idp.eu-west-1.amazonaws.com",
)
PRIVATE_NAMES = (
    *(host for host in HOSTS if host.startswith("bedrock")),
    "models.internal.example.com",
    "internal-lb-1.eu-west-1.elb.amazonaws.com",
)
"""Names with private addresses: Bedrock's, through a VPC endpoint, and an internal load balancer's."""
TABLE_NAMES = ("dynamodb.eu-west-1.amazonaws.com",)
VALKEY_NAMES = ("master.ai-gateway-test.1a2b3c.euw1.cache.amazonaws.com",)
"""The cache's names. They have the table's address, on another port."""
_CLONE_FS, _CLONE_NEWNS, _CLONE_NEWNET = 0x00000200, 0x00020000, 0x40000000
_KINDS = ("net", "mnt")


class NoNamespaceError(Exception):
    """This machine does not allow a network namespace; the message has the reason."""


def _call(libc: ctypes.CDLL, name: str, *arguments: int) -> None:
    if getattr(libc, name)(*arguments) != 0:
        raise NoNamespaceError(f"{name}: {os.strerror(ctypes.get_errno())}")


def _set_up(hosts: Path) -> None:
    lines = [f"127.0.0.1 localhost {os.uname().nodename}", f"{PUBLIC} {' '.join(PUBLIC_NAMES)}"]
    lines += [f"{PRIVATE} {' '.join(PRIVATE_NAMES)}", f"{TABLE} {' '.join((*TABLE_NAMES, *VALKEY_NAMES))}", ""]
    hosts.write_text("\n".join(lines), encoding="utf-8")
    commands = [["mount", "--make-rprivate", "/"], ["mount", "--bind", str(hosts), "/etc/hosts"]]
    commands.append(["ip", "link", "set", "lo", "up"])
    commands += [
        ["ip", "addr", "add", f"{one}/32", "dev", "lo"] for one in (PUBLIC, PRIVATE, CREDENTIALS, TASK, TABLE, *TASKS)
    ]
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NoNamespaceError(f"{' '.join(command)}: {done.stderr.strip()}")


@contextmanager
def own_network(folder: Path) -> Iterator[None]:
    """Enter the namespaces, and leave them at the end of the block. Raises NoNamespaceError."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        before = [os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY) for kind in _KINDS]
        _call(libc, "unshare", _CLONE_NEWNS | _CLONE_NEWNET)
    except (OSError, AttributeError) as error:
        raise NoNamespaceError(str(error)) from None
    here = Path.cwd()
    try:
        _set_up(folder / "hosts")
        yield
    finally:
        # Threads that were started here share this thread's root directory, and setns refuses such a thread.
        _call(libc, "unshare", _CLONE_FS)
        for descriptor in before:
            _call(libc, "setns", descriptor, 0)
            os.close(descriptor)
        os.chdir(here)
