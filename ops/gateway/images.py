"""`make images`: copies the container images into the environment's ECR repository and pins them by digest.

It uses skopeo, which works with every registry, needs neither a daemon nor root, and checks each digest.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from constructs_lib.helpers.task.images import image_parts
from envs import FOLDER
from ops.aws import Aws, OperatorError, code_of
from ops.console import cell, confirmed, out
from ops.environment_file import Written, write_values
from tools.environment import child_environment

import attrs
from botocore.exceptions import ClientError
from rich.table import Table

PURPOSES = {"portkey_image": "gateway", "adot_image": "collector", "adot_node_image": "instrumentation"}
"""Prefix of each image's tags in the repository; the lifecycle rules count images by it."""
PLATFORM = ("--override-os", "linux", "--override-arch", "amd64")
"""The platform of the task definition."""
SCAN_SECONDS, SCAN_INTERVAL_SECONDS = 600, 5
SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED")
GRAVE = SEVERITIES[:2]


@attrs.frozen
class Copied:
    """An image that was copied into the environment's repository."""

    setting: str
    source: str
    """The image that the setting names now."""
    tag: str
    digest: str
    scan: str
    """The scan's findings by severity, or why there are none."""
    grave: bool


def _skopeo() -> str:
    found = shutil.which("skopeo", path=child_environment()["PATH"])
    if found is None:
        raise OperatorError(
            "skopeo, which copies images between registries, is not installed: install it with your package manager, "
            "e.g. `apt-get install skopeo` or `brew install skopeo`"
        )
    return found


