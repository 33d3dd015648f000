"""`python -m emulator` starts, responds, resets and ends as its documentation says."""

import itertools
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emulator.environ import HOST, emulated, variables
from emulator.faults import Faults
from emulator.rehearsal import rehearsal
from tests.support.cloud import ROOT, client
from tools.environment import PROGRAMS

import psutil
import pytest
from botocore.exceptions import ClientError

COMMAND = [sys.executable, "-m", "emulator", "--port"]


@contextmanager
def running(port: str = "0", *, environ: dict[str, str] | None = None) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A running emulator and its port."""
    with subprocess.Popen(
        [*COMMAND, port], cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            first = process.stdout.readline()
            found = re.search(r":(\d+)\.", first)
            assert found, first
            yield process, int(found[1])
        finally:
            process.kill()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line until it exits."""
    return subprocess.run([*COMMAND, *arguments], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(number: signal.Signals) -> None:
    """SIGINT and SIGTERM end the emulator with exit code 0, and the port is free again."""
    with running() as (process, port):
        process.send_signal(number)
        assert process.wait(timeout=60) == 0
    with socket.create_server((HOST, port)):
        pass


def test_it_prints_what_to_set() -> None:
    """A shell that evaluates the emulator's output has our variables, and no other AWS variables."""
    with running("0", environ={**os.environ, "AWS_PROFILE": "real"}) as (process, port):
        assert process.stdout is not None
        lines = list(itertools.takewhile(lambda line: not line.startswith("# Ctrl-C"), process.stdout))
    script = "".join(lines) + f"{shlex.quote(sys.executable)} -c 'import json, os; print(json.dumps(dict(os.environ)))'"
    shell = subprocess.run(
        ["sh", "-c", script], env={"AWS_PROFILE": "real"}, capture_output=True, text=True, check=True
    )
    found = json.loads(shell.stdout)
    assert {name: found.get(name) for name in variables(port)} == variables(port)
    assert "AWS_PROFILE" not in found
    assert found["PATH"].split(os.pathsep)[0] == str(PROGRAMS)


def test_an_ordinary_call_is_no_news() -> None:
    """Without --verbose, a successful call prints nothing."""
    with running() as (process, port):
        client(emulated({}, port), "s3").list_buckets()
        process.terminate()
        _, said = process.communicate(timeout=60)
    assert said == ""


def test_a_taken_port_is_named() -> None:
    """A port in use gives one line and exit code 1."""
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        done = run(str(port))
    assert (done.returncode, done.stderr) == (
        1,
        f"port {port} is in use by another process; choose another with --port (make: PORT=…), or 0 for any free\n",
    )


@pytest.mark.parametrize("port", ["65536", "http"])
def test_a_port_is_a_number(port: str) -> None:
    """An invalid port is refused, and the message has the allowed range."""
    done = run(port)
    assert done.returncode == 2
    assert f"{port!r} is not a port; use 0 (any free port) to 65535" in done.stderr or "expected one arg" in done.stderr


def test_reset_makes_it_forget() -> None:
    """--reset deletes all resources of a running emulator, including those of calls that we add to moto."""
    with running() as (_, port):
        environ = emulated({}, port)
        client(environ, "s3").create_bucket(Bucket="kept")
        client(environ, "logs").put_query_definition(name="kept", queryString="fields @message")
        done = run(str(port), "--reset")
        assert (done.returncode, done.stdout) == (0, f"The embedded AWS on port {port} is empty again.\n")
        assert client(environ, "s3").list_buckets()["Buckets"] == []
        assert client(environ, "logs").describe_query_definitions()["queryDefinitions"] == []


def test_there_may_be_nothing_to_reset() -> None:
    """If no emulator is running, --reset prints one line and exits with 1."""
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    done = run(str(port), "--reset")
    assert done.returncode == 1
    assert done.stderr.startswith(f"nothing to reset on port {port}: ")


def test_it_listens_on_loopback_alone() -> None:
    """The emulator listens on the loopback address only."""
    with running() as (process, port):
        found = [one.laddr for one in psutil.Process(process.pid).net_connections() if one.status == psutil.CONN_LISTEN]
    assert found == [(HOST, port)]


def test_a_call_it_lacks_is_a_501() -> None:
    """An unsupported call fails at once with the service's form of error and without retries, and stderr names it."""
    with running() as (process, port):
        environ = emulated({}, port)
        for service, call, arguments in (
            ("ec2", "describe_ipam_pools", {}),
            ("iam", "get_context_keys_for_custom_policy", {"PolicyInputList": ["{}"]}),
            ("ecs", "list_services_by_namespace", {"namespace": "n"}),
        ):
            with pytest.raises(ClientError) as refused:
                getattr(client(environ, service), call)(**arguments)
            assert refused.value.response["Error"]["Code"] == "NotImplemented", service
            metadata = refused.value.response["ResponseMetadata"]
            assert (metadata["HTTPStatusCode"], metadata["RetryAttempts"]) == (501, 0), service
        process.terminate()
        _, said = process.communicate(timeout=60)
    named = ("DescribeIpamPools", "GetContextKeysForCustomPolicy", "ListServicesByNamespace")
    assert [name for name in named if f"{name} key=EMULATED -> 501" not in said] == []


def test_a_region_that_is_off_can_be_switched_on() -> None:
    """--enable turns on a region, as `make demo` does for its environment. Other opt-in regions are not enabled."""
    with rehearsal("--enable", "il-central-1") as environ:
        ec2 = client(environ, "ec2")
        everywhere = {one["RegionName"]: one["OptInStatus"] for one in ec2.describe_regions(AllRegions=True)["Regions"]}
        listed = {one["RegionName"] for one in ec2.describe_regions()["Regions"]}
    status = {name: everywhere[name] for name in ("us-east-1", "il-central-1", "af-south-1")}
    assert status == {"us-east-1": "opt-in-not-required", "il-central-1": "opted-in", "af-south-1": "not-opted-in"}
    assert ("il-central-1" in listed, "af-south-1" in listed) == (True, False)


def test_nothing_is_written_into_the_package() -> None:
    """Certificates are written to a folder that is deleted at the end."""
    import moto.moto_proxy  # noqa: PLC0415 (heavy)

    folder = Path(moto.moto_proxy.__file__).parent
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if "__pycache__" not in path.parts}
    with running() as (_, port):
        client(emulated({}, port), "sts").get_caller_identity()
    after = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if "__pycache__" not in path.parts}
    assert after == before


def test_faults_are_the_services_own() -> None:
    """Every other call fails, with a throttle, a 503 and a 500 in turn, up to the given number of calls."""
    faults = Faults(6)
    met = [faults.next_one("https://ec2.us-east-1.amazonaws.com") for _ in range(8)]
    assert [fault.code if fault else None for fault in met] == [
        "RequestLimitExceeded", None, "ServiceUnavailable", None, "InternalFailure", None, None, None,
    ]  # fmt: skip


def test_real_credentials_are_hidden() -> None:
    """Every variable that an AWS SDK reads is set by us or removed."""
    real = {
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
        "AWS_PROFILE": "prod",
        "AWS_ENDPOINT_URL_S3": "https://s3.example.com",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/token",
        "NO_PROXY": "*",
        "no_proxy": ".amazonaws.com",
        "PATH": "/bin",
    }
    assert emulated(real, 5005) == {"PATH": "/bin", **variables(5005)}
    assert "AKIAREAL" not in variables(5005).values()
