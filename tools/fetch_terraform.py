"""Links the Terraform on the PATH into the project; where it is missing or too old, downloads a pinned release.

Standard library only, since it runs before anything is installed. `TERRAFORM_BASE_URL` can be the URL of a mirror, or
as `file:///…` a folder, with the layout `<base>/<version>/terraform_<version>_<platform>.zip`.
"""

import hashlib
import io
import os
import platform
import re
import shutil
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path

VERSION = "1.11.4"
BASE_URL = "https://releases.hashicorp.com/terraform"
# From HashiCorp's terraform_1.11.4_SHA256SUMS.
SHA256 = {
    "linux_amd64": "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
    "linux_arm64": "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
    "darwin_amd64": "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b",
    "darwin_arm64": "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18",
}
TIMEOUT_SECONDS = 120
OLDEST = (1, 10)
"""The first release whose S3 backend has `use_lockfile`."""


class FetchError(Exception):
    """Terraform could not be downloaded; the message says what to do."""


def platform_name() -> str:
    """This machine's platform as in Terraform's release names, e.g. `linux_amd64`."""
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}_{architecture}"


def fetch(target: Path, *, base_url: str, checksums: dict[str, str], machine: str) -> None:
    """Download `terraform`, check it, and only then write it to `target`.

    Raises FetchError where the platform has no pinned release, the download fails or the checksum differs.
    """
    if machine not in checksums:
        raise FetchError(
            f"no pinned Terraform release for {machine} (only {', '.join(sorted(checksums))}): install Terraform "
            f"{VERSION} yourself and add it to the PATH"
        )
    url = f"{base_url.rstrip('/')}/{VERSION}/terraform_{VERSION}_{machine}.zip"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 (file:// is meant)
            archive = answer.read()
    except (OSError, ValueError) as error:
        raise FetchError(
            f"{url}: {error}: install Terraform on the PATH, or set TERRAFORM_BASE_URL to a mirror or a file:// folder"
        ) from error
    found = hashlib.sha256(archive).hexdigest()
    if found != checksums[machine]:
        raise FetchError(
            f"{url}: SHA-256 is {found}, must be {checksums[machine]}; nothing was installed: set TERRAFORM_BASE_URL "
            "to another mirror"
        )
    partial = target.with_name(f"{target.name}.partial")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial.write_bytes(zipfile.ZipFile(io.BytesIO(archive)).read("terraform"))
    partial.chmod(0o755)
    partial.replace(target)


def release_of(program: str) -> tuple[int, int] | None:
    """Major and minor version of a Terraform program; None where it does not print one."""
    done = subprocess.run([program, "version"], capture_output=True, text=True, check=False)
    found = re.match(r"Terraform v(\d+)\.(\d+)\.", done.stdout)
    return (int(found[1]), int(found[2])) if found else None


def too_old(program: str) -> str | None:
    """Why a Terraform program is too old; None where it is new enough."""
    release = release_of(program)
    if release is not None and release >= OLDEST:
        return None
    shown = ".".join(map(str, release)) if release else "of an unknown version"
    return f"{program} is Terraform {shown}: {'.'.join(map(str, OLDEST))} or newer is needed"


def main(arguments: list[str]) -> int:
    """Link or download Terraform to the path given; returns 1, with one line on stderr, where that fails."""
    target = Path(arguments[0])
    ours = target.parent.resolve()  # .tools may be a link to another checkout's
    elsewhere = [folder for folder in os.environ["PATH"].split(os.pathsep) if Path(folder).resolve() != ours]
    found = shutil.which("terraform", path=os.pathsep.join(elsewhere))
    why = too_old(found) if found else "terraform is not on the PATH"
    if found and not why:
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f"{target.name}.partial")
        partial.unlink(missing_ok=True)
        partial.symlink_to(Path(found).absolute())
        partial.replace(target)
        return 0
    base_url = os.environ.get("TERRAFORM_BASE_URL") or BASE_URL
    print(f"{why}; downloading {VERSION} from {base_url}", file=sys.stderr)
    try:
        fetch(target, base_url=base_url, checksums=SHA256, machine=platform_name())
    except FetchError as error:
        print(f"terraform: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
