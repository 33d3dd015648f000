"""Compares this gateway, Portkey alone and LiteLLM's proxy on the same provider, alternating. Part of `make bench`.

Prints requests per second, the latency that each gateway adds to the provider's own at p50 and p99, and the memory of
its processes.
"""

import asyncio
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from constructs_lib.helpers.task.routes import Target
from local.certificates import Certificates, certificates
from local.task import GATEWAY, NODE, PORTKEY, running
from tests.gateway.bench_teams import with_limits
from tests.gateway.network import PUBLIC, PUBLIC_NAMES, TABLE_NAMES, TASK, own_network
from tests.gateway.teams_world import listening_on
from tests.support.synthesized import Synthesized, settings
from tools.environment import ROOT

import attrs
import psutil

CONCURRENCY = (1, 16, 64)
REQUESTS = 640
ROUNDS = 5
WARM_UP = 2_560
"""Warm-up requests, 16 at once. V8 compiles hot code, so each gateway gets faster until about 2,000 requests."""
KEY = "sk-bench"
BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Say hello."}]}).encode()
LITELLM = ROOT / "tests/gateway/litellm/.venv/bin/litellm"
"""LiteLLM's program, in its own virtual environment. The benchmark leaves LiteLLM out if it is not installed."""
LITELLM_CONFIG = """model_list:
  - model_name: m
    litellm_params: {model: openai/m, api_base: "https://api.openai.com/v1", api_key: sk-bench}
litellm_settings: {telemetry: false}
"""
Timed = tuple[float, float, float]
"""Requests per second, p50 and p99 in milliseconds."""


@attrs.frozen
class Way:
    """One gateway to measure, or the provider itself."""

    host: str
    port: int
    headers: dict[str, str]
    context: ssl.SSLContext | None = None
    process: psutil.Process | None = None

    def memory_mib(self) -> float:
        """Return the resident memory of the gateway's processes in MiB."""
        if self.process is None:
            return 0
        family = [self.process, *self.process.children(recursive=True)]
        return sum(one.memory_info().rss for one in family) / 2**20


async def _one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> float:
    """Send one request and return the milliseconds until the whole answer has arrived."""
    began = time.perf_counter()
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    if " 200 " not in status:
        raise RuntimeError(f"the gateway answers {status}")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "content-length" in headers:
        await reader.readexactly(int(headers["content-length"]))
    else:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return (time.perf_counter() - began) * 1000


