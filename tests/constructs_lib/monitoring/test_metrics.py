"""Compares the list of metrics with what AWS publishes, and checks the messages about a wrong name."""

from typing import Any

from constructs_lib.helpers.monitoring.metrics import METRICS, Metric, metric_named
from constructs_lib.helpers.suggestions import did_you_mean
from constructs_lib.monitoring.alarms import Alarms

import attrs
import pytest

OWN = "ai-gateway/test"
PAGES = {
    "AWS/ApplicationELB": (
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"
    ),
    "AWS/ECS": "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html",
    "AWS/ElastiCache": "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.Redis.html",
    "AWS/WAFV2": "https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html",
    "ECS/ContainerInsights": (
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html"
    ),
}
"""The documentation page that lists the metrics of each AWS namespace."""
OF_TARGETS = "HTTPCode_Target_2XX_Count HTTPCode_Target_4XX_Count HTTPCode_Target_5XX_Count RequestCount \
TargetConnectionErrorCount TargetResponseTime"
PUBLISHED_BY_AWS = {
    ("AWS/ApplicationELB", "LoadBalancer"): f"ActiveConnectionCount ClientTLSNegotiationErrorCount ConsumedLCUs \
HTTPCode_ELB_4XX_Count HTTPCode_ELB_5XX_Count HTTPCode_ELB_502_Count HTTPCode_ELB_503_Count HTTPCode_ELB_504_Count \
NewConnectionCount ProcessedBytes RejectedConnectionCount {OF_TARGETS}",
    ("AWS/ApplicationELB", "LoadBalancer, TargetGroup"): f"HealthyHostCount RequestCountPerTarget UnHealthyHostCount \
{OF_TARGETS}",
    ("AWS/ECS", "ClusterName, ServiceName"): "CPUUtilization MemoryUtilization",
    ("AWS/ElastiCache", "CacheClusterId"): "CPUUtilization CurrConnections DatabaseMemoryUsagePercentage \
EngineCPUUtilization Evictions FreeableMemory NewConnections ReplicationLag SwapUsage",
    ("AWS/WAFV2", "Region, Rule, WebACL"): "AllowedRequests BlockedRequests CountedRequests",
    ("ECS/ContainerInsights", "ClusterName, ServiceName"): "CpuReserved CpuUtilized DeploymentCount DesiredTaskCount \
MemoryReserved MemoryUtilized NetworkRxBytes NetworkTxBytes PendingTaskCount RunningTaskCount StorageReadBytes \
StorageWriteBytes",
}
"""Metric names by namespace and dimensions, from PAGES; only the combinations that the project uses."""


def problem(metric: Metric) -> str | None:
    """Why AWS would never have data for a metric; None for a listed metric and for the project's own."""
    if not metric.namespace:
        return None
    dimensions = ", ".join(sorted(metric.dimensions))
    names = PUBLISHED_BY_AWS.get((metric.namespace, dimensions), "").split()
    if metric.name in names:
        return None
    meant = did_you_mean(metric.name, names)
    return (
        f"{metric.namespace} has no {metric.name} with the dimensions {dimensions}"
        f"{f'; {meant}' if meant else ''}. If {PAGES.get(metric.namespace, 'its page')} has it, add it "
        f"to PUBLISHED_BY_AWS in {__name__.replace('.', '/')}.py"
    )


def test_aws_publishes_what_is_listed() -> None:
    """AWS publishes every listed metric. AWS accepts an alarm on an unpublished metric, but it would never fire."""
    problems = {name: found for name, metric in METRICS.items() if (found := problem(metric))}
    assert problems == {}
    assert {namespace for namespace, _ in PUBLISHED_BY_AWS} == set(PAGES)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "RejectedConectionCount"}, "with the dimensions LoadBalancer; did you mean RejectedConnectionCount?"),
        (
            {"name": "RejectedConnectionCount", "dimensions": ("TargetGroup", "LoadBalancer")},
            "AWS/ApplicationELB has no RejectedConnectionCount with the dimensions LoadBalancer, TargetGroup",
        ),
        ({"namespace": "AWS/Gateway"}, "If its page has it, add it to PUBLISHED_BY_AWS in tests/constructs_lib/"),
    ],
)
def test_a_metric_that_aws_does_not_publish(change: dict[str, Any], message: str) -> None:
    """The message has the closest name and the documentation page."""
    assert message in str(problem(attrs.evolve(METRICS["requests"], **change)))


def test_a_statistic_that_cloudwatch_does_not_have() -> None:
    """A wrong statistic is an error when the metric is created, also in code that mypy does not check."""
    wrong: Any = "Sums"
    with pytest.raises(ValueError, match="'statistic' must be in"):
        attrs.evolve(METRICS["requests"], statistic=wrong)


def test_a_metric_that_is_not_listed() -> None:
    """The message names the file, and the closest name or all names."""
    file = "constructs_lib/helpers/monitoring/metrics.py"
    with pytest.raises(ValueError, match="no metric") as caught:
        metric_named("running_task")
    assert str(caught.value) == f"{file}: no metric 'running_task'; did you mean running_tasks?"
    with pytest.raises(ValueError, match="no value") as caught:
        METRICS["unhealthy_hosts"].located(OWN, {"TargetGrup": "t", "LoadBalancer": "b"})
    assert str(caught.value) == (
        f"{file}: metric UnHealthyHostCount: no value for the dimension 'TargetGroup'; did you mean TargetGrup?"
    )
    with pytest.raises(ValueError, match="no value for the dimension 'Provider'; the values are of ClusterName"):
        METRICS["provider_errors"].located(OWN, {"ClusterName": "c"})


def test_an_alarm_needs_one_threshold() -> None:
    """The message names the alarm and the three arguments."""
    alarms = object.__new__(Alarms)
    cases: list[tuple[dict[str, Any], int]] = [({}, 0), ({"above": 1, "below": 2}, 2)]
    for given, count in cases:
        with pytest.raises(ValueError, match="thresholds") as caught:
            alarms._alarm("memory", "Memory", [], **given)
        assert str(caught.value) == (
            f"constructs_lib/monitoring/alarms.py: alarm memory: has {count} thresholds; pass exactly one of above, "
            "at_least and below"
        )
