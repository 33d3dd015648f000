"""A step of `make demo`: run the deployed task definition on this machine, and send it a completion and a stream.

The gateway listens on loopback only and calls a stand-in for the model providers.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from envs.schema import Environment
from local.gateway import (
    WITHOUT_COLLECTOR,
    LocalGateway,
    PortInUseError,
    free_port,
    local_gateway,
    secret_variables,
)
from local.task import GATEWAY, LOOPBACK, Definition
from ops.aws import Aws, OperatorError, one_environment
from ops.console import out
from tools.interrupts import interruptible

import requests

LOG_SECONDS = 5.0
"""How long to wait for the access log's line about an answer."""
QUESTION = [{"role": "user", "content": "Say hello."}]


def deployed_definition(aws: Aws) -> Definition:
    """The gateway's container definition, read back from ECS."""
    task = aws.client("ecs").describe_task_definition(taskDefinition=aws.service()["taskDefinition"])["taskDefinition"]
    found: Definition = next(one for one in task["containerDefinitions"] if one["name"] == GATEWAY)
    return found


def _show(title: str, gateway: LocalGateway, answer: requests.Response, text: str) -> None:
    """Print an answer and its line in the access log."""
    identifier = answer.headers["x-request-id"]
    deadline = time.monotonic() + LOG_SECONDS
    while (line := gateway.log_line(identifier)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    out.print(f"{title}: {answer.status_code}, {text}")
    out.print(f"  access log: {json.dumps(line)}")


def ask(environment: Environment, definition: Definition) -> None:
    """Start the gateway, send it two requests, and print the answers."""
    headers: Mapping[str, str] = {}
    if not secret_variables(definition):  # without routes, callers name the provider and send its key
        headers = {"x-portkey-provider": "openai", "authorization": "Bearer a-callers-key"}
    with (
        tempfile.TemporaryDirectory() as folder,
        local_gateway(definition, Path(folder), keys=None, environ=WITHOUT_COLLECTOR, port=free_port()) as gateway,
    ):
        out.print(f"The task definition of {environment.environment} runs at {gateway.url}, with a stand-in provider.")
        answer = gateway.ask({"model": "gpt-4o-mini", "messages": QUESTION}, headers)
        body: dict[str, Any] = answer.json()
        _show("A completion", gateway, answer, body["choices"][0]["message"]["content"])
        streamed = gateway.ask({"model": "stream-6-0.1", "messages": QUESTION, "stream": True}, headers)
        events = [line for line in streamed.iter_lines(decode_unicode=True) if line.startswith("data: ")]
        _show("A stream", gateway, streamed, f"{len(events)} events, the last one {events[-1].removeprefix('data: ')}")


def main() -> int:
    """Run the gateway of the environment named on the command line; the exit code, 1 where it does not answer."""
    interruptible()
    try:
        environment = one_environment(sys.argv[1])
        definition = deployed_definition(Aws.of(environment))
        for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
            del os.environ[name]  # they point to the embedded AWS, which is not called from here on
        ask(environment, definition)
    except PortInUseError as error:
        print(f"the gateway was not started: {error}", file=sys.stderr)
        return 1
    except (OperatorError, TimeoutError, RuntimeError, requests.RequestException) as error:
        print(f"the gateway of the task definition does not answer on {LOOPBACK}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
