"""`make demo` deploys on any machine, uses only loopback, and leaves no process running."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

from emulator.demo import without_plan
from tests.support.cloud import ROOT
from tests.support.waiting import CALL_PATIENCE, PATIENCE

import psutil
import pytest

pytestmark = pytest.mark.deployment

DEMO = [sys.executable, "-m", "emulator.demo", "dev"]
REAL = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7REALKEY",
    "AWS_SECRET_ACCESS_KEY": "real-secret",
    "AWS_SESSION_TOKEN": "real-token",
    "AWS_PROFILE": "production",
    "AWS_ENDPOINT_URL": "https://real.example.com",
    "NO_PROXY": "*",
    "no_proxy": "amazonaws.com",
}
"""Variables that a user who works on real accounts may have set."""
ALONE = """
import fcntl, os, socket, struct, sys
# A new network namespace has nothing but a loopback interface that is down: SIOCSIFFLAGS, IFF_UP.
fcntl.ioctl(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0x8914, struct.pack("16sh", b"lo", 1))
os.execv(sys.argv[1], sys.argv[1:])
"""
ROUTED_AWAY = ("127.0.0.1", "::1", "::ffff:127.0.0.1")
MARK = "GATEWAY_DEMO_TEST"
INTERRUPTED = """
import subprocess, sys
from emulator import demo

class Interrupted(subprocess.Popen):
    count = 0

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        Interrupted.count += 1
        if Interrupted.count == {starts}:
            raise KeyboardInterrupt

subprocess.Popen = Interrupted
sys.exit(demo.main())
"""
HELD = """
import os, sys, threading, time
from contextlib import contextmanager
from emulator import demo, rehearsal

def interrupt(environ):
    rehearsal.held_call(environ, {patience})
    print(f"\\ninterrupted at {{time.monotonic()}}", flush=True)
    os.kill(os.getpid(), {number})

@contextmanager
def held(*options):
    with rehearsal.rehearsal(*options) as environ:
        rehearsal.close_gate(environ, "{call}")
        threading.Thread(target=interrupt, args=(environ,), daemon=True).start()
        yield environ

demo.rehearsal = held
sys.exit(demo.main())
"""
"""The demo, interrupted while its embedded AWS holds a call."""


def without_a_network() -> list[str]:
    """The command prefix that runs a command with only a loopback network; empty if the kernel does not allow that."""
    unshare = shutil.which("unshare")
    if unshare and subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode == 0:
        return [unshare, "-rn", sys.executable, "-c", ALONE]
    return []


def family(mark: str) -> list[psutil.Process]:
    """Every process that has the mark in its environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found


def strangers(processes: list[psutil.Process]) -> set[str]:
    """The non-loopback addresses that processes are connected to, or are trying to connect to."""
    found: set[str] = set()
    for process in processes:
        try:
            found |= {item.raddr.ip for item in process.net_connections("inet") if item.raddr}
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found - set(ROUTED_AWAY)