def _run(*arguments: str) -> bytes:
    """skopeo's standard output. Raises OperatorError with the last line of its error output."""
    done = subprocess.run([_skopeo(), *arguments], env=child_environment(), capture_output=True, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
        message = said[-1].rpartition(' msg="')[2].removesuffix('"').replace('\\"', '"')  # … level=fatal msg="…"
        raise OperatorError(f"skopeo cannot read or copy {arguments[-1]}: {message}")
    return done.stdout


@contextmanager
def _signed_in(aws: Aws, registry: str) -> Iterator[str]:
    """A temporary file with skopeo's credentials for ECR, which only its owner can read."""
    (data,) = aws.client("ecr").get_authorization_token()["authorizationData"]
    descriptor, path = tempfile.mkstemp(prefix="gateway-images-")  # 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"auths": {registry: {"auth": data["authorizationToken"]}}}, file)
        yield path
    finally:
        Path(path).unlink(missing_ok=True)


def _digest_in(aws: Aws, repository: str, tag: str) -> str:
    """The digest of a tag in ECR; empty where the tag does not exist."""
    try:
        (found,) = aws.client("ecr").describe_images(repositoryName=repository, imageIds=[{"imageTag": tag}])[
            "imageDetails"
        ]
    except ClientError as error:
        if code_of(error) == "ImageNotFoundException":
            return ""
        raise
    return str(found["imageDigest"])


def _scan(aws: Aws, repository: str, digest: str) -> tuple[str, bool]:
    """Wait up to SCAN_SECONDS for ECR's scan: its findings in a few words, and whether any is critical or high."""
    deadline = time.monotonic() + SCAN_SECONDS
    while True:
        answer: dict[str, Any] = {}
        try:
            answer = aws.client("ecr").describe_image_scan_findings(
                repositoryName=repository, imageId={"imageDigest": digest}
            )
        except ClientError as error:
            if code_of(error) != "ScanNotFoundException":  # the scan has not started, or scanning is off
                raise
        status = answer.get("imageScanStatus", {})
        if status.get("status") in {"COMPLETE", "ACTIVE"}:  # ACTIVE: Amazon Inspector's continuous scan
            counts = answer.get("imageScanFindings", {}).get("findingSeverityCounts", {})
            named = [f"{counts[one]} {one}" for one in SEVERITIES if counts.get(one)]
            return ", ".join(named) or "nothing found", any(counts.get(one) for one in GRAVE)
        if status.get("status") in {"FAILED", "UNSUPPORTED_IMAGE", "FINDINGS_UNAVAILABLE"}:
            return f"not scanned: {status.get('description') or status['status']}", False
        if time.monotonic() > deadline:
            return f"no result after {SCAN_SECONDS} s", False
        time.sleep(SCAN_INTERVAL_SECONDS)


def _copy(aws: Aws, setting: str, image: str, uri: str) -> Copied:
    """Copy one image by the digest that its tag has now, unless the repository has it already; wait for its scan."""
    name, tag, digest = image_parts(image)
    repository = aws.environment.names.repository
    if not digest:
        raw = _run("inspect", "--raw", f"docker://{name}:{tag}")
        digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    # Tags in the repository are immutable, while the source's tag may move: so the digest is part of the tag.
    own_tag = "-".join(filter(None, (PURPOSES[setting], tag, digest.removeprefix("sha256:")[:12])))
    copied = _digest_in(aws, repository, own_tag)
    if not copied:
        out.print(f"copying {image} to {uri}:{own_tag}")
        with _signed_in(aws, uri.partition("/")[0]) as signed_in, tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "digest"
            _run(
                *PLATFORM,
                *("copy", "--preserve-digests", "--digestfile", str(report), "--dest-authfile", signed_in),
                *(f"docker://{name}@{digest}", f"docker://{uri}:{own_tag}"),
            )
            written = report.read_text(encoding="utf-8").strip()
        copied = _digest_in(aws, repository, own_tag)
        if copied != written:
            raise OperatorError(
                f"{uri}:{own_tag}: skopeo wrote digest {written}, ECR has {copied or 'no image'}; run this again"
            )
    scan, grave = _scan(aws, repository, copied)
    return Copied(setting, image, own_tag, copied, scan, grave)


def _settings(aws: Aws, uri: str) -> dict[str, str]:
    """The images to copy, by setting: those of the task that come from other repositories."""
    environment = aws.environment
    wanted = [name for name in PURPOSES if name != "adot_node_image" or environment.instrument_gateway]
    found = {name: str(getattr(environment, name)) for name in wanted}
    return {name: image for name, image in found.items() if image_parts(image)[0] != uri}


def _repository_uri(aws: Aws) -> str:
    name, environment = aws.environment.names.repository, aws.environment.environment
    try:
        (found,) = aws.client("ecr").describe_repositories(repositoryNames=[name])["repositories"]
    except ClientError as error:
        if code_of(error) != "RepositoryNotFoundException":
            raise
        raise OperatorError(
            f"there is no ECR repository {name}: run `make deploy ENV={environment}`, which creates it, then this again"
        ) from None
    return str(found["repositoryUri"])


def images(aws: Aws, *, yes: bool, folder: Path = FOLDER) -> int:
    """Copy the images, print their scans' findings, and write the digests into envs/<name>.py after a prompt.

    Returns 0, or 1 where the operator declines to write. Raises OperatorError, with the file unchanged, where skopeo or
    the repository is missing or a copy fails.
    """
    name = aws.environment.environment
    _skopeo()
    uri = _repository_uri(aws)
    wanted = _settings(aws, uri)
    if not wanted:
        out.print(f"Every image of {name} is in {uri} already.")
        return 0
    copied = [_copy(aws, setting, image, uri) for setting, image in wanted.items()]
    table = Table("Setting", "Image", "Copied as", "Digest", "Scan", box=None, pad_edge=False, header_style="bold")
    for one in copied:
        table.add_row(one.setting, one.source, one.tag, one.digest, cell(one.scan, "red" if one.grave else ""))
    out.print(table)
    if not confirmed(f"Write these digests into envs/{name}.py?", yes=yes):
        out.print("Nothing was written; the copies stay in the repository.")
        return 1
    write_values(folder / f"{name}.py", {one.setting: Written(f"{uri}@{one.digest}", one.source) for one in copied})
    out.print(
        f"Wrote them into envs/{name}.py. Next: `make diff ENV={name}`, `make deploy ENV={name}`, "
        f"`make smoke ENV={name}`."
    )
    return 0
