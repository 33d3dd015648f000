"""`make smoke`: sends four test requests to the deployed gateway, and prints a table of the results."""

import json
import os
import time
from collections.abc import Callable
from typing import Literal

from ops.aws import Aws, OperatorError
from ops.console import cell, confirmed, out, say
from ops.gateway.clients import access_token, authorities, credentials_of

import attrs
import requests
from rich.table import Table

KEY_VARIABLE = "PROVIDER_API_KEY"
"""The variable with the caller's provider key, for an environment without `routes`, whose gateway has no keys."""
PROMPT_BYTES = 100 * 1024
Outcome = Literal["passed", "failed", "not tested"]
COLOURS = {"passed": "green", "failed": "red", "not tested": "yellow"}


@attrs.frozen
class Result:
    """The result of one check."""

    check: str
    outcome: Outcome
    seconds: float
    detail: str


@attrs.frozen(kw_only=True)
class Gateway:
    """The gateway's URL, and what the test requests send."""

    url: str
    model: str
    headers: dict[str, str]
    stream_seconds: int

    def post(self, prompt: str, *, stream: bool) -> requests.Response:
        """Request a chat completion; with `stream`, the body is not read yet. Raises requests.RequestException."""
        return requests.post(
            f"{self.url}/v1/chat/completions",
            json={"model": self.model, "stream": stream, "messages": [{"role": "user", "content": prompt}]},
            headers=self.headers,
            timeout=(10, max(120, self.stream_seconds * 2)),
            stream=stream,
            verify=authorities(),
        )


def root(gateway: Gateway) -> tuple[Outcome, str]:
    """Passes where `/` returns a status below 400."""
    answer = requests.get(f"{gateway.url}/", headers=gateway.headers, timeout=15, verify=authorities())
    return ("passed" if answer.ok else "failed"), f"status {answer.status_code}"


def completion(gateway: Gateway) -> tuple[Outcome, str]:
    """Passes where a short prompt gets a chat completion."""
    return _answered(gateway.post("Say hello.", stream=False))


def long_prompt(gateway: Gateway) -> tuple[Outcome, str]:
    """Passes where a prompt of 100 KB gets a chat completion; fails where it is blocked on its way to the model."""
    answer = gateway.post("Answer with one word. " + "long " * (PROMPT_BYTES // 5), stream=False)
    if answer.status_code in {403, 413}:
        return "failed", f"status {answer.status_code}: blocked before it reached the model"
    return _answered(answer)


def _answered(answer: requests.Response) -> tuple[Outcome, str]:
    try:
        content = answer.json()["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError):
        return "failed", f"status {answer.status_code}: {' '.join(answer.text.split())[:120]}"
    return ("passed" if answer.ok else "failed"), f"status {answer.status_code}: {str(content)[:60]!r}"


def long_stream(gateway: Gateway) -> tuple[Outcome, str]:
    """Passes where a stream lasts at least `stream_seconds` and is complete.

    The default of 60 is the idle timeout that a load balancer has by default.
    """
    began = time.monotonic()
    with gateway.post("Count from 1 to 2000, one number a line, nothing left out.", stream=True) as answer:
        if not answer.ok:
            return _answered(answer)
        first, chunks, whole = 0.0, 0, False
        for line in answer.iter_lines():
            first = first or time.monotonic() - began
            chunks += line.startswith(b"data:")
            whole = whole or line.startswith(b"data: [DONE]")
    lasted = time.monotonic() - began
    detail = f"{chunks} chunks in {lasted:.0f} s, the first after {first:.1f} s"
    if not whole:
        return "failed", f"{detail}; cut off before [DONE]"
    if lasted < gateway.stream_seconds:
        return "not tested", f"{detail}; the answer was complete before {gateway.stream_seconds} s"
    return "passed", detail


CHECKS: dict[str, Callable[[Gateway], tuple[Outcome, str]]] = {
    "/ answers": root,
    "chat completion": completion,
    "long stream": long_stream,
    "100 KB prompt": long_prompt,
}


def address(aws: Aws) -> str:
    """The gateway's URL. Raises OperatorError where there is no load balancer yet."""
    environment = aws.environment
    scheme = "https" if environment.serves_https else "http"
    if environment.domain_name:
        return f"{scheme}://{environment.domain_name}"
    if found := aws.load_balancer():
        return f"{scheme}://{found['DNSName']}"
    name = environment.names.load_balancer
    raise OperatorError(f"there is no load balancer {name}: run `make deploy ENV={environment.environment}` first")


def smoke(
    aws: Aws, *, url: str | None, model: str, provider: str | None, stream_seconds: int, yes: bool = False
) -> int:
    """Run the four checks and print their results; returns 0 where all passed, else 1.

    `provider`: whose key PROVIDER_API_KEY holds, for an environment without routes. `yes`: send that key over plain
    HTTP without a prompt. Raises OperatorError where the gateway, a token or the key is missing.
    """
    headers: dict[str, str] = {}
    if aws.environment.enable_jwt_auth:
        headers["authorization"] = f"Bearer {access_token(credentials_of(aws, None))}"
    if aws.environment.routes is None:
        key = os.environ.get(KEY_VARIABLE)
        if not (provider and key):
            raise OperatorError(
                f"envs/{aws.environment.environment}.py has no routes, so callers send their own key: set "
                f"{KEY_VARIABLE} and pass its provider, e.g. --provider openai (with make: PROVIDER=openai)"
            )
        url = url or address(aws)
        question = f"Send {KEY_VARIABLE} to {url} over plain HTTP, where it can be read in transit?"
        if url.startswith("http:") and not confirmed(question, yes=yes):
            out.print("Nothing was sent.")
            return 1
        # Not in Authorization, which may have to hold the access token.
        headers["x-portkey-config"] = json.dumps({"provider": provider, "api_key": key})
    gateway = Gateway(
        url=(url or address(aws)).rstrip("/"), model=model, headers=headers, stream_seconds=stream_seconds
    )
    say(f"Testing {gateway.url} with {model}; the stream may take minutes.")
    results = [_run(name, check, gateway) for name, check in CHECKS.items()]
    shown = Table("Check", "Result", "Seconds", "Detail", box=None, pad_edge=False, header_style="bold")
    for result in results:
        outcome = cell(result.outcome, COLOURS[result.outcome])
        shown.add_row(result.check, outcome, f"{result.seconds:.1f}", result.detail)
    out.print(shown)
    return 0 if all(result.outcome == "passed" for result in results) else 1


def _run(name: str, check: Callable[[Gateway], tuple[Outcome, str]], gateway: Gateway) -> Result:
    began = time.monotonic()
    try:
        outcome, detail = check(gateway)
    except requests.RequestException as error:
        # The cause is the last part of the message, after those of the layers above it.
        outcome, detail = "failed", f"{type(error).__name__}: {str(error).rpartition(': ')[2][:80]}"
    return Result(name, outcome, time.monotonic() - began, detail)
