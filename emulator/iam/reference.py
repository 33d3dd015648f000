"""AWS's Service Authorization Reference: each action with its resource types and condition keys."""

import functools
import json
import re
from typing import Any

from emulator.iam.evaluator import PACKAGES, EvaluatorError

DATA = PACKAGES / "iam-data" / "data"
GAPS = {
    # The package merges the two generations of Elastic Load Balancing and keeps the resource types of the classic one.
    "elasticloadbalancing:AddTags": ("listener/app", "loadbalancer/app/", "targetgroup"),
    "elasticloadbalancing:RemoveTags": ("listener/app", "loadbalancer/app/", "targetgroup"),
}
"""Resource types that AWS's reference lists for an action and the package lacks."""
VARIABLE = re.compile(r"\\\$\\\{[^}]*\\\}")


@functools.cache
def _read(kind: str, service: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((DATA / kind / f"{service}.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise EvaluatorError(
            f"the Service Authorization Reference has no service {service}: no file {error.filename}"
        ) from error
    return found


def actions_of(service: str) -> list[str]:
    """Every action of a service, e.g. `kms:CreateKey`."""
    return [f"{service}:{action['name']}" for action in _read("actions", service).values()]


def action_of(name: str) -> dict[str, Any] | None:
    """The reference's entry for an action, e.g. `kms:CreateKey`; None where it has none."""
    service, _, action = name.partition(":")
    found: dict[str, Any] | None = _read("actions", service).get(action.lower())
    return found


@functools.cache
def kinds_of(name: str) -> tuple[str, ...]:
    """The ARN formats of an action's resource types; empty for an action on `*` only. Raises EvaluatorError."""
    service = name.partition(":")[0]
    found = action_of(name)
    if found is None:
        raise EvaluatorError(f"the Service Authorization Reference has no action {name}")
    kinds = _read("resourceTypes", service)
    names = (*(kind["name"].lower() for kind in found["resourceTypes"]), *GAPS.get(name, ()))
    return tuple(kinds[kind]["arn"] for kind in names)


@functools.cache
def _pattern(format_: str) -> re.Pattern[str]:
    bucket = re.escape(format_).replace(re.escape("${BucketName}"), "[^/]+")
    return re.compile(VARIABLE.sub(".+", bucket))


def takes(name: str, arn: str) -> bool:
    """Whether an ARN has the format of one of an action's resource types."""
    return any(_pattern(format_).fullmatch(arn) for format_ in kinds_of(name))


def claims_of(action: str) -> frozenset[str]:
    """The condition keys of an action of STS, in lower case; they include the claims of tokens that it supports."""
    found = action_of(action) or {}
    return frozenset(key.lower() for key in found.get("conditionKeys", ()))
