"""Metric filters on the gateway's access log."""

from constructs_lib.helpers.monitoring.access_log import METRIC_FILTERS, PROVIDER_FIELD
from constructs_lib.helpers.monitoring.metrics import metric_named
from constructs_lib.helpers.naming import Names

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.cloudwatch_log_metric_filter import (
    CloudwatchLogMetricFilter,
    CloudwatchLogMetricFilterMetricTransformation,
)
from constructs import Construct


class AccessLogMetrics(Construct):
    """Counts each provider's requests and errors."""

    def __init__(self, scope: Construct, id_: str, *, names: Names, log_group: CloudwatchLogGroup) -> None:
        super().__init__(scope, id_)
        for name, pattern in METRIC_FILTERS.items():
            metric = metric_named(name)
            namespace, dimensions = metric.located(names.path, {"Provider": PROVIDER_FIELD})
            CloudwatchLogMetricFilter(
                self,
                metric.name,
                name=names.metric_filter(metric.name),
                log_group_name=log_group.name,
                pattern=pattern,
                metric_transformation=CloudwatchLogMetricFilterMetricTransformation(
                    namespace=namespace, name=metric.name, value="1", unit="Count", dimensions=dimensions
                ),
            )
