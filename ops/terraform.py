"""Terraform and cdktf on one environment's synthesized stack."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from constructs_lib.bindings import without_hook
from envs import CHOICE_VARIABLE
from envs.schema import Environment
from ops.aws import OperatorError

import attrs

ROOT = Path(__file__).parent.parent
OUTPUT_VARIABLE = "CDKTF_OUTDIR"
"""cdktf's own variable for the folder it synthesizes to (default cdktf.out)."""


def program(name: str, where: Path, remedy: str) -> str:
    """The path of a program that set-up puts in a folder of the project. Raises OperatorError where it is not."""
    found = shutil.which(name, path=f"{where}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise OperatorError(f"there is no {name}: {remedy}")
    return found


@attrs.frozen
class Stack:
    """A synthesized stack of one environment, and the tools that work on it."""

    environment: Environment
    suffix: str = ""
    """Behind the environment's name; empty for the gateway's own stack."""

    @property
    def name(self) -> str:
        """Name of the stack."""
        return f"{self.environment.environment}{self.suffix}"

    @property
    def output(self) -> Path:
        """Where cdktf writes all stacks."""
        return ROOT / os.environ.get(OUTPUT_VARIABLE, "cdktf.out")

    @property
    def folder(self) -> Path:
        """Where Terraform works on this one."""
        return self.output / "stacks" / self.name

    def synthesize(self) -> None:
        """Write the stack's JSON. Raises OperatorError where synthesis fails, which says why itself."""
        environ = {**without_hook(), CHOICE_VARIABLE: self.environment.environment, OUTPUT_VARIABLE: str(self.output)}
        done = subprocess.run([sys.executable, "-O", "main.py"], cwd=ROOT, env=environ, check=False)
        if done.returncode:
            raise OperatorError("nothing was synthesized")

    def document(self) -> dict[str, Any]:
        """The synthesized JSON."""
        found: dict[str, Any] = json.loads((self.folder / "cdk.tf.json").read_text(encoding="utf-8"))
        return found

    def cdktf(self, command: str, *options: str) -> int:
        """Run a cdktf command on this stack alone; its exit code."""
        cdktf = program("cdktf", ROOT / "node_modules/.bin", "run `make setup`")
        program("terraform", ROOT / ".tools/bin", "run `make setup`, which fetches it")
        arguments = [cdktf, command, self.name, "--output", str(self.output), *options]
        return subprocess.run(arguments, cwd=ROOT, env=self._environ(), check=False).returncode

    def terraform(self, *arguments: str, quietly: bool = False) -> int:
        """Run Terraform on the stack, its output passed on, or its errors alone; its exit code."""
        command, output = [self._terraform(), *arguments], subprocess.DEVNULL if quietly else None
        return subprocess.run(command, cwd=self.folder, env=self._environ(), stdout=output, check=False).returncode

    def terraform_text(self, *arguments: str) -> str:
        """What Terraform answers. Raises OperatorError where it fails."""
        done = subprocess.run(
            [self._terraform(), *arguments], cwd=self.folder, stdout=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            raise OperatorError(f"terraform {arguments[0]} failed")
        return done.stdout

    def terraform_json(self, *arguments: str) -> Any:
        """What Terraform answers as JSON. Raises OperatorError where it fails."""
        return json.loads(self.terraform_text(*arguments))

    def init(self) -> None:
        """Connect to the state and install the provider. Raises OperatorError where that fails."""
        if self.terraform("init", "-input=false", "-reconfigure"):
            raise OperatorError("terraform init failed")

    def managed(self) -> dict[str, dict[str, Any]]:
        """The attributes of each resource in the state, by its address. The stack must be initialized."""
        shown = self.terraform_json("show", "-json")
        root = shown.get("values", {}).get("root_module", {})
        return {found["address"]: found["values"] for found in root.get("resources", []) if found["mode"] == "managed"}

    def _environ(self) -> dict[str, str]:
        environ = {**without_hook(), CHOICE_VARIABLE: self.environment.environment}
        if sys.stdout.isatty():
            environ.pop("CI", None)  # with it cdktf asks for approval and shows no question
            return environ
        # cdktf gives Terraform a terminal of its own, so that it colours its output even into a file.
        return {"TF_CLI_ARGS": "-no-color", "NO_COLOR": "1", "FORCE_COLOR": "0"} | environ

    def _terraform(self) -> str:
        return program("terraform", ROOT / ".tools/bin", "run `make setup`, which fetches it")
