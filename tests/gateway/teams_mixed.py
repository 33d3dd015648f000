"""Thousands of mixed requests of one team, and the counters that must result from what the providers reported."""

import json
import random
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.task import NODE
from tests.gateway.teams import CHAT, MESSAGES, PROVIDERS, cost
from tests.gateway.teams_world import Gateway, TeamsWorld
from tests.support.waiting import until

SENDER = Path(__file__).with_name("teams_mixed.mjs")
CONCURRENCY = 32
TEAM = "mixed"
KINDS = {
    "chat": 50, "messages": 15, "responses": 10, "completions": 5, "embeddings": 8, "fails": 4, "falls-back": 4, "cut": 2,
    "leaves": 2,
}  # fmt: skip
"""The kinds of requests to send, with their weights."""
EXACT = ("input_tokens", "output_tokens", "cached_tokens", "cache_write_tokens", "reasoning_tokens", "cost_micros")
"""The columns whose values come from what the providers reported."""


def mixed(choice: random.Random) -> tuple[str, dict[str, Any], bool]:
    """Return a random request: path, body, and whether the caller disconnects in the middle of the answer."""
    (kind,) = choice.choices(list(KINDS), list(KINDS.values()))
    stream = {"stream": True} if choice.random() < 0.5 else {}
    messages = {"messages": MESSAGES, **stream}
    path, body = CHAT, {"model": kind, **messages}
    match kind:
        case "chat":
            model = choice.choice(["gpt-4o-mini", "azure-gpt", "claude", "gemini", "nova"])
            asked = {"stream_options": {"include_usage": True}} if stream and choice.random() < 0.3 else {}
            body = {"model": model, **messages, **asked}
        case "messages":
            path, body = "/v1/messages", {"model": "claude", "max_tokens": 900, **messages}
        case "responses":
            path, body = "/v1/responses", {"model": "gpt-4o-mini", "input": "Say hello.", **stream}
        case "completions":
            path, body = "/v1/completions", {"model": "gpt-3.5", "prompt": "Say", **stream}
        case "embeddings":
            path, body = "/v1/embeddings", {"model": "embed", "input": ["a", "b"]}
        case "cut":
            body = {"model": choice.choice(["cut", "claude-cut", "nova-cut"]), **messages, "stream": True}
        case "leaves":
            body = {"model": "slow", **messages, "stream": True, "max_tokens": 500}
    return path, body, kind == "leaves"


def sent(gateways: Sequence[Gateway], count: int, seed: int) -> list[tuple[str, int]]:
    """Send `count` requests, alternating between the gateways.

    Returns for each its outcome and, if the caller disconnected, how many text chunks it received.
    """
    choice = random.Random(seed)  # noqa: S311 (not used for security)
    requests = []
    for number in range(count):
        path, body, leaves = mixed(choice)
        url = f"{gateways[number % len(gateways)].url}{path}"
        requests.append({"url": url, "body": body, "leaves": leaves})
    given = {"token": gateways[0].pool.token(TEAM), "concurrency": CONCURRENCY, "requests": requests}
    done = subprocess.run([NODE, str(SENDER)], input=json.dumps(given), capture_output=True, text=True, check=True)
    return [(end, pieces) for end, pieces in json.loads(done.stdout)]


def counted(world: TeamsWorld, requests: int) -> dict[str, dict[str, Any]]:
    """Return the team's counters by provider and model, once they include all requests."""

    def counters() -> dict[str, dict[str, Any]]:
        return {key.split("#")[-1]: item for key, item in world.items(f"usage#{TEAM}").items()}

    def seen() -> int:
        return sum(item.get("requests", 0) for item in counters().values())

    until(lambda: seen() == requests, lambda: (seen(), requests))
    return counters()


def expected(records: Sequence[dict[str, Any]]) -> dict[str, Counter[str]]:
    """Return the expected counters by provider and model; `forwarded` counts text chunks of answers that broke off."""
    made: dict[str, Counter[str]] = {}
    for record in records:
        name = f"{PROVIDERS[record['host']]}/{record['model']}"
        counts = made.setdefault(name, Counter())
        used = record["usage"]
        if record["whole"]:
            counts["input_tokens"] += used["plain"] + used["cached"] + used["written"]
            counts["output_tokens"] += used["output"]
            counts["cached_tokens"] += used["cached"]
            counts["cache_write_tokens"] += used["written"]
            counts["reasoning_tokens"] += used["reasoning"]
            counts["cost_micros"] += cost(name, used)
        elif not record["model"].startswith("status"):
            counts["estimated_requests"] += 1
            if record["model"].startswith("cut"):
                counts["forwarded"] += record["forwarded"]
    return made
