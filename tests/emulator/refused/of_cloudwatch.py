"""Refused calls of CloudWatch, CloudWatch Logs and SNS."""

from tests.emulator.refused.requests import (
    GONE_KEY,
    GONE_TOPIC,
    METRIC,
    Case,
    alarm,
    dashboard,
    metric_filter,
    queries,
)

CASES: tuple[Case, ...] = (
    ("cloudwatch:PutMetricAlarm", lambda _: alarm(Metrics=[METRIC]), "InvalidParameterCombination", "Metrics"),
    ("cloudwatch:PutMetricAlarm", lambda _: queries(METRIC) | {"Period": 60}, "InvalidParameterCombination", "Metrics"),
    ("cloudwatch:PutMetricAlarm", lambda _: alarm(Statistic=None), "InvalidParameterCombination", "Statistic"),
    ("cloudwatch:PutMetricAlarm", lambda _: alarm(TreatMissingData="good"), "ValidationError", "TreatMissingData"),
    ("cloudwatch:PutMetricAlarm", lambda _: alarm(DatapointsToAlarm=2), "ValidationError", "DatapointsToAlarm"),
    ("cloudwatch:PutMetricAlarm", lambda _: queries(METRIC | {"Id": "M"}), "ValidationError", "Metrics[0].Id"),
    ("cloudwatch:PutMetricAlarm", lambda _: queries(METRIC, METRIC), "ValidationError", "Metrics.Id"),
    (
        "cloudwatch:PutMetricAlarm",
        lambda _: queries(METRIC, METRIC | {"Id": "n"}),
        "ValidationError",
        "Metrics.ReturnData",
    ),
    ("cloudwatch:PutMetricAlarm", lambda _: queries({"Id": "m"}), "ValidationError", "Metrics[0]"),
    (
        "cloudwatch:PutMetricAlarm",
        lambda _: alarm(OKActions=[GONE_TOPIC.replace("us-east-1", "eu-west-1")]),
        "ValidationError",
        "OKActions[0]",
    ),
    ("cloudwatch:PutMetricAlarm", lambda _: alarm(AlarmActions=[GONE_TOPIC]), "ValidationError", "AlarmActions[0]"),
    ("cloudwatch:PutMetricAlarm", lambda w: alarm(AlarmActions=[w.closed_topic]), "ValidationError", "AlarmActions[0]"),
    (
        "cloudwatch:PutDashboard",
        lambda _: dashboard(*[{"type": "text"}] * 501),
        "InvalidParameterInput",
        "DashboardBody",
    ),
    (
        "cloudwatch:PutDashboard",
        lambda _: {"DashboardName": "d", "DashboardBody": "[]"},
        "InvalidParameterInput",
        "DashboardBody",
    ),
    *(
        (
            "cloudwatch:PutDashboard",
            lambda _, one=one: dashboard({"type": "text", **one}),
            "InvalidParameterInput",
            place,
        )
        for one, place in (
            ({"x": 24}, "DashboardBody.widgets[0].x"),
            ({"x": 20}, "DashboardBody.widgets[0].x"),
            ({"y": -1}, "DashboardBody.widgets[0].y"),
            ({"width": 25}, "DashboardBody.widgets[0].width"),
            ({"height": 0}, "DashboardBody.widgets[0].height"),
            ({"type": "graph"}, "DashboardBody.widgets[0].type"),
        )
    ),
    (
        "sns:CreateTopic",
        lambda _: {"Name": "n", "Attributes": {"KmsMasterKeyId": GONE_KEY}},
        "KMSNotFound",
        "Attributes.KmsMasterKeyId",
    ),
    (
        "sns:CreateTopic",
        lambda w: {"Name": "open", "Attributes": {"KmsMasterKeyId": w.key}},
        "InvalidParameter",
        "Attributes.KmsMasterKeyId",
    ),
    ("logs:PutMetricFilter", lambda _: metric_filter(), "ResourceNotFoundException", "logGroupName"),
    (
        "logs:PutResourcePolicy",
        lambda _: {"policyName": "p", "policyDocument": "{}"},
        "InvalidParameterException",
        "policyDocument",
    ),
    (
        "sns:Subscribe",
        lambda w: {"TopicArn": w.topic, "Protocol": "sqs", "Endpoint": "queue"},
        "InvalidParameter",
        "Endpoint",
    ),
    (
        "sns:Subscribe",
        lambda w: {"TopicArn": w.topic, "Protocol": "lambda", "Endpoint": "function"},
        "InvalidParameter",
        "Endpoint",
    ),
    (
        "sns:CreateTopic",
        lambda _: {"Name": "n", "Tags": [{"Key": f"k{n}", "Value": "v"} for n in range(51)]},
        "InvalidParameter",
        "Tags",
    ),
    ("sns:CreateTopic", lambda _: {"Name": "n", "Tags": [{"Key": "k", "Value": "v"}] * 2}, "InvalidParameter", "Tags"),
)
