"""The routes of the tests: one model for each behavior to test, on the providers' own hosts."""

from constructs_lib.helpers.task.routes import ByModel, Fallback, LoadBalance, Route, Target

STREAM_SECONDS = 90
TIMEOUT_SECONDS = 2


def target(behaviour: str, **more: object) -> Target:
    """A target at OpenAI with the first key; the model's name sets the provider's behaviour."""
    return Target(provider="openai", override_params={"model": behaviour}, **more)  # type: ignore[arg-type]  # fields


SECOND = Target(provider="openai", key="second", override_params={"model": "answered-by-the-second"})
RETRYABLE = (408, 429, 500, 502, 503, 504, 529)
FALLS_BACK = (401, 403, *RETRYABLE)

ROUTES: Route = ByModel(
    models={
        **{f"after-{status}": Fallback(targets=(target(f"status-{status}"), SECOND)) for status in FALLS_BACK},
        "after-dead": Fallback(targets=(target("dead"), SECOND)),
        "after-hang": Fallback(targets=(target("hang-20", timeout_seconds=TIMEOUT_SECONDS), SECOND)),
        "not-after-400": Fallback(targets=(target("status-400"), SECOND)),
        "all-refuse": Fallback(targets=(target("status-401"), target("status-403"))),
        "weights": LoadBalance(
            targets=(target("ok", weight=3), Target(provider="openai", key="second", override_params={"model": "ok"}))
        ),
        "retried": target("status-500", retries=2),
        "retried-after": target("status-429-1", retries=1),
        "overridden": Target(provider="openai", override_params={"model": "the-servers-model", "temperature": 0}),
        "stream": target("steps-9"),
        "long-stream": target(f"stream-{STREAM_SECONDS}-1"),
        "pausing-stream": target("stream-8-0.5"),
        "endless": target("stream-400-0.02"),
        "hang": target("hang-20"),
        "hang-short": target("hang-20", timeout_seconds=TIMEOUT_SECONDS),
        **{name: target(name) for name in ("broken-3", "early-3", "dead", "html", "redirect", "status-503")},
        **{name: Target(provider="anthropic") for name in ("claude", "status-529")},
        "claude-broken": Target(provider="anthropic", override_params={"model": "broken-3"}),
        "claude-dead": Target(provider="anthropic", override_params={"model": "dead"}),
        "gemini": Target(provider="google"),
        "nova": Target(provider="bedrock", options={"aws_region": "eu-west-1"}),
        "internal": Target(provider="openai", custom_host="https://models.internal.example.com/v1"),
        "rebound": Target(provider="openai", custom_host="https://public.example.com/v1"),
    },
    default=Target(provider="openai"),
)
