"""Planted faults of CloudWatch, after the API reference."""

import json

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin

WATCH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/"


def alarm(**changes: object) -> dict[str, object]:
    """The parameters of a valid alarm on a metric."""
    return {
        "AlarmName": "gateway",
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "HTTPCode_ELB_5XX_Count",
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 3,
        "Threshold": 10.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **changes,
    }


def maths(*returned: bool) -> dict[str, object]:
    """The parameters of an alarm on several metrics; `returned` are their ReturnData."""
    names = ("HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count")
    queries = [
        {
            "Id": f"part{number}",
            "MetricStat": {
                "Metric": {"Namespace": "AWS/ApplicationELB", "MetricName": names[number]},
                "Period": 300,
                "Stat": "Sum",
            },
            "ReturnData": value,
        }
        for number, value in enumerate(returned)
    ]
    return {
        "AlarmName": "gateway",
        "Metrics": queries,
        "EvaluationPeriods": 3,
        "Threshold": 10.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }


@twin
def alarm_of_a_metric(aws: Account) -> Call:
    """An alarm on two of three periods of five minutes that notifies a topic is accepted."""
    topic = aws.sns.create_topic(Name="gateway")["TopicArn"]
    return lambda: aws.cloudwatch.put_metric_alarm(**alarm(DatapointsToAlarm=2, AlarmActions=[topic]))


@fault("ValidationError", "period", WATCH + "API_PutMetricAlarm.html", semantic=False)
def period_of_45_seconds(aws: Account) -> Call:
    """A period is 10, 20 or 30 seconds, or a multiple of 60."""
    return lambda: aws.cloudwatch.put_metric_alarm(**alarm(Period=45))


@fault("ValidationError", "EvaluationPeriods", WATCH + "API_PutMetricAlarm.html")
def alarm_over_more_than_a_day(aws: Account) -> Call:
    """With periods below an hour, an alarm evaluates at most one day."""
    return lambda: aws.cloudwatch.put_metric_alarm(**alarm(Period=300, EvaluationPeriods=289))


@twin
def alarm_over_a_day(aws: Account) -> Call:
    """288 periods of five minutes, which is one day, are accepted."""
    return lambda: aws.cloudwatch.put_metric_alarm(**alarm(Period=300, EvaluationPeriods=288))


@fault("ValidationError", "DatapointsToAlarm", WATCH + "API_PutMetricAlarm.html")
def more_datapoints_than_periods(aws: Account) -> Call:
    """DatapointsToAlarm cannot be larger than EvaluationPeriods."""
    return lambda: aws.cloudwatch.put_metric_alarm(**alarm(DatapointsToAlarm=5))


@fault("ValidationError", "return", WATCH + "API_PutMetricAlarm.html")
def alarm_of_two_results(aws: Account) -> Call:
    """Only one metric of an alarm may return data."""
    return lambda: aws.cloudwatch.put_metric_alarm(**maths(True, True))  # noqa: FBT003


@twin
def alarm_of_one_result(aws: Account) -> Call:
    """An alarm on two metrics of which one returns data is accepted."""
    return lambda: aws.cloudwatch.put_metric_alarm(**maths(True, False))  # noqa: FBT003


@fault("ValidationError", "arn", WATCH + "API_PutMetricAlarm.html", semantic=False)
def action_that_is_a_name(aws: Account) -> Call:
    """An alarm action must be an ARN."""
    return lambda: aws.cloudwatch.put_metric_alarm(**alarm(AlarmActions=["gateway-alarms"]))


@fault("ValidationError", "nothing", WATCH + "API_PutCompositeAlarm.html")
def composite_of_a_missing_alarm(aws: Account) -> Call:
    """The alarms in an alarm rule must exist."""
    return lambda: aws.cloudwatch.put_composite_alarm(AlarmName="all", AlarmRule='ALARM("nothing")')


@fault("InvalidParameterInput", "", WATCH + "API_PutDashboard.html", semantic=False)
def dashboard_that_is_not_json(aws: Account) -> Call:
    """A dashboard's body must be JSON."""
    return lambda: aws.cloudwatch.put_dashboard(DashboardName="gateway", DashboardBody="{widgets: []}")


@fault("ResourceNotFound", "nothing", WATCH + "API_DeleteDashboards.html")
def missing_dashboard_deleted(aws: Account) -> Call:
    """A missing dashboard cannot be deleted."""
    return lambda: aws.cloudwatch.delete_dashboards(DashboardNames=["nothing"])


@fault(
    "ValidationError",
    "SEARCH",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html",
)
def alarm_of_a_search(aws: Account) -> Call:
    """A SEARCH expression works in dashboards, but not in alarms."""
    search = "MAX(SEARCH('{AWS/ECS,ClusterName} CPUUtilization', 'Average', 60))"
    queries = [{"Id": "e1", "Expression": search, "ReturnData": True}]
    limit = {"Threshold": 10.0, "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 3}
    return lambda: aws.cloudwatch.put_metric_alarm(AlarmName="gateway", Metrics=queries, **limit)


@twin
def alarm_of_an_anomaly(aws: Account) -> Call:
    """An anomaly alarm in which both the metric and its band return data is accepted."""
    metric = {"Namespace": "AWS/ECS", "MetricName": "CPUUtilization"}
    queries = [
        {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Average"}, "ReturnData": True},
        {"Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)", "ReturnData": True},
    ]
    limit = {"ThresholdMetricId": "band", "ComparisonOperator": "GreaterThanUpperThreshold", "EvaluationPeriods": 3}
    return lambda: aws.cloudwatch.put_metric_alarm(AlarmName="gateway", Metrics=queries, **limit)


@twin
def dashboard_with_a_search(aws: Account) -> Call:
    """In a SEARCH expression, AWS namespaces need no quotation marks."""
    search = "SEARCH('{AWS/ECS,ClusterName,ServiceName} CPUUtilization', 'Average', 60)"
    widget = {"type": "metric", "properties": {"region": "us-east-1", "metrics": [[{"expression": search}]]}}
    body = json.dumps({"widgets": [widget]})
    return lambda: aws.cloudwatch.put_dashboard(DashboardName="gateway", DashboardBody=body)
