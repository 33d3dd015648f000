"""Where requests go: providers and strategies as typed values, and the Portkey configuration made from them.

No key is in it: each target names the environment variable that ECS fills from Secrets Manager.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import attrs

Scalar = str | int | float | bool
Pairs = tuple[tuple[str, Scalar], ...]

RETRYABLE_STATUS_CODES = (429, 500, 502, 503, 504)
"""Answers after which another try, or another target, may do better."""
MOST_RETRIES = 5
"""Portkey's own limit on attempts."""
TASK_ROLE_TOKEN = "task-role"  # noqa: S105 (a marker that the gateway's preload replaces by a signature)
BEDROCK = "bedrock"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_OWN_FIELDS = frozenset({"provider", "api_key", "weight", "retry", "override_params", "custom_host", "name"})
_OPTION = re.compile(r"[a-z][a-z0-9_]*")


def _pairs(values: Mapping[str, Scalar] | Pairs) -> Pairs:
    """A mapping as sorted pairs, which are frozen and compare like it."""
    return tuple(sorted(dict(values).items()))


@attrs.frozen(kw_only=True)
class Target:
    """One provider, with the key, the retries and the overrides that its requests get."""

    provider: str
    """Portkey's name of the provider, e.g. `openai`, `anthropic`, `azure-openai`, `bedrock`."""
    key: str = ""
    """Name of its secret; empty: the provider's name, and for Bedrock the task role instead of a key."""
    weight: int = 1
    """Share of the requests within a LoadBalance, against the weights beside it."""
    retries: int = 0
    """How often a failed request is tried again at this provider, 0 to 5."""
    override_params: Pairs = attrs.field(default=(), converter=_pairs)
    """Fields of the request's body that are set whatever the caller wrote, e.g. `{"model": "gpt-4o-mini"}`."""
    custom_host: str = ""
    """Base URL instead of the provider's own."""
    options: Pairs = attrs.field(default=(), converter=_pairs)
    """Further fields of Portkey's target, e.g. `{"aws_region": "eu-west-1"}`."""

    @property
    def secret(self) -> str | None:
        """Name of the secret that holds its key; None where the task role signs."""
        return self.key or (None if self.provider == BEDROCK else self.provider)


@attrs.frozen(kw_only=True)
class Fallback:
    """The first target; where it answers with one of the status codes or not at all, the next."""

    targets: "tuple[Route, ...]"
    on_status_codes: tuple[int, ...] = RETRYABLE_STATUS_CODES


@attrs.frozen(kw_only=True)
class LoadBalance:
    """One of the targets for each request, by weight."""

    targets: tuple[Target, ...]


def _items(models: "Mapping[str, Route] | tuple[tuple[str, Route], ...]") -> "tuple[tuple[str, Route], ...]":
    """A mapping as pairs in its own order, which is the order the conditions are tried in."""
    return tuple(dict(models).items())


@attrs.frozen(kw_only=True)
class ByModel:
    """The route of the model that the request names, or the default."""

    models: "tuple[tuple[str, Route], ...]" = attrs.field(converter=_items)
    default: "Route"


Route = Target | Fallback | LoadBalance | ByModel


def variable(secret: str) -> str:
    """Environment variable of the edge that holds a secret, e.g. `OPENAI_API_KEY`."""
    return f"{secret.upper().replace('-', '_')}_API_KEY"


def targets(route: Route) -> Iterator[Target]:
    """Every target of a route, in its order."""
    match route:
        case Target():
            yield route
        case ByModel():
            for _, inner in route.models:
                yield from targets(inner)
            yield from targets(route.default)
        case _:
            for inner in route.targets:
                yield from targets(inner)


def secret_names(route: Route) -> tuple[str, ...]:
    """The secrets a route needs, sorted, each once."""
    return tuple(sorted({target.secret for target in targets(route) if target.secret is not None}))


def providers(route: Route) -> tuple[str, ...]:
    """The providers a route uses, sorted, each once."""
    return tuple(sorted({target.provider for target in targets(route)}))


