"""Settings about what is kept and told: logs, alarms and who hears of them."""

import re

from envs.schema.rules import about, between, one_of

import attrs

# fmt: off
LOG_RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)
# fmt: on
"""What CloudWatch Logs takes (PutRetentionPolicy)."""
ENDPOINTS = {
    "email": (r"[^@\s]+@[^@\s]+\.[^@\s]+", "an email address"),
    "https": (r"https://[!-~]+", "an https:// URL"),
    "sqs": (r"arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+", "the ARN of a queue"),
    "lambda": (r"arn:[a-z-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_:-]+", "the ARN of a function"),
}
"""Protocols of SNS that suit an alarm, and what each takes."""


@attrs.frozen
class Subscription:
    """Where alarms go: `Subscription("email", "oncall@example.com")`. An email address has to confirm it once."""

    protocol: str
    endpoint: str


def _subscriptions(values: tuple[Subscription, ...]) -> str | None:
    """Each once, with an endpoint that suits its protocol."""
    for one in values:
        if type(one.protocol) is not str or one.protocol not in ENDPOINTS:
            return f"has protocol={one.protocol!r}; SNS tells people by {', '.join(ENDPOINTS)}"
        pattern, says = ENDPOINTS[one.protocol]
        if type(one.endpoint) is not str or not re.fullmatch(pattern, one.endpoint, re.ASCII):
            return f"has endpoint={one.endpoint!r}; {one.protocol} takes {says}"
    return None if len(set(values)) == len(values) else "has one twice"


@attrs.frozen(kw_only=True, slots=False)
class Monitoring:
    """How long logs are kept, when alarms ring and who hears of them."""

    log_retention_days: int = attrs.field(
        default=365,
        metadata=about("How long log groups and access logs are kept", one_of(LOG_RETENTION_DAYS, "days")),
    )
    alarm_subscriptions: tuple[Subscription, ...] = attrs.field(
        default=(),
        metadata=about(
            'Who is told about alarms: `Subscription("email", …)`, by email, https, sqs or lambda', _subscriptions
        ),
    )
    alarm_5xx_count: int = attrs.field(
        default=10,
        metadata=about("Threshold of the alarm: answers with 5xx in five minutes", between(1, 1_000_000, "answers")),
    )
    alarm_p99_seconds: int = attrs.field(
        default=60,
        metadata=about("Response time that one answer in a hundred may exceed", between(1, 3600, "seconds")),
    )
    alarm_unhealthy_minutes: int = attrs.field(
        default=5, metadata=about("How long a task may fail its health check", between(1, 60, "minutes"))
    )
    alarm_ceiling_minutes: int = attrs.field(
        default=15,
        metadata=about("How long `autoscaling_max_capacity` tasks may be wanted", between(1, 60, "minutes")),
    )
    alarm_waf_blocks: int = attrs.field(
        default=100,
        metadata=about("Threshold of the alarm: blocked requests in five minutes", between(1, 1_000_000, "requests")),
    )
    alarm_provider_error_percent: int = attrs.field(
        default=10,
        metadata=about("Share of a provider's answers that may be errors (429, 5xx)", between(1, 100, "percent")),
    )
