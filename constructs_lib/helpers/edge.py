"""The configuration of the edge, the Caddy that stands before the gateway in its task, as Caddy's own JSON."""

import json
from typing import Any

from constructs_lib.helpers.routes import Route, document

EDGE_PORT = 8080
HEALTH_PATH = "/healthz"
CONFIG_HEADER = "X-Portkey-Config"
ALLOWED_HEADERS = ("X-Portkey-Trace-Id", "X-Portkey-Metadata")
"""Of the gateway's own headers, what a caller may set: they name a request and change nothing about it."""
CREDENTIAL_HEADERS = ("Authorization", "Api-Key", "X-Api-Key", "X-Goog-Api-Key", "Cookie")
"""Where callers and SDKs put credentials; a provider gets the server's and none of these."""
LOGGED_HEADERS = {
    "provider": "X-Portkey-Provider",
    "option": "X-Portkey-Last-Used-Option-Index",
    "attempts": "X-Portkey-Retry-Attempt-Count",
    "trace": "X-Portkey-Trace-Id",
}
"""Field of the access log to the gateway's response header that fills it."""
TRUSTED_PROXIES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
"""Addresses a load balancer in a VPC can have; what it says about the caller's address is taken."""
MOST_IDLE_CONNECTIONS = 1024
"""Connections to the gateway that the edge keeps; autoscaling adds tasks long before so many are in use."""
_MEBIBYTE = 2**20


def _variable(header: str) -> str:
    return header.lower().replace("-", "_")


def _headers(header: str, operation: str, values: dict[str, list[str]] | list[str]) -> dict[str, Any]:
    return {"handler": "headers", header: {operation: values}}


def _proxy(gateway_port: int, stream_seconds: int) -> dict[str, Any]:
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": f"127.0.0.1:{gateway_port}"}],
        # Every chunk goes out as it comes in.
        "flush_interval": -1,
        "transport": {
            "protocol": "http",
            "dial_timeout": "2s",
            "response_header_timeout": f"{stream_seconds}s",
            "keep_alive": {
                # Below Node's 5 s, or Caddy writes into a connection that the gateway is closing.
                "idle_timeout": "4s",
                # Of its own it keeps 32, and what goes beyond waits for new connections.
                "max_idle_conns_per_host": MOST_IDLE_CONNECTIONS,
            },
        },
    }


def _log(listener: str) -> dict[str, Any]:
    return {
        "writer": {"output": "stdout"},
        # Headers carry keys and tokens, the body the prompt: neither is ever written.
        "encoder": {
            "format": "filter",
            "wrap": {"format": "json"},
            "fields": {
                "request>headers": {"filter": "delete"},
                "resp_headers": {"filter": "delete"},
                # A query can carry a key.
                "request>uri": {"filter": "regexp", "regexp": r"\?.*", "value": "?…"},
            },
        },
        "include": [f"http.log.access.{listener}"],
    }


def edge_configuration(
    *, route: Route, gateway_port: int, body_limit_mib: int, stream_seconds: int, drain_seconds: int
) -> str:
    """Caddy's configuration for a route; Caddy fills each `{env.VARIABLE}` when a request comes.

    `stream_seconds` is how long an answer may stay silent, `drain_seconds` how long open answers may take
    once the task is asked to stop.
    """
    config = json.dumps(document(route), separators=(",", ":"))
    kept = [
        {
            "match": [{"vars_regexp": {_variable(header): {"pattern": ".+"}}}],
            "handle": [_headers("request", "set", {header: [f"{{http.vars.{_variable(header)}}}"]})],
        }
        for header in ALLOWED_HEADERS
    ]
    api: list[dict[str, Any]] = [
        {
            "handle": [
                *(
                    {"handler": "log_append", "key": field, "value": f"{{http.response.header.{header}}}"}
                    for field, header in LOGGED_HEADERS.items()
                ),
                {"handler": "request_body", "max_size": body_limit_mib * _MEBIBYTE},
                {
                    "handler": "vars",
                    **{_variable(header): f"{{http.request.header.{header}}}" for header in ALLOWED_HEADERS},
                },
                _headers("request", "delete", [*CREDENTIAL_HEADERS, "X-Portkey-*"]),
                _headers("request", "set", {CONFIG_HEADER: [config]}),
            ]
        },
        *kept,
        {"handle": [_proxy(gateway_port, stream_seconds)]},
    ]
    health = {
        "match": [{"path": [HEALTH_PATH]}],
        "terminal": True,
        "handle": [
            # Asked some twenty times a minute; nobody wants to read it.
            {"handler": "vars", "log_skip": True},
            {"handler": "rewrite", "method": "GET", "uri": "/"},
            _proxy(gateway_port, 2),
        ],
    }
    server = {
        "listen": [f":{EDGE_PORT}"],
        "protocols": ["h1"],
        "automatic_https": {"disable": True},
        # The load balancer's own idle timeout has to end first, or it writes into a closing connection.
        "idle_timeout": f"{stream_seconds + 60}s",
        "read_header_timeout": "10s",
        "trusted_proxies": {"source": "static", "ranges": list(TRUSTED_PROXIES)},
        "logs": {"default_logger_name": "edge"},
        "routes": [health, {"handle": [{"handler": "subroute", "routes": api}]}],
    }
    return json.dumps(
        {
            "admin": {"disabled": True, "config": {"persist": False}},
            "logging": {
                "logs": {
                    "default": {"writer": {"output": "stderr"}, "level": "WARN", "exclude": ["http.log.access"]},
                    "access": _log("edge"),
                }
            },
            "apps": {"http": {"grace_period": f"{drain_seconds}s", "servers": {"edge": server}}},
        }
    )
