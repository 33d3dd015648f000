"""The release of hashicorp/aws that rehearsals (demo, review, tests) run with, and finding it on this machine.

It is one exact release, the same as in CI, so that results do not depend on the machine. `make demo PROVIDER=6.47.0`
runs with another release, `make test PROVIDER="~> 6.25"` with the newest that matches a constraint.

Terraform installs it into the project's cache. Where the registry cannot be reached, it is looked up in Terraform's own
plugin folders and caches, then in the whole file system. A filesystem mirror or plugin cache is recognized by its
layout, `<mirror>/<host>/hashicorp/aws/<version>/<platform>/`.

Rehearsals install a script that starts the provider. Terraform hashes the whole package at each command, and three
times at `init`; for the provider's 700 MB that takes half a second of CPU each time (2026-11-26, 5.100.0).
"""

import json
import os
import re
import shlex
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from envs.schema import PROVIDER_VERSION_VARIABLE
from tools.cli_configuration import implied_mirrors
from tools.command_line import without_frame
from tools.environment import ROOT, child_environment
from tools.fetch_terraform import platform_name

import attrs

REHEARSED_RELEASE = "5.100.0"
"""The release with which rehearsals, tests and CI run."""
CHOICE_VARIABLE = "GATEWAY_REHEARSAL_PROVIDER"
"""Variable with another release or a version constraint; make sets it from PROVIDER=."""
CONSTRAINT = re.compile(r"(?P<pessimistic>~>)?\s*(?P<version>\d+(?:\.\d+){1,2})")
SEARCH_DEPTH = 12
TOOLS = ROOT / ".tools"
"""Its folder `providers/` has for each release the location found (`<release>.json`), a Terraform CLI configuration
(`<release>.rc`) and the mirror that the configuration names (`<release>/`)."""
SKIPPED = ("/proc", "/sys", "/dev", "/tmp", "/private/tmp", "/var/tmp", "/run")  # noqa: S108 (they are left out)


class TerraformError(Exception):
    """Terraform failed; the message is Terraform's first error."""


@attrs.frozen
class ProviderMirror:
    """A filesystem mirror with a version of hashicorp/aws."""

    folder: Path
    version: str

    @property
    def release(self) -> tuple[int, ...]:
        """The version as numbers, for comparison."""
        return tuple(int(part) for part in self.version.split("."))

    def program(self) -> Path:
        """The provider's executable. Raises StopIteration where the mirror no longer has it."""
        pattern = f"*/hashicorp/aws/{self.version}/{platform_name()}/terraform-provider-aws*"
        return next(path for path in self.folder.glob(pattern) if is_trusted(path))

    def started_by_a_script(self, place: Path) -> "ProviderMirror":
        """A mirror in folder `place` whose package is a script that starts this mirror's provider."""
        program = self.program()
        script = place / "package" / program.name
        text = f'#!/bin/sh\nexec {shlex.quote(str(program))} "$@"\n'
        if not script.is_file() or script.read_text(encoding="utf-8") != text:
            script.parent.mkdir(parents=True, exist_ok=True)
            _written_at_once(script, text, mode=0o755)
        # A link, so that the search for providers does not find it: it looks for folders.
        package = place / "mirror" / "registry.terraform.io" / "hashicorp" / "aws" / self.version / platform_name()
        package.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            package.symlink_to(script.parent)
        return ProviderMirror(place / "mirror", self.version)

    def cli_configuration(self) -> str:
        """A Terraform CLI configuration that installs providers from this mirror only."""
        return f'provider_installation {{\n  filesystem_mirror {{\n    path = "{self.folder}"\n  }}\n}}\n'


def fits(version: str, constraint: str) -> bool:
    """Whether a version matches a constraint: an exact version, or `~>` with Terraform's meaning."""
    found = CONSTRAINT.fullmatch(constraint.strip())
    if found is None:
        return False
    have, wanted = ([int(part) for part in one.split(".")] for one in (version, found["version"]))
    if not found["pessimistic"]:
        return have == wanted
    return have >= wanted and have[: len(wanted) - 1] == wanted[:-1]


def is_trusted(program: Path) -> bool:
    """Whether root or this user owns a program, and neither it nor a folder above it is world-writable."""
    if program.stat().st_uid not in {0, os.getuid()}:
        return False
    return not any(folder.stat().st_mode & stat.S_IWOTH for folder in (program, *program.resolve().parents))


def mirror_of(package: Path) -> ProviderMirror | None:
    """The mirror of a folder `<mirror>/<host>/hashicorp/aws/<version>/<platform>`.

    None for another layout, or without a trusted provider.
    """
    if len(package.parts) < 7 or package.parts[-4:-2] != ("hashicorp", "aws"):
        return None
    version = package.parts[-2]
    programs = [path for path in package.glob("terraform-provider-aws*") if is_trusted(path)]
    if not all(part.isdigit() for part in version.split(".")) or not programs:
        return None
    return ProviderMirror(package.parents[4], version)


def newest(packages: Iterable[Path], constraint: str) -> ProviderMirror | None:
    """The mirror with the newest version that matches the constraint, among these folders; None without one."""
    mirrors = [mirror for mirror in map(mirror_of, packages) if mirror and fits(mirror.version, constraint)]
    return max(mirrors, key=lambda mirror: (mirror.release, str(mirror.folder)), default=None)


def plugin_folders(cache: Path) -> Iterator[Path]:
    """Terraform's implied mirrors in its own order, then the plugin caches."""
    yield from implied_mirrors(os.environ)
    if named := os.environ.get("TF_PLUGIN_CACHE_DIR"):
        yield Path(named)
    yield from (Path.home() / ".terraform.d/plugin-cache", cache)


