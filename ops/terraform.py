"""One environment's synthesized stack, and Terraform on it."""

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
from ops.programs import interrupted_when_it_ends, limited, terraform
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
"""cdktf's own variable for the folder it synthesizes to."""
ERRORED = "errored.tfstate"
"""Where Terraform leaves a state that it could not upload, in its working folder."""
PLUGIN_CACHE = ROOT / ".tools" / "plugins"
"""Where `init` keeps providers between runs, unless TF_PLUGIN_CACHE_DIR names a folder."""
REHEARSED_PLUGIN_CACHE = ROOT / ".tools" / "rehearsed-plugins"
"""As above for rehearsals, whose package of a release is another one (tools/provider_mirror.py)."""


def is_pinned() -> bool:
    """Whether a committed lock file decides about the provider; for a release that a rehearsal names, none does."""
    return (ROOT / LOCK_FILE).is_file() and PROVIDER_VERSION_VARIABLE not in os.environ


@attrs.frozen
class Stack:
    """A synthesized stack of one environment, and the tools that work on it."""

    aws: Aws
    suffix: str = ""
    """What follows the environment's name; empty for the gateway's own stack."""
    purpose: str = ""
    """Empty for what changes the environment. Anything else gets a working folder of its own, e.g. `diff`."""
    lock_timeout: str = "0s"
    """How long to wait for the state's lock, as Terraform writes it, e.g. `15m`."""

    @property
    def environment(self) -> Environment:
        """The environment that the stack is of."""
        return self.aws.environment

    @property
    def name(self) -> str:
        """Name of the stack."""
        return f"{self.environment.environment}{self.suffix}"

    @property
    def output(self) -> Path:
        """cdktf's output folder for this stack alone, so that two deployments do not delete each other's."""
        return WORK / ".".join(filter(None, (self.name, self.purpose)))

    @property
    def folder(self) -> Path:
        """Where Terraform works on this one."""
        return self.output / "stacks" / self.name

    def synthesize(self) -> None:
        """Write the stack's JSON. Raises OperatorError where synthesis fails, which prints why itself."""
        private_folder(WORK)  # a plan, and a state that could not be written, hold secrets
        self.output.mkdir(parents=True, exist_ok=True)
        environ = {
            **child_environment(),
            CHOICE_VARIABLE: self.environment.environment,
            OUTPUT_VARIABLE: str(self.output),
        }
        done = subprocess.run([sys.executable, "-O", "main.py"], cwd=ROOT, env=environ, check=False)
        if done.returncode:
            raise OperatorError("nothing was synthesized")

    def synthesized(self) -> SynthesizedStack:
        """What was synthesized."""
        return SynthesizedStack.read(self.output, self.name)

    def write(self, document: Mapping[str, Any]) -> None:
        """Put another JSON in place of the synthesized one, until the next synthesis."""
        (self.folder / "cdk.tf.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")

    def prepare(self) -> None:
        """Synthesize, connect to the state and install the provider. Raises OperatorError where that fails."""
        self._check_bucket()
        self.synthesize()
        self.init()

    def _check_bucket(self) -> None:
        """Raises OperatorError where the state's bucket is missing or another account's.

        Terraform's backend does not look whose it is.
        """
        if not StateBucket(self.aws).exists():
            raise OperatorError(no_state(self.environment))

    def apply(self, *, yes: bool) -> int:
        """Run `terraform apply`, which shows its plan and, unless `yes`, asks; its exit code."""
        return self._change("apply", yes=yes)

    def destroy(self) -> int:
        """Run `terraform destroy` without a question; its exit code."""
        return self._change("destroy", yes=True)

    def _change(self, command: str, *, yes: bool) -> int:
        return self.terraform(
            command, f"-lock-timeout={self.lock_timeout}", *(("-auto-approve", "-input=false") if yes else ())
        )

    def terraform(self, *arguments: str, quietly: bool = False) -> int:
        """Run Terraform on the stack, its output passed on, or its errors alone; its exit code."""
        with interrupted_when_it_ends():
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
        """What Terraform prints. Raises OperatorError where it fails."""
        done = self._run(*arguments, env=limited(self.output), stdout=subprocess.PIPE)
        if done.returncode:
            raise OperatorError(f"terraform {arguments[0]} failed")
        return done.stdout

    def terraform_json(self, *arguments: str) -> Any:
        """What Terraform prints as JSON. Raises OperatorError where it fails."""
        return json.loads(self.terraform_text(*arguments))

    def plan(self, file: str, *, failed: str, quietly: bool = False) -> Any:
        """Plan into a file; the plan as JSON. Raises OperatorError where that fails; `failed` ends its sentence."""
        if self.terraform("plan", "-input=false", f"-out={file}", quietly=quietly):
            raise OperatorError(f"terraform plan failed{failed}")
        return self.terraform_json("show", "-json", file)

    def init(self) -> None:
        """Connect to the state and install the provider. Raises OperatorError where that fails.

        A backend whose settings changed is connected again; a committed lock file decides about the provider.
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
            # Else an init in a new folder, which has no lock yet, writes the provider into the cache again, while a
            # deployment in another folder is about to start it from there.
            environ["TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"] = "1"
        # Terraform's documentation: two inits at once may not share a cache.
        with one_at_a_time(Path(cache_folder) / "init.lock"):
            done = self._run("init", *options, env=environ)
        if done.returncode:
            raise OperatorError(
                "terraform init failed; whatever a state names, it installs no other provider than "
                f"{cli_configuration.ADDRESS}"
            )
        if not self.purpose:
            self._upload_errored()

    def _upload_errored(self) -> None:
        """Upload the state that an earlier run could not, e.g. with credentials that had expired.

        Raises OperatorError where Terraform refuses it.
        """
        path = self.folder / ERRORED
        if not path.is_file():
            return
        if self.terraform("state", "push", ERRORED):
            raise OperatorError(
                f"{path} is the state of a run that could not upload it, and Terraform refuses it now: where a later "
                "run has finished the work, delete the file; otherwise see docs/reliability.md"
            )
        path.unlink()
        print(f"The state of an earlier run, which could not upload it, is in its place: {ERRORED}.", flush=True)

    def resources(self) -> dict[str, tuple[str, dict[str, Any]]]:
        """Type and attributes of each managed resource in the state, those of modules too, by its address.

        The stack must be initialized. Not `terraform show`, which starts the provider for its schemas and takes three
        seconds more.
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
        """The attributes of each resource in the state that is in no module, by its address."""
        return {address: values for address, (_, values) in self.resources().items() if address[:7] != "module."}

    def planned(self, *options: str) -> dict[str, str]:
        """Plan, and answer with what the plan does to each resource that it changes, by address.

        Raises OperatorError with what Terraform reports where there is no plan.
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
        """Whether the lock of an earlier init is of another version constraint, which only `-upgrade` would accept."""
        if not lock.is_file():
            return False
        locked = re.findall(r'^\s*constraints\s*=\s*"([^"]*)"', lock.read_text(encoding="utf-8"), re.MULTILINE)
        wanted = [one["version"] for one in self.synthesized().document["terraform"]["required_providers"].values()]
        return sorted("".join(one.split()) for one in locked) != sorted("".join(one.split()) for one in wanted)

    def _environ(self) -> dict[str, str]:
        """Terraform's environment, without colours where standard output is no terminal: it colours a pipe too."""
        return limited(self.output) | ({} if sys.stdout.isatty() else {"TF_CLI_ARGS": "-no-color"})
