"""Settings of requests: providers, keys, and what callers may choose."""

import re
from collections.abc import Iterator

from constructs_lib.helpers.task.hosts import HTTPS_PORT, ipv4, own_address, port_of
from constructs_lib.helpers.task.routes import Route, targets
from constructs_lib.helpers.task.runtime import SHARED_ENDPOINTS
from envs.schema.entrance import HOST
from envs.schema.route_rules import route_problem
from envs.schema.rules import PairRule, Problem, about, each, matches, one_of

import attrs

_NAME_LABEL = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?|[a-z0-9]+-[a-z0-9-]*[a-z0-9]", re.ASCII)


def _trusted_host(value: str) -> str | None:
    """A full host name or an IPv4 address, except loopback, link-local and metadata addresses."""
    if problem := matches(HOST, "a host name or address", longest=253)(value):
        return problem
    if own_address(value):
        return "is a loopback, link-local or metadata address, which no setting allows: delete it"
    is_name = "." in value and _NAME_LABEL.fullmatch(value.rsplit(".", maxsplit=1)[1])
    if is_name or ipv4(value) is not None:
        return None
    return "must be a full host name, e.g. models.example.com, or an IPv4 address, e.g. 10.0.10.5"


@attrs.frozen(kw_only=True, slots=False)
class Routing:
    """Providers, keys, and what callers may choose."""

    routes: Route | None = attrs.field(
        default=None,
        metadata=about(
            "Providers and strategies, with their keys on the server: `Target`, `Fallback`, `LoadBalance`, `ByModel`; "
            "None: callers send their own keys",
            route_problem,
        ),
    )
    trusted_custom_hosts: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            "Without `routes`: further hosts that callers may name, including private ones", each(_trusted_host)
        ),
    )
    allow_public_hosts: bool = attrs.field(
        default=False,
        metadata=about("Without `routes`: let callers name any public host over HTTPS, not only providers' own"),
    )
    allow_caller_hooks: bool = attrs.field(
        default=False,
        metadata=about("Without `routes`: let callers define guardrails, hooks, webhooks, caches and expressions"),
    )
    shared_endpoints: tuple[str, ...] = attrs.field(
        default=(),
        metadata=about(
            f"With `routes`: paths beyond inference for tokens with the scope `admin`, of "
            f"{', '.join(f'`{name}`' for name in SHARED_ENDPOINTS)}; all teams share what is stored there",
            each(one_of(SHARED_ENDPOINTS)),
        ),
    )


def _sharing_is_guarded(
    *, shared_endpoints: tuple[str, ...], routes: Route | None, enable_jwt_auth: bool
) -> Iterator[Problem]:
    if shared_endpoints and not (routes and enable_jwt_auth):
        needed = "enable_jwt_auth=True: only a token proves the scope admin" if routes else "routes"
        yield Problem("shared_endpoints", shared_endpoints, f"needs {needed}")


def _routes_leave_no_choice(
    *, routes: Route | None, trusted_custom_hosts: tuple[str, ...], allow_public_hosts: bool, allow_caller_hooks: bool
) -> Iterator[Problem]:
    given = {
        "trusted_custom_hosts": trusted_custom_hosts,
        "allow_public_hosts": allow_public_hosts,
        "allow_caller_hooks": allow_caller_hooks,
    }
    for name, value in given.items():
        if value and routes is not None:
            yield Problem(
                name, value, "has no effect with routes, where callers choose no hosts, hooks or caches: delete it"
            )


def _custom_hosts_are_reached(*, routes: Route | None, gateway_egress_ports: tuple[int, ...]) -> Iterator[Problem]:
    for target in targets(routes) if routes is not None else ():
        port = port_of(target.custom_host) if target.custom_host else HTTPS_PORT
        if port not in gateway_egress_ports:
            plain = "; the prompts and the key then cross the network unencrypted, so prefer https://"
            yield Problem(
                "routes",
                target.custom_host,
                f"port {port} is not in gateway_egress_ports={gateway_egress_ports!r}, so the security group blocks "
                f"it: add {port} there{plain if target.custom_host.startswith('http://') else ''}",
            )
            return


PAIR_RULES: tuple[PairRule, ...] = (_sharing_is_guarded, _routes_leave_no_choice, _custom_hosts_are_reached)
