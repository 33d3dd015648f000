"""Every metric that alarms and dashboard may use, by who publishes it; nothing else has a name for one."""

from collections.abc import Mapping

import attrs


@attrs.frozen(kw_only=True)
class Metric:
    """One metric in CloudWatch, as its publisher names it."""

    name: str
    dimensions: tuple[str, ...]
    statistic: str
    """The one that says something about it: `Sum`, `Average`, `Maximum`, `p99`."""
    namespace: str = ""
    """Empty: the environment's own, `{project}/{environment}`."""

    def located(self, own_namespace: str, values: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """Its namespace and dimensions for one environment. Raises KeyError where a dimension has no value."""
        return self.namespace or own_namespace, {dimension: values[dimension] for dimension in self.dimensions}

    def searched(self, own_namespace: str) -> str:
        """The search expression for it at whatever values its last dimension has."""
        where = ",".join(map(_quoted, (self.namespace or own_namespace, *self.dimensions)))
        return f"SEARCH('{{{where}}} MetricName=\"{self.name}\"', '{self.statistic}', 60)"


def _quoted(name: str) -> str:
    """A name in a search expression, in double quotes where it holds more than letters and digits.

    "CloudWatch search expression syntax", CloudWatch's user guide.
    """
    return name if name.isascii() and name.isalnum() else f'"{name}"'


def _load_balancer(name: str, statistic: str, *more: str) -> Metric:
    return Metric(namespace="AWS/ApplicationELB", name=name, statistic=statistic, dimensions=(*more, "LoadBalancer"))


def _service(namespace: str, name: str) -> Metric:
    return Metric(namespace=namespace, name=name, statistic="Average", dimensions=("ClusterName", "ServiceName"))


def _collector(name: str, statistic: str, *more: str) -> Metric:
    return Metric(name=name, statistic=statistic, dimensions=("deployment.environment", *more))


REQUESTS = _load_balancer("RequestCount", "Sum")
RESPONSE_TIME = _load_balancer("TargetResponseTime", "p99")
LOAD_BALANCER_5XX = _load_balancer("HTTPCode_ELB_5XX_Count", "Sum")
TARGET_5XX = _load_balancer("HTTPCode_Target_5XX_Count", "Sum")
TARGET_4XX = _load_balancer("HTTPCode_Target_4XX_Count", "Sum")
HEALTHY_HOSTS = _load_balancer("HealthyHostCount", "Minimum", "TargetGroup")
UNHEALTHY_HOSTS = _load_balancer("UnHealthyHostCount", "Maximum", "TargetGroup")
CPU = _service("AWS/ECS", "CPUUtilization")
MEMORY = _service("AWS/ECS", "MemoryUtilization")
RUNNING_TASKS = _service("ECS/ContainerInsights", "RunningTaskCount")
DESIRED_TASKS = _service("ECS/ContainerInsights", "DesiredTaskCount")
ALLOWED, BLOCKED = (
    Metric(namespace="AWS/WAFV2", name=name, statistic="Sum", dimensions=("Region", "Rule", "WebACL"))
    for name in ("AllowedRequests", "BlockedRequests")
)
SERVER_DURATION = _collector("http.server.request.duration", "Average")
PROVIDER_DURATION = _collector("http.client.request.duration", "Average", "server.address")
EVENT_LOOP_DELAY = _collector("nodejs.eventloop.delay.p99", "Maximum")
EVENT_LOOP_UTILIZATION = _collector("nodejs.eventloop.utilization", "Average")
HEAP_USED = _collector("v8js.memory.heap.used", "Maximum", "v8js.heap.space.name")
TOKENS = _collector("gen_ai.client.token.usage", "Sum", "gateway.team", "gen_ai.request.model", "gen_ai.token.type")
MODEL_DURATION = _collector(
    "gen_ai.client.operation.duration", "Average", "gen_ai.provider.name", "gen_ai.request.model"
)
FIRST_CHUNK = _collector(
    "gen_ai.client.operation.time_to_first_chunk", "Average", "gen_ai.provider.name", "gen_ai.request.model"
)
COST = _collector("gateway.team.cost", "Sum", "gateway.team", "gen_ai.request.model")
BUDGET_USED = _collector("gateway.team.budget.used", "Maximum", "gateway.team")
STORE_FAILURES = _collector("gateway.team.store.failures", "Sum")
CACHE_CPU, CACHE_MEMORY = (
    Metric(namespace="AWS/ElastiCache", name=name, statistic="Average", dimensions=("CacheClusterId",))
    for name in ("EngineCPUUtilization", "DatabaseMemoryUsagePercentage")
)
PROVIDER_REQUESTS, PROVIDER_ERRORS = (
    Metric(name=name, statistic="Sum", dimensions=("Provider",)) for name in ("ProviderRequests", "ProviderErrors")
)

PUBLISHED: dict[str, tuple[Metric, ...]] = {
    # "CloudWatch metrics for your Application Load Balancer", Elastic Load Balancing's user guide.
    "load balancer": (
        REQUESTS,
        RESPONSE_TIME,
        LOAD_BALANCER_5XX,
        TARGET_5XX,
        TARGET_4XX,
        HEALTHY_HOSTS,
        UNHEALTHY_HOSTS,
    ),
    # "Amazon ECS CloudWatch metrics", Amazon ECS's developer guide.
    "ECS": (CPU, MEMORY),
    # "Amazon ECS Container Insights metrics", CloudWatch's user guide; the cluster has it on.
    "Container Insights": (RUNNING_TASKS, DESIRED_TASKS),
    # "AWS WAF metrics and dimensions", WAF's developer guide; Rule is ALL for the sum over the rules.
    "WAF": (ALLOWED, BLOCKED),
    # OpenTelemetry's semantic conventions; collector.yaml declares the same names and dimensions.
    "collector": (SERVER_DURATION, PROVIDER_DURATION, EVENT_LOOP_DELAY, EVENT_LOOP_UTILIZATION, HEAP_USED),
    # gateway_runtime, by OpenTelemetry's conventions for generative AI where there is one; in collector_teams.yaml.
    "teams": (TOKENS, MODEL_DURATION, FIRST_CHUNK, COST, BUDGET_USED, STORE_FAILURES),
    # "Metrics for Valkey and Redis OSS", ElastiCache's user guide; a node is a cluster there.
    "ElastiCache": (CACHE_CPU, CACHE_MEMORY),
    # Metric filters of this project on the gateway's access log (helpers/access_log.py).
    "access log": (PROVIDER_REQUESTS, PROVIDER_ERRORS),
}
