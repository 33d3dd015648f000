"""One environment's synthesized stack, and running Terraform on it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from envs import CHOICE_VARIABLE
from envs.schema import PROVIDER_VERSION_VARIABLE, Environment
from ops.aws import Aws, OperatorError
from ops.programs import interrupt_deferred, limited, terraform
from ops.state.state import no_state
from ops.state.state_resources import StateBucket
from resource_types.stack import SynthesizedStack
from tools import cli_configuration
from tools.cdktf import WORK
from tools.environment import ROOT, child_environment
from tools.locks import one_at_a_time
from tools.private import private_folder
from tools.provider_lock import LOCK_FILE

import attrs

OUTPUT_VARIABLE = "CDKTF_OUTDIR"
"""cdktf's own variable for its output folder."""
UNATTENDED = ("-auto-approve", "-input=false")
"""Options with which Terraform shows no prompt."""
ERRORED = "errored.tfstate"
"""The file, in its working folder, to which Terraform writes a state that it could not upload."""
PLUGIN_CACHE = ROOT / ".tools" / "plugins"
"""Provider cache of `terraform init`, unless TF_PLUGIN_CACHE_DIR names another folder."""
REHEARSED_PLUGIN_CACHE = ROOT / ".tools" / "rehearsed-plugins"
"""The same for rehearsals, whose provider packages differ from the registry's (tools/provider_mirror.py)."""


def is_pinned() -> bool:
    """Whether a committed lock file pins the provider by hash; not in a rehearsal, which names its own release."""
    return (ROOT / LOCK_FILE).is_file() and PROVIDER_VERSION_VARIABLE not in os.environ


