"""Rules for the setting `routes`: valid strategies, targets that Portkey can call, and no keys in the settings."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from constructs_lib.helpers.suggestions import closest
from constructs_lib.helpers.task.hosts import own_address
from constructs_lib.helpers.task.routes import (
    MOST_RETRIES,
    PROVIDERS,
    ByModel,
    Fallback,
    LoadBalance,
    Route,
    Target,
    parts,
)
from envs.schema.rules import Rule, between, matches

_NAME = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"
_OWN_FIELDS = frozenset(
    {"provider", "api_key", "weight", "retry", "override_params", "custom_host", "name", "request_timeout"}
)
_REFUSED_OPTION = re.compile(
    r".*(token|secret|private_key|service_account_json|password|guardrails|mutators|request_hooks|_auth_type|_auth_mode).*"
    r"|forward_headers|strategy|targets|cache|virtual_key|aws_access_key_id"
)
_CREDENTIAL = re.compile(
    r"(^|_)(api_?key|access_?key(_?id)?|authorization|secret|password|private_?key|credentials?|virtual_?key)(_|$)"
    r"|(^|_)(auth|access|session|bearer|ad)_?token$",
    re.IGNORECASE,
)
"""Names of body fields that hold credentials, e.g. `api_key` but not `max_tokens`."""
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_OPTION = re.compile(r"[a-z][a-z0-9_]*")


def route_problem(route: Route) -> str | None:
    """The first problem of a route, as the end of a message that starts with the setting's name; None if valid."""
    match route:
        case Target():
            problem = next(_target_problems(route), None)
            return problem and f"Target(provider={route.provider!r}): {problem}"
        case Fallback() if not all(400 <= code <= 599 for code in route.on_status_codes) or not route.on_status_codes:
            return f"Fallback(on_status_codes={route.on_status_codes!r}) must be one or more codes from 400 to 599"
        case Fallback() | LoadBalance() if len(route.targets) < 2:
            return f"{type(route).__name__} needs at least two targets; it has {len(route.targets)}"
        case ByModel() if not route.models:
            return "ByModel needs at least one model"
        case ByModel() if any(not model for model, _ in route.models):
            return "ByModel has an empty model name: write the model's name"
    return next(filter(None, map(route_problem, parts(route))), None)


def _custom_host(value: str) -> str | None:
    """Empty, or a URL without credentials, whose host is not a loopback, link-local or metadata address."""
    if value and not _is_url(value):
        return "must be a URL, e.g. https://models.example.com/v1"
    found = urlsplit(value)
    if "@" in found.netloc or found.query or found.fragment:
        return (
            "must not contain a user, query or fragment: write https://<host>/<path>, and set the key with make secrets"
        )
    if own_address(found.hostname or ""):
        return "has a loopback, link-local or metadata address: write the host of the model's server"
    return None


def _is_url(text: str) -> bool:
    try:
        found = urlsplit(text)
        port = found.port  # raises ValueError if invalid
        return found.scheme in {"http", "https"} and bool(found.hostname) and port != 0 and "{" not in text
    except ValueError:
        return False


_FIELDS: dict[str, Rule] = {
    "key": matches(rf"(?:{_NAME})?", "lower-case letters, digits and hyphens: it names the secret", longest=64),
    "weight": between(1, 1000),
    "retries": between(0, MOST_RETRIES),
    "timeout_seconds": between(1, 3600),
}


def _target_problems(target: Target) -> Iterator[str]:
    if not re.fullmatch(_NAME, target.provider):
        yield "provider must be Portkey's name for it: lower-case letters, digits and hyphens, e.g. openai"
    elif target.provider not in PROVIDERS:
        near = closest(target.provider, sorted(PROVIDERS))
        meant = f"write {near!r}" if near else f"write one of {', '.join(sorted(PROVIDERS))}"
        yield f"Portkey has no such provider: {meant}"
    yield from _field_problems(target, _FIELDS)
    yield from _option_problems(target)
    for name, _ in target.override_params:
        if _CREDENTIAL.search(name):
            yield (
                f"override_params cannot contain {name!r}: keys do not belong in settings; delete it, and set the "
                'key with make secrets (Target(key="…"))'
            )
    yield from _field_problems(target, {"custom_host": _custom_host})
    if target.secret is None and "aws_region" not in dict(target.options):
        yield 'needs options={"aws_region": "…"}: the task role signs for one region'
    if target.secret is None and target.custom_host:
        yield "custom_host cannot be set: the task role signs for Bedrock's own endpoints only; remove it or set key"


def _field_problems(target: Target, rules: dict[str, Rule]) -> Iterator[str]:
    for name, rule in rules.items():
        value = getattr(target, name)
        if problem := rule(value):
            yield f"{name}={value!r} {problem}"


def _option_problems(target: Target) -> Iterator[str]:
    for name, value in target.options:
        if _REFUSED_OPTION.fullmatch(name):
            yield (
                f"options cannot contain {name!r}: keys, strategies and hooks do not belong in options; delete "
                f'it, and set keys with make secrets (Target(key="…"))'
            )
        elif name == "aws_region" and not _REGION.fullmatch(str(value)):
            yield f"options aws_region={value!r} must be a region, e.g. eu-west-1"
        elif not _OPTION.fullmatch(name) or name in _OWN_FIELDS:
            yield f"options cannot contain {name!r}; it takes other fields of Portkey's targets, e.g. aws_region"
