"""Finds an AWS provider that lies unpacked on this machine, for where the Terraform registry cannot be reached.

A filesystem mirror is `<mirror>/<host>/hashicorp/aws/<version>/<platform>/`; it is known by that layout alone.
"""

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tools.fetch_terraform import platform_name

import attrs

SEARCH_DEPTH = 12


@attrs.frozen
class ProviderMirror:
    """A mirror folder and the newest version of hashicorp/aws in it."""

    folder: Path
    version: str

    @property
    def release(self) -> tuple[int, ...]:
        """The version as numbers, to compare."""
        return tuple(int(part) for part in self.version.split("."))

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
