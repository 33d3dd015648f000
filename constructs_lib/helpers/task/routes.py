"""Where requests go: providers and strategies as typed values, and the document that the runtime reads.

No key is in it: each target names the environment variable that ECS fills from Secrets Manager.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from constructs_lib.helpers.task.hosts import own_address
from constructs_lib.helpers.task.packing import packed

import attrs

Scalar = str | int | float | bool
Pairs = tuple[tuple[str, Scalar], ...]

RETRYABLE_STATUS_CODES = (408, 429, 500, 502, 503, 504, 529)
"""Answers after which another try at the same provider may succeed: timeouts (408), overload (429, 529), failures."""
FALLBACK_STATUS_CODES = (401, 403, *RETRYABLE_STATUS_CODES)
"""Answers after which another target may succeed: a provider may also refuse the server's key (401, 403)."""
MOST_RETRIES = 5
"""Portkey's own limit on attempts."""
FIRST_BYTE_SECONDS = 120
"""How long a target may take to begin its answer unless it says otherwise; an answer that is not streamed begins when
it is complete."""
BEDROCK = "bedrock"
PROVIDERS = frozenset(
    """
    302ai ai21 aibadgr anthropic anyscale azure-ai azure-openai bedrock bytez cerebras cohere cometapi dashscope
    deepbricks deepinfra deepseek featherless-ai fireworks-ai github google groq huggingface hyperbolic
    inference-net iointelligence jina kluster-ai krutrim lambda lemonfox-ai lepton lingyi matterai meshy milvus
    mistral-ai modal monsterapi moonshot ncompass nebius nextbit nomic novita-ai nscale ollama openai openrouter
    oracle ovhcloud palm perplexity-ai predibase qdrant recraft-ai reka-ai replicate sagemaker sambanova segmind
    siliconflow stability-ai together-ai tripo3d triton upstage vertex-ai voyage workers-ai x-ai z-ai zhipu
    """.split()  # noqa: SIM905 (a list of many words)
)
"""The providers of Portkey 1.15.2; a test compares them with its source."""
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
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
"""Names in a request's body that would hold a key, e.g. `api_key`; `max_tokens` is none."""
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
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
    timeout_seconds: int = FIRST_BYTE_SECONDS
    """How long it may take to begin its answer; then the answer is a 408, after which a Fallback takes the next."""
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
    on_status_codes: tuple[int, ...] = FALLBACK_STATUS_CODES


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
    """Environment variable of the gateway that holds a secret, e.g. `OPENAI_API_KEY`."""
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
    """The route as gateway_runtime/src/routing.mjs reads it.

    `targets` are Portkey's targets, each once; `secrets` their variables, None where the task role signs; in `root` a
    number is a target and an object a strategy.
    """
    made: list[tuple[str | None, dict[str, object]]] = []

    def number(target: Target) -> int:
        entry = (target.secret and variable(target.secret), _target(target))
        if entry not in made:
            made.append(entry)
        return made.index(entry)

    def node(inner: Route) -> object:
        match inner:
            case Target():
                return number(inner)
            case Fallback():
                return {"fallback": [node(one) for one in inner.targets], "on": list(inner.on_status_codes)}
            case LoadBalance():
                return {"balance": [[number(one), one.weight] for one in inner.targets]}
            case ByModel():
                models = [[model, node(one)] for model, one in inner.models]
                return {"models": models, "default": node(inner.default)}

    root = node(route)
    return {"targets": [target for _, target in made], "secrets": [secret for secret, _ in made], "root": root}


def compressed(route: Route) -> str:
    """`GATEWAY_ROUTES`: the document of a route, packed."""
    return packed(document(route))


def _target(target: Target) -> dict[str, object]:
    made: dict[str, object] = {"provider": target.provider, "request_timeout": target.timeout_seconds * 1000}
    if target.provider == BEDROCK:
        made["aws_auth_type"] = "apiKey"
    if target.retries:
        # Portkey's use_retry_after_header fails with the async-retry that it installs; the runtime waits instead.
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
    yield from _provider_problems(target)
    if target.key and not _NAME.fullmatch(target.key):
        yield f"key={target.key!r} must be lower-case letters, digits and hyphens: it names the secret"
    if not 1 <= target.weight <= 1000:
        yield f"weight={target.weight!r} must be from 1 to 1000"
    if not 0 <= target.retries <= MOST_RETRIES:
        yield f"retries={target.retries!r} must be from 0 to {MOST_RETRIES}"
    if not 1 <= target.timeout_seconds <= 3600:
        yield f"timeout_seconds={target.timeout_seconds!r} must be from 1 to 3600"
    yield from _option_problems(target)
    yield from _override_problems(target)
    if target.custom_host and not _is_url(target.custom_host):
        yield f"custom_host={target.custom_host!r} must be a URL, e.g. https://models.example.com/v1"
    elif target.custom_host and not _is_plain(target.custom_host):
        yield (
            f"custom_host={target.custom_host!r} must hold no user, query or fragment: write https://<host>/<path>, "
            "and the key with make secrets"
        )
    elif target.custom_host and own_address(urlsplit(target.custom_host).hostname or ""):
        yield (
            f"custom_host={target.custom_host!r} is the task itself or where its credentials are: write the host "
            "of the model's server"
        )
    if target.secret is None:
        yield from _role_problems(target)


def _provider_problems(target: Target) -> Iterator[str]:
    if not _NAME.fullmatch(target.provider):
        yield "provider must be Portkey's name of it, lower-case letters, digits and hyphens, e.g. openai"
    elif target.provider not in PROVIDERS:
        near = difflib.get_close_matches(target.provider, sorted(PROVIDERS), n=1)
        meant = f"write {near[0]!r}" if near else f"write one of {', '.join(sorted(PROVIDERS))}"
        yield f"Portkey has no such provider: {meant}"


def _option_problems(target: Target) -> Iterator[str]:
    for name, value in target.options:
        if _REFUSED_OPTION.fullmatch(name):
            yield (
                f"options cannot hold {name!r}: keys are no settings, and strategies and hooks no options; "
                f'delete it, and write a key with make secrets (Target(key="…"))'
            )
        elif name == "aws_region" and not _REGION.fullmatch(str(value)):
            yield f"options aws_region={value!r} must be a region, e.g. eu-west-1"
        elif not _OPTION.fullmatch(name) or name in _OWN_FIELDS:
            yield f"options cannot hold {name!r}; it takes Portkey's other fields, e.g. aws_region"


def _override_problems(target: Target) -> Iterator[str]:
    for name, _ in target.override_params:
        if _CREDENTIAL.search(name):
            yield (
                f"override_params cannot hold {name!r}: keys are no settings; delete it, and write the key with make "
                'secrets (Target(key="…"))'
            )


def _role_problems(target: Target) -> Iterator[str]:
    if "aws_region" not in dict(target.options):
        yield 'needs options={"aws_region": "…"}: the task role\'s signature is for one region'
    if target.custom_host:
        yield "custom_host cannot be set: the task role signs for Bedrock's own endpoints only; remove it or set key"


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        port = parts.port  # raises ValueError where it is none
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0 and "{" not in text
    except ValueError:
        return False


def _is_plain(url: str) -> bool:
    parts = urlsplit(url)
    return "@" not in parts.netloc and not parts.query and not parts.fragment
