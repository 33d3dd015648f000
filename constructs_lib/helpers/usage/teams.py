"""Teams, their models and limits, and the documents from which the gateway runtime reads them."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from constructs_lib.helpers.task.packing import packed

import attrs

MICROS = 1_000_000
"""Micro-dollars per dollar. Stored and added amounts are whole micro-dollars."""
LIMITS = ("models", "monthly_budget_usd", "tokens_per_minute", "requests_per_minute")
"""Limits in Client. The gateway enforces them by the team in the caller's token."""


@attrs.frozen(kw_only=True, repr=False)
class Client:
    """A team with its own Cognito client."""

    team: str
    scopes: tuple[str, ...] = ("invoke",)
    models: tuple[str, ...] | None = None
    """Models that the team may request: names, or prefixes followed by `*`; None: every model."""
    monthly_budget_usd: float | None = None
    """Dollars per calendar month in UTC; None: no budget."""
    tokens_per_minute: int | None = None
    requests_per_minute: int | None = None

    def __repr__(self) -> str:
        """The call that creates it, without limits that are None."""
        fields = ("team", "scopes", *self.limits)
        return f"Client({', '.join(f'{name}={getattr(self, name)!r}' for name in fields)})"

    @property
    def limits(self) -> tuple[str, ...]:
        """Names of the limits that are set."""
        return tuple(name for name in LIMITS if getattr(self, name) is not None)

    @property
    def monthly_budget_micros(self) -> int | None:
        """The monthly budget in micro-dollars; None: no budget."""
        return None if self.monthly_budget_usd is None else micros(self.monthly_budget_usd)


@attrs.frozen(kw_only=True)
class ModelPrice:
    """A model's price in dollars per million tokens, which overrides genai-prices."""

    model: str
    """`<provider>/<model>`, with Portkey's name of the provider; `*` stands for any characters."""
    input_usd: float
    output_usd: float
    cached_input_usd: float | None = None
    """Price of input read from the provider's prompt cache; None: as other input."""
    cache_write_usd: float | None = None
    """Price of input written to the provider's prompt cache; None: as other input."""

    @property
    def provider(self) -> str:
        """Portkey's name of the provider."""
        return self.model.partition("/")[0]


def micros(usd: float | Decimal) -> int | None:
    """Dollars as micro-dollars; None if that is not a whole number."""
    try:
        exact = Decimal(str(usd)) * MICROS
    except InvalidOperation:
        return None
    return int(exact) if exact.is_finite() and exact == int(exact) else None


@attrs.frozen(kw_only=True)
class TeamSettings:
    """The runtime's settings for all teams."""

    region: str
    dns_suffix: str
    default_max_tokens: int
    allow_unbounded_requests: bool
    usage_store_failure: str

    def limits(self, clients: Iterable[Client], prices: object) -> str:
        """The value of GATEWAY_LIMITS: settings for all teams, each team's limits, and the models' prices.

        `prices` is the result of helpers/usage/prices.py's `by_price`.
        """
        fields = ("models", "monthly_budget_micros", "tokens_per_minute", "requests_per_minute")
        teams = {
            client.team: {name: value for name in fields if (value := getattr(client, name)) is not None}
            for client in clients
        }
        return packed(
            {
                "region": self.region,
                "suffix": self.dns_suffix,
                "when_unreachable": self.usage_store_failure,
                "default_max_tokens": self.default_max_tokens,
                "allow_unbounded": self.allow_unbounded_requests,
                "teams": teams,
                "prices": prices,
            },
            sort_keys=True,
        )


def references(*, issuer: str, table: str, valkey: Mapping[str, object] | None, client_ids: Mapping[str, str]) -> str:
    """The value of GATEWAY_TEAMS: values that Terraform only knows at apply, so the document cannot be packed.

    `client_ids` maps team to client id. `valkey` has `host`, `port`, `cache` and `user` of the rate limit cache; None:
    rate limits are in the usage table.
    """
    clients = {client_id: team for team, client_id in client_ids.items()}
    return json.dumps({"issuer": issuer, "table": table, "valkey": valkey, "clients": clients}, separators=(",", ":"))