def test_it_needs_no_network_and_no_account(tmp_path: Path) -> None:
    """With real credentials set and no network, the demo deploys and prints what it created."""
    mark = uuid.uuid4().hex
    output = tmp_path / "output"
    met: set[str] = set()
    with (
        output.open("wb") as file,
        subprocess.Popen(
            [*without_a_network(), *DEMO],
            cwd=ROOT,
            env={**os.environ, **REAL, MARK: mark, "CDKTF_OUTDIR": str(tmp_path / "out")},
            stdout=file,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        while process.poll() is None:
            met |= strangers(family(mark))
            try:
                process.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
    said = output.read_text(encoding="utf-8")
    assert process.returncode == 0, said
    assert met == set()
    assert family(mark) == []
    assert not re.search(r"^ +[+] arn += \(known after apply\)$", said, re.MULTILINE), "the plan is in the way"
    assert "real" not in said.replace("the real one", "").replace("the real Terraform", "")
    for line in (
        "created bucket ai-gateway-tfstate-dev",
        "Plan: 90 to add, 0 to change, 0 to destroy.",
        "Apply complete!",
        "as AWS reports it:",
        "public-a: 10.0.1.0/24 in us-east-1a",
        "listens on HTTP 80: forward",
        "container gateway: 256 units, 768 MiB, portkeyai/gateway:1.15.2",
        "container otel-collector: 256 units, 256 MiB, ",
        "ECSServiceAverageCPUUtilization at 70, out 60 s, in 300 s",
        "lock table ai-gateway-tfstate-lock-dev (ACTIVE)",
        "A completion: 200, Hello.",
        "A stream: 200, ",
        "the last one [DONE]",
        '"outcome": "complete"',
        "search: a model that is not the team's (o3): 403, the model o3 is not allowed; team search may use: gpt-4o*",
        "search: an answer that could cost more than is left (gpt-4o): 429, team search has $0.009",
        "make usage ENV=dev",
        "research  all                        2     36      14       0  $0.000115 + 1 unpriced",
    ):
        assert line in said
    assert re.search(r"The task definition of dev runs at http://127\.0\.0\.1:\d+, with a stand-in provider\.", said)


@pytest.mark.parametrize(
    ("plan", "shown"),
    [
        (
            [
                "+ create",
                "Terraform will perform the following actions:",
                "",
                "  + id = 1",
                "  Plan: 1 to add",
                "Outputs",
            ],
            [
                "+ create",
                "Terraform will perform the following actions:",
                "  … 2 lines, which `make deploy` shows\n",
                "  Plan: 1 to add",
                "Outputs",
            ],
        ),
        (["No changes.", "Plan: 0 to add"], ["No changes.", "Plan: 0 to add"]),
        (
            ["Terraform will perform the following actions:", "  + id = 1", "Error: gone"],
            ["Terraform will perform the following actions:", "  + id = 1", "Error: gone"],
        ),
    ],
    ids=["plan", "none", "broken off"],
)
def test_a_plan_is_counted_and_not_shown(plan: list[str], shown: list[str]) -> None:
    """A plan is replaced by its counts. All other output is printed, including a plan that is cut off by an error."""
    assert [line.removesuffix("\n") for line in without_plan(f"{line}\n" for line in plan)] == shown


@pytest.mark.parametrize(
    ("call", "number"),
    [
        ("CreateTable", signal.SIGINT),
        ("CreateVpc", signal.SIGINT),
        ("CreateNatGateway", signal.SIGTERM),
    ],
    ids=["bootstrap", "first-resources", "network"],
)
def test_ctrl_c_leaves_nothing_behind(tmp_path: Path, call: str, number: signal.Signals) -> None:
    """Interrupted while AWS works on a call, the demo exits soon and leaves no process running."""
    mark = uuid.uuid4().hex
    done = subprocess.run(
        [sys.executable, "-c", HELD.format(call=call, number=int(number), patience=CALL_PATIENCE)],
        cwd=ROOT,
        env={**os.environ, MARK: mark, "CDKTF_OUTDIR": str(tmp_path / "out")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    ended = time.monotonic()
    assert done.returncode == 130, done.stdout
    assert done.stdout.endswith("Interrupted: the embedded AWS and the steps that used it have ended.\n")
    assert "Traceback" not in done.stdout
    (interrupted,) = re.findall(r"^interrupted at (\S+)$", done.stdout, re.MULTILINE)
    assert ended - float(interrupted) < PATIENCE
    assert family(mark) == []


@pytest.mark.parametrize("starts", [1, 2], ids=["embedded AWS", "step"])
def test_ctrl_c_in_the_middle_of_a_start(starts: int) -> None:
    """An interrupt between starting a process and waiting for it also ends that process."""
    mark = uuid.uuid4().hex
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED.format(starts=starts)],
        cwd=ROOT,
        env={**os.environ, MARK: mark},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "")
    assert done.stdout.endswith("Interrupted: the embedded AWS and the steps that used it have ended.\n")
    assert family(mark) == []


def test_an_unknown_environment_is_named() -> None:
    """The error is one line that lists the existing environments."""
    done = subprocess.run([*DEMO[:-1], "prd"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "no environment 'prd': envs/ has dev, prod; did you mean prod?\n",
    )


def test_two_environments_are_refused() -> None:
    """The demo takes one environment. A list of two is refused with a message and no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "emulator.demo", "dev,prod"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "name one environment: make … ENV=dev\n")
