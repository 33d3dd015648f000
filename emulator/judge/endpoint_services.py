"""The names of AWS's endpoint services, which DescribeVpcEndpointServices lists.

Sources: "AWS services that integrate with AWS PrivateLink"
(docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html) and, for the prefixes of other
partitions, InterfaceVpcEndpointAwsService of the AWS CDK (github.com/aws/aws-cdk,
packages/aws-cdk-lib/aws-ec2/lib/vpc-endpoint.ts, read on 2026-11-26).
"""

# fmt: off
SERVICES = frozenset({
    "application-autoscaling", "aps", "aps-workspaces", "autoscaling", "bedrock", "bedrock-agent",
    "bedrock-agent-runtime", "bedrock-runtime", "cloudformation", "cloudtrail", "cognito-idp", "dynamodb", "ec2",
    "ec2messages", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "elasticache", "elasticfilesystem",
    "elasticloadbalancing", "events", "execute-api", "guardduty-data", "kinesis-firehose", "kinesis-streams", "kms",
    "lambda", "logs", "monitoring", "rds", "s3", "s3express", "sagemaker.runtime", "secretsmanager",
    "servicediscovery", "sns", "sqs", "ssm", "ssmmessages", "states", "sts", "synthetics", "wafv2", "xray",
})
"""Services with an endpoint; s3, s3express and dynamodb have gateway endpoints too."""
WITH_FIPS = frozenset({
    "bedrock", "bedrock-runtime", "cognito-idp", "dynamodb", "elasticache", "elasticfilesystem", "guardduty-data",
    "kinesis-streams", "kms", "sagemaker.runtime", "servicediscovery", "sqs", "ssm", "sts", "synthetics", "wafv2",
})
"""Services with a second endpoint whose name ends in -fips."""
OTHER_PREFIXES = {"eusc-de-east-1": ("eu.amazonaws", frozenset({"ecr.api", "ecr.dkr", "execute-api"}))}
"""Regions where some names begin with a prefix other than com.amazonaws: the prefix, and these services."""
# fmt: on


def is_a_service(name: str, region: str) -> bool:
    """Whether AWS has an endpoint service of this name in a region; in China a name may begin with `cn.`."""
    prefix, found, service = name.partition(f".{region}.")
    if not found:
        return False
    if prefix == "com.amazonaws.vpce":
        return True
    known = service in SERVICES or (service.endswith("-fips") and service.removesuffix("-fips") in WITH_FIPS)
    other, services = OTHER_PREFIXES.get(region, ("", frozenset[str]()))
    expected = other if service in services else "com.amazonaws"
    return known and (prefix.removeprefix("cn.") if region.startswith("cn-") else prefix) == expected
