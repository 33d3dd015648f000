"""Runs the containers of a task definition here as processes, with their own command, environment and ports.

Instead of images there are the same programs at the images' versions: the gateway and its instrumentation from npm, on
the image's Node major. The collector's program exists only in its image and is left out.
"""

import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.environment import ROOT
from tools.programs import node_of

import attrs

Definition = dict[str, Any]

MODULES = ROOT / "tests" / "gateway" / "node_modules"
NODE = node_of(ROOT / "tests" / "gateway" / ".venv")
"""The Node of Portkey's image."""
PORTKEY = MODULES / "@portkey-ai/gateway"
INSTRUMENTATION = "@aws/aws-distro-opentelemetry-node-autoinstrumentation/register"
GATEWAY = "gateway"
LOOPBACK = "127.0.0.1"


@attrs.define
class Container:
    """One container as a process."""

    definition: Definition
    folder: Path
    environ: dict[str, str]
    imports: tuple[Path, ...] = ()
    """Modules that Node loads before the product's own code."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """The port that the load balancer talks to."""
        return port_of(self.definition)

    @property
    def command(self) -> list[str]:
        """Its command, with `imports` before the product's `--import`."""
        command = [*self.definition.get("entryPoint", []), *self.definition["command"]]
        at = command.index("--import")
        volumes = volumes_of(self.definition, self.folder)
        more = [part for path in self.imports for part in ("--import", path.as_uri())]
        return [_inside(part, volumes) for part in (*command[:at], *more, *command[at:])]

    @property
    def output(self) -> str:
        """All of standard output and standard error."""
        return "".join(
            (self.folder / name).read_text(encoding="utf-8", errors="replace") for name in ("stdout", "stderr")
        )

    def start(self) -> None:
        """Start its command as the image would; output is appended to the files `stdout` and `stderr`."""
        with (self.folder / "stdout").open("ab") as out, (self.folder / "stderr").open("ab") as errors:
            # In a session of its own: Ctrl-C in a terminal goes to whoever started it, which drains it.
            self.process = subprocess.Popen(
                self.command, cwd=PORTKEY, env=self.environ, stdout=out, stderr=errors, start_new_session=True
            )

    def stop(self) -> float:
        """SIGTERM, and SIGKILL after the stop timeout as ECS does; the seconds it took."""
        if self.process is None:
            return 0
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(self.definition["stopTimeout"])
        except subprocess.TimeoutExpired:
            self.kill()
        return time.monotonic() - began

    def kill(self) -> None:
        """SIGKILL, where it still runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def healthy(self) -> bool:
        """Whether its health check's command, run as written, succeeds."""
        kind, *command = self.definition["healthCheck"]["command"]
        if kind != "CMD":
            raise ValueError(f"a health check of kind {kind} is not known here")
        done = subprocess.run(command, env=self.environ, capture_output=True, check=False, timeout=10)
        return done.returncode == 0


def port_of(definition: Definition) -> int:
    """The port that the load balancer talks to."""
    port: int = definition["portMappings"][0]["containerPort"]
    return port


def volumes_of(definition: Definition, folder: Path) -> dict[str, Path]:
    """Path in the container to the folder that stands for its volume."""
    return {mount["containerPath"]: folder / mount["sourceVolume"] for mount in definition.get("mountPoints", [])}


def _inside(value: str, volumes: Mapping[str, Path]) -> str:
    for inside, outside in volumes.items():
        if value == inside or value.startswith(f"{inside}/"):
            return f"{outside}{value[len(inside) :]}"
    return value


def _instrumentation(folder: Path) -> None:
    """What the init container copies onto the volume: a file that loads the distribution."""
    text = f'require("node:module").createRequire("{MODULES}/")("{INSTRUMENTATION}");\n'
    (folder / "autoinstrumentation.js").write_text(text, encoding="utf-8")


def environment(definition: Definition, folder: Path, secrets: Mapping[str, str]) -> dict[str, str]:
    """What ECS puts into the container: its variables and its secrets; its volumes become folders."""
    volumes = volumes_of(definition, folder)
    for path in volumes.values():
        path.mkdir(parents=True, exist_ok=True)
        if path.name == "instrumentation":
            _instrumentation(path)
    made = {"HOME": str(folder), "PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}
    for item in definition["environment"]:
        made[item["name"]] = _inside(item["value"].replace("$${", "${").replace("%%{", "%{"), volumes)
    for item in definition.get("secrets", []):
        made[item["name"]] = secrets[item["name"]]
    return made


def wait_for(url: str, container: Container, seconds: float = 30) -> None:
    """Wait until a URL answers 200. Raises RuntimeError where the container ends, TimeoutError where time is up."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 (http on this machine)
                if answer.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            pass
        if container.process is not None and container.process.poll() is not None:
            raise RuntimeError(f"the gateway exits with {container.process.returncode}:\n{container.output[-4000:]}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"{url} does not answer within {seconds:.0f} s:\n{container.output[-4000:]}")
        time.sleep(0.05)


@contextmanager
def running(
    definition: Definition,
    folder: Path,
    secrets: Mapping[str, str],
    *,
    host: str = LOOPBACK,
    imports: tuple[Path, ...] = (),
    environ: Mapping[str, str] | None = None,
) -> Iterator[Container]:
    """The gateway's container, started and healthy; `environ` is what ECS's agent adds."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = Container(definition, folder, {**environment(definition, folder, secrets), **(environ or {})}, imports)
    try:
        made.start()
        wait_for(f"http://{host}:{made.port}/", made)
        yield made
    finally:
        made.kill()
