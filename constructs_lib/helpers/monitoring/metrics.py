"""All metrics that alarms and the dashboard may use, grouped by publisher (ADR 12)."""

from collections.abc import Mapping
from typing import Literal, get_args

from constructs_lib.helpers.suggestions import did_you_mean

import attrs

FILE = "constructs_lib/helpers/monitoring/metrics.py"
Statistic = Literal["Sum", "Average", "Minimum", "Maximum", "p50", "p90", "p99"]


@attrs.frozen(kw_only=True)
class Metric:
    """One metric in CloudWatch, as its publisher names it."""

    name: str
    dimensions: tuple[str, ...]
    statistic: Statistic = attrs.field(validator=attrs.validators.in_(get_args(Statistic)))
    """The statistic that alarms and the dashboard use."""
    namespace: str = ""
    """Empty: the environment's own namespace, `{project}/{environment}`."""

    def located(self, own_namespace: str, values: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """Namespace and dimensions for one environment. Raises ValueError if `values` lacks a dimension."""
        for dimension in self.dimensions:
            if dimension not in values:
                meant = did_you_mean(dimension, values, f"the values are of {', '.join(values)}")
                raise ValueError(f"{FILE}: metric {self.name}: no value for the dimension {dimension!r}; {meant}")
        return self.namespace or own_namespace, {dimension: values[dimension] for dimension in self.dimensions}

    def searched(self, own_namespace: str) -> str:
        """A search expression for the metric, with any values of its dimensions."""
        where = ",".join(map(_quoted, (self.namespace or own_namespace, *self.dimensions)))
        return f"SEARCH('{{{where}}} MetricName=\"{self.name}\"', '{self.statistic}', 60)"


def _quoted(name: str) -> str:
    """A name in a search expression, in double quotes unless it has only letters and digits.

    "CloudWatch search expression syntax", CloudWatch's user guide.
    """
    return name if name.isascii() and name.isalnum() else f'"{name}"'


def _load_balancer(name: str, statistic: Statistic, *more: str) -> Metric:
    return Metric(namespace="AWS/ApplicationELB", name=name, statistic=statistic, dimensions=(*more, "LoadBalancer"))


def _service(namespace: str, name: str) -> Metric:
    return Metric(namespace=namespace, name=name, statistic="Average", dimensions=("ClusterName", "ServiceName"))


def _firewall(name: str) -> Metric:
    return Metric(namespace="AWS/WAFV2", name=name, statistic="Sum", dimensions=("Region", "Rule", "WebACL"))


def _collector(name: str, statistic: Statistic, *more: str) -> Metric:
    return Metric(name=name, statistic=statistic, dimensions=("deployment.environment", *more))


def _cache(name: str) -> Metric:
    return Metric(namespace="AWS/ElastiCache", name=name, statistic="Average", dimensions=("CacheClusterId",))


PUBLISHED: dict[str, dict[str, Metric]] = {
    # "CloudWatch metrics for your Application Load Balancer", Elastic Load Balancing's user guide.
    "load balancer": {
        "requests": _load_balancer("RequestCount", "Sum"),
        "response_time": _load_balancer("TargetResponseTime", "p99"),
        "load_balancer_5xx": _load_balancer("HTTPCode_ELB_5XX_Count", "Sum"),
        "target_5xx": _load_balancer("HTTPCode_Target_5XX_Count", "Sum"),
        "target_4xx": _load_balancer("HTTPCode_Target_4XX_Count", "Sum"),
        "healthy_hosts": _load_balancer("HealthyHostCount", "Minimum", "TargetGroup"),
        "unhealthy_hosts": _load_balancer("UnHealthyHostCount", "Maximum", "TargetGroup"),
    },
    # "Amazon ECS CloudWatch metrics", Amazon ECS's developer guide.
    "ECS": {"cpu": _service("AWS/ECS", "CPUUtilization"), "memory": _service("AWS/ECS", "MemoryUtilization")},
    # "Amazon ECS Container Insights metrics", CloudWatch's user guide; the cluster enables them.
    "Container Insights": {
        "running_tasks": _service("ECS/ContainerInsights", "RunningTaskCount"),
        "desired_tasks": _service("ECS/ContainerInsights", "DesiredTaskCount"),
    },
    # "AWS WAF metrics and dimensions", WAF's developer guide; Rule=ALL is the sum of all rules.
    "WAF": {"allowed": _firewall("AllowedRequests"), "blocked": _firewall("BlockedRequests")},
    # OpenTelemetry's semantic conventions; collector.yaml declares the same names and dimensions.
    "collector": {
        "server_duration": _collector("http.server.request.duration", "Average"),
        "provider_duration": _collector("http.client.request.duration", "Average", "server.address"),
        "event_loop_delay": _collector("nodejs.eventloop.delay.p99", "Maximum"),
        "event_loop_utilization": _collector("nodejs.eventloop.utilization", "Average"),
        "heap_used": _collector("v8js.memory.heap.used", "Maximum", "v8js.heap.space.name"),
    },
    # gateway_runtime, with OpenTelemetry's names for generative AI if there are any; see collector_teams.yaml.
    "teams": {
        "tokens": _collector(
            "gen_ai.client.token.usage", "Sum", "gateway.team", "gen_ai.request.model", "gen_ai.token.type"
        ),
        "model_duration": _collector(
            "gen_ai.client.operation.duration", "Average", "gen_ai.provider.name", "gen_ai.request.model"
        ),
        "first_chunk": _collector(
            "gen_ai.client.operation.time_to_first_chunk", "Average", "gen_ai.provider.name", "gen_ai.request.model"
        ),
        "cost": _collector("gateway.team.cost", "Sum", "gateway.team", "gen_ai.request.model"),
        "budget_used": _collector("gateway.team.budget.used", "Maximum", "gateway.team"),
        "store_failures": _collector("gateway.team.store.failures", "Sum"),
    },
    # "Metrics for Valkey and Redis OSS", ElastiCache's user guide; CacheClusterId names a node.
    "ElastiCache": {
        "cache_cpu": _cache("EngineCPUUtilization"),
        "cache_memory": _cache("DatabaseMemoryUsagePercentage"),
    },
    # Metric filters of this project on the gateway's access log (helpers/monitoring/access_log.py).
    "access log": {
        "provider_requests": Metric(name="ProviderRequests", statistic="Sum", dimensions=("Provider",)),
        "provider_errors": Metric(name="ProviderErrors", statistic="Sum", dimensions=("Provider",)),
    },
}
METRICS = {name: metric for published in PUBLISHED.values() for name, metric in published.items()}
"""All metrics by the names that alarms and the dashboard use."""


def metric_named(name: str) -> Metric:
    """The metric of METRICS with that name. Raises ValueError, with a suggestion, if there is none."""
    if name not in METRICS:
        meant = did_you_mean(name, METRICS, f"add it, or use one of {', '.join(METRICS)}")
        raise ValueError(f"{FILE}: no metric {name!r}; {meant}")
    return METRICS[name]
