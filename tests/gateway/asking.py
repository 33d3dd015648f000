"""Sends plain HTTP requests, without a provider's SDK, and counts the requests that reach internal addresses."""

import json

from tests.gateway.world import CALLERS_KEY, PROMPT, Task, World
from tests.support.waiting import PATIENCE

import urllib3


def ask(
    task: Task, path: str = "/v1/chat/completions", *, method: str = "POST", **headers: str
) -> urllib3.BaseHTTPResponse:
    """Send a chat completion with the caller's own headers; an underscore in a keyword stands for a hyphen."""
    named = {name.replace("_", "-"): value.encode().decode("latin-1") for name, value in headers.items()}
    return urllib3.request(
        method,
        f"{task.url}{path}",
        headers={"content-type": "application/json", "authorization": f"Bearer {CALLERS_KEY}", **named},
        body=json.dumps({"model": "m", "messages": [{"role": "user", "content": PROMPT}]})
        if method == "POST"
        else None,
        timeout=PATIENCE,
        retries=False,
    )


def seen(outside: World) -> int:
    """Return how many requests reached an internal address."""
    return len(outside.private.asked) + len(outside.credentials)


def post(task: Task, path: str, document: object, **headers: str) -> urllib3.BaseHTTPResponse:
    """Send a JSON request with urllib3 instead of a provider's SDK."""
    return urllib3.request("POST", f"{task.url}{path}", json=document, headers=headers, timeout=PATIENCE, retries=False)
