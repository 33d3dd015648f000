"""An environment's monitoring: metric filters, alarms, dashboard and saved queries."""

from constructs_lib.helpers.scope import Scope
from constructs_lib.helpers.usage.teams import Client
from constructs_lib.log_groups import LogGroups
from constructs_lib.monitoring.alarms import Alarms, Thresholds
from constructs_lib.monitoring.dashboard import Dashboard
from constructs_lib.monitoring.log_metrics import AccessLogMetrics
from constructs_lib.monitoring.saved_queries import SavedQueries
from constructs_lib.network.load_balancer import LoadBalancer
from constructs_lib.task.service import GatewayService

from cdktf_cdktf_provider_aws.kms_key import KmsKey
from constructs import Construct


class Monitoring(Construct):
    """Metric filters, alarms, dashboard and saved queries, on metrics of helpers/monitoring/metrics.py only."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        where: Scope,
        key: KmsKey,
        log_groups: LogGroups,
        load_balancer: LoadBalancer,
        service: GatewayService,
        thresholds: Thresholds,
        instrumented: bool,
        providers: tuple[str, ...],
        teams: tuple[Client, ...],
        cache_nodes: tuple[str, ...],
        subscriptions: tuple[tuple[str, str], ...],
    ) -> None:
        super().__init__(scope, id_)
        names = where.names
        with_waf = log_groups.waf is not None
        dimensions = {
            "LoadBalancer": load_balancer.arn_suffix,
            "TargetGroup": load_balancer.target_group_arn_suffix,
            "ClusterName": service.cluster_name,
            "ServiceName": service.service_name,
            "WebACL": names.web_acl,
            "Rule": "ALL",
            "Region": where.region,
            "deployment.environment": names.environment,
        }
        # Without routes, callers choose the provider's name, and CloudWatch bills each name as a metric.
        if providers:
            AccessLogMetrics(self, "AccessLog", names=names, log_group=log_groups.gateway)
        SavedQueries(self, "Queries", names=names, log_groups=log_groups, with_teams=bool(teams))
        # Budget metrics come from OpenTelemetry.
        budgeted = tuple(team.team for team in teams if team.monthly_budget_usd is not None and instrumented)
        alarms = Alarms(
            self,
            "Alarms",
            where=where,
            key=key,
            dimensions=dimensions,
            thresholds=thresholds,
            with_waf=with_waf,
            providers=providers,
            budgeted_teams=budgeted,
            with_usage=bool(teams) and instrumented,
            cache_nodes=cache_nodes,
            subscriptions=subscriptions,
        )
        self.deployment_alarms = alarms.of_deployments
        Dashboard(
            self,
            "Dashboard",
            where=where,
            dimensions=dimensions,
            alarms=alarms,
            with_waf=with_waf,
            instrumented=instrumented,
            providers=providers,
            budgeted_teams=budgeted,
            log_of_teams=log_groups.gateway.name if teams else None,
        )
