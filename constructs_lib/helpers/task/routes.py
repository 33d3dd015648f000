"""Where requests go: providers and strategies as typed values, and the document that the runtime reads.

No key is in it: each target names the environment variable that ECS fills from Secrets Manager.
"""

from collections.abc import Iterator, Mapping

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
    """Share of the requests within a LoadBalance, relative to the weights of its other targets."""
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


def parts(route: Route) -> "tuple[Route, ...]":
    """The routes right inside of one, in its order."""
    match route:
        case Target():
            return ()
        case ByModel():
            return (*dict(route.models).values(), route.default)
    return route.targets


def targets(route: Route) -> Iterator[Target]:
    """Every target of a route, in its order."""
    if isinstance(route, Target):
        yield route
    for inner in parts(route):
        yield from targets(inner)


@attrs.frozen
class Asked:
    """What a target can be asked for: a model's name that the settings give, or whatever the caller writes."""

    target: Target
    model: str | None
    name: str | None
    """By which callers ask for it, where a ByModel names that; None: by any that no ByModel names."""


def asked(route: Route) -> Iterator[Asked]:
    """Every target of a route with the model that it gets; a model of ByModel reaches the route below it."""

    def walk(node: Route, name: str | None) -> Iterator[Asked]:
        match node:
            case Target():
                override = dict(node.override_params).get("model")
                yield Asked(node, str(override) if override is not None else name, name)
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
