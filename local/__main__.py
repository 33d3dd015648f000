"""`make run ENV=dev`: runs the environment's gateway on this machine, as synthesized, until Ctrl-C."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from envs import EnvironmentsError, load_environments
from envs.schema import Environment
from local.gateway import (
    WITHOUT_COLLECTOR,
    LocalGateway,
    PortInUseError,
    local_gateway,
    secret_variables,
)
from local.task import GATEWAY, LOOPBACK, Definition, port_of
from main import build_app
from resource_types.stack import SynthesizedStack
from tools.interrupts import interruptible

CALLERS_VARIABLE = "OPENAI_API_KEY"
"""The variable with the caller's own key, for an environment without routes."""
MOST_PORT = 65_535


def synthesized(environment: Environment, folder: Path) -> Definition:
    """The gateway's container definition in the synthesized JSON."""
    build_app([environment], outdir=str(folder)).synth()
    return SynthesizedStack.read(folder, environment.environment).containers()[GATEWAY]


def keys_of(definition: Definition, environ: dict[str, str], *, routed: bool) -> dict[str, str] | None:
    """The provider keys in the shell's variables; None, for the stand-in, where one is missing."""
    if not routed:
        return {} if environ.get(CALLERS_VARIABLE) else None
    names = secret_variables(definition)
    return {name: environ[name] for name in names} if all(environ.get(name) for name in names) else None


def curl(url: str, *, routed: bool, stood_in: bool) -> str:
    """A curl command that sends a chat completion to the gateway."""
    key = "" if routed else f" -H 'Authorization: Bearer {'any' if stood_in else '$' + CALLERS_VARIABLE}'"
    key = key.replace("'", '"') if not routed and not stood_in else key
    provider = "" if routed else " -H 'x-portkey-provider: openai'"
    body = '{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Say hello."}]}'
    return f"curl {url}/v1/chat/completions{provider}{key} -H 'Content-Type: application/json' -d '{body}'"


def _introduction(environment: Environment, gateway: LocalGateway, definition: Definition, *, stood_in: bool) -> str:
    routed = environment.routes is not None
    missing = ", ".join(secret_variables(definition)) if routed else CALLERS_VARIABLE
    lines = [
        f"{environment.environment}: the gateway's container as synthesized, without the collector; telemetry is off.",
        f"It listens on {LOOPBACK} only; on AWS, on all interfaces of the task and port {port_of(definition)}.",
        f"Providers: a stand-in; for the real ones, export {missing}." if stood_in else "Providers: the real ones.",
    ]
    if environment.enable_jwt_auth:
        lines.append("Tokens are not validated here; on AWS, the load balancer validates them.")
    example = curl(gateway.url, routed=routed, stood_in=stood_in)
    return "\n".join([*lines, "", example, "", "Press Ctrl-C to drain and stop it."])


def _follow(gateway: LocalGateway) -> int:
    """Print the gateway's output until it exits or Ctrl-C; returns 0 after Ctrl-C, else 1."""
    shown = 0
    try:
        while gateway.container.process is not None and gateway.container.process.poll() is None:
            text = gateway.container.output
            sys.stdout.write(text[shown:])
            sys.stdout.flush()
            shown = len(text)
            time.sleep(0.2)
    except KeyboardInterrupt:
        print("\ndraining: waiting for running requests", flush=True)
        took = gateway.container.stop()
        print(f"{gateway.container.output[shown:]}stopped after {took:.1f} s", flush=True)
        return 0
    print("the gateway exited unexpectedly", file=sys.stderr)
    return 1


def run(environment: Environment, environ: dict[str, str], port: int | None = None) -> int:
    """Start the gateway, print how to call it, and wait for Ctrl-C; returns the exit code.

    `environ`: the shell's variables. `port`: the port on 127.0.0.1, by default the task's own.
    """
    routed = environment.routes is not None
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        definition = synthesized(environment, folder / "out")
        keys = keys_of(definition, environ, routed=routed)
        added = WITHOUT_COLLECTOR | {name: environ[name] for name in ("NODE_EXTRA_CA_CERTS",) if name in environ}
        with local_gateway(definition, folder, keys=keys, environ=added, port=port) as gateway:
            print(_introduction(environment, gateway, definition, stood_in=keys is None), flush=True)
            return _follow(gateway)


def port(text: str) -> int:
    """A port number. Raises argparse.ArgumentTypeError for anything else."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a number from 1 to {MOST_PORT}, e.g. make run PORT=8080")
    return int(text)


def main() -> int:
    """Run one environment's gateway; returns the exit code."""
    interruptible()
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("environment")
    parser.add_argument("--port", type=port, help="the port on 127.0.0.1 (default: the task's own)")
    given = parser.parse_args()
    name = given.environment
    try:
        (environment,) = load_environments(choice=name)
        return run(environment, dict(os.environ), given.port)
    except PortInUseError as error:
        print(f"{error}: make run ENV={name} PORT=…", file=sys.stderr)
        return 1
    except (EnvironmentsError, TimeoutError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    except ValueError:
        print(f"make run takes one environment: make run ENV=dev, not ENV={name}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