def search(root: Path) -> Iterator[Path]:
    """Every folder below `root`, on the same file system, that may hold a provider for this platform.

    Temporary and world-writable folders are left out, since what is found gets executed.
    """
    names = [word for path in (*SKIPPED, tempfile.gettempdir()) for word in ("-path", path, "-o")]
    pruned = ["(", *names, "-name", "node_modules", "-o", "-name", ".git", "-o", "-type", "d", "-perm", "-0002", ")"]
    found = subprocess.run(
        ["find", root, "-xdev", "-maxdepth", str(SEARCH_DEPTH), *pruned, "-prune", "-o", "-type", "d",
         "-path", f"*/hashicorp/aws/*/{platform_name()}", "-print"],
        capture_output=True, text=True, check=False,  # it fails for folders that this user cannot read
    )  # fmt: skip
    yield from map(Path, found.stdout.splitlines())


def on_this_machine(constraint: str, cache: Path, root: Path = Path("/")) -> ProviderMirror | None:
    """The newest matching release in Terraform's own folders, else anywhere below `root`; None without one."""
    pattern = f"*/hashicorp/aws/*/{platform_name()}"
    near = [path for folder in plugin_folders(cache) if folder.is_dir() for path in folder.glob(pattern)]
    return newest(near, constraint) or newest(search(root), constraint)


def from_registry(cache: Path, constraint: str) -> ProviderMirror | None:
    """Let Terraform download hashicorp/aws into a plugin cache; None where that fails."""
    cache.mkdir(parents=True, exist_ok=True)
    needs = {"terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": constraint}}}}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "main.tf.json").write_text(json.dumps(needs), encoding="utf-8")
        environ = {**child_environment(), "TF_PLUGIN_CACHE_DIR": str(cache)}
        done = subprocess.run(
            ["terraform", "init", "-input=false", "-no-color"],
            cwd=folder,
            env=environ,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            return None
        lock = (Path(folder) / ".terraform.lock.hcl").read_text(encoding="utf-8")
    version = re.search(r'^\s*version\s*=\s*"([^"]+)"', lock, re.MULTILINE)
    return newest(cache.glob(f"*/hashicorp/aws/*/{platform_name()}"), version[1]) if version else None


def chosen(tools: Path = TOOLS) -> ProviderMirror:
    """The provider for rehearsals; the location is found once and stored. Raises SystemExit where there is none."""
    constraint = os.environ.get(CHOICE_VARIABLE) or REHEARSED_RELEASE
    if not CONSTRAINT.fullmatch(constraint.strip()):
        sys.exit(f'PROVIDER={constraint}: must be a release or a version constraint, e.g. 6.47.0 or "~> 6.25"')
    choice = _place(tools, constraint).with_suffix(".json")
    if choice.is_file():
        kept = json.loads(choice.read_text(encoding="utf-8"))
        if Path(kept["folder"]).is_dir():
            return ProviderMirror(Path(kept["folder"]), kept["version"])
    cache = tools / "plugins"
    found = from_registry(cache, constraint) or on_this_machine(constraint, cache)
    if found is None:
        sys.exit(
            f"no hashicorp/aws {constraint}: Terraform could not install it from the registry, and this machine has no "
            "unpacked copy in <mirror>/<host>/hashicorp/aws/<version>/<platform>/ that root or you own. Put one into "
            f"{Path.home() / '.terraform.d/plugins'}, or pass another release with PROVIDER="
        )
    choice.parent.mkdir(parents=True, exist_ok=True)
    _written_at_once(choice, json.dumps({"folder": str(found.folder), "version": found.version}) + "\n")
    return found


def _written_at_once(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file atomically."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        file.write(text)
    partial = Path(file.name)
    partial.chmod(mode)
    partial.replace(path)


def _place(tools: Path, constraint: str) -> Path:
    """The path for files about a constraint, without suffix."""
    return tools / "providers" / (re.sub(r"[^0-9.]", "", constraint).replace(".", "-") + "-x" * ("~>" in constraint))


def variables(tools: Path = TOOLS) -> dict[str, str]:
    """Environment variables with which Terraform runs the chosen provider without a registry."""
    provider = chosen(tools)
    place = _place(tools, os.environ.get(CHOICE_VARIABLE) or REHEARSED_RELEASE)
    configuration, text = place.with_suffix(".rc"), provider.started_by_a_script(place).cli_configuration()
    if not configuration.is_file() or configuration.read_text(encoding="utf-8") != text:
        _written_at_once(configuration, text)
    return {PROVIDER_VERSION_VARIABLE: provider.version, "TF_CLI_CONFIG_FILE": str(configuration)}


def terraform(folder: Path, *arguments: str, **environ: str) -> str:
    """Terraform's standard output in a folder, with the chosen provider. Raises TerraformError where it fails."""
    done = subprocess.run(
        ["terraform", *arguments],
        cwd=folder,
        env={**child_environment(), **variables(), **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise TerraformError(_first_error(done.stderr))
    return done.stdout


def _first_error(text: str) -> str:
    lines = without_frame(text)
    start = next((number for number, line in enumerate(lines) if line.startswith("Error:")), 0)
    return " ".join(lines[start : start + 6])


if __name__ == "__main__":
    provider = chosen()
    print(f"Rehearsals and tests use hashicorp/aws {provider.version} from {provider.folder}.")
