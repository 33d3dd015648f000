"""The release of hashicorp/aws that rehearsals and tests run with, and where it is on this machine.

It is one exact release, the one that CI runs, so that what passes on one machine passes on the next. Another one is
tried with `make demo PROVIDER=6.47.0`, or a constraint: `make test PROVIDER="~> 6.25"` takes the newest that fits.

Terraform installs it into the project's cache. Where the registry cannot be reached, Terraform's own plugin folders and
caches are looked through, then the file system. A filesystem mirror is
`<mirror>/<host>/hashicorp/aws/<version>/<platform>/`, known by that layout alone; a plugin cache has the same layout.

Rehearsals install it as a script that starts it. Terraform reads the whole package for its hash at each command, three
times at `init`, and the provider has 700 MB: half a second of CPU each time (2026-11-26, 5.100.0).
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
"""The release that rehearsals, tests and CI run with."""
CHOICE_VARIABLE = "GATEWAY_REHEARSAL_PROVIDER"
"""Names another release, or a version constraint; make sets it from PROVIDER=."""
CONSTRAINT = re.compile(r"(?P<pessimistic>~>)?\s*(?P<version>\d+(?:\.\d+){1,2})")
SEARCH_DEPTH = 12
TOOLS = ROOT / ".tools"
"""Where choices are kept, in `providers/`: `<release>.json`, the Terraform CLI configuration `<release>.rc`, and in
`<release>/` the mirror that it names."""
SKIPPED = ("/proc", "/sys", "/dev", "/tmp", "/private/tmp", "/var/tmp", "/run")  # noqa: S108 (they are left out)


class TerraformError(Exception):
    """Terraform failed; the message is the first of its own."""


@attrs.frozen
class ProviderMirror:
    """A mirror folder and a version of hashicorp/aws in it."""

    folder: Path
    version: str

    @property
    def release(self) -> tuple[int, ...]:
        """The version as numbers, to compare."""
        return tuple(int(part) for part in self.version.split("."))

    def program(self) -> Path:
        """The provider itself. Raises StopIteration where the mirror has lost it."""
        pattern = f"*/hashicorp/aws/{self.version}/{platform_name()}/terraform-provider-aws*"
        return next(path for path in self.folder.glob(pattern) if is_trusted(path))

    def started_by_a_script(self, place: Path) -> "ProviderMirror":
        """A mirror at a place whose package is a script that starts this one's, written where it is missing."""
        program = self.program()
        script = place / "package" / program.name
        text = f'#!/bin/sh\nexec {shlex.quote(str(program))} "$@"\n'
        if not script.is_file() or script.read_text(encoding="utf-8") != text:
            script.parent.mkdir(parents=True, exist_ok=True)
            _written_at_once(script, text, mode=0o755)
        # A link, which a search for providers on this machine does not take for one.
        package = place / "mirror" / "registry.terraform.io" / "hashicorp" / "aws" / self.version / platform_name()
        package.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            package.symlink_to(script.parent)
        return ProviderMirror(place / "mirror", self.version)

    def cli_configuration(self) -> str:
        """A Terraform CLI configuration that installs providers from here and uses no network."""
        return f'provider_installation {{\n  filesystem_mirror {{\n    path = "{self.folder}"\n  }}\n}}\n'


def fits(version: str, constraint: str) -> bool:
    """Whether a version is what a constraint asks for: an exact one, or `~>` as Terraform reads it."""
    found = CONSTRAINT.fullmatch(constraint.strip())
    if found is None:
        return False
    have, wanted = ([int(part) for part in one.split(".")] for one in (version, found["version"]))
    if not found["pessimistic"]:
        return have == wanted
    return have >= wanted and have[: len(wanted) - 1] == wanted[:-1]


def is_trusted(program: Path) -> bool:
    """Whether nobody but root and this user can have put a program there: the file and all folders above it."""
    if program.stat().st_uid not in {0, os.getuid()}:
        return False
    return not any(folder.stat().st_mode & stat.S_IWOTH for folder in (program, *program.resolve().parents))


def mirror_of(package: Path) -> ProviderMirror | None:
    """The mirror that a folder `<mirror>/<host>/hashicorp/aws/<version>/<platform>` belongs to, if it is one."""
    if len(package.parts) < 7 or package.parts[-4:-2] != ("hashicorp", "aws"):
        return None
    version = package.parts[-2]
    programs = [path for path in package.glob("terraform-provider-aws*") if is_trusted(path)]
    if not all(part.isdigit() for part in version.split(".")) or not programs:
        return None
    return ProviderMirror(package.parents[4], version)