async def _load(way: Way, concurrency: int, requests: int) -> Timed:
    """Send requests over the given number of kept-alive connections."""
    lines = {
        "host": way.host,
        "content-type": "application/json",
        "content-length": str(len(BODY)),
        "authorization": f"Bearer {KEY}",
        **way.headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    request = f"POST /v1/chat/completions HTTP/1.1\r\n{head}\r\n".encode() + BODY

    async def caller() -> list[float]:
        name = way.host if way.context else None
        reader, writer = await asyncio.open_connection(way.host, way.port, ssl=way.context, server_hostname=name)
        taken = [await _one(reader, writer, request) for _ in range(requests // concurrency)]
        writer.close()
        return taken

    began = time.perf_counter()
    taken = [one for many in await asyncio.gather(*(caller() for _ in range(concurrency))) for one in many]
    cuts = statistics.quantiles(taken, n=100)
    return len(taken) / (time.perf_counter() - began), cuts[49], cuts[98]


@contextmanager
def _process(
    command: list[str], url: str, folder: Path, environ: dict[str, str], cwd: Path
) -> Iterator[psutil.Process]:
    """Start a program, wait until its URL answers, and end it with the block."""
    with (folder / f"{Path(command[0]).name}.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=cwd, env=environ, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + 90
        while True:
            try:
                urllib.request.urlopen(url, timeout=1)  # noqa: S310 (http on this machine)
                break
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError(f"{command[0]} does not start: see {log.name}") from None
                time.sleep(0.2)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def _serving(command: list[str]) -> Iterator[None]:
    """Start a program without waiting for it, and end it with the block."""
    process = subprocess.Popen(command, start_new_session=True)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def ways(folder: Path, made: Certificates) -> Iterator[dict[str, Way]]:
    """Start every gateway and yield how to reach each one."""
    environ = {
        "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "NODE_EXTRA_CA_CERTS": str(made.authority),
        "SSL_CERT_FILE": str(made.authority),
        "NODE_ENV": "production",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
    }
    stack_of_routes = Synthesized.of(
        settings(routes=Target(provider="openai"), ingress_cidrs=("10.0.0.0/8",), instrument_gateway=False),
        folder / "out",
    )
    with ExitStack() as stack:
        definition = listening_on(stack_of_routes.containers()[GATEWAY], TASK)
        agent = {"NODE_EXTRA_CA_CERTS": str(made.authority)}
        container = stack.enter_context(
            running(definition, folder / "task", {"OPENAI_API_KEY": KEY}, host=TASK, environ=agent)
        )
        assert container.process is not None
        found_limits = stack.enter_context(with_limits(folder, made, KEY))
        context = ssl.create_default_context(cafile=str(made.authority))
        found = {
            "the provider itself": Way("api.openai.com", 443, {}, context),
            "this gateway": Way(TASK, container.port, {}, process=psutil.Process(container.process.pid)),
        }
        found["this gateway, with limits"] = Way(*found_limits)
        portkey = [str(NODE), "build/start-server.js", "--port=8788", "--headless"]
        process = stack.enter_context(_process(portkey, f"http://{TASK}:8788/", folder, environ, PORTKEY))
        found["Portkey alone"] = Way(TASK, 8788, {"x-portkey-provider": "openai"}, process=process)
        if LITELLM.exists():
            (folder / "litellm.yaml").write_text(LITELLM_CONFIG, encoding="utf-8")
            command = [str(LITELLM), "--config", str(folder / "litellm.yaml"), "--port", "4000", "--num_workers", "1"]
            url = f"http://{TASK}:4000/health/liveliness"
            process = stack.enter_context(_process(command, url, folder, environ, folder))
            found["LiteLLM"] = Way(TASK, 4000, {}, process=process)
        yield found


def measured(folder: Path) -> tuple[dict[tuple[int, str], Timed], dict[str, float]]:
    """Return the median of the rounds by concurrency and gateway, and the memory afterwards. The gateways alternate."""
    rounds: dict[tuple[int, str], list[Timed]] = {}
    with own_network(folder):
        made = certificates(folder, (*PUBLIC_NAMES, *TABLE_NAMES))
        provider = [str(NODE), str(Path(__file__).with_name("bench_provider.mjs")), PUBLIC, "443", str(made.server)]
        provider.append(str(folder / "jwks.json"))
        with _serving(provider), ways(folder, made) as found:
            for way in found.values():
                asyncio.run(_load(way, 16, WARM_UP))
            for _ in range(ROUNDS):
                for concurrency in CONCURRENCY:
                    for name, way in found.items():
                        timed = asyncio.run(_load(way, concurrency, REQUESTS))
                        rounds.setdefault((concurrency, name), []).append(timed)
            memory = {name: way.memory_mib() for name, way in found.items()}
    medians = {
        key: tuple(statistics.median(column) for column in zip(*many, strict=True)) for key, many in rounds.items()
    }
    return medians, memory


def main() -> int:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        found, memory = measured(Path(folder))
    print("| Requests at once | Gateway | Requests/s | Adds p50, p99 ms | MiB |")
    print("|---|---|---|---|---|")
    for (concurrency, name), (rate, p50, p99) in found.items():
        _, base50, base99 = found[concurrency, "the provider itself"]
        added = "" if name == "the provider itself" else f"{p50 - base50:.1f}, {p99 - base99:.1f}"
        print(f"| {concurrency} | {name} | {rate:.0f} | {added} | {f'{memory[name]:.0f}' if memory[name] else ''} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
