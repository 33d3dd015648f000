"""What the edge's access log is asked: metric filters, and queries to keep in CloudWatch Logs Insights.

The fields are Caddy's own (`status`, `duration` in seconds, `bytes_read`, `request.client_ip`) and those that
helpers/edge.py adds from the gateway's answer. Only a request that reached a provider has an `option`.
"""

from constructs_lib.helpers.metrics import PROVIDER_ERRORS, PROVIDER_REQUESTS, Metric

_ANSWERED = '$.option = "config*"'
_FAILED = "($.status = 429) || ($.status >= 500)"

METRIC_FILTERS: dict[Metric, str] = {
    PROVIDER_REQUESTS: f"{{ {_ANSWERED} }}",
    PROVIDER_ERRORS: f"{{ ({_ANSWERED}) && ({_FAILED}) }}",
}
"""Metric to the pattern of the lines it counts."""
PROVIDER_FIELD = "$.provider"
"""Where a line names the provider, the metrics' dimension."""

QUERIES = {
    "provider-errors": (
        'filter option like "config" and (status = 429 or status >= 500)\n'
        "| stats count(*) as errors by provider, status\n"
        "| sort errors desc"
    ),
    "latency-by-provider": (
        'filter option like "config" and status < 400\n'
        "| stats count(*) as requests, pct(duration, 50) as p50_seconds, pct(duration, 99) as p99_seconds by provider\n"
        "| sort requests desc"
    ),
    "which-target-answered": (
        'filter option like "config"\n| stats count(*) as requests by option, attempts, status\n| sort requests desc'
    ),
    "slowest-requests": (
        "fields ts, duration, status, provider, trace, request.client_ip, bytes_read, size\n"
        "| sort duration desc\n"
        "| limit 50"
    ),
    "refused-by-the-edge": (
        'filter status >= 400 and option = ""\n'
        "| stats count(*) as requests by status, request.uri, request.client_ip\n"
        "| sort requests desc"
    ),
    "streams-cut-off": (
        "filter status = 200 and not ispresent(option)\n"
        "| fields ts, request.client_ip, request.uri, size\n"
        "| sort ts desc\n"
        "| limit 50"
    ),
}
"""Name to query; a stream that ended before its end has a line without the gateway's fields."""
