"""Container image references: validation, parts, and the ECR repository to pull from."""

import re

_REFERENCE = re.compile(
    r"(?P<name>[a-z0-9]+(?:[._:/-]+[a-z0-9]+)*?)(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)
_ECR = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>.+)")


def image_problem(image: str) -> str | None:
    """The problem of an image reference, or None. It needs a digest, or a tag other than `latest`."""
    match = _REFERENCE.fullmatch(image)
    if match is None:
        return "is not an image reference; write name:tag or name@sha256:<64 hex digits>"
    if match["digest"] is None and match["tag"] is None:
        return "has no tag and no digest; pin one, e.g. name:1.2.3"
    if match["digest"] is None and match["tag"] == "latest":
        return "has the tag latest, which can change at any time; pin a version, e.g. name:1.2.3, or a digest"
    return None


def image_parts(image: str) -> tuple[str, str, str]:
    """Name, tag and digest of an image reference; missing parts are empty. Raises ValueError if it is invalid."""
    match = _REFERENCE.fullmatch(image)
    if match is None:
        raise ValueError(f"{image}: is not an image reference; write name:tag or name@sha256:<64 hex digits>")
    return match["name"], match["tag"] or "", match["digest"] or ""


def ecr_repository_arn(image: str, partition: str) -> str | None:
    """ARN of the private ECR repository of an image; None for other registries."""
    match = _ECR.match(image)
    if match is None:
        return None
    name = _REFERENCE.fullmatch(match["name"])
    return f"arn:{partition}:ecr:{match['region']}:{match['account']}:repository/{name['name']}" if name else None
