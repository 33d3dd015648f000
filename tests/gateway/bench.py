"""What the edge adds to a request: the same gateway, asked through the edge and past it, in turns. Part of `make bench`."""

import asyncio
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from pathlib import Path

from constructs_lib.helpers.routes import Target, document
from tests.gateway.provider import provider
from tests.gateway.task import INSIDE, running
from tests.synthesized import Synthesized, settings

CONCURRENCY = (1, 16, 64)
REQUESTS = 640
ROUNDS = 5
WARM_UP = 200
KEY = "sk-bench"
BODY = json.dumps({"model": "m", "messages": [{"role": "user", "content": "Say hello."}]}).encode()


def serve(ports: "multiprocessing.Queue[int]") -> None:
    """The provider, in a process of its own so that it does not share the measuring one's time."""
    with provider() as made:
        ports.put(made.port)
        time.sleep(3600)


async def _one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> float:
    """Ask once; the milliseconds until the whole answer is there."""
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


async def _load(port: int, headers: dict[str, str], concurrency: int, requests: int) -> list[float]:
    """Ask on so many connections at once, each kept open; the milliseconds of every request."""
    lines = {
        "host": f"{INSIDE}:{port}",
        "content-type": "application/json",
        "content-length": str(len(BODY)),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    request = f"POST /v1/chat/completions HTTP/1.1\r\n{head}\r\n".encode() + BODY

    async def caller() -> list[float]:
        reader, writer = await asyncio.open_connection(INSIDE, port)
        taken = [await _one(reader, writer, request) for _ in range(requests // concurrency)]
        writer.close()
        return taken

    return [taken for many in await asyncio.gather(*(caller() for _ in range(concurrency))) for taken in many]


def measured(folder: Path, provider_port: int) -> dict[tuple[int, str], tuple[float, float]]:
    """p50 and p99 in milliseconds, by concurrency and way: the median of the rounds, in which both ways take turns."""
    route = Target(provider="openai", custom_host=f"http://{INSIDE}:{provider_port}/ok/v1")
    stack = Synthesized.of(
        settings(routes=route, ingress_cidrs=("10.0.0.0/8",), trusted_custom_hosts=(INSIDE,), instrument_gateway=False),
        folder / "out",
    )
    config = json.dumps(document(route)).replace("{env.OPENAI_API_KEY}", KEY)
    ways = {"through the edge": (8080, {}), "past it": (8787, {"x-portkey-config": config})}
    rounds: dict[tuple[int, str], list[tuple[float, float]]] = {}
    with running(stack, folder / "run", {"OPENAI_API_KEY": KEY}):
        for port, headers in ways.values():
            asyncio.run(_load(port, headers, 1, WARM_UP))
        for _ in range(ROUNDS):
            for concurrency in CONCURRENCY:
                for way, (port, headers) in ways.items():
                    taken = asyncio.run(_load(port, headers, concurrency, REQUESTS))
                    cuts = statistics.quantiles(taken, n=100)
                    rounds.setdefault((concurrency, way), []).append((cuts[49], cuts[98]))
    return {
        key: (statistics.median(p50 for p50, _ in found), statistics.median(p99 for _, p99 in found))
        for key, found in rounds.items()
    }


def main() -> int:
    """Measure and print the README's table."""
    ports: multiprocessing.Queue[int] = multiprocessing.Queue()
    serving = multiprocessing.Process(target=serve, args=(ports,), daemon=True)
    serving.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = measured(Path(folder), ports.get(timeout=30))
    finally:
        serving.terminate()
    print("| Requests at once | Past the edge: p50, p99 ms | Through it: p50, p99 ms | It adds: p50, p99 ms |")
    print("|---|---|---|---|")
    for concurrency in CONCURRENCY:
        past, through = found[concurrency, "past it"], found[concurrency, "through the edge"]
        shown = [f"{p50:.1f}, {p99:.1f}" for p50, p99 in (past, through)]
        print(f"| {concurrency} | {shown[0]} | {shown[1]} | {through[0] - past[0]:.1f}, {through[1] - past[1]:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
