"""Planted faults of SNS, after the API reference."""

from tests.emulator.planted.account import Account
from tests.emulator.planted.cases import Call, fault, twin
from tests.emulator.planted.documents import policy

SNS = "https://docs.aws.amazon.com/sns/latest/api/"


def publish(topic: str, **changes: object) -> str:
    """A topic policy that lets CloudWatch publish, with `changes` in place."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    return policy(statement | changes)


@fault("InvalidParameter", "different attributes|Attributes", SNS + "API_CreateTopic.html")
def topic_created_with_other_attributes(aws: Account) -> Call:
    """An existing topic cannot be created with other attributes."""
    aws.sns.create_topic(Name="gateway", Attributes={"DisplayName": "one"})
    return lambda: aws.sns.create_topic(Name="gateway", Attributes={"DisplayName": "two"})


@twin
def topic_created_again(aws: Account) -> Call:
    """CreateTopic is idempotent."""
    aws.sns.create_topic(Name="gateway", Attributes={"DisplayName": "one"})
    return lambda: aws.sns.create_topic(Name="gateway", Attributes={"DisplayName": "one"})


@fault("InvalidParameter", "Topic Name", SNS + "API_CreateTopic.html", semantic=False)
def topic_name_with_a_dot(aws: Account) -> Call:
    """A topic's name may only contain letters, digits, hyphens and underscores."""
    return lambda: aws.sns.create_topic(Name="gateway.alarms")


@fault("InvalidParameter", "out of service scope|Policy", SNS + "API_SetTopicAttributes.html", semantic=False)
def topic_policy_with_an_action_of_another_service(aws: Account) -> Call:
    """A topic policy can only have topic actions."""
    topic = aws.sns.create_topic(Name="gateway")["TopicArn"]
    wrong = publish(topic, Action="sqs:SendMessage")
    return lambda: aws.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=wrong)


@fault("InvalidParameter", "PrincipalNotFound|Policy", SNS + "API_SetTopicAttributes.html")
def topic_policy_for_a_missing_role(aws: Account) -> Call:
    """The principal of a topic policy must exist."""
    topic = aws.sns.create_topic(Name="gateway")["TopicArn"]
    wrong = publish(topic, Principal={"AWS": f"arn:aws:iam::{aws.id}:role/nobody"})
    return lambda: aws.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=wrong)


@twin
def topic_policy_for_cloudwatch(aws: Account) -> Call:
    """A topic policy that lets CloudWatch publish is accepted."""
    topic = aws.sns.create_topic(Name="gateway")["TopicArn"]
    valid = publish(topic)
    return lambda: aws.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=valid)


@fault("NotFound", "Topic does not exist", SNS + "API_Subscribe.html")
def subscription_of_a_missing_topic(aws: Account) -> Call:
    """The topic of a subscription must exist."""
    topic = f"arn:aws:sns:us-east-1:{aws.id}:nothing"
    return lambda: aws.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")


@fault("InvalidParameter", "protocol", SNS + "API_Subscribe.html")
def https_subscription_of_an_http_address(aws: Account) -> Call:
    """The endpoint's scheme must be that of the protocol."""
    topic = aws.sns.create_topic(Name="gateway")["TopicArn"]
    return lambda: aws.sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="http://ops.example.com/hook")
