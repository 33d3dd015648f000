"""Settings of teams: tokens, allowed models, limits, and where usage is stored."""

import re
from collections.abc import Iterator

from constructs_lib.helpers.access import SCOPES
from constructs_lib.helpers.suggestions import did_you_mean
from constructs_lib.helpers.task.routes import PROVIDERS
from constructs_lib.helpers.usage.teams import MICROS, Client, ModelPrice, micros
from envs.schema import team_models
from envs.schema.placement import NAME, NAME_ALLOWED
from envs.schema.rules import PairRule, Problem, about, between, matches, one_of, refusing

import attrs

MOST_BUDGET_USD = 100_000_000
MOST_PRICE_USD = 1_000_000
_PATTERN = re.compile(r"[A-Za-z0-9@][A-Za-z0-9._:@+/-]*\*?|\*", re.ASCII)
"""A model name (gateway_runtime/src/models.mjs), or a prefix of one followed by `*`."""
UNKNOWN_TEAM = "unknown"
"""The gateway's team name for a caller whose token belongs to none of the clients."""


def _repeated(what: str, names: list[str]) -> str | None:
    twice = next((name for name in names if names.count(name) > 1), None)
    return None if twice is None else f"has the {what} {twice!r} twice"


def _clients(values: tuple[Client, ...]) -> str | None:
    """No duplicate teams, known scopes, and valid limits."""
    for client in values:
        if type(client.team) is not str or matches(NAME, NAME_ALLOWED, longest=64)(client.team):
            return f"team={client.team!r} must be {NAME_ALLOWED}, at most 64 characters"
        if problem := _client_problem(client):
            return f"team={client.team!r}: {problem}"
    return _repeated("team", [client.team for client in values])


def _client_problem(client: Client) -> str | None:
    if client.team == UNKNOWN_TEAM:
        return "is the gateway's name for callers without a team: choose another name"
    if type(client.scopes) is not tuple or not client.scopes or not set(client.scopes) <= set(SCOPES):
        return f"scopes={client.scopes!r} must be a tuple of {', '.join(SCOPES)}"
    models = client.models
    if models is not None and (type(models) is not tuple or not models or not all(map(_is_pattern, models))):
        return (
            f"models={models!r} must be None for all models, or a tuple of names or of prefixes followed by *, e.g. "
            '("gpt-4o-mini", "claude-*")'
        )
    budget = client.monthly_budget_usd
    if budget is not None and not _is_money(budget, lowest=1, most_usd=MOST_BUDGET_USD):
        return (
            f"monthly_budget_usd={budget!r} must be None for no budget, or dollars above 0 up to {MOST_BUDGET_USD:,} "
            "with at most six decimals"
        )
    for name, most in (("tokens_per_minute", 1_000_000_000), ("requests_per_minute", 1_000_000)):
        value = getattr(client, name)
        if value is not None and not (type(value) is int and 1 <= value <= most):
            return f"{name}={value!r} must be None for no limit, or a whole number from 1 to {most:,}"
    return None


def _is_pattern(value: object) -> bool:
    return type(value) is str and len(value) <= 256 and _PATTERN.fullmatch(value) is not None


def _is_money(value: object, *, lowest: int, most_usd: int) -> bool:
    """Whether a value in dollars is a whole number of micro-dollars, from `lowest` of them up to `most_usd` dollars."""
    if type(value) not in (int, float):
        return False
    found = micros(value)  # type: ignore[arg-type]  # int or float, as checked
    return found is not None and lowest <= found <= most_usd * MICROS