def newest(packages: Iterable[Path], constraint: str) -> ProviderMirror | None:
    """The mirror with the newest version that fits, among these folders."""
    mirrors = [mirror for mirror in map(mirror_of, packages) if mirror and fits(mirror.version, constraint)]
    return max(mirrors, key=lambda mirror: (mirror.release, str(mirror.folder)), default=None)


def plugin_folders(cache: Path) -> Iterator[Path]:
    """Where Terraform itself keeps providers on this machine, in its own order, then its caches."""
    yield from implied_mirrors(os.environ)
    if named := os.environ.get("TF_PLUGIN_CACHE_DIR"):
        yield Path(named)
    yield from (Path.home() / ".terraform.d/plugin-cache", cache)


def search(root: Path) -> Iterator[Path]:
    """Every folder with a provider for this platform below a root, on its own file system.

    Temporary folders and folders that everybody can write to are left out: what is found is run.
    """
    names = [word for path in (*SKIPPED, tempfile.gettempdir()) for word in ("-path", path, "-o")]
    pruned = ["(", *names, "-name", "node_modules", "-o", "-name", ".git", "-o", "-type", "d", "-perm", "-0002", ")"]
    found = subprocess.run(
        ["find", root, "-xdev", "-maxdepth", str(SEARCH_DEPTH), *pruned, "-prune", "-o", "-type", "d",
         "-path", f"*/hashicorp/aws/*/{platform_name()}", "-print"],
        capture_output=True, text=True, check=False,  # it complains of folders that are not ours to read
    )  # fmt: skip
    yield from map(Path, found.stdout.splitlines())


def on_this_machine(constraint: str, cache: Path, root: Path = Path("/")) -> ProviderMirror | None:
    """The newest release that fits: in Terraform's own folders, else anywhere below `root`."""
    pattern = f"*/hashicorp/aws/*/{platform_name()}"
    near = [path for folder in plugin_folders(cache) if folder.is_dir() for path in folder.glob(pattern)]
    return newest(near, constraint) or newest(search(root), constraint)


def from_registry(cache: Path, constraint: str) -> ProviderMirror | None:
    """Let Terraform install a release of hashicorp/aws into a plugin cache; None where it cannot."""
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
    """The provider that was chosen once for this checkout. Raises SystemExit where none can be had."""
    constraint = os.environ.get(CHOICE_VARIABLE) or REHEARSED_RELEASE
    if not CONSTRAINT.fullmatch(constraint.strip()):
        sys.exit(f'PROVIDER={constraint}: must be a release or a constraint, e.g. 6.47.0 or "~> 6.25"')
    choice = _place(tools, constraint).with_suffix(".json")
    if choice.is_file():
        kept = json.loads(choice.read_text(encoding="utf-8"))
        if Path(kept["folder"]).is_dir():
            return ProviderMirror(Path(kept["folder"]), kept["version"])
    cache = tools / "plugins"
    found = from_registry(cache, constraint) or on_this_machine(constraint, cache)
    if found is None:
        sys.exit(
            f"no hashicorp/aws {constraint}: the Terraform registry cannot be reached, and none is unpacked on this "
            "machine as <mirror>/<host>/hashicorp/aws/<version>/<platform>/, owned by root or you; put one into "
            f"{Path.home() / '.terraform.d/plugins'}, or name another release with PROVIDER="
        )
    choice.parent.mkdir(parents=True, exist_ok=True)
    _written_at_once(choice, json.dumps({"folder": str(found.folder), "version": found.version}) + "\n")
    return found


def _written_at_once(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write a file that another process finds either whole or not at all."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as file:
        file.write(text)
    partial = Path(file.name)
    partial.chmod(mode)
    partial.replace(path)


def _place(tools: Path, constraint: str) -> Path:
    """Where a choice is kept, without the suffix."""
    return tools / "providers" / (re.sub(r"[^0-9.]", "", constraint).replace(".", "-") + "-x" * ("~>" in constraint))


def variables(tools: Path = TOOLS) -> dict[str, str]:
    """What to set so that Terraform runs the chosen provider and uses no registry."""
    provider = chosen(tools)
    place = _place(tools, os.environ.get(CHOICE_VARIABLE) or REHEARSED_RELEASE)
    configuration, text = place.with_suffix(".rc"), provider.started_by_a_script(place).cli_configuration()
    if not configuration.is_file() or configuration.read_text(encoding="utf-8") != text:
        _written_at_once(configuration, text)
    return {PROVIDER_VERSION_VARIABLE: provider.version, "TF_CLI_CONFIG_FILE": str(configuration)}


def terraform(folder: Path, *arguments: str, **environ: str) -> str:
    """What Terraform prints in a folder, with the chosen provider. Raises TerraformError."""
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
