"""`make run ENV=dev`: the environment's task on this machine, as it is synthesized, until Ctrl-C."""

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
"""Where a caller's own key comes from without routes."""
MOST_PORT = 65_535


def synthesized(environment: Environment, folder: Path) -> Definition:
    """The gateway's container definition, out of the synthesized JSON."""
    build_app([environment], outdir=str(folder)).synth()
    return SynthesizedStack.read(folder, environment.environment).containers()[GATEWAY]


def keys_of(definition: Definition, environ: dict[str, str], *, routed: bool) -> dict[str, str] | None:
    """The providers' keys in the shell; None where one is missing, which takes the stand-in."""
    if not routed:
        return {} if environ.get(CALLERS_VARIABLE) else None
    names = secret_variables(definition)
    return {name: environ[name] for name in names} if all(environ.get(name) for name in names) else None


def curl(url: str, *, routed: bool, stood_in: bool) -> str:
    """A line to try it with."""
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
        f"It listens on {LOOPBACK} only; on AWS on every interface of the task, on port {port_of(definition)}.",
        f"Providers: a stand-in; set {missing} for the real ones." if stood_in else "Providers: the real ones.",
    ]
    if environment.enable_jwt_auth:
        lines.append("Tokens are not validated here; on AWS the load balancer does that.")
    example = curl(gateway.url, routed=routed, stood_in=stood_in)
    return "\n".join([*lines, "", example, "", "Ctrl-C drains and ends it."])


def _follow(gateway: LocalGateway) -> int:
    """Print what the gateway writes until it ends or Ctrl-C; the exit code."""
    shown = 0
    try:
        while gateway.container.process is not None and gateway.container.process.poll() is None:
            text = gateway.container.output
            sys.stdout.write(text[shown:])
            sys.stdout.flush()
            shown = len(text)
            time.sleep(0.2)
    except KeyboardInterrupt:
        print("\ndraining: answers that are under way finish", flush=True)
        took = gateway.container.stop()
        print(f"{gateway.container.output[shown:]}ended after {took:.1f} s", flush=True)
        return 0
    print("the gateway has ended by itself", file=sys.stderr)
    return 1


def run(environment: Environment, environ: dict[str, str], port: int | None = None) -> int:
    """Start it, print how to reach it, and wait for Ctrl-C."""
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
    """A port's number. Raises argparse's error for anything else."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r}: write a number from 1 to {MOST_PORT}, e.g. make run PORT=8080")
    return int(text)


def main() -> int:
    """Run the environment that is named."""
    interruptible()
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("environment")
    parser.add_argument("--port", type=port, help="the port on 127.0.0.1; without it, the task's own")
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
