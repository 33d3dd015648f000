"""Settings of logs and alarms: retention, thresholds and subscriptions."""

import re

from envs.schema.rules import PairRule, about, between, one_of

import attrs

# fmt: off
LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)
# fmt: on
"""Values that CloudWatch Logs accepts (PutRetentionPolicy)."""
ENDPOINTS = {
    "email": (r"[^@\s]+@[^@\s]+\.[^@\s]+", "an email address"),
    "https": (r"https://[!-~]+", "an https:// URL"),
    "sqs": (r"arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+", "the ARN of a queue"),
    "lambda": (r"arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_:-]+", "the ARN of a function"),
}
"""SNS protocols for alarms: protocol to the pattern of its endpoint and what to call it in a message."""


@attrs.frozen
class Subscription:
    """A recipient of alarms: `Subscription("email", "oncall@example.com")`. An email address must confirm it once."""

    protocol: str
    endpoint: str


def _subscriptions(values: tuple[Subscription, ...]) -> str | None:
    """No duplicates, and an endpoint of the right form for its protocol."""
    for one in values:
        if type(one.protocol) is not str or one.protocol not in ENDPOINTS:
            return f"has protocol={one.protocol!r}; must be one of {', '.join(ENDPOINTS)}"
        pattern, description = ENDPOINTS[one.protocol]
        if type(one.endpoint) is not str or not re.fullmatch(pattern, one.endpoint, re.ASCII):
            return f"has endpoint={one.endpoint!r}; {one.protocol} needs {description}"
    return None if len(set(values)) == len(values) else "has the same subscription twice: delete one"


@attrs.frozen(kw_only=True, slots=False)
class Monitoring:
    """Log retention, alarm thresholds and alarm subscriptions."""

    log_retention_days: int = attrs.field(
        default=365,
        metadata=about("How long log groups and access logs are kept", one_of(LOG_RETENTION_DAYS, "days")),
    )
    alarm_subscriptions: tuple[Subscription, ...] = attrs.field(
        default=(),
        metadata=about(
            'Who is notified of alarms: `Subscription("email", …)`, by email, https, sqs or lambda', _subscriptions
        ),
    )
    alarm_5xx_count: int = attrs.field(
        default=10,
        metadata=about("Alarm threshold: 5xx responses in five minutes", between(1, 1_000_000, "responses")),
    )
    alarm_p99_seconds: int = attrs.field(
        default=60,
        metadata=about("Alarm threshold: p99 of the response time", between(1, 3600, "seconds")),
    )
    alarm_unhealthy_minutes: int = attrs.field(
        default=5, metadata=about("Alarm threshold: how long a task fails its health check", between(1, 60, "minutes"))
    )
    alarm_ceiling_minutes: int = attrs.field(
        default=15,
        metadata=about(
            "Alarm threshold: how long the service stays at `autoscaling_max_capacity`", between(1, 60, "minutes")
        ),
    )
    alarm_waf_blocks: int = attrs.field(
        default=100,
        metadata=about("Alarm threshold: requests that WAF blocks in five minutes", between(1, 1_000_000, "requests")),
    )
    alarm_provider_error_percent: int = attrs.field(
        default=10,
        metadata=about(
            "Alarm threshold: share of a provider's responses that are errors (401, 403, 408, 429, 5xx, broken "
            "streams)",
            between(1, 100, "percent"),
        ),
    )


PAIR_RULES: tuple[PairRule, ...] = ()