@attrs.frozen
class Stack:
    """A synthesized stack of one environment, and Terraform and cdktf on it."""

    aws: Aws
    suffix: str = ""
    """What follows the environment's name in the stack's; empty for the gateway's own stack."""
    purpose: str = ""
    """Empty for runs that change the environment. Any other purpose, e.g. `diff`, gets a working folder of its own."""
    lock_timeout: str = "0s"
    """How long to wait for the state lock, in Terraform's notation, e.g. `15m`."""

    @property
    def environment(self) -> Environment:
        """The stack's environment."""
        return self.aws.environment

    @property
    def name(self) -> str:
        """The stack's name, e.g. `dev`."""
        return f"{self.environment.environment}{self.suffix}"

    @property
    def output(self) -> Path:
        """cdktf's output folder for this stack alone, so that parallel runs do not delete each other's files."""
        return WORK / ".".join(filter(None, (self.name, self.purpose)))

    @property
    def folder(self) -> Path:
        """Terraform's working folder."""
        return self.output / "stacks" / self.name

    def synthesize(self) -> None:
        """Write the stack's JSON. Raises OperatorError where synthesis fails; main.py prints why."""
        private_folder(WORK)  # it holds plans and errored.tfstate, which contain secrets
        self.output.mkdir(parents=True, exist_ok=True)
        environ = {
            **child_environment(),
            CHOICE_VARIABLE: self.environment.environment,
            OUTPUT_VARIABLE: str(self.output),
        }
        done = subprocess.run([sys.executable, "-O", "main.py"], cwd=ROOT, env=environ, check=False)
        if done.returncode:
            raise OperatorError("synthesis failed, see above; nothing was changed")

    def synthesized(self) -> SynthesizedStack:
        """The stack's JSON, as the last `synthesize` wrote it."""
        return SynthesizedStack.read(self.output, self.name)

    def write(self, document: Mapping[str, Any]) -> None:
        """Replace the synthesized JSON, until the next synthesis."""
        (self.folder / "cdk.tf.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")

    def prepare(self) -> None:
        """Synthesize, connect to the state and install the provider. Raises OperatorError where that fails."""
        self._check_bucket()
        self.synthesize()
        self.init()

    def _check_bucket(self) -> None:
        """Raises OperatorError where the state bucket is missing or belongs to another account.

        Terraform's S3 backend does not check the owner.
        """
        if not StateBucket(self.aws).exists():
            raise OperatorError(no_state(self.environment))

    def apply(self, *, yes: bool) -> int:
        """Run `terraform apply`; returns its exit code. Terraform asks for confirmation, except with `yes`."""
        return self._change("apply", *(UNATTENDED if yes else ()))

    def apply_plan(self, file: str) -> int:
        """Run `terraform apply` on a plan file in the stack's folder, without a prompt; returns its exit code."""
        return self._change("apply", "-input=false", file)

    def destroy(self) -> int:
        """Run `terraform destroy` without a prompt; returns its exit code."""
        return self._change("destroy", *UNATTENDED)

    def _change(self, command: str, *options: str) -> int:
        return self.terraform(command, f"-lock-timeout={self.lock_timeout}", *options)

    def terraform(self, *arguments: str, quietly: bool = False) -> int:
        """Run Terraform on the stack; returns its exit code. `quietly`: print its errors only."""
        with interrupt_deferred():
            return self._run(*arguments, env=self._environ(), stdout=subprocess.DEVNULL if quietly else None).returncode

    def _run(
        self, *arguments: str, env: Mapping[str, str], stdout: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [terraform(), *arguments],
            cwd=self.folder,
            env=env,
            stdout=stdout,
            umask=0o077,  # a plan file holds secrets
            text=True,
            check=False,
        )

    def terraform_text(self, *arguments: str) -> str:
        """Terraform's standard output. Raises OperatorError where it fails."""
        done = self._run(*arguments, env=limited(self.output), stdout=subprocess.PIPE)
        if done.returncode:
            raise OperatorError(f"terraform {arguments[0]} failed")
        return done.stdout

    def terraform_json(self, *arguments: str) -> Any:
        """Terraform's standard output, parsed as JSON. Raises OperatorError where it fails."""
        return json.loads(self.terraform_text(*arguments))

    def plan(self, file: str, *, failed: str, quietly: bool = False) -> Any:
        """Plan into a file; returns the plan as JSON. Raises OperatorError, whose message `failed` ends."""
        if self.terraform("plan", "-input=false", f"-out={file}", quietly=quietly):
            raise OperatorError(f"terraform plan failed{failed}")
        return self.terraform_json("show", "-json", file)

    def init(self) -> None:
        """Connect to the state and install the provider. Raises OperatorError where that fails.

        Uses the current backend settings, whatever an earlier init used. A committed lock file pins the provider.
        """
        self._check_bucket()
        committed, used = ROOT / LOCK_FILE, self.folder / LOCK_FILE
        options = ["-input=false", "-reconfigure"]
        own = REHEARSED_PLUGIN_CACHE if PROVIDER_VERSION_VARIABLE in os.environ else PLUGIN_CACHE
        cache_folder = str(cli_configuration.plugin_cache(child_environment()) or own)
        environ = {**self._environ(), "TF_PLUGIN_CACHE_DIR": cache_folder}
        if is_pinned():
            shutil.copy(committed, used)
            options.append("-lockfile=readonly")
        else:
            if self._is_of_another_provider(used):
                used.unlink()
            # Otherwise an init in a folder without a lock file writes the provider into the cache again, possibly while
            # a deployment in another folder starts it from there.
            environ["TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"] = "1"
        # Terraform's documentation: concurrent inits may not share a plugin cache.
        with one_at_a_time(Path(cache_folder) / "init.lock"):
            done = self._run("init", *options, env=environ)
        if done.returncode:
            raise OperatorError(
                f"terraform init failed, see above. It installs {cli_configuration.ADDRESS} only, whatever other "
                "providers the state names"
            )
        if not self.purpose:
            self._upload_errored()

    def _upload_errored(self) -> None:
        """Upload the state that an earlier run could not upload, e.g. because its credentials had expired.

        Raises OperatorError where Terraform refuses it.
        """
        path = self.folder / ERRORED
        if not path.is_file():
            return
        if self.terraform("state", "push", ERRORED):
            raise OperatorError(
                f"{path} is the state of an earlier run that could not upload it, and Terraform refuses to upload it "
                "now: if a later run has completed the deployment, delete the file; otherwise see docs/reliability.md"
            )
        path.unlink()
        print(f"Uploaded the state that an earlier run could not upload ({ERRORED}).", flush=True)

    def resources(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Type and attributes of each managed resource in the state, by address; modules included.

        The stack must be initialized. Reads `terraform state pull`: `terraform show` starts the provider for its
        schemas, which takes three seconds more.
        """
        state = json.loads(self.terraform_text("state", "pull") or "{}")
        found: dict[str, tuple[str, dict[str, Any]]] = {}
        for resource in state.get("resources", []):
            if resource["mode"] == "managed":
                place = f"{resource['module']}." if "module" in resource else ""
                for instance in resource["instances"]:
                    key = f"[{json.dumps(instance['index_key'])}]" if "index_key" in instance else ""
                    address = f"{place}{resource['type']}.{resource['name']}{key}"
                    found[address] = (resource["type"], instance["attributes"])
        return found

    def managed(self) -> dict[str, dict[str, Any]]:
        """The attributes of each managed resource of the root module in the state, by address."""
        return {address: values for address, (_, values) in self.resources().items() if address[:7] != "module."}

    def planned(self, *options: str) -> dict[str, str]:
        """Plan; returns the action on each resource that the plan changes, by address.

        Raises OperatorError with Terraform's messages where the plan fails.
        """
        done = self._run("plan", "-input=false", "-json", *options, env=limited(self.output), stdout=subprocess.PIPE)
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        if done.returncode:
            said = [line["@message"] for line in lines if line.get("@level") == "error"]
            raise OperatorError(f"terraform plan failed: {'; '.join(said)}")
        return {
            line["change"]["resource"]["addr"]: line["change"]["action"]
            for line in lines
            if line["type"] == "planned_change"
        }

    def _is_of_another_provider(self, lock: Path) -> bool:
        """Whether an earlier init's lock file has another version constraint, which only `-upgrade` would accept."""
        if not lock.is_file():
            return False
        locked = re.findall(r'^\s*constraints\s*=\s*"([^"]*)"', lock.read_text(encoding="utf-8"), re.MULTILINE)
        wanted = [one["version"] for one in self.synthesized().document["terraform"]["required_providers"].values()]
        return sorted("".join(one.split()) for one in locked) != sorted("".join(one.split()) for one in wanted)

    def _environ(self) -> dict[str, str]:
        """Terraform's environment variables, without colors where standard output is not a terminal.

        Terraform colors its output to a pipe too.
        """
        return limited(self.output) | ({} if sys.stdout.isatty() else {"TF_CLI_ARGS": "-no-color"})
