"""Runs a task definition's containers as local processes, with their own command, environment and ports.

Instead of images it uses the same programs at the images' versions: the gateway and its instrumentation from npm, on
the image's major version of Node. The collector is left out, since its program exists only in its image.
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
"""Node with the major version of Portkey's image."""
PORTKEY = MODULES / "@portkey-ai/gateway"
INSTRUMENTATION = "@aws/aws-distro-opentelemetry-node-autoinstrumentation/register"
GATEWAY = "gateway"
LOOPBACK = "127.0.0.1"


@attrs.define
class Container:
    """A container, run as a process."""

    definition: Definition
    folder: Path
    environ: dict[str, str]
    imports: tuple[Path, ...] = ()
    """Modules that Node loads before the gateway's own code."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def port(self) -> int:
        """The port to which the load balancer sends requests."""
        return port_of(self.definition)

    @property
    def command(self) -> list[str]:
        """Its command, with `imports` before the definition's own `--import`."""
        command = [*self.definition.get("entryPoint", []), *self.definition["command"]]
        at = command.index("--import")
        volumes = volumes_of(self.definition, self.folder)
        more = [part for path in self.imports for part in ("--import", path.as_uri())]
        return [_inside(part, volumes) for part in (*command[:at], *more, *command[at:])]

    @property
    def output(self) -> str:
        """Its whole standard output, then its whole standard error."""
        return "".join(
            (self.folder / name).read_text(encoding="utf-8", errors="replace") for name in ("stdout", "stderr")
        )

    def start(self) -> None:
        """Start its command; output is appended to the files `stdout` and `stderr` in its folder."""
        with (self.folder / "stdout").open("ab") as out, (self.folder / "stderr").open("ab") as errors:
            # In a session of its own, so that Ctrl-C reaches only the parent, which then drains the gateway.
            self.process = subprocess.Popen(
                self.command, cwd=PORTKEY, env=self.environ, stdout=out, stderr=errors, start_new_session=True
            )

    def stop(self) -> float:
        """Send SIGTERM, and after the stop timeout SIGKILL, as ECS does; returns the seconds it took."""
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
        """Send SIGKILL if it still runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def healthy(self) -> bool:
        """Whether its health check command succeeds. Raises ValueError for a check that is not of kind CMD."""
        kind, *command = self.definition["healthCheck"]["command"]
        if kind != "CMD":
            raise ValueError(f"health check of kind {kind}: only CMD is supported here")
        done = subprocess.run(command, env=self.environ, capture_output=True, check=False, timeout=10)
        return done.returncode == 0


def port_of(definition: Definition) -> int:
    """The port to which the load balancer sends requests."""
    port: int = definition["portMappings"][0]["containerPort"]
    return port


def volumes_of(definition: Definition, folder: Path) -> dict[str, Path]:
    """The folder that replaces each volume, by its path in the container."""
    return {mount["containerPath"]: folder / mount["sourceVolume"] for mount in definition.get("mountPoints", [])}


def _inside(value: str, volumes: Mapping[str, Path]) -> str:
    for inside, outside in volumes.items():
        if value == inside or value.startswith(f"{inside}/"):
            return f"{outside}{value[len(inside) :]}"
    return value


def _instrumentation(folder: Path) -> None:
    """Write the file that the init container copies onto the volume; it loads the AWS distribution from npm."""
    text = f'require("node:module").createRequire("{MODULES}/")("{INSTRUMENTATION}");\n'
    (folder / "autoinstrumentation.js").write_text(text, encoding="utf-8")


def environment(definition: Definition, folder: Path, secrets: Mapping[str, str]) -> dict[str, str]:
    """The environment that ECS gives the container: its variables and secrets. Creates folders for its volumes."""
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


def wait_for(url: str, container: Container, seconds: float = 120) -> None:
    """Wait until a URL answers 200. Raises RuntimeError where the container exits, TimeoutError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 (http on this machine)
                if answer.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            pass
        if container.process is not None and container.process.poll() is not None:
            raise RuntimeError(
                f"the gateway exited with code {container.process.returncode}:\n{container.output[-4000:]}"
            )
        if time.monotonic() > deadline:
            raise TimeoutError(f"{url} did not answer within {seconds:.0f} s:\n{container.output[-4000:]}")
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
    """Start the gateway's container and wait until it answers; it is killed after the block.

    `environ`: variables that the ECS agent adds.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = Container(definition, folder, {**environment(definition, folder, secrets), **(environ or {})}, imports)
    try:
        made.start()
        wait_for(f"http://{host}:{made.port}/", made)
        yield made
    finally:
        made.kill()
