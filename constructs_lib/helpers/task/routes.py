"""Routes: providers and strategies as typed values, and the document that the gateway runtime reads.

The document has no keys. Each target names the environment variable that ECS sets from Secrets Manager.
"""

import json
from collections.abc import Iterator, Mapping

from constructs_lib.helpers.task.packing import packed

import attrs

Scalar = str | int | float | bool
Pairs = tuple[tuple[str, Scalar], ...]

RETRYABLE_STATUS_CODES = (408, 429, 500, 502, 503, 504, 529)
"""Status codes after which a retry at the same provider may succeed: timeout (408), overload (429, 529), failure."""
FALLBACK_STATUS_CODES = (401, 403, *RETRYABLE_STATUS_CODES)
"""Status codes after which another target may succeed; also those of a refused key (401, 403)."""
MOST_RETRIES = 5
"""Portkey's limit."""
FIRST_BYTE_SECONDS = 120
"""Default of Target.timeout_seconds. A response that is not streamed begins when it is complete."""
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
"""Portkey 1.15.2's names of its providers. A test compares them with its source."""


def _pairs(values: Mapping[str, Scalar] | Pairs) -> Pairs:
    """A mapping as sorted pairs, so that it is immutable and comparable."""
    return tuple(sorted(dict(values).items()))


@attrs.frozen(kw_only=True)
class Target:
    """One provider, with the key, retries and overrides for its requests."""

    provider: str
    """Portkey's name of the provider, e.g. `openai`, `anthropic`, `azure-openai`, `bedrock`."""
    key: str = ""
    """Name of the secret with the key; empty: the provider's name, and for Bedrock the task role signs instead."""
    weight: int = 1
    """Share of the requests within a LoadBalance, relative to the weights of its other targets."""
    retries: int = 0
    """How often to retry a failed request at this provider, 0 to 5."""
    timeout_seconds: int = FIRST_BYTE_SECONDS
    """Seconds until the response must begin, 1 to 3600. After that it is a 408, on which a Fallback continues."""
    override_params: Pairs = attrs.field(default=(), converter=_pairs)
    """Fields that replace those of the caller's request body, e.g. `{"model": "gpt-4o-mini"}`."""
    custom_host: str = ""
    """Base URL that replaces the provider's own; empty: the provider's."""
    options: Pairs = attrs.field(default=(), converter=_pairs)
    """Other fields of Portkey's target, e.g. `{"aws_region": "eu-west-1"}`."""

    @property
    def secret(self) -> str | None:
        """Name of the secret with the key; None if the task role signs."""
        return self.key or (None if self.provider == BEDROCK else self.provider)


@attrs.frozen(kw_only=True)
class Fallback:
    """Tries the targets in order: the next one if a target returns one of the status codes or no response."""

    targets: "tuple[Route, ...]"
    on_status_codes: tuple[int, ...] = FALLBACK_STATUS_CODES


@attrs.frozen(kw_only=True)
class LoadBalance:
    """Chooses one target for each request, at random by weight."""

    targets: tuple[Target, ...]


def _items(models: "Mapping[str, Route] | tuple[tuple[str, Route], ...]") -> "tuple[tuple[str, Route], ...]":
    """A mapping as pairs in its own order."""
    return tuple(dict(models).items())


@attrs.frozen(kw_only=True)
class ByModel:
    """The route for the model in the request, or the default."""

    models: "tuple[tuple[str, Route], ...]" = attrs.field(converter=_items)
    default: "Route"


Route = Target | Fallback | LoadBalance | ByModel


def variable(secret: str) -> str:
    """Environment variable of the gateway for a secret, e.g. `OPENAI_API_KEY` for `openai`."""
    return f"{secret.upper().replace('-', '_')}_API_KEY"


def parts(route: Route) -> "tuple[Route, ...]":
    """The direct children of a route, in order."""
    match route:
        case Target():
            return ()
        case ByModel():
            return (*dict(route.models).values(), route.default)
    return route.targets


def targets(route: Route) -> Iterator[Target]:
    """All targets of a route, in order."""
    if isinstance(route, Target):
        yield route
    for inner in parts(route):
        yield from targets(inner)


@attrs.frozen
class TargetModel:
    """A target with a model that requests to it may have."""

    target: Target
    model: str | None
    """The model that the provider gets; None: any name that the caller sends."""
    requested: str | None
    """The model name in the caller's request, from a ByModel; None: any name that no ByModel has."""


def target_models(route: Route) -> Iterator[TargetModel]:
    """All targets of a route, with the models that their requests may have."""

    def walk(node: Route, name: str | None) -> Iterator[TargetModel]:
        match node:
            case Target():
                override = dict(node.override_params).get("model")
                yield TargetModel(node, str(override) if override is not None else name, name)
            case ByModel():
                for one, inner in node.models:
                    if name is None or name == one:
                        yield from walk(inner, one)
                yield from walk(node.default, name)
            case _:
                for inner in node.targets:
                    yield from walk(inner, name)

    yield from walk(route, None)


def secret_names(route: Route) -> tuple[str, ...]:
    """Names of the secrets that a route needs, sorted, without duplicates."""
    return tuple(sorted({target.secret for target in targets(route) if target.secret is not None}))


def providers(route: Route) -> tuple[str, ...]:
    """Providers that a route uses, sorted, without duplicates."""
    return tuple(sorted({target.provider for target in targets(route)}))


def signs_with_task_role(route: Route) -> bool:
    """Whether the task role signs requests to any target."""
    return any(target.secret is None for target in targets(route))


def document(route: Route) -> dict[str, object]:
    """The route as gateway_runtime/src/routing.mjs reads it.

    `targets` are Portkey's targets without duplicates. `secrets` are their environment variables, None if the task role
    signs. In `root`, a number is the index of a target and an object is a strategy.
    """
    made: list[tuple[str | None, dict[str, object]]] = []
    numbers: dict[str, int] = {}

    def number(target: Target) -> int:
        entry = (target.secret and variable(target.secret), _target(target))
        found = numbers.setdefault(json.dumps(entry, sort_keys=True), len(made))
        if found == len(made):
            made.append(entry)
        return found

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
    """The value of GATEWAY_ROUTES."""
    return packed(document(route))


def _target(target: Target) -> dict[str, object]:
    made: dict[str, object] = {"provider": target.provider, "request_timeout": target.timeout_seconds * 1000}
    if target.provider == BEDROCK:
        made["aws_auth_type"] = "apiKey"
    if target.retries:
        # Portkey's use_retry_after_header fails with its version of async-retry, so the runtime waits instead.
        made["retry"] = {"attempts": target.retries, "on_status_codes": list(RETRYABLE_STATUS_CODES)}
    if target.override_params:
        made["override_params"] = dict(target.override_params)
    if target.custom_host:
        made["custom_host"] = target.custom_host
    return made | dict(target.options)
