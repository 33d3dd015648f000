"""The log groups, created first: a service that finds none creates one without KMS key and retention."""

from constructs_lib.helpers.naming import Names

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct


class LogGroups(Construct):
    """The encrypted log groups of one environment. `waf` is None without WAF."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        names: Names,
        key: KmsKey,
        retention_in_days: int,
        with_waf: bool,
    ) -> None:
        super().__init__(scope, id_)
        self._key_arn = key.arn
        self._retention_in_days = retention_in_days
        self.gateway = self._group("Gateway", names.log_group("gateway"))
        self.collector = self._group("Collector", names.log_group("otel-collector"))
        self.metrics = self._group("Metrics", names.log_group("metrics"))
        self.flow_logs = self._group("FlowLogs", names.log_group("vpc-flow-logs"))
        self.container_insights = self._group("ContainerInsights", names.container_insights_log_group)
        self.waf = self._group("Waf", names.waf_log_group) if with_waf else None

    def _group(self, id_: str, name: str) -> CloudwatchLogGroup:
        return CloudwatchLogGroup(
            self, id_, name=name, retention_in_days=self._retention_in_days, kms_key_id=self._key_arn
        )
