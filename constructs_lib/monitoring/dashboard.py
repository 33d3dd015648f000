"""The CloudWatch dashboard: alarms, latency, errors, tasks, and teams' usage."""

import json
from collections.abc import Mapping
from typing import Any

from constructs_lib.helpers.monitoring.access_log import FIRST_BYTES
from constructs_lib.helpers.monitoring.metrics import Statistic, metric_named
from constructs_lib.helpers.scope import Scope
from constructs_lib.helpers.usage.teams import MICROS
from constructs_lib.monitoring.alarms import Alarms

from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard
from constructs import Construct

WIDTH, HEIGHT = 8, 6
"""Size of a widget in grid units; three fit into the dashboard's 24 columns."""
PERCENTILES: tuple[Statistic, ...] = ("p50", "p90", "p99")


class Dashboard(Construct):
    """One dashboard for the environment. Disabled features have no widget."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        where: Scope,
        dimensions: Mapping[str, str],
        alarms: Alarms,
        with_waf: bool,
        instrumented: bool,
        providers: tuple[str, ...],
        budgeted_teams: tuple[str, ...],
        log_of_teams: str | None,
    ) -> None:
        super().__init__(scope, id_)
        self._namespace = where.names.path
        self._region = where.region
        self._dimensions = dimensions
        graphs = [
            self._graph("Requests a minute", self._line("requests")),
            self._graph("Answers with errors", *map(self._line, ("target_4xx", "target_5xx")),
                        self._line("load_balancer_5xx")),
            self._graph(
                "Response time (s)",
                *(self._line("response_time", statistic=percentile) for percentile in PERCENTILES),
            ),
            self._graph("Tasks", self._line("running_tasks"), self._line("desired_tasks")),
            self._graph("CPU and memory (%)", self._line("cpu"), self._line("memory")),
            self._graph("Targets", self._line("healthy_hosts"), self._line("unhealthy_hosts")),
        ]  # fmt: skip
        if providers:
            graphs += [
                self._graph(title, *(self._line(metric, {"Provider": provider}, provider) for provider in providers))
                for title, metric in (
                    ("Requests by provider", "provider_requests"),
                    ("Errors by provider", "provider_errors"),
                )
            ]
        if instrumented:
            graphs += [
                self._graph("Calls to each host (s)", self._search("provider_duration")),
                self._graph("Time in the gateway (s)", self._line("server_duration")),
                self._graph(
                    "Event loop",
                    self._line("event_loop_delay"),
                    self._line("event_loop_utilization"),
                ),
                self._graph("Heap used", self._search("heap_used")),
            ]
        if log_of_teams is not None:
            graphs += self._teams(budgeted_teams, log_of_teams, instrumented=instrumented)
        if with_waf:
            graphs.append(self._graph("WAF", self._line("allowed"), self._line("blocked")))
        status = {"type": "alarm", "width": 3 * WIDTH, "height": 3, "x": 0, "y": 0}
        placed = [
            {**graph, "x": number % 3 * WIDTH, "y": 3 + number // 3 * HEIGHT} for number, graph in enumerate(graphs)
        ]
        CloudwatchDashboard(
            self,
            "Page",
            dashboard_name=where.names.dashboard,
            dashboard_body=json.dumps(
                {"widgets": [{**status, "properties": {"title": "Alarms", "alarms": alarms.arns}}, *placed]}
            ),
        )

    def _teams(self, budgeted: tuple[str, ...], log_group: str, *, instrumented: bool) -> list[dict[str, Any]]:
        """Usage and cost of teams. Percentiles come from the log, because the collector sends only averages."""
        by_log = {
            "type": "log",
            "width": WIDTH,
            "height": HEIGHT,
            "properties": {
                "title": "Time to the first byte of a model's answer (s): p50, p95",
                "view": "timeSeries",
                "region": self._region,
                "query": f"SOURCE '{log_group}' | {FIRST_BYTES}",
            },
        }
        if not instrumented:
            return [by_log]
        share = [self._line("budget_used", {"gateway.team": team}, team) for team in budgeted]
        return [
            by_log,
            self._graph("Tokens by team and model", self._search("tokens")),
            self._graph("Cost by team and model ($)", self._search("cost", divided_by=MICROS)),
            self._graph("Time to the first chunk by model (s)", self._search("first_chunk")),
            self._graph("Whole answers by model (s)", self._search("model_duration")),
            *([self._graph("Budget used (%)", *share)] if share else []),
        ]

    def _graph(self, title: str, *lines: list[Any]) -> dict[str, Any]:
        return {
            "type": "metric",
            "width": WIDTH,
            "height": HEIGHT,
            "properties": {
                "title": title,
                "view": "timeSeries",
                "region": self._region,
                "period": 60,
                "yAxis": {"left": {"min": 0}},
                "metrics": list(lines),
            },
        }

    def _line(
        self, metric: str, more: Mapping[str, str] | None = None, label: str = "", statistic: Statistic | None = None
    ) -> list[Any]:
        found = metric_named(metric)
        namespace, dimensions = found.located(self._namespace, {**self._dimensions, **(more or {})})
        flat = [part for pair in dimensions.items() for part in pair]
        options: dict[str, str] = {"stat": statistic or found.statistic}
        if shown := label or statistic:
            options["label"] = shown
        return [namespace, found.name, *flat, options]

    def _search(self, metric: str, *, divided_by: int = 1) -> list[Any]:
        expression = metric_named(metric).searched(self._namespace)
        return [{"expression": f"{expression} / {divided_by}" if divided_by != 1 else expression, "label": ""}]