def _model_prices(values: tuple[ModelPrice, ...]) -> str | None:
    """No duplicate models, known providers, and prices of 0 or more."""
    for price in values:
        if type(price.model) is not str or "/" not in price.model or not _is_pattern(price.model.partition("/")[2]):
            return f"model={price.model!r} must be <provider>/<model>, e.g. openai/gpt-4o-mini; it may end in *"
        if price.provider not in PROVIDERS:
            known = sorted(PROVIDERS)
            meant = did_you_mean(price.provider, known, f"it has {', '.join(known)}")
            return f"model={price.model!r}: Portkey has no provider {price.provider!r}; {meant}"
        for name in ("input_usd", "output_usd", "cached_input_usd", "cache_write_usd"):
            value = getattr(price, name)
            optional = name.startswith("cache")
            if not (optional and value is None) and not _is_money(value, lowest=0, most_usd=MOST_PRICE_USD):
                allowed = f"{'None, or ' if optional else ''}dollars per million tokens, from 0 to {MOST_PRICE_USD:,}"
                return f"model={price.model!r}: {name}={value!r} must be {allowed} with at most six decimals"
    return _repeated("model", [price.model.lower() for price in values])


_NODE_TYPE = re.compile(
    r"cache\.(?:c7gn|m[3-7]g?|r[3-7]g?|t[23]|t4g)\.(?:micro|small|medium|large|[1-9]?\d?xlarge)", re.ASCII
)
"""Node types that support encryption at rest ("At-rest encryption conditions", ElastiCache user guide)."""


def _node_type(value: str) -> str | None:
    """An ElastiCache node type that supports encryption at rest."""
    if _NODE_TYPE.fullmatch(value):
        return None
    return "must be an ElastiCache node type that supports encryption at rest, e.g. cache.t4g.micro or cache.m7g.large"


@attrs.frozen(kw_only=True, slots=False)
class Teams:
    """Tokens, teams with their models and limits, and where usage is stored."""

    enable_jwt_auth: bool = attrs.field(
        metadata=about(
            "Accept only requests with a token of the environment's Cognito user pool; needs `certificate_arn` or "
            "`domain_name`"
        )
    )
    cognito_domain_prefix: str = attrs.field(
        metadata=about(
            "First part of the token endpoint's host name; unique among all accounts in the region",
            # Cognito's rules for a domain prefix (CreateUserPoolDomain).
            refusing(
                {".*?(aws|amazon|cognito).*": "must not contain {0}; Cognito reserves aws, amazon and cognito"},
                matches(NAME, NAME_ALLOWED, longest=63),
            ),
        )
    )
    clients: tuple[Client, ...] = attrs.field(
        default=(),
        metadata=about(
            "Teams, each with its own Cognito client, and what they may use: "
            '`Client(team=…, scopes=("invoke",), models=("gpt-4o-mini", "claude-*"), monthly_budget_usd=500, '
            "tokens_per_minute=100_000, requests_per_minute=600)`; the limits need `enable_jwt_auth`",
            _clients,
        ),
    )
    model_prices: tuple[ModelPrice, ...] = attrs.field(
        default=(),
        metadata=about(
            'With `clients`: prices that override genai-prices: `ModelPrice(model="openai/gpt-4o-mini", '
            "input_usd=0.15, output_usd=0.60)`, in dollars per million tokens",
            _model_prices,
        ),
    )
    default_max_tokens: int = attrs.field(
        default=4096,
        metadata=about(
            "With `clients`: `max_tokens` for requests that set none, from teams with a budget",
            between(1, 1_000_000, "tokens"),
        ),
    )
    allow_unbounded_requests: bool = attrs.field(
        default=False,
        metadata=about(
            "With `clients`: accept requests of teams with a budget whose cost has no upper bound in advance, "
            "including models without a price; such requests can exceed the budget"
        ),
    )
    usage_store_failure: str = attrs.field(
        default="closed",
        metadata=about(
            "With `clients`: while the usage table or the rate limit cache is unreachable, refuse requests of teams "
            "with limits (`closed`) or serve them uncounted (`open`)",
            one_of(("closed", "open")),
        ),
    )
    rate_limit_store: str = attrs.field(
        default="dynamodb",
        metadata=about(
            "With `clients`: where requests and tokens per minute are counted: the usage table (`dynamodb`), or "
            "ElastiCache for Valkey (`valkey`), $19 a month with the defaults below",
            one_of(("dynamodb", "valkey")),
        ),
    )
    valkey_node_type: str = attrs.field(
        default="cache.t4g.micro",
        metadata=about('With `rate_limit_store="valkey"`: the node type', _node_type),
    )
    valkey_replicas: int = attrs.field(
        default=1,
        metadata=about(
            'With `rate_limit_store="valkey"`: replicas in other availability zones, for failover; 0: none, and half '
            "the price of 1",
            between(0, 5, "replicas"),
        ),
    )

    @property
    def knows_teams(self) -> bool:
        """Whether the gateway identifies teams: needs `clients`, and `enable_jwt_auth` for tokens that name them."""
        return bool(self.clients) and self.enable_jwt_auth

    @property
    def rates_in_valkey(self) -> bool:
        """Whether there is a rate limit cache."""
        return bool(self.clients) and self.rate_limit_store == "valkey"


