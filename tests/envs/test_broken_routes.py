"""Rules about routes, each with its exact message."""

from constructs_lib.helpers.task.routes import ByModel, Fallback, LoadBalance, Route, Target
from tests.support.synthesized import problems

import pytest

CLOSED = ("10.0.0.0/8",)
OPENAI = Target(provider="openai")


@pytest.mark.parametrize(
    ("route", "said"),
    [
        (
            Target(provider="Open AI"),
            "Target(provider='Open AI'): provider must be Portkey's name for it: lower-case letters, digits and hyphens, "
            "e.g. openai",
        ),
        (
            Target(provider="openai", key="My Key"),
            "Target(provider='openai'): key='My Key' must be lower-case letters, digits and hyphens: it names the secret",
        ),
        *(
            (
                Target(provider="openai", custom_host=url),
                f"Target(provider='openai'): custom_host='{url}' must not contain a user, query or fragment: write "
                "https://<host>/<path>, and set the key with make secrets",
            )
            for url in ("https://u:p@h.example.com/", "https://h.example.com/v1?key=k", "https://h.example.com/#x")
        ),
        (Target(provider="opnai"), "Target(provider='opnai'): Portkey has no such provider: write 'openai'"),
        (
            Target(provider="openai", options={"azure_ad_token": "x"}),
            "Target(provider='openai'): options cannot contain 'azure_ad_token': keys, strategies and hooks do not belong in "
            'options; delete it, and set keys with make secrets (Target(key="…"))',
        ),
        (
            Target(provider="bedrock", options={"aws_region": "us-east-1.evil.com/"}),
            "Target(provider='bedrock'): options aws_region='us-east-1.evil.com/' must be a region, e.g. eu-west-1",
        ),
        (Target(provider="openai", weight=0), "Target(provider='openai'): weight=0 must be from 1 to 1000"),
        (Target(provider="openai", retries=6), "Target(provider='openai'): retries=6 must be from 0 to 5"),
        (
            Target(provider="openai", custom_host="models.example.com"),
            "Target(provider='openai'): custom_host='models.example.com' must be a URL, e.g. https://models.example.com/v1",
        ),
        (
            Target(provider="openai", custom_host="http://[::1"),
            "Target(provider='openai'): custom_host='http://[::1' must be a URL, e.g. https://models.example.com/v1",
        ),
        (
            Target(provider="openai", options={"api_key": "sk"}),
            "Target(provider='openai'): options cannot contain 'api_key'; it takes other fields of Portkey's targets, e.g. aws_region",
        ),
        (
            Target(provider="bedrock"),
            'Target(provider=\'bedrock\'): needs options={"aws_region": "…"}: the task role signs for one region',
        ),
        *(
            (
                Target(provider="openai", custom_host=f"https://{host}/v1"),
                f"Target(provider='openai'): custom_host='https://{host}/v1' has a loopback, link-local or metadata address: write the host of the model's server",
            )
            for host in (
                "localhost",
                "127.0.0.1:8443",
                "2130706433",
                "[::1]",
                "[::ffff:169.254.170.2]",
                "169.254.169.254",
            )
        ),
        (
            Target(provider="openai", custom_host="https://models.example.com:0/v1"),
            "Target(provider='openai'): custom_host='https://models.example.com:0/v1' must be a URL, e.g. "
            "https://models.example.com/v1",
        ),
        *(
            (
                Target(provider="openai", override_params={name: "x"}),
                f"Target(provider='openai'): override_params cannot contain {name!r}: keys do not belong in settings; delete it, and "
                'set the key with make secrets (Target(key="…"))',
            )
            for name in ("api_key", "apiKey", "Authorization", "access_token", "aws_secret_access_key")
        ),
        (Fallback(targets=(OPENAI,)), "Fallback needs at least two targets; it has 1"),
        (LoadBalance(targets=()), "LoadBalance needs at least two targets; it has 0"),
        (
            Fallback(targets=(OPENAI, OPENAI), on_status_codes=(200,)),
            "Fallback(on_status_codes=(200,)) must be one or more codes from 400 to 599",
        ),
        (ByModel(models={}, default=OPENAI), "ByModel needs at least one model"),
        (ByModel(models={"": OPENAI}, default=OPENAI), "ByModel has an empty model name: write the model's name"),
        (
            ByModel(models={"fast": Fallback(targets=(OPENAI, Target(provider="openai", weight=0)))}, default=OPENAI),
            "Target(provider='openai'): weight=0 must be from 1 to 1000",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_route(route: Route, said: str) -> None:
    """At any depth of the route, the one-line error names the target or strategy and what it accepts."""
    assert problems(routes=route, ingress_cidrs=CLOSED) == [f"routes={route!r}: {said}"]


@pytest.mark.parametrize(
    "name",
    [
        "aws_secret_access_key",
        "vertex_service_account_json",
        "aws_auth_type",
        "default_input_guardrails",
        "forward_headers",
        "strategy",
        "targets",
    ],
)
def test_options_hold_no_keys_and_no_strategies(name: str) -> None:
    """Options may not hold keys, which would be in the task definition, or strategies, which would change the route."""
    route = Target(provider="openai", options={name: "x"})
    assert len(problems(routes=route, ingress_cidrs=CLOSED)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "NODE_TLS_REJECT_UNAUTHORIZED",
        "NODE_DEBUG",
        "LD_PRELOAD",
        "PATH",
        "SSLKEYLOGFILE",
        "HTTPS_PROXY",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    ],
)
def test_secrets_change_no_runtime(name: str) -> None:
    """A secret may set a variable of Portkey, but not one of Node, TLS or the task role."""
    (found,) = problems(gateway_secrets=(name,))
    assert "changes how Node, TLS or the task role works" in found
