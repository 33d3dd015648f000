"""The AWS provider for rehearsals and tests: it must lie on this machine, since they reach no registry.

The one the bindings were made for comes from the registry; where that cannot be reached, the newest one that lies
unpacked on this machine will do. A filesystem mirror is `<mirror>/<host>/hashicorp/aws/<version>/<platform>/`, known by
that layout alone; Terraform's plugin cache has the same one.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from envs.schema import PROVIDER_VERSION_VARIABLE
from tools.fetch_terraform import platform_name

import attrs

SEARCH_DEPTH = 12
BINDINGS_RELEASE = (6, 25)
"""Major and minor version of the provider that the bindings were made for; a test compares it with theirs."""
TOOLS = Path(__file__).parent.parent / ".tools"
"""Where the choice is kept, as `provider.json` and as the Terraform CLI configuration `terraform.rc`."""


class TerraformError(Exception):
    """Terraform failed; the message is the first of its own."""


@attrs.frozen
class ProviderMirror:
    """A mirror folder and the newest version of hashicorp/aws in it."""

    folder: Path
    version: str

    @property
    def release(self) -> tuple[int, ...]:
        """The version as numbers, to compare."""
        return tuple(int(part) for part in self.version.split("."))

    @property
    def fits_the_bindings(self) -> bool:
        """Whether it is of the release that the bindings were made for."""
        return self.release[:2] == BINDINGS_RELEASE

    def cli_configuration(self) -> str:
        """A Terraform CLI configuration that takes providers from here and asks no network."""
        return f'provider_installation {{\n  filesystem_mirror {{\n    path = "{self.folder}"\n  }}\n}}\n'


def mirror_of(package: Path) -> ProviderMirror | None:
    """The mirror that a folder `<mirror>/<host>/hashicorp/aws/<version>/<platform>` belongs to, if it is one."""
    if len(package.parts) < 7 or package.parts[-4:-2] != ("hashicorp", "aws"):
        return None
    version = package.parts[-2]
    if not all(part.isdigit() for part in version.split(".")) or not any(package.glob("terraform-provider-aws*")):
        return None
    return ProviderMirror(package.parents[4], version)


def newest(packages: Iterable[Path]) -> ProviderMirror | None:
    """The mirror with the newest version among these folders."""
    mirrors = [mirror for mirror in map(mirror_of, packages) if mirror]
    return max(mirrors, key=lambda mirror: (mirror.release, str(mirror.folder)), default=None)


def find_provider(roots: Iterable[Path] = (Path("/"),)) -> ProviderMirror | None:
    """The newest AWS provider for this platform: in Terraform's own folders, else anywhere below `roots`."""
    usual = [Path.home() / ".terraform.d/plugins", Path("/usr/local/share/terraform/plugins")]
    if cache := os.environ.get("TF_PLUGIN_CACHE_DIR"):
        usual.append(Path(cache))
    pattern = f"*/hashicorp/aws/*/{platform_name()}"
    near = newest(path for folder in usual if folder.is_dir() for path in folder.glob(pattern))
    if near:
        return near
    skipped = ["(", "-path", "/proc", "-o", "-path", "/sys", "-o", "-name", "node_modules", "-o", "-name", ".git", ")"]
    found = subprocess.run(
        [
            "find",
            *map(str, roots),
            "-maxdepth",
            str(SEARCH_DEPTH),
            *skipped,
            "-prune",
            "-o",
            "-type",
            "d",
            "-path",
            pattern,
            "-print",
        ],
        capture_output=True,
        text=True,
        check=False,  # it complains of folders that are not ours to read
    )
    return newest(Path(line) for line in found.stdout.splitlines())


def from_registry(cache: Path, constraint: str) -> ProviderMirror | None:
    """Let Terraform install a release of hashicorp/aws into a plugin cache; None where it cannot."""
    cache.mkdir(parents=True, exist_ok=True)
    needs = {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": constraint}}}}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.tf.json").write_text(json.dumps(needs), encoding="utf-8")
        environ = {**os.environ, "TF_PLUGIN_CACHE_DIR": str(cache), "CHECKPOINT_DISABLE": "1"}
        done = subprocess.run(
            ["terraform", "init", "-input=false", "-no-color"],
            cwd=folder,
            env=environ,
            capture_output=True,
            check=False,
        )
    if done.returncode:
        return None
    return newest(cache.glob(f"*/hashicorp/aws/*/{platform_name()}"))


def choose(cache: Path) -> ProviderMirror | None:
    """The bindings' own release, from this machine or the registry; else the newest one on this machine."""
    found = find_provider()
    if found and found.fits_the_bindings:
        return found
    return from_registry(cache, f"~> {'.'.join(map(str, BINDINGS_RELEASE))}.0") or found


def chosen(tools: Path = TOOLS) -> ProviderMirror:
    """The provider that was chosen once for this checkout. Raises SystemExit where none can be had."""
    choice = tools / "provider.json"
    if choice.is_file():
        kept = json.loads(choice.read_text(encoding="utf-8"))
        return ProviderMirror(Path(kept["folder"]), kept["version"])
    found = choose(tools / "plugins")
    if found is None:
        sys.exit(
            "no AWS provider: the Terraform registry cannot be reached, and none lies unpacked on this machine as "
            "<mirror>/<host>/hashicorp/aws/<version>/<platform>/; put one there"
        )
    tools.mkdir(parents=True, exist_ok=True)
    (tools / "terraform.rc").write_text(found.cli_configuration(), encoding="utf-8")
    choice.write_text(json.dumps({"folder": str(found.folder), "version": found.version}) + "\n", encoding="utf-8")
    return found


def variables(tools: Path = TOOLS) -> dict[str, str]:
    """What to set so that Terraform takes the chosen provider and asks no registry."""
    return {PROVIDER_VERSION_VARIABLE: chosen(tools).version, "TF_CLI_CONFIG_FILE": str(tools / "terraform.rc")}


def terraform(folder: Path, *arguments: str, **environ: str) -> str:
    """What Terraform prints in a folder, with the chosen provider. Raises TerraformError."""
    done = subprocess.run(
        ["terraform", *arguments],
        cwd=folder,
        env={**os.environ, **variables(), "CHECKPOINT_DISABLE": "1", **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise TerraformError(_first_error(done.stderr))
    return done.stdout


def _first_error(text: str) -> str:
    lines = [line.strip("│╷╵ ") for line in text.splitlines()]
    start = next((number for number, line in enumerate(lines) if line.startswith("Error:")), 0)
    return " ".join(filter(None, lines[start : start + 6]))


if __name__ == "__main__":
    provider = chosen()
    print(f"hashicorp/aws {provider.version} from {provider.folder}")
