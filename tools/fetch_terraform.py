"""Link the Terraform of the PATH into the project, or fetch a pinned release where there is none or one too old.

Standard library only: it runs before anything is installed. `TERRAFORM_BASE_URL` names a mirror or,
as `file:///…`, a folder of the same layout (`<base>/<version>/terraform_<version>_<platform>.zip`).
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
    """Terraform could not be had; the message says what to do."""


def platform_name() -> str:
    """This machine, in the words of Terraform's release names, e.g. `linux_amd64`."""
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}_{architecture}"


def fetch(target: Path, *, base_url: str, checksums: dict[str, str], machine: str) -> None:
    """Write the `terraform` binary to `target`, whole and checked or not at all.

    Raises FetchError where there is no release for the machine, no answer, or another checksum.
    """
    if machine not in checksums:
        raise FetchError(
            f"no pinned Terraform for {machine} (only {', '.join(sorted(checksums))}): install Terraform "
            f"{VERSION} yourself and put it on the PATH"
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
        raise FetchError(f"{url}: SHA-256 is {found}, must be {checksums[machine]}: not installed; try another mirror")
    partial = target.with_name(f"{target.name}.partial")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial.write_bytes(zipfile.ZipFile(io.BytesIO(archive)).read("terraform"))
    partial.chmod(0o755)
    partial.replace(target)


def release_of(program: str) -> tuple[int, int] | None:
    """Major and minor version of a Terraform; None where it does not print one."""
    done = subprocess.run([program, "version"], capture_output=True, text=True, check=False)
    found = re.match(r"Terraform v(\d+)\.(\d+)\.", done.stdout)
    return (int(found[1]), int(found[2])) if found else None


def too_old(program: str) -> str | None:
    """What to print about a Terraform that is not new enough; None where it is."""
    release = release_of(program)
    if release is not None and release >= OLDEST:
        return None
    shown = ".".join(map(str, release)) if release else "of an unknown version"
    return f"{program} is Terraform {shown}: {'.'.join(map(str, OLDEST))} or newer is needed"


def main(arguments: list[str]) -> int:
    """Link or fetch to the path given; exit code 1 and one line where that fails."""
    target = Path(arguments[0])
    ours = target.parent.resolve()  # also where a checkout's .tools is a link to another one's
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
    print(f"{why}; fetching {VERSION} from {base_url}", file=sys.stderr)
    try:
        fetch(target, base_url=base_url, checksums=SHA256, machine=platform_name())
    except FetchError as error:
        print(f"terraform: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