def signs_with_task_role(route: Route) -> bool:
    """Whether a target is signed with the task role."""
    return any(target.secret is None for target in targets(route))


def document(route: Route) -> dict[str, object]:
    """Portkey's configuration (the header `x-portkey-config`); each key stands as `{env.VARIABLE}`."""
    match route:
        case Target():
            return _target(route)
        case Fallback():
            return {
                "strategy": {"mode": "fallback", "on_status_codes": list(route.on_status_codes)},
                "targets": [document(inner) for inner in route.targets],
            }
        case LoadBalance():
            return {
                "strategy": {"mode": "loadbalance"},
                "targets": [{**_target(inner), "weight": inner.weight} for inner in route.targets],
            }
        case ByModel():
            named = [(f"model-{number}", model, inner) for number, (model, inner) in enumerate(route.models, start=1)]
            return {
                "strategy": {
                    "mode": "conditional",
                    "conditions": [
                        {"query": {"params.model": {"$eq": model}}, "then": name} for name, model, _ in named
                    ],
                    "default": "default",
                },
                "targets": [
                    *({"name": name, **document(inner)} for name, _, inner in named),
                    {"name": "default", **document(route.default)},
                ],
            }


def _target(target: Target) -> dict[str, object]:
    made: dict[str, object] = {"provider": target.provider}
    if target.secret is None:
        made |= {"aws_auth_type": "apiKey", "api_key": TASK_ROLE_TOKEN}
    else:
        made["api_key"] = f"{{env.{variable(target.secret)}}}"
        if target.provider == BEDROCK:
            made["aws_auth_type"] = "apiKey"
    if target.retries:
        made["retry"] = {"attempts": target.retries, "on_status_codes": list(RETRYABLE_STATUS_CODES)}
    if target.override_params:
        made["override_params"] = dict(target.override_params)
    if target.custom_host:
        made["custom_host"] = target.custom_host
    return made | dict(target.options)


def route_problem(route: Route) -> str | None:
    """What is wrong with a route, as a sentence behind its setting's name, or None."""
    match route:
        case Target():
            return _target_problem(route)
        case Fallback() if not all(400 <= code <= 599 for code in route.on_status_codes) or not route.on_status_codes:
            return f"Fallback(on_status_codes={route.on_status_codes!r}) must be one or more of 400 to 599"
        case Fallback() | LoadBalance() if len(route.targets) < 2:
            return f"{type(route).__name__} needs two targets or more, it has {len(route.targets)}"
        case ByModel() if not route.models:
            return "ByModel needs one model or more"
        case ByModel() if any(not model for model, _ in route.models):
            return "ByModel has a model without a name"
    inner = [route.default, *(inner for _, inner in route.models)] if isinstance(route, ByModel) else route.targets
    return next(filter(None, map(route_problem, inner)), None)


def _target_problem(target: Target) -> str | None:
    return next((f"Target(provider={target.provider!r}): {problem}" for problem in _target_problems(target)), None)


def _target_problems(target: Target) -> Iterator[str]:
    if not _NAME.fullmatch(target.provider):
        yield "provider must be Portkey's name of it, lower-case letters, digits and hyphens, e.g. openai"
    if target.key and not _NAME.fullmatch(target.key):
        yield f"key={target.key!r} must be lower-case letters, digits and hyphens: it names the secret"
    if not 1 <= target.weight <= 1000:
        yield f"weight={target.weight!r} must be from 1 to 1000"
    if not 0 <= target.retries <= MOST_RETRIES:
        yield f"retries={target.retries!r} must be from 0 to {MOST_RETRIES}"
    for name, _ in target.options:
        if not _OPTION.fullmatch(name) or name in _OWN_FIELDS:
            yield f"options cannot hold {name!r}; it takes Portkey's other fields, e.g. aws_region"
    if target.custom_host and not _is_url(target.custom_host):
        yield f"custom_host={target.custom_host!r} must be a URL, e.g. https://models.example.com/v1"
    if target.secret is None and "aws_region" not in dict(target.options):
        yield 'needs options={"aws_region": "…"}: the task role\'s signature is for one region'


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "{" not in text
    except ValueError:
        return False
