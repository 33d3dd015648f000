"""AWS's Service Authorization Reference: actions with their kinds of resources and condition keys."""

import functools
import json
import re
from typing import Any

from emulator.iam.evaluator import PACKAGES, EvaluatorError

DATA = PACKAGES / "iam-data" / "data"
GAPS = {
    # The package merges the two generations of Elastic Load Balancing and keeps the classic one's kinds.
    "elasticloadbalancing:AddTags": ("listener/app", "loadbalancer/app/", "targetgroup"),
    "elasticloadbalancing:RemoveTags": ("listener/app", "loadbalancer/app/", "targetgroup"),
}
"""Kinds of resources that AWS's reference lists for an action and the package lacks."""
VARIABLE = re.compile(r"\\\$\\\{[^}]*\\\}")


@functools.cache
def _read(kind: str, service: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((DATA / kind / f"{service}.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise EvaluatorError(
            f"the Service Authorization Reference has no service {service}: {error.filename}"
        ) from error
    return found


def actions_of(service: str) -> list[str]:
    """Every action of a service, e.g. `kms:CreateKey`."""
    return [f"{service}:{action['name']}" for action in _read("actions", service).values()]


def action_of(name: str) -> dict[str, Any] | None:
    """What the reference says about an action, e.g. `kms:CreateKey`; None for one that does not exist."""
    service, _, action = name.partition(":")
    found: dict[str, Any] | None = _read("actions", service).get(action.lower())
    return found


@functools.cache
def kinds_of(name: str) -> tuple[str, ...]:
    """The ARN formats of the resources that an action is on; none for an action on `*`."""
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
    """Whether an action is on resources of an ARN's kind."""
    return any(_pattern(format_).fullmatch(arn) for format_ in kinds_of(name))


def claims_of(action: str) -> frozenset[str]:
    """The condition keys of an action of STS, in lower case: which claims of a token it knows."""
    found = action_of(action) or {}
    return frozenset(key.lower() for key in found.get("conditionKeys", ()))
