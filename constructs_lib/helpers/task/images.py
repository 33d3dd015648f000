"""References to container images: what one may look like and what a task needs to pull it."""

import re

_REFERENCE = re.compile(
    r"(?P<name>[a-z0-9]+(?:[._:/-]+[a-z0-9]+)*?)(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)
_ECR = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(?P<name>.+)")


def image_problem(image: str) -> str | None:
    """Why an image may not be deployed, or None: it must name a tag or a digest, and not the tag `latest`."""
    match = _REFERENCE.fullmatch(image)
    if match is None:
        return "is no image reference; write name:tag or name@sha256:<64 hex digits>"
    if match["digest"] is None and match["tag"] is None:
        return "has no tag and no digest; pin one, e.g. name:1.2.3"
    if match["digest"] is None and match["tag"] == "latest":
        return "has the tag latest, which changes by itself; pin a version, e.g. name:1.2.3, or a digest"
    return None


def image_parts(image: str) -> tuple[str, str, str]:
    """The name, tag and digest of an image reference; what it lacks is empty. Raises ValueError for none."""
    match = _REFERENCE.fullmatch(image)
    if match is None:
        raise ValueError(f"{image}: is no image reference")
    return match["name"], match["tag"] or "", match["digest"] or ""


def ecr_repository_arn(image: str, partition: str) -> str | None:
    """The ARN of the private ECR repository an image comes from, or None where it comes from elsewhere."""
    match = _ECR.match(image)
    if match is None:
        return None
    name = _REFERENCE.fullmatch(match["name"])
    return f"arn:{partition}:ecr:{match['region']}:{match['account']}:repository/{name['name']}" if name else None
