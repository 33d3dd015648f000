"""Faults in the other services."""

from tests.emulator.faults.requests import Planted, dashboard, oauth
from tests.emulator.world import ACCOUNT, acl, alarm

OF_OTHERS = (
    Planted(
        "a bucket's name",
        "s3",
        "create_bucket",
        lambda _: {"Bucket": "Upper_Case"},
        "InvalidBucketName",
        "'Upper_Case'",
    ),
    Planted(
        "a lifecycle that does nothing",
        "s3",
        "put_bucket_lifecycle_configuration",
        lambda _: {
            "Bucket": "world-logs",
            "LifecycleConfiguration": {"Rules": [{"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}}]},
        },
        "InvalidRequest",
        "At least one action",
    ),
    Planted(
        "a retention of 100 days",
        "logs",
        "put_retention_policy",
        lambda _: {"logGroupName": "/w", "retentionInDays": 100},
        "InvalidParameterException",
        "retentionInDays",
    ),
    Planted(
        "a scope that is missing",
        "cognito-idp",
        "create_user_pool_client",
        lambda w: oauth(w, AllowedOAuthScopes=["api/none"]),
        "ScopeDoesNotExistException",
        "api/none",
    ),
    Planted(
        "a client without a secret",
        "cognito-idp",
        "create_user_pool_client",
        lambda w: oauth(w, GenerateSecret=False),
        "InvalidOAuthFlowException",
        "does not have a client secret",
    ),
    Planted(
        "a token of two days",
        "cognito-idp",
        "create_user_pool_client",
        lambda w: oauth(w, AccessTokenValidity=48),
        "InvalidParameterException",
        "AccessTokenValidity",
    ),
    Planted(
        "a reserved word",
        "cognito-idp",
        "create_user_pool_domain",
        lambda w: {"UserPoolId": w.pool, "Domain": "my-aws"},
        "InvalidParameterException",
        "reserved word: aws",
    ),
    Planted(
        "a period of 45 seconds",
        "cloudwatch",
        "put_metric_alarm",
        lambda _: alarm(Period=45),
        "ValidationError",
        "'45' at 'Period'",
    ),
    Planted(
        "a window of two days",
        "cloudwatch",
        "put_metric_alarm",
        lambda _: alarm(Period=300, EvaluationPeriods=600),
        "ValidationError",
        "EvaluationPeriods x Period",
    ),
    Planted(
        "an expression of nothing",
        "cloudwatch",
        "put_metric_alarm",
        lambda _: {
            "AlarmName": "a",
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Metrics": [{"Id": "e", "Expression": "FILL(missing, 0)"}],
        },
        "ValidationError",
        "'missing' at 'Metrics[0].Expression'",
    ),
    Planted(
        "a search without quotes",
        "cloudwatch",
        "put_dashboard",
        lambda _: {"DashboardName": "d", "DashboardBody": dashboard("SEARCH('{a-b,C} x', 'Sum', 60)")},
        "InvalidParameterInput",
        "'a-b' at",
    ),
    Planted(
        "two rules of one priority",
        "wafv2",
        "create_web_acl",
        lambda _: acl(
            *[{"Priority": 1, "Action": {"Block": {}}, "Statement": {"GeoMatchStatement": {"CountryCodes": ["US"]}}}]
            * 2
        ),
        "WAFInvalidParameterException",
        "Priority must be unique",
    ),
    Planted(
        "a rule group that AWS lacks",
        "wafv2",
        "create_web_acl",
        lambda _: acl(
            {
                "OverrideAction": {"None": {}},
                "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesEverything"}},
            }
        ),
        "WAFNonexistentItemException",
        "AWSManagedRulesEverything",
    ),
    Planted(
        "logs of a firewall",
        "wafv2",
        "put_logging_configuration",
        lambda _: {
            "LoggingConfiguration": {
                "ResourceArn": f"arn:aws:wafv2:us-east-1:{ACCOUNT}:regional/webacl/a/0",
                "LogDestinationConfigs": [f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/w"],
            }
        },
        "WAFInvalidParameterException",
        "aws-waf-logs-",
    ),
    Planted(
        "scaling of nothing",
        "application-autoscaling",
        "register_scalable_target",
        lambda _: {
            "ServiceNamespace": "ecs",
            "ResourceId": "service/w/none",
            "ScalableDimension": "ecs:service:DesiredCount",
            "MinCapacity": 1,
            "MaxCapacity": 2,
        },
        "ValidationException",
        "ECS service doesn't exist",
    ),
    Planted(
        "a lifecycle of a repository",
        "ecr",
        "put_lifecycle_policy",
        lambda _: {"repositoryName": "rr", "lifecyclePolicyText": "{}"},
        "InvalidParameterException",
        "lifecyclePolicyText",
    ),
    Planted(
        "an endpoint that is no address",
        "sns",
        "subscribe",
        lambda w: {"TopicArn": w.topic, "Protocol": "email", "Endpoint": "nobody"},
        "InvalidParameter",
        "'nobody'",
    ),
    Planted(
        "a certificate's long name",
        "acm",
        "request_certificate",
        lambda _: {"DomainName": f"{'a' * 60}.example.com"},
        "InvalidDomainValidationOptionsException",
        "64 bytes",
    ),
    Planted(
        "a table with an attribute too many",
        "dynamodb",
        "create_table",
        lambda _: {
            "TableName": "table",
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in "ab"],
        },
        "ValidationException",
        "AttributeDefinitions",
    ),
    Planted(
        "a tag of AWS",
        "ecs",
        "create_cluster",
        lambda _: {"clusterName": "t", "tags": [{"key": "aws:x", "value": "y"}]},
        "InvalidParameterException",
        "are reserved",
    ),
)
