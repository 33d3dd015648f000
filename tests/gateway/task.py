"""Runs the containers of a synthesized task here as processes, with their own command, environment and ports.

Instead of images there are the same programs at the images' versions: the gateway and its instrumentation from npm,
the edge from PyPI. A task has a network of its own on Fargate; here 127.0.0.1 is its loopback and 127.0.0.2 the address
that others reach it at, so a container that binds all interfaces is given these two.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.synthesized import Block, Synthesized

import attrs

INSIDE, OUTSIDE = "127.0.0.1", "127.0.0.2"
MODULES = Path(__file__).parent / "node_modules"
PORTKEY = MODULES / "@portkey-ai/gateway"
INSTRUMENTATION = "@aws/aws-distro-opentelemetry-node-autoinstrumentation/register"
STOP_ORDER = ("edge", "gateway")
"""ECS stops a container before those it depends on."""


@attrs.define
class Container:
    """One container as a process."""

    definition: Block
    folder: Path
    environ: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What it wrote to standard output, which ECS sends to its log group."""
        return self.folder / "stdout"

    def start(self) -> None:
        """Start its command as the image would."""
        command = [*self.definition.get("entryPoint", []), *self.definition["command"]]
        with self.log.open("wb") as out, (self.folder / "stderr").open("wb") as errors:
            self.process = subprocess.Popen(
                command,
                cwd=PORTKEY if self.definition["name"] == "gateway" else self.folder,
                env=self.environ,
                stdout=out,
                stderr=errors,
            )

    def stop(self) -> float:
        """SIGTERM, and SIGKILL after the stop timeout as ECS does; the seconds it took."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(self.definition["stopTimeout"])
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return time.monotonic() - began

    def healthy(self) -> bool:
        """Its health check's command, run as written."""
        kind, *command = self.definition["healthCheck"]["command"]
        assert kind == "CMD"
        done = subprocess.run(command, env=self.environ, capture_output=True, check=False, timeout=10)
        return done.returncode == 0


@attrs.frozen
class Task:
    """The gateway, and the edge where there is one."""

    containers: dict[str, Container]
    url: str

    def stop(self) -> float:
        """Stop the containers in ECS's order; the seconds it took."""
        return sum(self.containers[name].stop() for name in STOP_ORDER if name in self.containers)


def image_of_instrumentation(folder: Path) -> Path:
    """What the init container copies onto the volume: a file that loads the distribution from its image."""
    folder.mkdir()
    text = f'require("node:module").createRequire("{MODULES}/")("{INSTRUMENTATION}");\n'
    (folder / "autoinstrumentation.js").write_text(text, encoding="utf-8")
    return folder


def environment(definition: Block, folder: Path, secrets: Mapping[str, str]) -> dict[str, str]:
    """What ECS puts into the container: its variables, its secrets, its volumes as folders."""
    volumes = {mount["containerPath"]: folder / mount["sourceVolume"] for mount in definition.get("mountPoints", [])}
    for path in volumes.values():
        if path.name == "instrumentation":
            image_of_instrumentation(path)
        else:
            path.mkdir()
    made = {"HOME": str(folder), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for item in definition["environment"]:
        value = item["value"].replace("$${", "${").replace("%%{", "%{")
        for inside, outside in volumes.items():
            value = value.replace(f"{inside}/", f"{outside}/") if len(inside) > 5 else value
            value = str(outside) if value == inside else value
        made[item["name"]] = value
    for item in definition.get("secrets", []):
        made[item["name"]] = secrets[item["name"]]
    if "EDGE_CONFIGURATION" in made:
        everywhere = '"listen": [":8080"]'
        assert everywhere in made["EDGE_CONFIGURATION"]
        made["EDGE_CONFIGURATION"] = made["EDGE_CONFIGURATION"].replace(
            everywhere, f'"listen": ["{INSIDE}:8080", "{OUTSIDE}:8080"]'
        )
    return made


def answers(host: str, port: int) -> bool:
    """Whether something takes connections there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0


def wait_for(url: str, seconds: float = 30) -> None:
    """Wait until a URL answers 200."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 (http on loopback)
                if answer.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            if time.monotonic() > deadline:
                raise
        time.sleep(0.1)


@contextmanager
def running(stack: Synthesized, folder: Path, secrets: Mapping[str, str], **environ: str) -> Iterator[Task]:
    """The task of a stack, healthy; `environ` is what ECS's agent adds."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    containers: dict[str, Container] = {}
    definitions = stack.containers()
    try:
        for name in ("gateway", "edge"):
            if name not in definitions:
                continue
            place = folder / name
            place.mkdir()
            made = Container(definitions[name], place, {**environment(definitions[name], place, secrets), **environ})
            (port,) = [m["containerPort"] for m in made.definition.get("portMappings", [])] or [8787]
            with socket.socket() as probe:
                assert probe.connect_ex((INSIDE, port)) != 0, f"port {port} is taken: these tests need it"
            made.start()
            containers[name] = made
            wait_for(f"http://{INSIDE}:{port}/" + ("healthz" if name == "edge" else ""))
        port = 8080 if "edge" in containers else 8787
        yield Task(containers, f"http://{OUTSIDE if 'edge' in containers else INSIDE}:{port}")
    finally:
        for container in containers.values():
            if container.process is not None and container.process.poll() is None:
                container.process.kill()
                container.process.wait()
