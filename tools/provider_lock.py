"""`make lock`: pins the AWS provider by hash, for every platform on which people and workflows run the project.

The hashes come from the registry or mirror from which the user's CLI configuration installs the provider. If none has a
package for every platform, nothing is written.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from envs.schema import PROVIDER_VERSION_VARIABLE
from tools import cli_configuration
from tools.command_line import without_frame
from tools.environment import ROOT, child_environment

LOCK_FILE = ".terraform.lock.hcl"
PLATFORMS = ("darwin_amd64", "darwin_arm64", "linux_amd64", "linux_arm64")
"""The platforms on which the project runs; on Windows, it runs in WSL and uses the Linux package."""


class LockError(Exception):
    """No lock file was written; the message says why."""


def constraint() -> str:
    """The version constraints of all environments, comma-separated. Raises LockError where synthesis fails."""
    with tempfile.TemporaryDirectory() as folder:
        environ = {**child_environment(), "CDKTF_OUTDIR": folder, "GATEWAY_ENVIRONMENTS": ""}
        environ.pop(PROVIDER_VERSION_VARIABLE, None)
        command = [sys.executable, "-O", "main.py"]
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LockError(done.stderr.strip())
        documents = [json.loads(path.read_text(encoding="utf-8")) for path in Path(folder).glob("stacks/*/cdk.tf.json")]
    return ", ".join(sorted({one["terraform"]["required_providers"]["aws"]["version"] for one in documents}))


def _sources(environ: Mapping[str, str]) -> list[list[str]]:
    """The options of `terraform providers lock` for each source of the provider; none for its own registry."""
    methods = cli_configuration.methods(environ)
    mirrors = {"network_mirror": ("-net-mirror", "url"), "filesystem_mirror": ("-fs-mirror", "path")}
    found = []
    for kind in ("network_mirror", "direct", "filesystem_mirror"):
        for method, body in methods:
            if method == kind:
                option, key = mirrors.get(kind, ("", ""))
                found.append([f"{option}={json.loads(body[key])}"] if option else [])
    return found


def write(root: Path, versions: str, environ: Mapping[str, str]) -> str:
    """Write the lock file into a folder; returns the locked version. Raises LockError where no source has it."""
    needs = {"terraform": {"required_providers": {"aws": {"source": cli_configuration.ADDRESS, "version": versions}}}}
    problem = "the CLI configuration has no source for it"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "main.tf.json").write_text(json.dumps(needs), encoding="utf-8")
        limited = {**environ, "TF_CLI_CONFIG_FILE": str(cli_configuration.write(folder / "configuration", environ))}
        platforms = [f"-platform={platform}" for platform in PLATFORMS]
        for source in _sources(environ):
            command = ["terraform", "providers", "lock", "-no-color", *source, *platforms]
            done = subprocess.run(command, cwd=folder, env=limited, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                shutil.copyfile(folder / LOCK_FILE, root / LOCK_FILE)
                found = re.search(r'^\s*version\s*=\s*"([^"]+)"', (root / LOCK_FILE).read_text("utf-8"), re.MULTILINE)
                return found[1] if found else ""
            lines = without_frame(done.stderr)
            problem = " ".join(line for line in lines if not line.startswith("Error:")) or problem
    raise LockError(problem)


def main() -> int:
    """Write the project's lock file; returns 0 even where that fails, since `make deploy` warns about a missing one."""
    try:
        versions = constraint()
        version = write(ROOT, versions, os.environ)
    except (LockError, cli_configuration.CliConfigurationError) as error:
        print(f"{LOCK_FILE} was not written, because no source has hashicorp/aws for {', '.join(PLATFORMS)}: {error}")
        return 0
    print(f"wrote {LOCK_FILE}: hashicorp/aws {version} for {', '.join(PLATFORMS)}; commit it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
