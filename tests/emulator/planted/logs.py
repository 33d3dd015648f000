"""Planted faults of CloudWatch Logs, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin
from tests.emulator.planted.documents import policy

LOGS = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/"


def encryption(account: str, group: str) -> dict[str, object]:
    """The key policy statement that lets CloudWatch Logs encrypt a log group."""
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:{group}"
    return {
        "Effect": "Allow",
        "Principal": {"Service": "logs.us-east-1.amazonaws.com"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arn}},
    }


@fault("ResourceAlreadyExistsException", "already exists", LOGS + "API_CreateLogGroup.html")
def second_log_group_of_a_name(aws: Account) -> Call:
    """Log group names are unique. ECS or Lambda may have created the group before Terraform."""
    aws.logs.create_log_group(logGroupName="/gateway")
    return lambda: aws.logs.create_log_group(logGroupName="/gateway")


@fault("InvalidParameterException", "logGroupName", LOGS + "API_CreateLogGroup.html", semantic=False)
def log_group_name_with_a_space(aws: Account) -> Call:
    """A name may only contain a-z, A-Z, 0-9 and _-/.#."""
    return lambda: aws.logs.create_log_group(logGroupName="/ai gateway")


@fault("AccessDeniedException", "KMS key", LOGS + "API_CreateLogGroup.html")
def log_group_with_a_closed_key(aws: Account) -> Call:
    """The key policy must let CloudWatch Logs use the key."""
    key = aws.key()
    return lambda: aws.logs.create_log_group(logGroupName="/gateway", kmsKeyId=key)


@fault("AccessDeniedException", "KMS key", LOGS + "API_AssociateKmsKey.html")
def log_group_with_a_key_for_another(aws: Account) -> Call:
    """The encryption context in the key policy must name the log group."""
    key = aws.key(encryption(aws.id, "/other"))
    aws.logs.create_log_group(logGroupName="/gateway")
    return lambda: aws.logs.associate_kms_key(logGroupName="/gateway", kmsKeyId=key)


@twin
def log_group_with_its_key(aws: Account) -> Call:
    """The key policy of the user guide is accepted."""
    key = aws.key(encryption(aws.id, "/gateway"))
    return lambda: aws.logs.create_log_group(logGroupName="/gateway", kmsKeyId=key)


@fault("InvalidParameterException", "retention", LOGS + "API_PutRetentionPolicy.html", semantic=False)
def retention_of_31_days(aws: Account) -> Call:
    """A retention of 30 or 60 days is allowed, 31 is not."""
    aws.logs.create_log_group(logGroupName="/gateway")
    return lambda: aws.logs.put_retention_policy(logGroupName="/gateway", retentionInDays=31)


@fault("ResourceNotFoundException", "log group", LOGS + "API_PutRetentionPolicy.html")
def retention_of_a_missing_log_group(aws: Account) -> Call:
    """The log group of a retention policy must exist."""
    return lambda: aws.logs.put_retention_policy(logGroupName="/gateway", retentionInDays=30)


def metric_filter(**changes: object) -> dict[str, object]:
    """The parameters of a metric filter; `changes` replace members of its transformation."""
    transformation = {"metricName": "Errors", "metricNamespace": "Gateway", "metricValue": "1", **changes}
    return {
        "logGroupName": "/gateway",
        "filterName": "errors",
        "filterPattern": '{ $.level = "error" }',
        "metricTransformations": [transformation],
    }


@fault("InvalidParameterException", "pattern", LOGS + "API_PutMetricFilter.html", semantic=False)
def filter_pattern_without_its_end(aws: Account) -> Call:
    """A JSON filter pattern must end with a brace."""
    aws.logs.create_log_group(logGroupName="/gateway")
    wrong = metric_filter() | {"filterPattern": '{ $.level = "error" '}
    return lambda: aws.logs.put_metric_filter(**wrong)


@fault("InvalidParameterException", "mutually exclusive", LOGS + "API_MetricTransformation.html")
def dimensions_with_a_default_value(aws: Account) -> Call:
    """A metric with dimensions cannot have a default value."""
    aws.logs.create_log_group(logGroupName="/gateway")
    wrong = metric_filter(defaultValue=0.0, dimensions={"Model": "$.model"})
    return lambda: aws.logs.put_metric_filter(**wrong)


@twin
def metric_filter_with_a_default_value(aws: Account) -> Call:
    """A metric without dimensions can have a default value."""
    aws.logs.create_log_group(logGroupName="/gateway")
    valid = metric_filter(defaultValue=0.0)
    return lambda: aws.logs.put_metric_filter(**valid)


@fault("LimitExceededException", "limit", LOGS + "API_PutResourcePolicy.html")
def eleventh_resource_policy(aws: Account) -> Call:
    """A region has at most ten resource policies of CloudWatch Logs."""
    document = policy(
        {
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": f"arn:aws:logs:us-east-1:{aws.id}:log-group:aws-waf-logs-gateway:*",
        }
    )
    for number in range(10):
        aws.logs.put_resource_policy(policyName=f"waf-{number}", policyDocument=document)
    return lambda: aws.logs.put_resource_policy(policyName="waf-10", policyDocument=document)


@fault("InvalidOperationException", "INFREQUENT_ACCESS", LOGS + "API_PutMetricFilter.html")
def metric_filter_of_infrequent_access(aws: Account) -> Call:
    """A log group of the infrequent access class cannot have metric filters."""
    aws.logs.create_log_group(logGroupName="/gateway", logGroupClass="INFREQUENT_ACCESS")
    return lambda: aws.logs.put_metric_filter(**metric_filter())


@fault("InvalidParameterException", "alias/gateway", LOGS + "API_CreateLogGroup.html")
def log_group_with_an_alias_as_key(aws: Account) -> Call:
    """CloudWatch Logs requires the key's ARN, not an alias."""
    key = aws.key(encryption(aws.id, "/gateway"))
    aws.kms.create_alias(AliasName="alias/gateway", TargetKeyId=key.rpartition("/")[2])
    alias = f"arn:aws:kms:us-east-1:{aws.id}:alias/gateway"
    return lambda: aws.logs.create_log_group(logGroupName="/gateway", kmsKeyId=alias)