def _jwt_needs_certificate(*, enable_jwt_auth: bool, certificate_arn: str, domain_name: str) -> Iterator[Problem]:
    if enable_jwt_auth and not (certificate_arn or domain_name):
        yield Problem(
            "enable_jwt_auth",
            enable_jwt_auth,
            "needs certificate_arn, or domain_name with hosted_zone: a load balancer validates tokens only on HTTPS",
        )


def _limits_need_tokens(*, clients: tuple[Client, ...], enable_jwt_auth: bool) -> Iterator[Problem]:
    limited = next((client for client in clients if client.limits), None)
    if limited is not None and not enable_jwt_auth:
        yield Problem(
            "clients",
            limited,
            f"{', '.join(limited.limits)} need enable_jwt_auth=True: only a token identifies the team; "
            "set it, or delete them",
        )


def _team_settings_are_used(
    *,
    clients: tuple[Client, ...],
    enable_jwt_auth: bool,
    model_prices: tuple[ModelPrice, ...],
    default_max_tokens: int,
    allow_unbounded_requests: bool,
    usage_store_failure: str,
) -> Iterator[Problem]:
    given = {
        "model_prices": model_prices,
        "default_max_tokens": default_max_tokens,
        "allow_unbounded_requests": allow_unbounded_requests,
        "usage_store_failure": usage_store_failure,
    }
    needed = "enable_jwt_auth=True: only a token identifies the team" if clients else "clients=(Client(team=…),)"
    for name, value in given.items():
        if value != attrs.fields_dict(Teams)[name].default and not (clients and enable_jwt_auth):
            yield Problem(name, value, f"has no effect without {needed}; set that, or delete it")


def _valkey_is_used(
    *,
    rate_limit_store: str,
    clients: tuple[Client, ...],
    enable_jwt_auth: bool,
    valkey_node_type: str,
    valkey_replicas: int,
) -> Iterator[Problem]:
    if rate_limit_store == "valkey":
        if not clients:
            yield Problem(
                "rate_limit_store",
                rate_limit_store,
                "has no effect without clients=(Client(team=…),): set that, or delete it",
            )
        elif enable_jwt_auth and not any(one.tokens_per_minute or one.requests_per_minute for one in clients):
            yield Problem(
                "rate_limit_store",
                rate_limit_store,
                "has no effect, as no client has tokens_per_minute or requests_per_minute: set one, or delete it",
            )
        return
    for name, value in {"valkey_node_type": valkey_node_type, "valkey_replicas": valkey_replicas}.items():
        if value != attrs.fields_dict(Teams)[name].default:
            yield Problem(name, value, 'has no effect without rate_limit_store="valkey": set that, or delete it')


PAIR_RULES: tuple[PairRule, ...] = (
    _jwt_needs_certificate,
    _limits_need_tokens,
    _team_settings_are_used,
    _valkey_is_used,
    *team_models.PAIR_RULES,
)
