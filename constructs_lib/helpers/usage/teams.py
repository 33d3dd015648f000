"""Teams: which models each may use, how much, and the document from which the gateway's runtime reads it."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from constructs_lib.helpers.task.packing import packed

import attrs

MICROS = 1_000_000
"""Micro-dollars of a dollar. Money is an integer of them wherever it is stored or added up."""
LIMITS = ("models", "monthly_budget_usd", "tokens_per_minute", "requests_per_minute")
"""The fields of a Client that the gateway enforces; they need a token that tells which team calls."""


@attrs.frozen(kw_only=True, repr=False)
class Client:
    """A team that calls the gateway with credentials of its own."""

    team: str
    scopes: tuple[str, ...] = ("invoke",)
    models: tuple[str, ...] | None = None
    """Models that it may ask for, by name or by the start of one followed by `*`; None: every model."""
    monthly_budget_usd: float | None = None
    """Dollars of a calendar month in UTC; None: no budget."""
    tokens_per_minute: int | None = None
    requests_per_minute: int | None = None

    def __repr__(self) -> str:
        """How it is written, without the limits that it does not have."""
        fields = ("team", "scopes", *self.limits)
        return f"Client({', '.join(f'{name}={getattr(self, name)!r}' for name in fields)})"

    @property
    def limits(self) -> tuple[str, ...]:
        """The fields that limit it."""
        return tuple(name for name in LIMITS if getattr(self, name) is not None)

    @property
    def monthly_budget_micros(self) -> int | None:
        """Its budget in micro-dollars."""
        return None if self.monthly_budget_usd is None else micros(self.monthly_budget_usd)


@attrs.frozen(kw_only=True)
class ModelPrice:
    """What a model costs, in dollars for a million tokens, instead of what genai-prices says."""

    model: str
    """`<provider>/<model>`, with Portkey's name of the provider; `*` stands for any characters."""
    input_usd: float
    output_usd: float
    cached_input_usd: float | None = None
    """Input that the provider read from its prompt cache; None: as other input."""
    cache_write_usd: float | None = None
    """Input that the provider wrote to its prompt cache; None: as other input."""

    @property
    def provider(self) -> str:
        """Portkey's name of the provider."""
        return self.model.partition("/")[0]


def micros(usd: float | Decimal) -> int | None:
    """Dollars as a whole number of micro-dollars; None where they are not one."""
    try:
        exact = Decimal(str(usd)) * MICROS
    except InvalidOperation:
        return None
    return int(exact) if exact.is_finite() and exact == int(exact) else None


@attrs.frozen(kw_only=True)
class TeamSettings:
    """What the runtime needs for all teams together."""

    region: str
    dns_suffix: str
    default_max_tokens: int
    allow_unbounded_requests: bool
    usage_store_failure: str

    def limits(self, clients: Iterable[Client], prices: object) -> str:
        """`GATEWAY_LIMITS`, packed: what the settings say of all teams, of each by its name, and what models cost.

        `prices` are those of helpers/usage/prices.py, each with its names.
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
    """`GATEWAY_TEAMS`: what only a deployment knows, so nothing can be packed. `client_ids` are by team.

    `valkey` has the `host`, `port`, `cache` and `user` of the cache of rates; None: they are in the table.
    """
    clients = {client_id: team for team, client_id in client_ids.items()}
    return json.dumps({"issuer": issuer, "table": table, "valkey": valkey, "clients": clients}, separators=(",", ":"))
