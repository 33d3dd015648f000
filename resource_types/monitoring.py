"""Logs, alarms and who receives them."""

from resource_types.record import Lookup, Loss, ResourceType

_SET_AGAIN = "creating one with the same name sets it again"

TYPES = (
    ResourceType(
        type="aws_cloudwatch_log_group",
        iam="logs",
        lookup=Lookup(
            service="logs",
            call="describe_log_groups",
            arguments={"logGroupNamePrefix": "{name}"},
            query="logGroups[]",
            same={"logGroupName": "{name}"},
            attributes={
                "id": "{logGroupName}",
                "name": "{logGroupName}",
                "arn": "arn:{partition}:logs:{region}:{account_id}:log-group:{logGroupName}",
            },
        ),
        name="name",
        loses=Loss.DATA,
        key="kms_key_id",
        arn="arn:{partition}:logs:{region}:{account_id}:log-group:{name}",
        reviewed={"Audit": "$|retention_in_days"},
    ),
    ResourceType(
        type="aws_cloudwatch_log_metric_filter",
        iam="logs",
        lookup=_SET_AGAIN,
        import_id="{log_group_name}:{name}",
        name="name",
    ),
    ResourceType(
        type="aws_cloudwatch_query_definition",
        iam="logs",
        lookup=Lookup(
            service="logs",
            call="describe_query_definitions",
            arguments={"queryDefinitionNamePrefix": "{name}"},
            query="queryDefinitions[]",
            same={"name": "{name}"},
            attributes={"arn": "arn:{partition}:logs:{region}:{account_id}:query-definition:{queryDefinitionId}"},
        ),
        import_id="{arn}",
        name="name",
        unique=(),
    ),
    ResourceType(type="aws_cloudwatch_metric_alarm", iam="cloudwatch", lookup=_SET_AGAIN, name="alarm_name"),
    ResourceType(type="aws_cloudwatch_dashboard", iam="cloudwatch", lookup=_SET_AGAIN, name="dashboard_name"),
    ResourceType(
        type="aws_sns_topic",
        iam="sns",
        lookup=Lookup(
            service="sns",
            call="get_topic_attributes",
            arguments={"TopicArn": "arn:{partition}:sns:{region}:{account_id}:{name}"},
            query="[Attributes]",
            absent=("NotFound",),
            attributes={"id": "{TopicArn}", "arn": "{TopicArn}"},
        ),
        name="name",
        key="kms_master_key_id",
        arn="arn:{partition}:sns:{region}:{account_id}:{name}",
    ),
    ResourceType(
        type="aws_sns_topic_policy",
        iam="sns",
        lookup="a property of the topic",
        place=("arn",),
        undrawn="a property of the topic",
    ),
    ResourceType(
        type="aws_sns_topic_subscription",
        iam="sns",
        lookup="subscribing again changes nothing",
        place=("topic_arn", "endpoint"),
    ),
)
