"""Alarms, their thresholds and the topic that they publish to."""

from envs.schema import Subscription
from tests.conftest import Synthesize
from tests.support.synthesized import EVERYTHING, WITH_TEAMS, Synthesized, settings

import attrs
import pytest


@pytest.fixture
def full(synthesize: Synthesize) -> Synthesized:
    """Every setting on, including tokens and the limits of teams."""
    return synthesize(attrs.evolve(WITH_TEAMS, rate_limit_store="valkey"))


def alarms(stack: Synthesized) -> dict[str, tuple[str, int, int, str]]:
    """Comparison, threshold, periods and treatment of missing data of each alarm, by name."""
    return {
        alarm["alarm_name"].removeprefix("ai-gateway-test-"): (
            alarm["comparison_operator"].removesuffix("Threshold"),
            alarm["threshold"],
            alarm["evaluation_periods"],
            alarm["treat_missing_data"],
        )
        for alarm in stack.by_type("aws_cloudwatch_metric_alarm").values()
    }


def test_the_alarms(full: Synthesized) -> None:
    """With every setting on, there is an alarm for each failure, including WAF and every provider of the routes."""
    assert alarms(full) == {
        "5xx": ("GreaterThan", 10, 1, "notBreaching"),
        "unhealthy-hosts": ("GreaterThan", 0, 5, "notBreaching"),
        "response-time-p99": ("GreaterThan", 60, 3, "notBreaching"),
        "tasks-below-minimum": ("LessThan", 1, 5, "breaching"),
        "tasks-at-ceiling": ("GreaterThan", 2, 15, "notBreaching"),
        "waf-blocks": ("GreaterThan", 100, 1, "notBreaching"),
        "provider-errors-anthropic": ("GreaterThan", 10, 1, "notBreaching"),
        "provider-errors-bedrock": ("GreaterThan", 10, 1, "notBreaching"),
        "provider-errors-openai": ("GreaterThan", 10, 1, "notBreaching"),
        "budget-80-search": ("GreaterThanOrEqualTo", 80, 1, "ignore"),
        "budget-100-search": ("GreaterThanOrEqualTo", 100, 1, "ignore"),
        "usage-store-failures": ("GreaterThan", 0, 1, "notBreaching"),
        "rate-limits-cpu": ("GreaterThan", 80, 3, "notBreaching"),
        "rate-limits-memory": ("GreaterThan", 80, 3, "notBreaching"),
    }


def test_thresholds_are_settings(synthesize: Synthesize) -> None:
    """Each threshold has a setting. There is no ceiling alarm without scaling, and no WAF alarm without WAF."""
    stack = synthesize(
        settings(
            alarm_5xx_count=1,
            alarm_p99_seconds=2,
            alarm_unhealthy_minutes=3,
            autoscaling_min_capacity=2,
            autoscaling_max_capacity=2,
        )
    )
    assert alarms(stack) == {
        "5xx": ("GreaterThan", 1, 1, "notBreaching"),
        "unhealthy-hosts": ("GreaterThan", 0, 3, "notBreaching"),
        "response-time-p99": ("GreaterThan", 2, 3, "notBreaching"),
        "tasks-below-minimum": ("LessThan", 2, 5, "breaching"),
    }


def test_other_thresholds(synthesize: Synthesize) -> None:
    """The thresholds for WAF, the scaling ceiling and the providers are settings."""
    stack = synthesize(
        settings(
            enable_waf=True,
            routes=EVERYTHING.routes,
            ingress_cidrs=EVERYTHING.ingress_cidrs,
            alarm_waf_blocks=7,
            alarm_ceiling_minutes=8,
            alarm_provider_error_percent=9,
        )
    )
    found = alarms(stack)
    assert (found["waf-blocks"][1], found["tasks-at-ceiling"][2], found["provider-errors-openai"][1]) == (7, 8, 9)


def test_a_providers_error_rate(full: Synthesized) -> None:
    """The rate is errors per hundred requests if there are at least 20 requests. Only the rate is returned."""
    alarm = full.by_type("aws_cloudwatch_metric_alarm")["Monitoring/Alarms/provider-errors-openai"]
    errors, requests, rate = alarm["metric_query"]
    assert (errors["id"], requests["id"]) == ("errors", "requests")
    assert [query["return_data"] for query in alarm["metric_query"]] == [False, False, True]
    assert rate["expression"] == "IF(FILL(requests, 0) >= 20, 100 * FILL(errors, 0) / requests, 0)"
    assert errors["metric"]["dimensions"] == requests["metric"]["dimensions"] == {"Provider": "openai"}


def test_alarms_go_to_one_encrypted_topic(synthesize: Synthesize) -> None:
    """Every alarm notifies the topic on ALARM and OK. Only this account's CloudWatch may publish and use the key."""
    subscriptions = (
        Subscription("email", "oncall@example.com"),
        Subscription("https", "https://events.example.com/alarms?a=b"),
    )
    stack = synthesize(settings(alarm_subscriptions=subscriptions))
    topic = stack.reference("aws_sns_topic", "Monitoring/Alarms/Topic", "arn")
    assert stack.only("aws_sns_topic")["kms_master_key_id"] == stack.reference(
        "aws_kms_key", "Encryption/Alarms", "arn"
    )
    for alarm in stack.by_type("aws_cloudwatch_metric_alarm").values():
        assert (alarm["alarm_actions"], alarm["ok_actions"]) == ([topic], [topic])
    granted = [s for _, path, s in stack.statements() if path in ("Monitoring/Alarms/TopicPolicy", "Encryption/Alarms")]
    for_cloudwatch = [s for s in granted if s["Principal"] == {"Service": ["cloudwatch.amazonaws.com"]}]
    assert {(tuple(s["Action"]), *s["Condition"]["StringEquals"]) for s in for_cloudwatch} == {
        (("sns:Publish",), "aws:SourceAccount"),
        (("kms:Decrypt", "kms:GenerateDataKey*"), "aws:SourceAccount"),
    }
    told = [
        (one["protocol"], one["endpoint"], one["topic_arn"])
        for one in stack.by_type("aws_sns_topic_subscription").values()
    ]
    assert sorted(told) == [(one.protocol, one.endpoint, topic) for one in subscriptions]
