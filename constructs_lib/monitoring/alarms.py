"""Alarms and the SNS topic that they notify."""

from collections.abc import Mapping

from constructs_lib.helpers.monitoring.metrics import metric_named
from constructs_lib.helpers.policies import Condition, Statement, policy
from constructs_lib.helpers.scope import Scope

import attrs
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from cdktf_cdktf_provider_aws.kms_key import KmsKey
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

MINUTE = 60
FIVE_MINUTES = 300
BUDGET_PERCENTS = (80, 100)
"""Percentages of a team's monthly budget at which an alarm is sent."""
CACHE_PERCENT = 80
FEWEST_REQUESTS = 20
"""Requests in five minutes below which a provider's error rate is ignored."""


@attrs.frozen(kw_only=True)
class Thresholds:
    """Thresholds of the alarms; the `alarm_*` settings of envs/schema/monitoring.py."""

    errors_5xx: int
    """5xx responses in five minutes, of the load balancer and the gateway together."""
    p99_seconds: int
    unhealthy_minutes: int
    fewest_tasks: int
    most_tasks: int
    ceiling_minutes: int
    waf_blocks: int
    """Blocked requests in five minutes."""
    provider_error_percent: int


class Alarms(Construct):
    """One encrypted SNS topic, and the alarms that notify it."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        where: Scope,
        key: KmsKey,
        dimensions: Mapping[str, str],
        thresholds: Thresholds,
        with_waf: bool,
        providers: tuple[str, ...],
        budgeted_teams: tuple[str, ...],
        with_usage: bool,
        cache_nodes: tuple[str, ...],
        subscriptions: tuple[tuple[str, str], ...],
    ) -> None:
        super().__init__(scope, id_)
        self._where = where
        self._dimensions = dimensions
        self._topic_arn = self._topic(key, subscriptions)
        self.arns: list[str] = []
        self.deployment_alarms: list[CloudwatchMetricAlarm] = []
        """Alarms on which ECS rolls a deployment back."""
        self._load_balancer(thresholds)
        self._tasks(thresholds)
        if with_waf:
            self._alarm(
                "waf-blocks",
                f"WAF blocks more than {thresholds.waf_blocks} requests in five minutes",
                self._query("blocked", FIVE_MINUTES),
                above=thresholds.waf_blocks,
            )
        for provider in providers:
            self._provider(provider, thresholds)
        for team in budgeted_teams:
            self._budget(team)
        if with_usage:
            self._alarm(
                "usage-store-failures",
                "The gateway cannot reach the table of usage and budgets, or the cache of rates: usage_store_failure "
                "decides what happens to teams with limits",
                self._query("store_failures", FIVE_MINUTES),
                above=0,
            )
        if cache_nodes:
            self._cache(cache_nodes)

    def _topic(self, key: KmsKey, subscriptions: tuple[tuple[str, str], ...]) -> str:
        topic_arn = SnsTopic(self, "Topic", name=self._where.names.topic, kms_master_key_id=key.arn).arn
        SnsTopicPolicy(
            self,
            "TopicPolicy",
            arn=topic_arn,
            policy=policy(
                Statement(
                    sid="AlarmsOfThisAccount",
                    actions=("sns:Publish",),
                    services=("cloudwatch.amazonaws.com",),
                    resources=(topic_arn,),
                    conditions=(Condition("StringEquals", "aws:SourceAccount", (self._where.account_id,)),),
                )
            ),
        )
        for protocol, endpoint in subscriptions:
            SnsTopicSubscription(
                self, f"{protocol}:{endpoint}", topic_arn=topic_arn, protocol=protocol, endpoint=endpoint
            )
        return topic_arn

    def _load_balancer(self, thresholds: Thresholds) -> None:
        errors = self._alarm(
            "5xx",
            f"More than {thresholds.errors_5xx} answers with 5xx in five minutes",
            self._sum("load_balancer_5xx", "target_5xx"),
            above=thresholds.errors_5xx,
        )
        unhealthy = self._alarm(
            "unhealthy-hosts",
            f"A task fails its health check for {thresholds.unhealthy_minutes} minutes",
            self._query("unhealthy_hosts", MINUTE),
            above=0,
            periods=thresholds.unhealthy_minutes,
        )
        self.deployment_alarms = [errors, unhealthy]
        self._alarm(
            "response-time-p99",
            f"One answer in a hundred takes longer than {thresholds.p99_seconds} s, for fifteen minutes",
            self._query("response_time", FIVE_MINUTES),
            above=thresholds.p99_seconds,
            periods=3,
        )

    def _tasks(self, thresholds: Thresholds) -> None:
        self._alarm(
            "tasks-below-minimum",
            f"Fewer than autoscaling_min_capacity={thresholds.fewest_tasks} tasks run for five minutes",
            self._query("running_tasks", MINUTE),
            below=thresholds.fewest_tasks,
            periods=5,
            # Without a task there is no metric.
            missing="breaching",
        )
        # With equal minimum and maximum the service is always at its maximum.
        if thresholds.most_tasks > thresholds.fewest_tasks:
            self._alarm(
                "tasks-at-ceiling",
                f"autoscaling_max_capacity={thresholds.most_tasks} tasks are wanted for "
                f"{thresholds.ceiling_minutes} minutes: more load finds no more tasks",
                self._query("desired_tasks", MINUTE),
                above=thresholds.most_tasks - 1,
                periods=thresholds.ceiling_minutes,
            )

    def _provider(self, provider: str, thresholds: Thresholds) -> None:
        values = {**self._dimensions, "Provider": provider}
        errors, requests = (
            self._metric(id_, metric, FIVE_MINUTES, values, shown=False)
            for id_, metric in (("errors", "provider_errors"), ("requests", "provider_requests"))
        )
        rate = f"IF(FILL(requests, 0) >= {FEWEST_REQUESTS}, 100 * FILL(errors, 0) / requests, 0)"
        self._alarm(
            f"provider-errors-{provider}",
            f"More than {thresholds.provider_error_percent} % of the answers of {provider} are errors "
            "(401, 403, 408, 429, 5xx, broken streams), "
            f"of at least {FEWEST_REQUESTS} in five minutes",
            [
                errors,
                requests,
                CloudwatchMetricAlarmMetricQuery(
                    id="rate", expression=rate, label=f"{provider}: errors (%)", return_data=True
                ),
            ],
            above=thresholds.provider_error_percent,
        )

    def _budget(self, team: str) -> None:
        values = {**self._dimensions, "gateway.team": team}
        for percent in BUDGET_PERCENTS:
            self._alarm(
                f"budget-{percent}-{team}",
                f"The team {team} has used {percent} % of its budget of this month (UTC)"
                + (": its requests get 429 until the month ends" if percent == 100 else ""),
                [self._metric("value", "budget_used", FIVE_MINUTES, values, shown=True)],
                at_least=percent,
                # There is no metric while the team sends no requests, and the budget stays used.
                missing="ignore",
            )

    def _cache(self, nodes: tuple[str, ...]) -> None:
        """Alarms on the busiest node: the primary takes all writes, and any replica may become the primary."""
        for what, consequence in (
            ("cpu", "requests of teams with rates wait for it"),
            ("memory", "a full one takes no more rates, and usage_store_failure decides"),
        ):
            parts = [
                self._metric(f"node{number}", f"cache_{what}", FIVE_MINUTES, {"CacheClusterId": node}, shown=False)
                for number, node in enumerate(nodes)
            ]
            expression = f"MAX([{', '.join(f'node{number}' for number in range(len(nodes)))}])"
            self._alarm(
                f"rate-limits-{what}",
                f"The cache of rates has used {CACHE_PERCENT} % of its {what} for fifteen minutes: {consequence}; "
                "choose a larger valkey_node_type",
                [
                    *parts,
                    CloudwatchMetricAlarmMetricQuery(id="most", expression=expression, label=what, return_data=True),
                ],
                above=CACHE_PERCENT,
                periods=3,
            )

    def _metric(
        self, id_: str, metric: str, period: int, values: Mapping[str, str], *, shown: bool
    ) -> CloudwatchMetricAlarmMetricQuery:
        found = metric_named(metric)
        namespace, dimensions = found.located(self._where.names.path, values)
        return CloudwatchMetricAlarmMetricQuery(
            id=id_,
            return_data=shown,
            metric=CloudwatchMetricAlarmMetricQueryMetric(
                namespace=namespace,
                metric_name=found.name,
                dimensions=dimensions,
                stat=found.statistic,
                period=period,
            ),
        )

    def _query(self, metric: str, period: int) -> list[CloudwatchMetricAlarmMetricQuery]:
        return [self._metric("value", metric, period, self._dimensions, shown=True)]

    def _sum(self, *summed: str) -> list[CloudwatchMetricAlarmMetricQuery]:
        """The sum of metrics over five minutes; a missing metric counts as 0."""
        parts = [
            self._metric(f"part{number}", metric, FIVE_MINUTES, self._dimensions, shown=False)
            for number, metric in enumerate(summed)
        ]
        expression = " + ".join(f"FILL(part{number}, 0)" for number in range(len(summed)))
        return [
            *parts,
            CloudwatchMetricAlarmMetricQuery(id="sum", expression=expression, label="5xx", return_data=True),
        ]

    def _alarm(
        self,
        name: str,
        description: str,
        queries: list[CloudwatchMetricAlarmMetricQuery],
        *,
        above: int | None = None,
        at_least: int | None = None,
        below: int | None = None,
        periods: int = 1,
        missing: str = "notBreaching",
    ) -> CloudwatchMetricAlarm:
        """An alarm with one of `above`, `at_least` and `below` as its threshold; ValueError for none or several."""
        operators = {
            "GreaterThanThreshold": above,
            "GreaterThanOrEqualToThreshold": at_least,
            "LessThanThreshold": below,
        }
        given = [(operator, value) for operator, value in operators.items() if value is not None]
        if len(given) != 1:
            raise ValueError(
                f"constructs_lib/monitoring/alarms.py: alarm {name}: has {len(given)} thresholds; pass exactly one of "
                "above, at_least and below"
            )
        ((operator, threshold),) = given
        made = CloudwatchMetricAlarm(
            self,
            name,
            alarm_name=self._where.names.alarm(name),
            alarm_description=description,
            metric_query=queries,
            comparison_operator=operator,
            threshold=threshold,
            evaluation_periods=periods,
            datapoints_to_alarm=periods,
            treat_missing_data=missing,
            alarm_actions=[self._topic_arn],
            ok_actions=[self._topic_arn],
        )
        self.arns.append(made.arn)
        return made
