"""`make run` runs an environment's task on this machine with a stand-in for the provider, until Ctrl-C."""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from local.__main__ import curl, keys_of, port
from local.gateway import free_port, on_loopback
from tests.support.waiting import PATIENCE, until
from tools.environment import ROOT

import pytest
import requests

pytestmark = [pytest.mark.gateway, pytest.mark.xdist_group("gateway")]

PORT = free_port()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Start the program of `make run ENV=dev` and wait until it is ready."""
    environ = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    output = tmp_path / "output"
    with output.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "local.__main__", "dev", "--port", str(PORT)],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environ,
        )
    try:
        until(
            lambda: process.poll() is not None or "Press Ctrl-C to drain and stop it." in output.read_text("utf-8"),
            lambda: output.read_text("utf-8"),
        )
        assert process.poll() is None, output.read_text("utf-8")
        yield process, output
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(PATIENCE)


def test_it_runs_until_ctrl_c(run: tuple[subprocess.Popen[bytes], Path]) -> None:
    """It prints a working curl command, answers through the stand-in, shows the access log and drains on Ctrl-C."""
    process, output = run
    printed = output.read_text(encoding="utf-8")
    assert "It listens on 127.0.0.1 only; on AWS, on all interfaces of the task and port 8787." in printed
    assert "scrubbed" not in printed
    (line,) = [line for line in printed.splitlines() if line.startswith("curl ")]
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
    assert '"content":"Hello."' in done.stdout
    answer = requests.post(
        f"http://127.0.0.1:{PORT}/v1/chat/completions",
        json={"model": "stream-6-0.5", "stream": True, "messages": []},
        headers={"x-portkey-provider": "openai", "authorization": "Bearer any"},
        stream=True,
        timeout=PATIENCE,
    )
    process.send_signal(signal.SIGINT)
    assert answer.text.endswith("data: [DONE]\n\n")
    assert process.wait(PATIENCE) == 0
    printed = output.read_text(encoding="utf-8")
    assert '"outcome":"complete"' in printed
    assert "stopped after" in printed


def test_a_taken_port_is_said(run: tuple[subprocess.Popen[bytes], Path]) -> None:
    """If the port is in use, a one-line error names the address and the command for another port."""
    del run
    done = subprocess.run(
        [sys.executable, "-m", "local.__main__", "dev", "--port", str(PORT)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (
        1,
        f"127.0.0.1:{PORT} is in use: stop the program that listens there, or choose another port: "
        "make run ENV=dev PORT=…\n",
    )


@pytest.mark.parametrize("text", ["0", "70000", "http", "-1", ""])
def test_a_port_is_a_number(text: str) -> None:
    """A value that is not a port number is refused, and the message has the range that is allowed."""
    with pytest.raises(argparse.ArgumentTypeError, match="must be a number from 1 to 65535"):
        port(text)


def test_another_port_is_in_command_mapping_and_health_check() -> None:
    """The new port replaces the definition's port in the command, port mapping and health check, and nothing else."""
    definition = {
        "environment": [{"name": "GATEWAY_SETTINGS", "value": "{}"}, {"name": "A", "value": "8787"}],
        "command": ["build/start-server.js", "--port=8787", "--headless"],
        "portMappings": [{"containerPort": 8787, "protocol": "tcp"}],
        "healthCheck": {
            "command": ["CMD", "node", "-e", "require('http').get('http://127.0.0.1:8787/')"],
            "retries": 3,
        },
    }
    assert on_loopback(definition, 9000) == {
        "environment": [
            {"name": "GATEWAY_SETTINGS", "value": '{"listen_host": "127.0.0.1"}'},
            {"name": "A", "value": "8787"},
        ],
        "command": ["build/start-server.js", "--port=9000", "--headless"],
        "portMappings": [{"containerPort": 9000, "protocol": "tcp"}],
        "healthCheck": {
            "command": ["CMD", "node", "-e", "require('http').get('http://127.0.0.1:9000/')"],
            "retries": 3,
        },
    }


@pytest.mark.parametrize("name", ["nowhere", "dev,prod"])
def test_it_takes_one_environment(name: str) -> None:
    """An unknown name, or two names, give exit code 1 and a one-line error."""
    done = subprocess.run(
        [sys.executable, "-m", "local.__main__", name], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)


def test_keys_come_from_the_shell() -> None:
    """Routes use the shell's keys if all are set, otherwise the stand-in; without routes OPENAI_API_KEY decides."""
    definition = {"secrets": [{"name": "A_API_KEY"}, {"name": "B_API_KEY"}]}
    assert keys_of(definition, {"A_API_KEY": "a"}, routed=True) is None
    assert keys_of(definition, {"A_API_KEY": "a", "B_API_KEY": "b"}, routed=True) == {
        "A_API_KEY": "a",
        "B_API_KEY": "b",
    }
    assert keys_of({}, {}, routed=False) is None
    assert keys_of({}, {"OPENAI_API_KEY": "k"}, routed=False) == {}
    assert '"Authorization: Bearer $OPENAI_API_KEY"' in curl("http://x", routed=False, stood_in=False)
