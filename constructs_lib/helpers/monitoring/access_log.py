"""Metric filters and CloudWatch Logs Insights queries on the gateway's access log.

gateway_runtime/src/access_log.mjs writes a JSON line with `log = "access"` for each request. `duration` and
`first_byte` are in seconds. `outcome` is `complete`, `error` (an error response), `refused` (by the gateway itself),
`caller_left`, `provider_broke` or `provider_ended_early`. `attempts` is above 0 only for requests that were sent to a
provider.
"""

_ACCESS = '$.log = "access"'
_ANSWERED = f'({_ACCESS}) && ($.attempts > 0) && ($.outcome != "caller_left")'
_FAILED = (
    "($.status = 408) || ($.status = 429) || ($.status >= 500) || ($.provider_status = 401) || "
    '($.provider_status = 403) || ($.outcome = "provider_*")'
)

METRIC_FILTERS = {
    "provider_requests": f"{{ {_ANSWERED} }}",
    "provider_errors": f"{{ {_ANSWERED} && ({_FAILED}) }}",
}
"""Metric name to the filter pattern of the lines that it counts."""
PROVIDER_FIELD = "$.provider"
"""The field with the provider, which is the metrics' dimension."""

_PROVIDERS = 'filter log = "access" and attempts > 0'
QUERIES = {
    "provider-errors": (
        f'{_PROVIDERS} and (status >= 500 or status = 429 or outcome like "provider_")\n'
        "| stats count(*) as errors by provider, provider_status, reason\n"
        "| sort errors desc"
    ),
    "latency-by-provider": (
        f"{_PROVIDERS} and status < 400\n"
        "| stats count(*) as requests, pct(first_byte, 50) as p50_first_byte_seconds, "
        "pct(duration, 50) as p50_seconds, pct(duration, 99) as p99_seconds by provider\n"
        "| sort requests desc"
    ),
    "which-target-answered": (
        f"{_PROVIDERS}\n| stats count(*) as requests by option, attempts, status\n| sort requests desc"
    ),
    "slowest-requests": (
        'filter log = "access"\n'
        "| fields ts, duration, first_byte, status, outcome, provider, request_id, client_ip, bytes_in, bytes_out\n"
        "| sort duration desc\n"
        "| limit 50"
    ),
    "refused-requests": (
        'filter log = "access" and outcome = "refused"\n'
        "| stats count(*) as requests by status, reason, path, client_ip\n"
        "| sort requests desc"
    ),
    "streams-cut-off": (
        'filter log = "access" and (outcome = "caller_left" or outcome like "provider_")\n'
        "| fields ts, outcome, reason, provider, request_id, client_ip, path, duration, bytes_out\n"
        "| sort ts desc\n"
        "| limit 50"
    ),
}
"""Name of a saved query to its text."""

_OF_TEAMS = 'filter log = "access" and ispresent(model)'
FIRST_BYTES = f"{_OF_TEAMS} and status < 400\n| stats pct(first_byte, 50) as p50, pct(first_byte, 95) as p95 by bin(5m)"
"""Query of the dashboard: seconds to the first byte of a model's response."""
TEAM_QUERIES = {
    "most-expensive-requests": (
        f"{_OF_TEAMS} and cost_micros > 0\n"
        "| fields ts, team, model, model_used, provider, cost_micros / 1000000 as dollars, input_tokens, "
        "output_tokens, cached_tokens, reasoning_tokens, duration, request_id\n"
        "| sort cost_micros desc\n"
        "| limit 50"
    ),
    "usage-by-team": (
        f"{_OF_TEAMS}\n"
        "| stats count(*) as requests, sum(input_tokens) as input, sum(output_tokens) as output, "
        "sum(cost_micros) / 1000000 as dollars, sum(estimated) as estimated by team, provider, model_used\n"
        "| sort dollars desc"
    ),
    "refused-by-limits": (
        'filter log = "access" and ispresent(limit) and limit != ""\n'
        "| stats count(*) as requests by team, limit, model, status\n"
        "| sort requests desc"
    ),
}
"""The same for environments with teams. The log has money in micro-dollars."""
