"""What a plan and the search for drift may read: this environment's settings, its state, and the state's lock."""

from constructs_lib.helpers.pipeline.pipeline_access import Access, calls
from constructs_lib.helpers.policies import Condition, Statement

WITHOUT_RESOURCES = {
    "application-autoscaling": ("DescribeScalableTargets", "DescribeScalingPolicies"),
    "cognito-idp": ("DescribeUserPoolDomain",),
    "ec2": (
        *("DescribeAddresses", "DescribeAddressesAttribute", "DescribeAvailabilityZones", "DescribeFlowLogs"),
        *("DescribeInternetGateways", "DescribeNatGateways", "DescribeNetworkAcls", "DescribeNetworkInterfaces"),
        *("DescribePrefixLists", "DescribeRouteTables", "DescribeSecurityGroupRules", "DescribeSecurityGroups"),
        *("DescribeSubnets", "DescribeVpcEndpoints", "DescribeVpcs"),
    ),
    "ecs": ("DescribeTaskDefinition",),
    "elasticloadbalancing": ("Describe*",),
    "kms": ("ListAliases",),
    "logs": ("DescribeLogGroups", "DescribeQueryDefinitions"),
}
"""Reads that AWS grants for the whole account only (Service Authorization Reference): no user data of instances, but
the plain environment variables of every task definition."""
OF_TAGGED = {
    "acm": ("DescribeCertificate", "ListTagsForCertificate"),
    "application-autoscaling": ("ListTagsForResource",),
    "cognito-idp": (
        *("DescribeResourceServer", "DescribeUserPool", "DescribeUserPoolClient", "GetUserPoolMfaConfig"),
        "ListTagsForResource",
    ),
    "ec2": ("DescribeVpcAttribute",),
    "kms": ("DescribeKey", "GetKeyPolicy", "GetKeyRotationStatus", "ListGrants", "ListResourceTags"),
}
"""Reads of what AWS numbers; a user pool client's secret comes with its settings."""
OF_NAMED = {
    "cloudwatch": ("DescribeAlarms", "GetDashboard", "ListTagsForResource"),
    "dynamodb": ("DescribeContinuousBackups", "DescribeTable", "ListTagsOfResource"),
    "ecr": ("DescribeRepositories", "GetLifecyclePolicy", "GetRepositoryPolicy", "ListTagsForResource"),
    "ecs": ("DescribeClusters", "DescribeService*", "ListServiceDeployments", "ListTagsForResource"),
    "iam": ("GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies", "ListRoleTags"),
    "logs": ("DescribeMetricFilters", "ListTagsForResource"),
    "s3": (
        *("GetAccelerateConfiguration", "GetBucket*", "GetEncryptionConfiguration", "GetLifecycleConfiguration"),
        *("GetReplicationConfiguration", "ListBucket", "ListTagsForResource"),
    ),
    "secretsmanager": ("DescribeSecret", "GetResourcePolicy"),
    "sns": ("GetSubscriptionAttributes", "GetTopicAttributes", "ListSubscriptionsByTopic", "ListTagsForResource"),
    "wafv2": ("GetLoggingConfiguration", "GetWebACL", "GetWebACLForResource", "ListTagsForResource"),
}
"""Reads of what has the environment's own names."""


def _actions(reads: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(action for service, names in reads.items() for action in calls(service, *names))


def reading(scope: Access) -> tuple[Statement, ...]:
    """Read the settings of this environment's resources, and of nothing else where AWS lets a policy say so."""
    path = scope.arn("logs", f"log-group:/{scope.names.path}/*")
    zone = (
        Statement(
            sid="ReadZone",
            actions=calls("route53", "GetHostedZone", "ListResourceRecordSets", "ListTagsForResource"),
            resources=(scope.zone_arn,),
        ),
    )
    return (
        Statement(
            sid="ReadWithoutResources",
            actions=_actions(WITHOUT_RESOURCES),
            resources=("*",),
            conditions=(scope.here,),
        ),
        # Neither has the environment's region: the first asks at the partition's home whether that is switched on.
        Statement(
            sid="ReadEverywhere",
            actions=("ec2:DescribeRegions", *(("route53:ListHostedZones*",) if scope.zone_arn else ())),
            resources=("*",),
        ),
        Statement(sid="ReadTagged", actions=_actions(OF_TAGGED), resources=("*",), conditions=scope.tagged),
        Statement(
            sid="ReadNamed",
            actions=_actions(OF_NAMED),
            resources=(
                *scope.alarms,
                scope.dashboard,
                scope.arn("dynamodb", f"table/{scope.names.lock_table}"),
                scope.arn("ecr", f"repository/{scope.names.repository}"),
                *scope.service,
                *scope.roles,
                # One for those under the environment's path: AWS takes no policy that names each of them.
                path,
                *(arn for arn in scope.log_groups if not arn.startswith(path.removesuffix("*"))),
                scope.access_logs,
                scope.state_bucket,
                scope.secrets,
                scope.arn("sns", scope.names.topic),
                scope.web_acl,
                scope.load_balancer,
            ),
        ),
        *(zone if scope.zone_arn else ()),
    )


def state(scope: Access) -> tuple[Statement, ...]:
    """Read the environment's state and hold its lock; not that of the pipeline's own state in the same bucket.

    The state holds the secrets of the environment's Cognito clients; whoever may plan may read them.
    """
    table = scope.arn("dynamodb", f"table/{scope.names.lock_table}")
    item = scope.state.rpartition(":::")[2]
    key = Statement(
        sid="StateKey",
        actions=calls("kms", "Decrypt", "GenerateDataKey"),
        resources=(scope.state_key_arn,),
        conditions=(Condition("StringEquals", "kms:ViaService", (f"s3.{scope.region}.{scope.dns_suffix}",)),),
    )
    return (
        Statement(sid="ReadState", actions=("s3:GetObject",), resources=(scope.state,), conditions=(scope.own,)),
        *((key,) if scope.state_key_arn else ()),
        Statement(sid="StorePlan", actions=("s3:PutObject",), resources=(scope.plans,), conditions=(scope.own,)),
        Statement(
            sid="LockTable",
            actions=calls("dynamodb", "DeleteItem", "GetItem", "PutItem"),
            resources=(table,),
            conditions=(Condition("ForAllValues:StringEquals", "dynamodb:LeadingKeys", (item,)),),
        ),
        Statement(
            sid="StateDigest",
            actions=("dynamodb:GetItem",),
            resources=(table,),
            conditions=(Condition("ForAllValues:StringEquals", "dynamodb:LeadingKeys", (f"{item}-md5",)),),
        ),
        Statement(
            sid="LockFile",
            actions=calls("s3", "DeleteObject", "GetObject", "PutObject"),
            resources=(f"{scope.state}.tflock",),
            conditions=(scope.own,),
        ),
    )
